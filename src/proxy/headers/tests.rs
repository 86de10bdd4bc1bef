//! An application hears of identity and origin what Portero says and nothing else; what concerns one hop stays there.

use std::sync::Arc;

use http::uri::PathAndQuery;
use proptest::prelude::*;

use super::*;
use crate::proxy::passage::{Identity, IdentityHeaders};

fn identity() -> IdentityHeaders {
    IdentityHeaders::new("ana", "Ana", "", ["staff"], "acme").expect("no controls")
}

/// What the application receives when a client sends `lines`.
fn forwarded(lines: &[(&str, &str)], signed_in: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).expect("a name"),
            HeaderValue::from_str(value).expect("a value"),
        );
    }
    let person = identity();
    let assertion = HeaderValue::from_static("signed");
    let path_and_query = PathAndQuery::from_static("/");
    let end = Arc::default();
    let passage = Passage {
        client: "2001:db8::1".parse().expect("an address"),
        https: true,
        host: &HeaderValue::from_static("app.example.com:8443"),
        path_and_query: &path_and_query,
        identity: signed_in.then_some(Identity { headers: &person, assertion: &assertion, end: &end }),
        request_id: &HeaderValue::from_static("r-1"),
    };
    let outline = Outline { method: &Method::GET, length: Length::None, hop: Hop::Http1 };
    prepare_request(&mut headers, outline, &passage).expect("writable");
    headers
}

fn all(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| value.to_str().expect("ASCII").to_owned()).collect()
}

#[test]
fn identity_is_what_portero_says_and_nothing_else() {
    let headers = forwarded(
        &[
            ("Remote-User", "root"),
            ("remote_user", "root"),
            ("Remote-Groups", "admins"),
            ("remote-groups", "wheel"),
            ("X-Portero-Assertion", "forged"),
            ("X_Portero_Assertion", "forged"),
            ("X-Forwarded-User", "root"),
            ("Connection", "Remote-User, X-Portero-Assertion, X-Forwarded-For"),
        ],
        true,
    );
    assert_eq!(all(&headers, "remote-user"), ["ana"]);
    assert_eq!(all(&headers, "remote-groups"), ["staff"]);
    assert_eq!(all(&headers, "remote-organization"), ["acme"]);
    assert_eq!(all(&headers, "remote-email"), [""], "sent even when empty");
    assert_eq!(all(&headers, "x-portero-assertion"), ["signed"]);
    assert!(headers.keys().all(|name| !name.as_str().contains('_')));
    assert!(!headers.contains_key("x-forwarded-user"));
}

#[test]
fn nobody_has_no_identity_headers_at_all() {
    let headers =
        forwarded(&[("Remote-User", "root"), ("REMOTE_EMAIL", "root@x"), ("X-Portero-Assertion", "x")], false);
    assert!(headers.keys().all(|name| !name.as_str().starts_with("remote") && !name.as_str().starts_with("x-portero")));
}

#[test]
fn the_origin_of_a_request_is_said_anew() {
    let headers = forwarded(
        &[
            ("X-Forwarded-For", "6.6.6.6"),
            ("X-Forwarded-For", "7.7.7.7"),
            ("X-Forwarded-Port", "1"),
            ("Forwarded", "for=6.6.6.6"),
            ("X-Real-IP", "6.6.6.6"),
            ("X-Request-Id", "forged"),
        ],
        false,
    );
    assert_eq!(all(&headers, "x-forwarded-for"), ["2001:db8::1"]);
    assert_eq!(all(&headers, "x-forwarded-proto"), ["https"]);
    assert_eq!(all(&headers, "x-forwarded-host"), ["app.example.com:8443"]);
    assert_eq!(all(&headers, "forwarded"), ["for=\"[2001:db8::1]\";host=\"app.example.com:8443\";proto=https"]);
    assert_eq!(all(&headers, "x-request-id"), ["r-1"]);
    assert!(!headers.contains_key("x-real-ip") && !headers.contains_key("x-forwarded-port"));
}

