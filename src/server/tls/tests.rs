//! Faulty certificates are named and replace nothing; each name gets its own.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::files::{fault_of_dates, read_pair};
use super::*;
use crate::config::{Config, ParseContext, Place};

struct Made {
    _folder: tempfile::TempDir,
    files: TlsFiles,
}

/// A self-signed certificate of 2026 and its key.
fn make() -> (String, String) {
    make_for(&["localhost"])
}

fn make_for(names: &[&str]) -> (String, String) {
    make_of(names, 2026)
}

/// One for a year.
fn make_of(names: &[&str], year: i32) -> (String, String) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(names).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(year, 1, 1), date_time_ymd(year + 1, 1, 1));
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

fn files(cert: &str, key: &str) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert_file, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let files = TlsFiles { cert: cert_file, key: key_file, place: Place { line: 1, column: 1 } };
    std::fs::write(&files.cert, cert).expect("written");
    std::fs::write(&files.key, key).expect("written");
    Made { _folder: folder, files }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn load_error(cert: &str, key: &str) -> TlsError {
    TlsAcceptorHolder::load(&[files(cert, key).files]).expect_err("can't be used")
}

#[test]
fn each_fault_of_the_files_is_named() {
    let (cert, key) = make();
    let (_, other_key) = make();
    assert!(matches!(load_error("", &key), TlsError::NoCertificate { .. }));
    assert!(matches!(load_error(&key, &cert), TlsError::NoCertificate { .. }));
    assert!(matches!(load_error(&cert, &cert), TlsError::NoKey { .. }));
    assert!(matches!(load_error(&cert, &other_key), TlsError::NotAPair { .. }));
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(matches!(load_error(&cert, encrypted), TlsError::EncryptedKey { .. }));
    assert!(matches!(load_error(&cert.replace("-----END", "-----FIN"), &key), TlsError::NotPem { .. }));
    let half = load_error(&cert, &key[..key.len() / 2]).to_string();
    assert!(half.contains("a line -----END … is missing") && !half.contains("[8"), "{half}");
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(load_error(garbled, &key), TlsError::Unusable { .. }));
    let missing =
        TlsFiles { cert: "/nonexistent/cert.pem".into(), key: "/key.pem".into(), place: Place { line: 1, column: 1 } };
    let error = TlsAcceptorHolder::load(&[missing]).expect_err("not there");
    assert!(error.to_string().contains("/nonexistent/cert.pem"), "{error}");
}

#[test]
fn a_certificate_out_of_its_time_is_used_at_the_start() {
    let (cert, key) = make();
    let made = files(&cert, &key);
    let provider = aws_lc_rs::default_provider();
    let chain = read_pair(&made.files, &provider).expect("a pair").cert.clone();
    let fault = |now| fault_of_dates(&provider, &chain, at(now));
    assert_eq!(fault("2026-06-01T00:00:00Z"), None);
    assert_eq!(fault("2027-06-01T00:00:00Z").as_deref(), Some("it expired at 2027-01-01T00:00:00Z"));
    assert_eq!(fault("2025-06-01T00:00:00Z").as_deref(), Some("it is not valid before 2026-01-01T00:00:00Z"));
    assert!(TlsAcceptorHolder::load(std::slice::from_ref(&made.files)).is_ok());
}

#[test]
fn a_bad_file_leaves_all_of_the_old_certificates_in_use() {
    let (cert, key) = make();
    let (one, other) = (files(&cert, &key), files(&cert, &key));
    let all = [one.files.clone(), other.files.clone()];
    let now = at("2026-06-01T00:00:00Z");
    let holder = TlsAcceptorHolder::load(&all).expect("sound");
    let before = holder.0.load_full();
    std::fs::write(&other.files.key, "").expect("written");
    assert!(holder.reload(&all, now).is_err());
    assert!(Arc::ptr_eq(&before, &holder.0.load_full()));
    std::fs::write(&other.files.key, &key).expect("written");
    holder.reload(&all, now).expect("sound again");
    assert!(!Arc::ptr_eq(&before, &holder.0.load_full()));
    assert!(matches!(TlsAcceptorHolder::load(&[]), Err(TlsError::None)));
}

