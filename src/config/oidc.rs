//! `[[oidc.client]]`: applications that speak OpenID Connect. This version serves none; the sections are checked, so that a
//! file written for a later one holds.

use super::entry::{Entry, shown};
use super::host::HttpAddress;
use super::portal::is_loopback_host;
use super::reader::Section;
use super::unique::Unique;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Basic,
    Post,
    PrivateKey,
    None,
}

const METHODS: [(&str, Method); 4] = [
    ("client_secret_basic", Method::Basic),
    ("client_secret_post", Method::Post),
    ("private_key_jwt", Method::PrivateKey),
    ("none", Method::None),
];

/// Checks `[oidc]` and every client in it.
pub(super) fn check(mut section: Section<'_>) {
    let mut ids = Unique::new(section.reader);
    for client in section.sections("client") {
        check_client(client, &mut ids);
    }
    section.finish();
}

fn check_client(mut client: Section<'_>, ids: &mut Unique<'_, String>) {
    let reader = client.reader;
    let id = client.required("id", "\"wiki\"", read_client_id);
    if let (Some(id), Some(at)) = (id.value, id.at) {
        ids.claim(id, at, "client id");
    }
    let secret = client.optional("secret", |entry| entry.secret());
    client.required("redirect_uris", "[\"https://…\"]", |entry| entry.non_empty_set(read_redirect));
    client.setting("post_logout_redirect_uris", Vec::new(), |entry| entry.set(read_redirect));
    let default = if secret.at.is_some() { Method::Basic } else { Method::None };
    let method = client.setting("auth_method", default, |entry| entry.one_of(&METHODS));
    let pkce = client.setting("pkce", true, |entry| entry.boolean());
    client.setting("id_token_alg", (), |entry| entry.one_of(&[("ES256", ()), ("RS256", ())]));
    client.setting("consent", false, |entry| entry.boolean());

    let with_secret = matches!(method.value, Method::Basic | Method::Post);
    if let Some(at) = method.at.filter(|_| method.sound) {
        match (with_secret, secret.at.is_some()) {
            (true, false) => reader.fault(at, "this auth_method needs a secret", "write secret = { file = \"…\" }"),
            (false, true) => {
                reader.fault(at, "this auth_method uses no secret", "remove secret, or change auth_method")
            }
            _ => {}
        }
    }
    if let Some(at) = pkce.at.filter(|_| pkce.sound && !pkce.value && method.sound && method.value == Method::None) {
        reader.fault(at, "a client without a secret needs PKCE", "write pkce = true");
    }
    if let Some(at) = client.at() {
        reader.notice(at, "[[oidc.client]] is understood but not served by this version");
    }
    client.finish();
}

fn read_client_id(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    if (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(text.to_owned());
    }
    entry.fault(format!("{} is not a client id", shown(text)), "write 1 to 255 visible ASCII characters without spaces")
}

/// An address to send a browser back to: https, http on this machine, or an app's own scheme (RFC 8252 §7).
fn read_redirect(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if !visible || text.contains(['#', '*', '\\']) {
        return entry.fault(
            format!("{} is not a redirect address", shown(text)),
            "write a whole address, without spaces, '*' or '#'",
        );
    }
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let fits = match scheme {
        "http" | "https" => {
            let authority = rest.strip_prefix("//").unwrap_or_default();
            let authority = authority.split(['/', '?']).next().unwrap_or_default();
            HttpAddress::parse(&format!("{scheme}://{authority}"))
                .is_ok_and(|address| address.secure || is_loopback_host(&address.host))
        }
        // A private scheme is a domain turned around; without a dot it could be anything, `javascript` among it.
        _ => scheme.contains('.') && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)),
    };
    if fits {
        return Some(text.to_owned());
    }
    entry.fault(
        format!("{} is not a redirect address", shown(text)),
        "write https://…, http:// on this machine, or a scheme with a dot",
    )
}
