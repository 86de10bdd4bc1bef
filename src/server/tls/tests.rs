use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

struct Made {
    _folder: tempfile::TempDir,
    files: TlsFiles,
}

/// A self-signed certificate of 2026 and its key.
fn make() -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem())
}

fn files(cert: &str, key: &str) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.cert, cert).expect("written");
    std::fs::write(&files.key, key).expect("written");
    Made { _folder: folder, files }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn load_error(cert: &str, key: &str) -> TlsError {
    TlsAcceptorHolder::load(&files(cert, key).files, at("2026-06-01T00:00:00Z")).expect_err("can't be used")
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
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(load_error(garbled, &key), TlsError::Unusable { .. }));
    let missing = TlsFiles { cert: "/nonexistent/cert.pem".into(), key: "/nonexistent/key.pem".into() };
    let error = TlsAcceptorHolder::load(&missing, at("2026-06-01T00:00:00Z")).expect_err("not there");
    assert!(error.to_string().contains("/nonexistent/cert.pem"), "{error}");
}

#[test]
fn a_certificate_out_of_its_time_is_used_with_a_warning() {
    let (cert, key) = make();
    let made = files(&cert, &key);
    let chain = read_chain(&made.files.cert).expect("a chain");
    let fault = |now| fault_of_dates(&aws_lc_rs::default_provider(), &chain, at(now));
    let holder = TlsAcceptorHolder::load(&made.files, at("2026-06-01T00:00:00Z")).expect("it can be used");
    assert_eq!(holder.not_after(), Some(at("2027-01-01T00:00:00Z")));
    assert_eq!(fault("2026-06-01T00:00:00Z"), None);
    assert_eq!(fault("2027-06-01T00:00:00Z").as_deref(), Some("it expired at 2027-01-01T00:00:00Z"));
    assert_eq!(fault("2025-06-01T00:00:00Z").as_deref(), Some("it is not valid before 2026-01-01T00:00:00Z"));
    assert!(TlsAcceptorHolder::load(&made.files, at("2027-06-01T00:00:00Z")).is_ok());
}

#[test]
fn a_bad_file_leaves_the_old_certificate_in_use() {
    let (cert, key) = make();
    let made = files(&cert, &key);
    let now = at("2026-06-01T00:00:00Z");
    let holder = TlsAcceptorHolder::load(&made.files, now).expect("sound");
    let before = holder.0.load_full();
    std::fs::write(&made.files.key, "").expect("written");
    assert!(holder.reload(&made.files, now).is_err());
    assert!(Arc::ptr_eq(&before, &holder.0.load_full()));
    std::fs::write(&made.files.key, &key).expect("written");
    holder.reload(&made.files, now).expect("sound again");
    assert!(!Arc::ptr_eq(&before, &holder.0.load_full()));
}
