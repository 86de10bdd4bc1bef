//! What a file says is understood, and what it does not say has its default; its faults are the subject of `faults`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::domain::access::Access;

mod faults;
mod shipped;

/// A certificate authority.
const AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBmjCCAT+gAwIBAgIUfgo3vQTIEFzxgQhMZBL94ta5LdIwCgYIKoZIzj0EAwIw\n\
    ITEfMB0GA1UEAwwWQXV0aG9yaXR5IG9mIHRoZSB0ZXN0czAgFw0yNjExMjIwMTA2\n\
    MjhaGA8yMTI2MTAyOTAxMDYyOFowITEfMB0GA1UEAwwWQXV0aG9yaXR5IG9mIHRo\n\
    ZSB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABD0dQcTK1U+cMwCGmWHR\n\
    bRaMlFgfhz+0ooUutX4rKamVsYdqf02nPL5iD+VxrsUS3EZu5kWrIJBpc7Z6JMcg\n\
    uDWjUzBRMB0GA1UdDgQWBBS8YCUSppQQhrFjb3esHs/Bywj4ZDAfBgNVHSMEGDAW\n\
    gBS8YCUSppQQhrFjb3esHs/Bywj4ZDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49\n\
    BAMCA0kAMEYCIQCv1c+lpFyWNuTy+cvPcdKeWBBXecyPAQJz5EbHTsuuBAIhAKoU\n\
    VunUKtSwV7BtBrLHFQoI5QOe8QGZdhAxoTnDQASI\n\
    -----END CERTIFICATE-----\n";

/// Surroundings without a machine: some variables, some files.
#[derive(Default)]
struct Invented {
    variables: BTreeMap<&'static str, &'static str>,
    files: BTreeMap<PathBuf, &'static str>,
}

impl Surroundings for Invented {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(ToString::to_string)
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).map(ToString::to_string).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn exists(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }
}

fn invented() -> Invented {
    let mut invented = Invented {
        variables: BTreeMap::from([("SET", "from the environment\n")]),
        files: ["cert.pem", "key.pem", "secret.txt", "templates"]
            .map(|name| (Path::new("/etc/portero").join(name), "from a file\r\n"))
            .into(),
    };
    invented.files.insert("/etc/portero/ca.pem".into(), AUTHORITY);
    invented
}

fn context(surroundings: &Invented) -> ParseContext<'_> {
    ParseContext { file: "p.toml", folder: Path::new("/etc/portero"), surroundings, exposed: false }
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, context(&invented()))
}