#[test]
fn what_concerns_one_hop_stays_there() {
    let headers = forwarded(
        &[
            ("Connection", "close, X-Private"),
            ("Connection", "x-more , \"odd\", Cookie"),
            ("X-Private", "1"),
            ("X-More", "1"),
            ("Cookie", "a=1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"),
            ("Proxy-Authorization", "Basic x"),
            ("TE", "gzip"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "x"),
            ("Expect", "100-continue"),
            ("Host", "one"),
            ("Host", "two"),
            ("Accept", "*/*"),
        ],
        false,
    );
    let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "forwarded",
            "http2-settings",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "x-request-id"
        ]
    );
}

#[test]
fn a_client_that_takes_trailers_says_so_on_every_hop() {
    let headers = forwarded(&[("TE", "gzip, Trailers"), ("Connection", "TE")], false);
    assert_eq!(all(&headers, "te"), ["trailers"]);
    assert_eq!(all(&headers, "connection"), ["te"]);
}

#[test]
fn trailers_cannot_bring_identity_or_framing() {
    let mut trailers = HeaderMap::new();
    for name in ["remote_user", "x-portero-assertion", "content-length", "cookie", "host", "x-checksum"] {
        trailers.insert(name, HeaderValue::from_static("1"));
    }
    clean_request_trailers(&mut trailers, true);
    assert_eq!(trailers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-checksum"]);
}

#[test]
fn an_answer_says_its_length_once_or_not_at_all() {
    let answer = |lines: &[(&str, &str)], status: StatusCode, to_head, length| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a name"),
                HeaderValue::from_str(value).expect("a value"),
            );
        }
        prepare_response(&mut headers, status, to_head, length).map(|()| all(&headers, "content-length").join("|"))
    };
    let (cl, te) = ("content-length", "transfer-encoding");
    assert_eq!(answer(&[(cl, "5")], StatusCode::OK, false, Some(5)), Ok("5".to_owned()));
    assert_eq!(answer(&[(cl, "5"), (cl, "5")], StatusCode::OK, false, Some(5)), Ok("5".to_owned()));
    assert_eq!(answer(&[(cl, "5, 5")], StatusCode::OK, false, Some(5)), Ok("5".to_owned()));
    assert_eq!(answer(&[(cl, "5"), (te, "chunked")], StatusCode::OK, false, None), Ok(String::new()));
    assert_eq!(answer(&[(cl, "5")], StatusCode::OK, true, Some(0)), Ok("5".to_owned()), "HEAD");
    assert_eq!(answer(&[(cl, "5")], StatusCode::NO_CONTENT, false, Some(0)), Ok(String::new()));
    assert_eq!(answer(&[(cl, "5")], StatusCode::NOT_MODIFIED, false, Some(0)), Ok(String::new()));
    assert!(answer(&[(te, "gzip, chunked")], StatusCode::OK, false, None).is_err());
    assert!(answer(&[(te, "gzip")], StatusCode::OK, false, None).is_err());
}

proptest! {
    #[test]
    fn no_spelling_of_a_forged_header_reaches_the_application(
        name in prop::sample::select(vec![
            "remote-user", "remote-name", "remote-email", "remote-groups", "remote-organization",
            "x-portero-assertion", "x-portero-anything", "x-forwarded-for", "x-forwarded-user", "forwarded", "x-real-ip",
        ]),
        spelling in prop::collection::vec((any::<bool>(), any::<bool>()), 24),
        signed_in in any::<bool>(),
        nominate in any::<bool>(),
    ) {
        let spelled: String = name.chars().zip(spelling).map(|(c, (upper, under))| match c {
            '-' if under => '_',
            c if upper => c.to_ascii_uppercase(),
            c => c,
        }).collect();
        let mut lines = vec![(spelled.as_str(), "forged"), (spelled.as_str(), "forged too")];
        if nominate {
            lines.push(("connection", &spelled));
        }
        let headers = forwarded(&lines, signed_in);
        prop_assert!(headers.values().all(|value| !value.as_bytes().starts_with(b"forged")));
        prop_assert_eq!(headers.contains_key("remote-user"), signed_in);
        prop_assert!(headers.contains_key("x-forwarded-for"), "never nominated away");
    }
}

#[test]
fn addresses_are_written_as_everybody_writes_them() {
    for text in ["0.0.0.0", "1.20.255.9", "10.100.99.101", "127.0.0.1", "255.255.255.255", "2001:db8::1"] {
        let mut written = BytesMut::new();
        put_address(&mut written, text.parse().expect("an address"));
        assert_eq!(written, text);
    }
}
