//! Portero's own cookies: cut out of what an application receives, and refused where an application tries to set one.
//!
//! The session cookie is the key to every application of its holder; one of them must never see it. All other cookies,
//! however odd, reach the application byte for byte.

use bytes::BytesMut;
use http::HeaderMap;
use http::header::{COOKIE, Entry, HeaderValue, SET_COOKIE};

/// What the names of Portero's cookies begin with.
const PREFIXES: [&[u8]; 2] = [b"portero", b"__Host-portero"];

/// Cuts Portero's cookies out of the `Cookie` lines, and joins what is left into one line, as HTTP/2's crumbs must be
/// (RFC 9113, section 8.2.3) and HTTP/1.1's should be (RFC 6265, section 5.4).
pub(super) fn cut(headers: &mut HeaderMap) {
    let mut lines = headers.get_all(COOKIE).iter();
    let Some(first) = lines.next() else { return };
    if lines.next().is_none() && !may_hold_ours(first.as_bytes()) {
        return;
    }
    let mut kept = BytesMut::new();
    for line in headers.get_all(COOKIE) {
        append_foreign(&mut kept, line.as_bytes());
    }
    // What is made of pieces of header values is a header value; were it not, no cookie at all is the safe answer.
    match HeaderValue::from_maybe_shared(kept.freeze()) {
        Ok(kept) if !kept.is_empty() => headers.insert(COOKIE, kept),
        _ => headers.remove(COOKIE),
    };
}

/// Drops every `Set-Cookie` line that would set one of Portero's cookies.
pub(super) fn refuse_set(headers: &mut HeaderMap) {
    if !headers.get_all(SET_COOKIE).iter().any(sets_ours) {
        return;
    }
    if let Entry::Occupied(lines) = headers.entry(SET_COOKIE) {
        let kept: Vec<HeaderValue> = lines.remove_entry_mult().1.filter(|line| !sets_ours(line)).collect();
        for line in kept {
            headers.append(SET_COOKIE, line);
        }
    }
}

/// Appends the pairs of one `Cookie` line that are not Portero's, as they stand.
///
/// Only `;` separates, inside quotes too: that is how browsers write them, and a quote in some other cookie must not
/// hide ours.
fn append_foreign(kept: &mut BytesMut, line: &[u8]) {
    let mut begun = false;
    let mut cut = false;
    for pair in line.split(|&byte| byte == b';') {
        if is_ours(pair) {
            cut = true;
            continue;
        }
        // The blank after a separator goes with the pair that was cut before it.
        let pair = if cut && !begun { pair.trim_ascii_start() } else { pair };
        if begun {
            kept.extend_from_slice(b";");
        } else if pair.is_empty() {
            continue;
        } else if !kept.is_empty() {
            kept.extend_from_slice(b"; ");
        }
        begun = true;
        kept.extend_from_slice(pair);
    }
}

/// Whether `name=value` (or `name` alone, which some parsers take for a name and browsers send for a value) is
/// Portero's.
fn is_ours(pair: &[u8]) -> bool {
    let pair = pair.trim_ascii();
    PREFIXES.iter().any(|prefix| pair.starts_with(prefix))
}

/// Whether a `Set-Cookie` line makes a browser send something that looks like Portero's. A browser drops the blanks
/// before a name, and sends a cookie without a name as its value alone.
fn sets_ours(line: &HeaderValue) -> bool {
    let line = line.as_bytes();
    let begin = line.iter().position(|&byte| !matches!(byte, b' ' | b'\t' | b'=')).unwrap_or(line.len());
    is_ours(&line[begin..])
}

/// A quick look: false means that there is nothing to cut.
fn may_hold_ours(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"portero").is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after_cutting(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_bytes(line.as_bytes()).expect("a header value"));
        }
        cut(&mut headers);
        assert!(headers.get_all(COOKIE).iter().count() <= 1, "one line at most");
        headers.get(COOKIE).map(|line| String::from_utf8(line.as_bytes().to_vec()).expect("UTF-8"))
    }

    #[test]
    fn the_session_cookie_never_reaches_an_application() {
        let cases: [(&[&str], Option<&str>); 14] = [
            (&["portero=secret"], None),
            (&["__Host-portero=secret"], None),
            (&["portero=secret; a=1"], Some("a=1")),
            (&["a=1; portero=secret"], Some("a=1")),
            (&["a=1; portero=secret; b=2"], Some("a=1; b=2")),
            (&["a=1;portero=secret;b=2"], Some("a=1;b=2")),
            (&["portero=x; portero_csrf=y; __Host-portero-hop=z"], None),
            (&["a=1; portero =secret"], Some("a=1")),
            (&["a=1;\tportero=secret"], Some("a=1")),
            (&["a=1; portero"], Some("a=1")),
            (&["a=\"x; portero=secret; y\"; b=2"], Some("a=\"x; y\"; b=2")),
            (&["a=1", "portero=secret", "b=2"], Some("a=1; b=2")),
            (&["portero=secret; ", "b=2"], Some("b=2")),
            (&["portero=secret;"], None),
        ];
        for (lines, expected) in cases {
            assert_eq!(after_cutting(lines).as_deref(), expected, "{lines:?}");
        }
    }

    #[test]
    fn other_cookies_stay_byte_for_byte() {
        for line in ["a=1;  b=2;;c", "Portero=app", "x-portero=1", "a=portero", "naïve=ü", "=v; a==;", "; a=1"] {
            assert_eq!(after_cutting(&[line]).as_deref(), Some(line), "{line:?}");
        }
    }

    #[test]
    fn an_application_cannot_set_the_session_cookie() {
        let mut headers = HeaderMap::new();
        for line in [
            "sid=1; Path=/",
            "portero=stolen; Path=/",
            " portero=stolen",
            "=portero=stolen",
            "__Host-portero=stolen; Secure; Path=/",
            "theme=dark",
            "notportero=1",
        ] {
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
        }
        refuse_set(&mut headers);
        let left: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        assert_eq!(left, ["sid=1; Path=/", "theme=dark", "notportero=1"]);
    }

    proptest! {
        #[test]
        fn what_is_left_is_exactly_the_other_cookies(
            cookies in prop::collection::vec((prop::sample::select(vec![
                "a", "sid", "portero", "portero2", "__Host-portero", "__Host-app", "Portero", "",
            ]), "[!-:<-~]{0,8}"), 1..8),
            lines in 1_usize..4,
        ) {
            let pairs: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let lines: Vec<String> = pairs.chunks(pairs.len().div_ceil(lines)).map(|chunk| chunk.join("; ")).collect();
            let expected: Vec<&str> = pairs
                .iter()
                .map(String::as_str)
                .filter(|pair| !pair.starts_with("portero") && !pair.starts_with("__Host-portero"))
                .collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(after_cutting(&lines).unwrap_or_default(), expected.join("; "));
        }

        #[test]
        fn no_line_however_odd_lets_ours_through(before in "[ -~]{0,12}", after in "[ -~]{0,12}") {
            let line = format!("{before};portero=secret;{after}");
            let left = after_cutting(&[line.trim()]).unwrap_or_default();
            prop_assert!(!left.split(';').any(|pair| pair.trim().starts_with("portero=secret")));
        }
    }
}