fn parsed(text: &str) -> Config {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// The faults of `text`, one a line.
fn faults(text: &str) -> String {
    parse(text).expect_err("the text has a fault").to_string()
}

/// The notices on `text`, one a line.
fn notices(text: &str) -> String {
    parsed(text).notices().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// One sound application, and `more` keys of it.
fn app(more: &str) -> String {
    format!("[[app]]\nid = \"a\"\nupstream = [\"http://10.0.0.5:3000\"]\n{more}\n")
}

#[test]
fn an_empty_file_has_every_default() {
    let config = parsed("");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.admin.listen.to_string(), "127.0.0.1:9400");
    assert_eq!(config.portal.origin.to_string(), "http://127.0.0.1:8080");
    assert_eq!(config.store.path, Path::new("/etc/portero/data"));
    assert_eq!(config.password.policy.special, "!\"#$%&*".chars().collect::<Vec<_>>());
    assert_eq!(config.recovery.temporary_password.as_secs(), 86_400);
    assert!(config.applications.is_empty());
    assert!(config.notices().is_empty());
    assert_eq!(Config::default().store.path, Path::new("data"));
}

#[test]
fn the_origin_follows_from_where_portero_listens() {
    let origin = |text: &str| parsed(text).portal.origin.to_string();
    assert_eq!(origin("[server]\nlisten = \"[::1]:80\""), "http://[::1]");
    let tls = "tls = { cert = \"cert.pem\", key = \"key.pem\" }";
    assert_eq!(origin(&format!("[server]\nlisten = \"10.0.0.1:443\"\n{tls}")), "https://10.0.0.1");
    assert_eq!(origin("[portal]\norigin = \"http://LOCALHOST:8080/\""), "http://localhost:8080");
    assert_eq!(origin("[server]\nlisten = \"0.0.0.0:80\"\n[portal]\norigin = \"https://a.mx\""), "https://a.mx");
}

#[test]
fn one_certificate_or_several_may_be_named() {
    let files = |text: &str| {
        let server = parsed(&format!("[server]\n{text}")).server;
        server.tls.iter().map(|files| format!("{} {}", files.cert.display(), files.place)).collect::<Vec<_>>()
    };
    let first = "/etc/portero/cert.pem 2:7".to_owned();
    assert_eq!(files("tls = { cert = \"cert.pem\", key = \"key.pem\" }"), [first]);
    let list = "tls = [{ cert = \"cert.pem\", key = \"key.pem\" },\n  { cert = \"ca.pem\", key = \"key.pem\" }]";
    assert_eq!(files(list), ["/etc/portero/cert.pem 2:8", "/etc/portero/ca.pem 3:3"]);
    let tables =
        "[[server.tls]]\ncert = \"cert.pem\"\nkey = \"key.pem\"\n[[server.tls]]\ncert = \"ca.pem\"\nkey = \"key.pem\"";
    assert_eq!(files(tables).len(), 2);
}

#[test]
fn an_application_over_tls_is_read_with_its_authorities() {
    let config = parsed(
        "[[app]]\nid = \"a\"\npath = \"/a\"\nupstream = [\"https://10.0.0.5\", \"https://[::1]:8443\"]\n\
         upstream_protocol = \"http2\"\nca = \"ca.pem\"\nserver_name = \"App.Internal\"",
    );
    let [application] = config.applications.as_slice() else { panic!("one application") };
    assert_eq!(application.upstreams[0], Upstream { https: true, host: "10.0.0.5".into(), port: 443 });
    assert_eq!(application.upstreams[1], Upstream { https: true, host: "::1".into(), port: 8443 });
    assert_eq!(application.upstream_protocol, UpstreamProtocol::Http2);
    let authorities = application.authorities.as_ref().expect("authorities");
    assert_eq!((authorities.file(), authorities.certificates().len()), (Path::new("/etc/portero/ca.pem"), 1));
    assert_eq!(
        application.server_name.as_ref().map(|name| name.to_str().into_owned()).as_deref(),
        Some("app.internal")
    );
}

#[test]
fn an_application_is_read_whole() {
    let config = parsed(&app(
        "name = \"Facturación\"\npath = \"/billing/\"\naccess = { groups = [\"staff\"], organizations = [\"ACME\"] }\n\
         preserve_host = false\nresponse_timeout = \"1m30s\"\n\
         [[app.rule]]\npath = \"/billing/public/*\"\nmethods = [\"GET\"]\naccess = \"anyone\"",
    ));
    let [application] = config.applications.as_slice() else { panic!("one application") };
    assert_eq!((application.host.as_deref(), application.path.as_str()), (None, "/billing"));
    let upstream = Upstream { https: false, host: "10.0.0.5".into(), port: 3000 };
    assert_eq!(application.upstreams, [upstream]);
    assert!(
        matches!(&application.access, Access::Members { organizations, .. } if organizations[0].as_str() == "acme")
    );
    assert!(application.rules[0].covers("GET", "/billing/public/logo.png"));
    assert!(!application.preserve_host);
    assert_eq!(application.response_timeout.as_secs(), 90);
}

#[test]
fn an_application_on_the_portals_own_host_shares_it_by_path() {
    let portal = "[portal]\norigin = \"https://login.mx\"\n[server]\ntrusted_proxies = [\"10.0.0.1\"]\n";
    let config = parsed(&format!("{portal}{}", app("host = \"Login.MX.\"\npath = \"/a\"")));
    assert_eq!(config.applications[0].host, None);
    assert!(faults(&format!("{portal}{}", app("host = \"login.mx\""))).contains("8:8: this is the host of the portal"));
    let root = parsed(&format!("{portal}{}", app("path = \"/\"")));
    assert_eq!(root.applications[0].path, "/");
}

#[test]
fn secrets_come_from_text_files_and_the_environment() {
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let mut surroundings = Invented::default();
    surroundings.variables.insert("KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n");
    surroundings.files.insert("/etc/portero/key".into(), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\r\n");
    for how in [&format!("\"{key}\""), "{ env = \"KEY\" }", "{ file = \"key\" }", "{ file = \"/etc/portero/key\" }"] {
        let config = Config::parse(&format!("[store]\nmaster_key = {how}"), context(&surroundings)).expect(how);
        assert_eq!(config.store.master_key.expect("it is there").expose_secret(), key);
    }
}

#[test]
fn a_secret_in_a_file_that_everybody_can_read_earns_a_notice() {
    let text = "[store]\nmaster_key = \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"";
    let surroundings = invented();
    let read = |exposed| Config::parse(text, ParseContext { exposed, ..context(&surroundings) }).expect("it is sound");
    assert!(read(false).notices().is_empty());
    let exposed = read(true);
    assert_eq!((exposed.notices().len(), exposed.notices()[0].line, exposed.notices()[0].column), (1, 2, 14));
}

#[test]
fn what_a_later_version_serves_is_said_once_and_calmly() {
    insta::assert_snapshot!(notices(
        "[recovery]\nmethods = [\"reset-link\"]\nreset_link = \"30m\"\nrescue_code = \"10m\"\n\
         [mail]\ntransport = \"smtp\"\nhost = \"smtp.mx\"\nfrom = \"Portero <p@smtp.mx>\"\n\
         [[oidc.client]]\nid = \"wiki\"\nredirect_uris = [\"https://wiki.mx/cb\"]\n\
         [[federation]]\nid = \"corp\"\nissuer = \"https://idp.mx\"\nclient_id = \"p\"\norganization = \"acme\"",
    ), @r"
    9:1: [[oidc.client]] is understood but not served by this version
    12:1: [[federation]] is understood but not served by this version
    ");
    assert_eq!(notices("[mail]\ntransport = \"files\"\n[recovery]\ntemporary_password = \"2h\""), "");
}

#[test]
fn settings_that_are_rarely_meant_are_pointed_out() {
    insta::assert_snapshot!(notices("[portal]\norigin = \"https://login.mx\"\n[server]\nlisten = \"0.0.0.0:8080\"",), @r"2:10: the origin is https, but this listener speaks plain http: name the proxy that adds TLS in `server.trusted_proxies`, or every client will seem to have its address");
    insta::assert_snapshot!(notices("[server]\ntrusted_proxies = [\"0.0.0.0/0\"]"), @r"2:20: everybody is a trusted proxy: any client can choose the address that throttling and the audit see");
    insta::assert_snapshot!(notices(&app("host = \"billing.mx\"")), @r"4:8: billing.mx is served over plain http, as the portal is; browsers keep it to tests");
}

#[test]
fn a_file_is_read_with_its_own_folder_and_permissions() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.toml");
    std::fs::write(&path, "[store]\npath = \"d\"\nmaster_key = { file = \"k\" }").expect("written");
    let error = Config::load(&path).expect_err("there is no k");
    assert_eq!((error.faults.len(), error.faults[0].line, error.faults[0].column), (1, 3, 23));
    assert_eq!(error.file, path.display().to_string());

    std::fs::write(folder.path().join("k"), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n").expect("written");
    assert_eq!(Config::load(&path).expect("it is sound").store.path, folder.path().join("d"));

    std::fs::write(&path, "[store]\nmaster_key = \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\"").expect("written");
    for (mode, notices) in [(0o640, 0), (0o644, 1)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("changed");
        assert_eq!(Config::load(&path).expect("it is sound").notices().len(), notices);
    }
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_a_fault_with_a_place() {
    let error = Config::load(Path::new("/nonexistent/c.toml")).expect_err("there is no such file").to_string();
    assert!(error.starts_with("/nonexistent/c.toml:1:1: the file cannot be read: "), "{error}");
    let error = Config::parse_bytes(b"[portal]\nname = \"\xff\"", context(&invented())).expect_err("not UTF-8");
    assert_eq!(error.to_string(), "p.toml:2:9: this is not UTF-8 text; save the file in UTF-8");
}

/// Text that looks like a configuration: real keys with values of all kinds, in any order, whole or cut.
fn almost_a_config() -> impl Strategy<Value = String> {
    let keys = "\\[server\\]|\\[\\[app\\]\\]|\\[app\\]|\\[\\[app.rule\\]\\]|\\[portal|\\[\\[oidc.client\\]\\]|\\[store\\]|(listen|origin|tls|idle|id|host|path|\
                upstream|access|methods|secret|url|master_key|special|server|app) ?= ?";
    let values = "\"\"|\"off\"|1|-1|0x1F|1.5|inf|true|1979-05-27|\\[|\\]|\\{|\\}|,|\"0.0.0.0:0\"|\"1h\"|\"/a/b\"|\"http://a:1\"|\
                  \"\"\"a|'|\"é\\\\u00e9\"|#|\\PC";
    prop::collection::vec((keys, values, prop_oneof![Just("\n"), Just(" "), Just("\r\n")]), 0..12)
        .prop_map(|lines| lines.into_iter().map(|(key, value, end)| format!("{key}{value}{end}")).collect())
}

proptest! {
    #[test]
    fn reading_never_panics_and_every_fault_has_a_place(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        "\\PC{0,200}".prop_map(String::into_bytes),
        almost_a_config().prop_map(String::into_bytes),
    ]) {
        if let Err(error) = Config::parse_bytes(&bytes, context(&invented())) {
            prop_assert!(!error.faults.is_empty());
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.split('\n').collect();
            for fault in &error.faults {
                prop_assert!((1..=lines.len()).contains(&fault.line), "{fault}");
                prop_assert!((1..=lines[fault.line - 1].chars().count() + 1).contains(&fault.column), "{fault}");
                prop_assert!(!fault.to_string().contains('\n'), "{fault}");
            }
        }
    }

    #[test]
    fn a_secret_is_never_repeated(secret in "hidden[a-z0-9@:/ ]{4,20}") {
        for text in [
            format!("[store]\nmaster_key = \"{secret}\"\nurl = \"{secret}\""),
            format!("[store]\nmaster_key = {{ env = \"{secret}\" }}\nurl = {{ file = \"{secret}\" }}"),
            format!("[store]\nmaster_key = {{ {} = \"{secret}\" }}", "value"),
            format!("[mail]\npassword = \"{secret}\""),
            format!("[mail]\npassword = [\"{secret}\"]"),
            format!("[mail]\npasword = \"{secret}\""),
            format!("[mail]\npassword = \"{secret}"),
            format!("[mail]\npassword = {secret}"),
            format!("[portal]\norigin = \"https://ana:{secret}@login.mx\""),
            format!("[[app]]\nupstream = [\"http://ana:{secret}@10.0.0.1\"]"),
            format!("[[oidc.client]]\nid = \"a\"\nsecret = \"{secret}\""),
        ] {
            let shown = faults(&text);
            prop_assert!(!shown.contains("hidden"), "{shown}");
        }
    }
}
