//! `[[federation]]`: other identity providers that people may sign in with. This version asks none; the sections are checked,
//! so that a file written for a later one holds.

use super::entry::{Entry, shown};
use super::host::HttpAddress;
use super::portal::is_loopback_host;
use super::reader::Section;
use super::unique::Unique;
use crate::domain::names::{ApplicationId, OrganizationKey};

/// Checks every `[[federation]]`.
pub(super) fn check(root: &mut Section<'_>) {
    let mut ids = Unique::new(root.reader);
    for mut section in root.sections("federation") {
        let id = section.required("id", "\"corp\"", read_id);
        if let (Some(id), Some(at)) = (id.value, id.at) {
            ids.claim(id, at, "federation id");
        }
        section.optional("name", |entry| entry.line(128));
        section.required("issuer", "\"https://…\"", read_issuer);
        section.required("client_id", "\"…\"", |entry| entry.line(255));
        section.optional("client_secret", |entry| entry.secret());
        section.setting("scopes", Vec::new(), |entry| entry.set(read_scope));
        section.required("organization", "\"…\"", |entry| entry.parsed::<OrganizationKey>());
        section.setting("create", false, |entry| entry.boolean());
        section.setting("link", (), |entry| entry.one_of(&[("never", ()), ("verified-email", ())]));
        if let Some(at) = section.at() {
            section.reader.notice(at, "[[federation]] is understood but not served by this version");
        }
        section.finish();
    }
}

/// Ids of providers are written like those of applications.
fn read_id(entry: &Entry<'_>) -> Option<ApplicationId> {
    let text = entry.text()?;
    text.parse().ok().or_else(|| {
        entry.fault(
            format!("{} is not a federation id", shown(text)),
            "write 1 to 64 lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit",
        )
    })
}

/// An issuer: https (http on this machine), a path if need be, neither query nor fragment (OpenID Connect Discovery §2).
fn read_issuer(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['?', '#', '\\']);
    let fits = HttpAddress::parse(&format!("{scheme}://{authority}"))
        .is_ok_and(|address| clean && (address.secure || is_loopback_host(&address.host)));
    if fits {
        return Some(text.to_owned());
    }
    entry.fault(format!("{} is not an issuer", shown(text)), "write https://… as the provider itself spells it")
}

/// A scope (RFC 6749 §3.3).
fn read_scope(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    if visible && !text.is_empty() {
        return Some(text.to_owned());
    }
    entry.fault(format!("{} is not a scope", shown(text)), "write one word, such as \"email\"")
}
