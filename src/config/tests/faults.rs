//! What each kind of fault is told as, and where.

use super::*;

#[test]
fn every_fault_is_told_at_once_with_its_place() {
    insta::assert_snapshot!(faults(
        r#"
[server]
listen = "localhost:8080"
lisen = "127.0.0.1:80"
workers = "four"
tls = { cert = "cert.pem" }
trusted_proxies = ["10.0.0.1/8", "everybody", "10.0.0.1"]

[server.limits]
header_bytes = "64"
headers = 5

[portal]
origin = "https://login.mx/portal"
language = "fr"
time_zone = "America/Mexico_Cty"

[sesion]
idle = "30m"

[session]
idle = "24h"
absolute = 43200

[password]
require = ["uppercase", "Digit", "uppercase"]
special = "!a"
min_length = 200

[store]
engine = "postgres"
url = "postgres://portero:secret@db/portero"
master_key = "short"

[captcha]
mode = "allways"

[[app]]
id = "Billing"
host = "*.example.com"
upstream = "http://10.0.0.5"
acess = "anyone"

[[app.rule]]
path = "public/*"
methods = ["get"]
access = { group = ["staff"] }
"#
    ), @r#"
    p.toml:3:10: "localhost:8080" is not an address to listen on; write an IP address and a port, such as "127.0.0.1:8080" or "[::1]:8080"
    p.toml:4:1: `server.lisen` is not a key; did you mean `listen`?
    p.toml:5:11: `server.workers` must be a number, not text; write a whole number, without quotes
    p.toml:6:7: `server.tls.key` is missing; write key = "key.pem"
    p.toml:7:20: "10.0.0.1/8" has bits past its prefix; write "10.0.0.0/8" or the address alone
    p.toml:7:34: "everybody" is not a network; write an address or a network such as "10.0.0.0/8"
    p.toml:10:16: "64" is not a size; write a whole number with its unit (B, kB, MB, GB, KiB, MiB or GiB), such as "64KiB"
    p.toml:11:11: `server.limits.headers` is out of range; write a number from 10 to 10000
    p.toml:14:10: `portal.origin` is not an origin: it has more than a scheme, a host and a port; write scheme, host and port alone, such as "https://login.example.com"
    p.toml:15:12: "fr" cannot be `portal.language`; write "es" or "en"
    p.toml:16:13: "America/Mexico_Cty" is not a time zone; did you mean "America/Mexico_City"?
    p.toml:18:2: `sesion` is not a section; did you mean `session`?
    p.toml:23:12: `session.absolute` must be a duration, not a number; write a number with its unit (ms, s, m, h, d or w), such as "90s" or "1h30m"
    p.toml:26:25: "Digit" cannot be `password.require`; did you mean "digit"?
    p.toml:26:34: `password.require` has this twice; keep one of them
    p.toml:27:11: 'a' is not a special character; write punctuation and symbols alone, without spaces between them
    p.toml:28:14: `password.min_length` is out of range; write a number from 4 to 128
    p.toml:31:10: this version has the sled engine only; write engine = "sled"
    p.toml:33:14: `store.master_key` is not 32 bytes in base64; make one with: openssl rand -base64 32
    p.toml:36:8: "allways" cannot be `captcha.mode`; did you mean "always"?
    p.toml:39:6: "Billing" cannot be `app.id`; an application id has 1 to 64 lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit
    p.toml:40:8: "*.example.com" is not a host; write a whole name such as "app.example.com", without scheme or '*', in ASCII (xn--…)
    p.toml:41:12: `app.upstream` must be a list, not text; write it in brackets: ["…"]
    p.toml:42:1: `app.acess` is not a key; did you mean `access`?
    p.toml:45:8: "public/*" does not begin with a slash; write a path from the host's root on, such as "/public/*"
    p.toml:46:12: "get" is not a method; write it in capitals, such as "GET"
    p.toml:47:12: `app.rule.access.group` is not a key; did you mean `groups`?
    "#);
}

#[test]
fn contradictions_are_told_where_they_are_written() {
    for (text, place) in [
        ("[session]\nidle = \"13h\"", "2:8: session.idle \"13h\" is longer than session.absolute \"12h\""),
        ("[session]\nabsolute = \"1m\"", "2:12: session.idle"),
        (
            "[admin]\nlisten = \"127.0.0.1:8080\"",
            "2:10: admin.listen 127.0.0.1:8080 and server.listen 127.0.0.1:8080 collide",
        ),
        ("[server]\nlisten = \"0.0.0.0:9400\"\n[portal]\norigin = \"https://a.mx\"", "2:10: admin.listen"),
        ("[portal]\norigin = \"http://login.mx\"", "2:10: passwords would travel in clear to http://login.mx"),
        ("[server]\nlisten = \"10.0.0.1:80\"", "2:10: passwords would travel in clear to http://10.0.0.1"),
        ("[server]\nlisten = \"[::]:80\"", "2:10: no browser can be sent to [::]:80"),
        ("[server]\nlisten = \"127.0.0.1:0\"", "2:10: no browser can be sent to 127.0.0.1:0"),
        (
            "[server]\ntls = { cert = \"cert.pem\", key = \"key.pem\" }\n[portal]\norigin = \"http://localhost:80\"",
            "4:10: `portal.origin` is http, but `server.tls` serves https; write \"https://localhost\"",
        ),
        ("[server]\ntls = []", "2:7: `server.tls` is empty"),
        ("[server]\ntls = \"cert.pem\"", "2:7: `server.tls` must be a table, not text"),
        (
            "[server]\ntls = [{ cert = \"cert.pem\", key = \"key.pem\" }, { cert = \"cert.pem\", key = \"key.pem\" }]",
            "2:48: `server.tls` has this twice",
        ),
        ("[password]\nspecial = \"\"", "2:11: a special character is required"),
        ("[store]\nurl = \"postgres://db\"", "2:7: `store.url` belongs to another engine"),
        ("[mail]\ntransport = \"smtp\"", "1:1: `mail.host` is missing"),
        ("[mail]\nusername = \"ana\"", "2:12: `mail.username` has no password"),
        (
            "[identity]\nlifetime = \"999ms\"",
            "2:12: `identity.lifetime` is out of range; write something from \"1s\" to \"1h\"",
        ),
    ] {
        let told = faults(text);
        assert!(told.starts_with(&format!("p.toml:{place}")), "{text}\n{told}");
    }
    assert!(parsed("[password]\nspecial = \"\"\nrequire = []").password.policy.special.is_empty());
}

#[test]
fn applications_must_be_told_apart_and_reached() {
    let twice = |more: &str| faults(&format!("{}{more}", app("path = \"/a\"")));
    insta::assert_snapshot!(twice("[[app]]\nid = \"a\"\nhost = \"b.localhost\"\nupstream = [\"http://b\"]"), @r"p.toml:6:6: this application id is taken by line 2; write another, or remove one");
    insta::assert_snapshot!(twice("[[app]]\nid = \"b\"\npath = \"/a/\"\nupstream = [\"http://b\"]"), @r"p.toml:7:8: this host and path is taken by line 4; write another, or remove one");
    insta::assert_snapshot!(faults(&app("")), @r#"p.toml:1:1: `app.host` and `app.path` are both missing; write host = "app.example.com", path = "/app", or both"#);
    insta::assert_snapshot!(faults("[[app]]"), @r#"
    p.toml:1:1: `app.id` is missing; write id = "billing"
    p.toml:1:1: `app.host` and `app.path` are both missing; write host = "app.example.com", path = "/app", or both
    p.toml:1:1: `app.upstream` is missing; write upstream = ["http://127.0.0.1:3000"]
    "#);
    insta::assert_snapshot!(faults("[app]\nid = \"a\""), @r"p.toml:1:1: `app` is a list of sections; write [[app]], with double brackets");
    let above = format!("[[app.rule]]\npath = \"/a\"\nallow = \"everyone\"\n{}", app("path = \"/a\""));
    insta::assert_snapshot!(faults(&above), @r"p.toml:1:3: [[app.rule]] belongs below its [[app]]; move it below the [[app]] it is for");
    insta::assert_snapshot!(faults("[[server]]\nlisten = \"127.0.0.1:80\""), @r"p.toml:1:1: `server` is one section, not a list of them; write [server] once, with single brackets");
}

#[test]
fn an_applications_keys_are_held_to_what_can_work() {
    for path in
        ["/_portero", "/_portero/x", "a", "", "/a//b", "/a/../b", "/a/.", "/a?b", "/a%2Fb", "/*", "/ñ", "//", "/a//"]
    {
        assert!(faults(&app(&format!("path = \"{path}\""))).contains("p.toml:4:8: "), "{path}");
    }
    for host in ["", "a b", "a.mx:8080", "[::1]:80", "http://a.mx", "*.a.mx", "ñ.mx", "a_b..mx"] {
        assert!(faults(&app(&format!("host = \"{host}\""))).contains("p.toml:4:8: "), "{host}");
    }
    for upstream in [
        "10.0.0.5",
        "ftp://a",
        "http://a/b",
        "http://a?b",
        "http://u:p@a",
        "http://",
        "http://a:0",
        "http://127.0.0.1:8080",
    ] {
        let text = format!("[[app]]\nid = \"a\"\npath = \"/a\"\nupstream = [\"http://b\", \"{upstream}\"]");
        assert!(faults(&text).contains("p.toml:4:25: "), "{upstream}");
    }
    assert!(faults("[[app]]\nid = \"a\"\npath = \"/a\"\nupstream = []").contains("4:12: `app.upstream` is empty"));
    for rule in ["x", "", "/a?b", "/a b", "/../a"] {
        let text = app(&format!("path = \"/a\"\n[[app.rule]]\naccess = \"anyone\"\npath = \"{rule}\""));
        assert!(faults(&text).contains("p.toml:7:8: "), "{rule}");
    }
    for access in ["\"everyone\"", "{ }", "{ groups = [] }", "{ groups = [\"a,b\"] }", "true"] {
        assert!(faults(&app(&format!("path = \"/a\"\naccess = {access}"))).contains("p.toml:5:"), "{access}");
    }
}

#[test]
fn what_certificates_are_held_against_must_be_there_and_of_use() {
    let secure =
        |more: &str| faults(&format!("[[app]]\nid = \"a\"\npath = \"/a\"\nupstream = [\"https://b\"]\n{more}"));
    let told = secure("ca = \"missing.pem\"");
    assert!(told.starts_with("p.toml:5:6: /etc/portero/missing.pem cannot be read: "), "{told}");
    let told = secure("ca = \"cert.pem\"");
    assert!(told.starts_with("p.toml:5:6: /etc/portero/cert.pem holds no certificate in PEM"), "{told}");
    for name in ["", "a b", "a:443", "*.a", "https://a"] {
        assert!(secure(&format!("server_name = \"{name}\"")).contains("p.toml:5:15: "), "{name}");
    }
    let in_clear = app("path = \"/a\"\nca = \"ca.pem\"\nserver_name = \"b\"");
    insta::assert_snapshot!(faults(&in_clear), @r"
    p.toml:5:6: `app.ca` is about upstreams over https, and there is none; write https:// in `upstream`, or remove ca
    p.toml:6:15: `app.server_name` is about upstreams over https, and there is none; write https:// in `upstream`, or remove server_name
    ");
    assert!(faults(&app("path = \"/a\"\nupstream_protocol = \"h2\"")).contains("p.toml:5:21: "));

    let garbled = |text: &str| crate::config::Authorities::parse("ca.pem".into(), text).expect_err("of no use");
    assert!(garbled("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n").starts_with("is not PEM"));
    let told = garbled(&format!("{AUTHORITY}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    assert!(told.starts_with("holds a certificate (number 2) that nothing can be checked against"), "{told}");
}

#[test]
fn a_rule_that_could_never_decide_is_a_fault() {
    let rules = |second: &str| {
        app(&format!(
            "path = \"/a\"\n[[app.rule]]\npath = \"/a/*\"\nmethods = [\"GET\", \"HEAD\"]\naccess = \"anyone\"\n\
             [[app.rule]]\npath = \"/a/*\"\naccess = \"assigned\"\n{second}"
        ))
    };
    assert!(
        faults(&rules("methods = [\"GET\"]"))
            .contains("10:8: this rule never decides: the one of line 6 matches first")
    );
    assert_eq!(parsed(&rules("methods = [\"GET\", \"POST\"]")).applications[0].rules.len(), 2);
    assert_eq!(parsed(&rules("")).applications[0].rules.len(), 2);
}

#[test]
fn the_sections_of_later_versions_are_held_to_their_rules_too() {
    insta::assert_snapshot!(faults(
        r#"
[[oidc.client]]
id = "wiki"
auth_method = "client_secret_post"
redirect_uris = ["http://wiki.mx/cb", "javascript:alert(1)", "com.example.app:/cb", "http://127.0.0.1/cb"]

[[oidc.client]]
id = "wiki"
pkce = false
id_token_alg = "none"
auth_method = "none"

[[oidc.client]]
id = "spa"
secret = "s"
auth_method = "none"
redirect_uris = ["https://spa.mx/#x"]

[[federation]]
id = "corp"
issuer = "http://idp.mx"
scopes = ["a b"]
link = "always"

[mail]
transport = "smtp"
host = "smtp.mx:25"
from = "nobody"
port = 0
tls = "none"
username = "ana"
password = { env = "NOT_SET" }

[recovery]
methods = ["reset_link", "carrier-pigeon"]
reset_link = 30
"#
    ), @r#"
    p.toml:4:15: this auth_method needs a secret; write secret = { file = "…" }
    p.toml:5:18: "http://wiki.mx/cb" is not a redirect address; write https://…, http:// on this machine, or a scheme with a dot
    p.toml:5:39: "javascript:alert(1)" is not a redirect address; write https://…, http:// on this machine, or a scheme with a dot
    p.toml:7:1: `oidc.client.redirect_uris` is missing; write redirect_uris = ["https://…"]
    p.toml:8:6: this client id is taken by line 3; write another, or remove one
    p.toml:9:8: a client without a secret needs PKCE; write pkce = true
    p.toml:10:16: "none" cannot be `oidc.client.id_token_alg`; write "ES256" or "RS256"
    p.toml:16:15: this auth_method uses no secret; remove secret, or change auth_method
    p.toml:17:18: "https://spa.mx/#x" is not a redirect address; write a whole address, without spaces, '*' or '#'
    p.toml:19:1: `federation.client_id` is missing; write client_id = "…"
    p.toml:19:1: `federation.organization` is missing; write organization = "…"
    p.toml:21:10: "http://idp.mx" is not an issuer; write https://… as the provider itself spells it
    p.toml:22:11: "a b" is not a scope; write one word, such as "email"
    p.toml:23:8: "always" cannot be `federation.link`; write "never" or "verified-email"
    p.toml:27:8: "smtp.mx:25" is not a host; write a name or an address, without port
    p.toml:28:8: `mail.from` is not an e-mail address; write "name@example.com" or "Name <name@example.com>"
    p.toml:29:8: `mail.port` is out of range; write a number from 1 to 65535
    p.toml:32:20: the environment variable of `mail.password` is not set; set it before Portero starts, or write { file = "…" }
    p.toml:35:12: "reset_link" cannot be `recovery.methods`; did you mean "reset-link"?
    p.toml:35:26: "carrier-pigeon" cannot be `recovery.methods`; write "reset-link" or "rescue-code" or "temporary-password" or "secret-question"
    p.toml:36:14: `recovery.reset_link` must be a duration, not a number; write a number with its unit (ms, s, m, h, d or w), such as "90s" or "1h30m"
    "#);
}

#[test]
fn what_is_not_toml_has_its_place_and_does_not_hide_the_rest() {
    insta::assert_snapshot!(faults(
        "[server]\nlisten = 127.0.0.1:80\nworkers =\nshutdown_grace = \"soon\"\n[server]\nworkers = 2\n"
    ), @r#"
    p.toml:2:10: the value is missing or not in quotes; write text as "…"
    p.toml:3:10: the value is missing or not in quotes; write text as "…"
    p.toml:4:18: "soon" is not a duration; write a number with its unit (ms, s, m, h, d or w), such as "90s" or "1h30m"
    p.toml:5:2: `server` is given twice; keep one of them
    p.toml:6:1: `workers` is given twice; keep one of them
    "#);
    insta::assert_snapshot!(faults("[server\nlisten = \"x\"\n"), @r"p.toml:1:8: not TOML: unclosed table; TOML expects `]` here (the keys are judged once the file is TOML)");
    insta::assert_snapshot!(faults("listen 127.0.0.1\n"), @r"p.toml:1:8: not TOML: key with no value; TOML expects `=` here (the keys are judged once the file is TOML)");
    insta::assert_snapshot!(faults("\u{feff}[portál]\n"), @r"p.toml:1:6: not TOML: invalid unquoted key; TOML expects letters, numbers, `-`, `_` here (the keys are judged once the file is TOML)");
}

#[test]
fn columns_count_characters() {
    assert!(faults("portal = { name = \"ñandú 🦤\", languaje = \"es\" }").starts_with("p.toml:1:30: "));
    assert!(faults("\u{feff}nombre = 1").starts_with("p.toml:1:1: "));
    assert!(faults("[server]\r\n\tlisen = 1\r\n").starts_with("p.toml:2:2: "));
}

#[test]
fn every_section_refuses_keys_that_it_does_not_know() {
    for section in [
        "server",
        "server.limits",
        "admin",
        "portal",
        "store",
        "session",
        "password",
        "recovery",
        "captcha",
        "throttle",
        "mail",
        "identity",
        "oidc",
    ] {
        let told = faults(&format!("[{section}]\nfoo = 1"));
        assert!(told.starts_with(&format!("p.toml:2:1: `{section}.foo` is not a key; known here: ")), "{told}");
    }
    for list in ["app", "portal.download", "oidc.client", "federation"] {
        assert!(faults(&format!("[[{list}]]\nfoo = 1")).contains(&format!("p.toml:2:1: `{list}.foo` is not a key")));
    }
}
