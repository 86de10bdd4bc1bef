//! A path has one spelling or is refused, and every way to read it is judged.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<NormalPath, BadPath> {
    NormalPath::parse(&text.parse().expect("hyper lets it through"))
}

fn sent(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).path_and_query().to_string()
}

fn variants(text: &str) -> Vec<String> {
    parse(text).expect("a path").judged_variants().map(str::to_owned).collect()
}

#[test]
fn what_means_the_same_is_written_the_same() {
    for (raw, normal) in [
        ("/", "/"),
        ("?x=/../y", "/?x=/../y"),
        ("/a/b?x=%2f", "/a/b?x=%2f"),
        ("/%61dm%69n", "/admin"),
        ("/%7Eana/%2d%5F", "/~ana/-_"),
        ("/caf%c3%a9", "/caf%C3%A9"),
        ("/café", "/caf%C3%A9"),
        ("/a%20b%3fc", "/a%20b%3Fc"),
        ("/a|b{c}\"^[]", "/a%7Cb%7Bc%7D%22%5E%5B%5D"),
        ("//a///b//", "/a/b/"),
        ("//evil.example/x", "/evil.example/x"),
        ("/a/...", "/a/..."),
        ("/a/.well-known/b.", "/a/.well-known/b."),
        ("/100%25", "/100%25"),
        ("/a%2520b", "/a%2520b"),
        ("/a%2Bb%40c", "/a%2Bb%40c"),
    ] {
        assert_eq!(sent(raw), normal, "{raw:?}");
    }
}

#[test]
fn what_two_readers_could_resolve_differently_is_refused() {
    use BadPath as B;
    for (raw, reason) in [
        ("/a/../b", B::DotSegment),
        ("/a/.", B::DotSegment),
        ("/..", B::DotSegment),
        ("/a/%2e%2E/b", B::DotSegment),
        ("/a/.%2e/b", B::DotSegment),
        ("/a/..;/b", B::DotSegment),
        ("/a/..;x=1/b", B::DotSegment),
        ("/a/..%3b/b", B::DotSegment),
        ("/a/.;/b", B::DotSegment),
        ("/a%2fb", B::EncodedSlash),
        ("/a%5Cb", B::Backslash),
        ("/a\\b", B::Backslash),
        ("/a%23b", B::EncodedHash),
        ("/a%00", B::Control),
        ("/a%0d%0aX:y", B::Control),
        ("/a%7f", B::Control),
        ("/a%zz", B::MalformedEscape),
        ("/a%2", B::MalformedEscape),
        ("/a%", B::MalformedEscape),
        ("/%%32%65", B::MalformedEscape),
        ("/%c0%af", B::NotUtf8),
        ("/%c0%ae%c0%ae/", B::NotUtf8),
        ("/%e0%80%af", B::NotUtf8),
        ("/%ff", B::NotUtf8),
        ("/a/%252e%252e/b", B::DoubleEncoding),
        ("/a%252fb", B::DoubleEncoding),
        ("/a%25252fb", B::DoubleEncoding),
        ("/a%25%32%66b", B::DoubleEncoding),
        ("/a%255cb", B::DoubleEncoding),
        ("/a%2500", B::DoubleEncoding),
        ("/a%2523", B::DoubleEncoding),
        ("/..%253b/", B::DoubleEncoding),
        ("/%2561dmin", B::DoubleEncoding),
        ("/%25c0%25af", B::DoubleEncoding),
        ("/%25%2532f", B::DoubleEncoding),
        ("/a?é", B::Query),
        ("*", B::NotAbsolute),
    ] {
        assert_eq!(parse(raw), Err(reason), "{raw:?}");
    }
    assert_eq!(parse(&format!("/{}", "é".repeat(20_000))), Err(BadPath::TooLong));
}

#[test]
fn every_reading_of_a_path_is_judged() {
    assert_eq!(variants("/admin"), ["/admin"]);
    assert_eq!(variants("/admin;x=1/users"), ["/admin;x=1/users", "/admin/users"]);
    assert_eq!(variants("/;x/admin"), ["/;x/admin", "/admin"]);
    assert_eq!(variants("/a/;x"), ["/a/;x", "/a/"]);
    assert_eq!(variants("/public;/"), ["/public;/", "/public/"]);
    assert_eq!(variants("/admin%3bx"), ["/admin%3Bx", "/admin;x", "/admin"]);
    assert_eq!(variants("/u/%40me"), ["/u/%40me", "/u/@me"]);
    assert_eq!(variants("/a%20b"), ["/a%20b"]);
}

#[test]
fn a_path_that_is_normal_is_not_copied() {
    for text in ["/a/b.css?x=1", "/a/@b:c,d!", "/caf%C3%A9?q", "/a;b"] {
        let raw: PathAndQuery = text.parse().expect("a path");
        let sent = NormalPath::parse(&raw).expect("a path").path_and_query();
        assert_eq!(sent.as_str().as_ptr(), raw.as_str().as_ptr(), "{text:?}");
    }
}

/// Decodes once as a lenient reader does: what is no escape stays.
fn decode(bytes: &[u8]) -> Vec<u8> {
    percent_encoding::percent_decode(bytes).collect()
}

/// What no reader may find in a path.
fn is_dangerous(bytes: &[u8]) -> bool {
    let dots = |segment: &[u8]| {
        let name = segment.split(|&byte| byte == b';').next().unwrap_or_default();
        name == b"." || name == b".."
    };
    bytes.iter().any(|byte| byte.is_ascii_control() || matches!(byte, b'\\' | b'#'))
        || bytes.split(|&byte| byte == b'/').any(dots)
}

fn slashes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte == b'/').count()
}

/// Paths made of what attacks are made of.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z.;/%]{1,3}",
        "%(25){0,3}[0-9a-fA-F]{2}",
        Just("..".to_owned()),
        Just("%2e".to_owned()),
        Just("%25%32%65".to_owned()),
        Just("ñ".to_owned()),
        Just("//".to_owned()),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| format!("/{}", pieces.concat()))
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,40}") {
        if let Ok(raw) = text.parse::<PathAndQuery>() {
            let _ = NormalPath::parse(&raw);
        }
    }

    #[test]
    fn normalising_again_changes_nothing(text in nasty()) {
        let raw: PathAndQuery = text.parse().expect("printable");
        if let Ok(once) = NormalPath::parse(&raw) {
            let again = NormalPath::parse(&once.path_and_query());
            prop_assert_eq!(again, Ok(once));
        }
    }

    #[test]
    fn nothing_dangerous_comes_out_of_decoding_once_or_twice(text in nasty()) {
        let raw: PathAndQuery = text.parse().expect("printable");
        if let Ok(path) = NormalPath::parse(&raw) {
            for reading in path.judged_variants() {
                let once = decode(reading.as_bytes());
                prop_assert!(std::str::from_utf8(&once).is_ok());
                for decoded in [&once, &decode(&once), &decode(&decode(&once))] {
                    prop_assert!(!is_dangerous(decoded), "{reading:?} → {decoded:?}");
                    prop_assert_eq!(slashes(decoded), slashes(reading.as_bytes()));
                }
            }
        }
    }

    #[test]
    fn safe_paths_are_left_alone(text in "(/[a-zA-Z0-9_~@:!$&'()*+,=-][a-zA-Z0-9._~@:!$&'()*+,=-]{0,8}){1,4}/?(\\?[!-\"$-;=?-~]{0,9})?") {
        if let Ok(raw) = text.parse::<PathAndQuery>() {
            prop_assert_eq!(NormalPath::parse(&raw).expect("safe").path_and_query(), raw);
        }
    }
}