#[test]
fn a_certificate_out_of_its_time_replaces_none_that_is_still_valid() {
    let of = |year| make_of(&["localhost"], year);
    let write = |made: &Made, (cert, key): (String, String)| {
        std::fs::write(&made.files.cert, cert).expect("written");
        std::fs::write(&made.files.key, key).expect("written");
    };
    let now = at("2026-06-01T00:00:00Z");
    let (cert, key) = of(2026);
    let (made, other) = (files(&cert, &key), files(&cert, &key));
    let all = [made.files.clone(), other.files.clone()];
    let holder = TlsAcceptorHolder::load(&all).expect("sound");
    let ends = |holder: &TlsAcceptorHolder| holder.served()[1].not_after.map(|end| end.to_string());
    for (year, told) in
        [(2025, "it expired at 2026-01-01T00:00:00Z"), (2027, "it is not valid before 2027-01-01T00:00:00Z")]
    {
        write(&other, of(year));
        let refused = holder.reload(&all, now).expect_err("the old one is better");
        assert!(refused.to_string().ends_with(told) && refused.to_string().contains("cert.pem"), "{refused}");
        assert_eq!(ends(&holder).as_deref(), Some("2027-01-01T00:00:00Z"));
    }
    // What was not valid yet has become so; the others have ended.
    holder.reload(&all, at("2027-06-01T00:00:00Z")).expect("better than what is there");
    assert_eq!(ends(&holder).as_deref(), Some("2028-01-01T00:00:00Z"));
    // Who was out of its time before hinders nothing new.
    write(&other, of(2027));
    holder.reload(&all, at("2027-07-01T00:00:00Z")).expect("the expired one did not come now");
    write(&other, of(2025));
    holder.reload(&all, at("2029-06-01T00:00:00Z")).expect("nothing valid is lost");
    assert_eq!(holder.served()[1].names, ["localhost"]);
}

#[test]
fn the_certificate_is_the_one_for_the_name_exact_before_wildcard_before_the_first() {
    let provider = aws_lc_rs::default_provider();
    let pairs: Vec<_> = [&["first.mx"][..], &["*.shop.mx", "Shop.mx"], &["www.shop.mx"], &["www.shop.mx", "*.com.mx"]]
        .iter()
        .map(|names| {
            let (cert, key) = make_for(names);
            Arc::new(read_pair(&files(&cert, &key).files, &provider).expect("a pair"))
        })
        .collect();
    let choice = Choice::among(pairs.clone()).expect("some");
    for (name, expected) in [
        ("first.mx", 0),
        ("shop.mx", 1),
        ("SHOP.MX", 1),
        ("a.shop.mx", 1),
        ("www.shop.mx", 2),
        ("other.com.mx", 3),
        ("a.b.shop.mx", 0),
        ("com.mx", 0),
        ("elsewhere.com", 0),
    ] {
        assert!(Arc::ptr_eq(choice.find(name), &pairs[expected]), "{name}");
    }
}

/// What is found in a configuration with these certificates: names and the key's, or another's; each at its own line.
fn examined(certificates: &[(&[&str], bool)], hosts: &[&str], now: &str) -> Examined {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = String::from("[portal]\norigin = \"https://login.com.mx\"\n");
    for (index, host) in hosts.iter().enumerate() {
        text +=
            &format!("[[app]]\nid = \"a{index}\"\nhost = \"{host}\"\npath = \"/{index}\"\nupstream = [\"http://b\"]\n");
    }
    for (index, (names, own_key)) in certificates.iter().enumerate() {
        let ((cert, key), (_, other)) = (make_for(names), make());
        std::fs::write(folder.path().join(format!("c{index}")), cert).expect("written");
        std::fs::write(folder.path().join(format!("k{index}")), if *own_key { key } else { other }).expect("written");
        text += &format!("[[server.tls]]\ncert = \"c{index}\"\nkey = \"k{index}\"\n");
    }
    let config = Config::parse(&text, ParseContext::new("p.toml", folder.path())).expect("sound");
    let mut examined = examine(&config, at(now));
    let short = |(_, text): &mut (Place, String)| *text = text.replace(&format!("{}/", folder.path().display()), "");
    examined.faults.iter_mut().chain(&mut examined.notices).for_each(short);
    examined
}

#[test]
fn certificates_are_examined_before_anybody_is_served_with_them() {
    let now = "2026-06-01T00:00:00Z";
    assert_eq!(examined(&[(&["login.com.mx"], true)], &[], now), Examined::default());
    let both = [(&["*.com.mx"][..], true), (&["shop.example.com"][..], true)];
    assert_eq!(examined(&both, &["a.com.mx", "shop.example.com"], now), Examined::default());

    let found = examined(&[(&["login.com.mx"], false)], &[], now);
    assert_eq!(found.faults.len(), 1);
    assert_eq!(found.faults[0].0, Place { line: 3, column: 1 });
    assert!(found.faults[0].1.starts_with("the private key in k0 does not belong to the first certificate in c0; "));

    let found = examined(
        &[(&["login.com.mx"], true), (&["c.com.mx"], true)],
        &["a.com.mx", "login.com.mx"],
        "2027-06-01T00:00:00Z",
    );
    assert_eq!(found.faults, []);
    let told: Vec<_> = found.notices.iter().map(|(place, text)| format!("{place} {text}")).collect();
    assert_eq!(
        told,
        [
            "13:1 browsers will not accept the certificate in c0: it expired at 2027-01-01T00:00:00Z",
            "16:1 browsers will not accept the certificate in c1: it expired at 2027-01-01T00:00:00Z",
            "16:1 the certificate in c1 is for no host that is served here",
            "13:1 no certificate is for a.com.mx; browsers will warn whoever goes there",
        ]
        .map(|text| text.to_owned())
    );
}
