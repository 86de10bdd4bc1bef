//! `[mail]`: how messages leave. This version sends none; the section is checked, so that a file written for a later one holds.

use super::entry::{Entry, shown};
use super::host::canonical_host;
use super::portal::is_loopback_host;
use super::reader::Section;
use crate::domain::names::EmailAddress;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Smtp,
    Files,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encryption {
    StartTls,
    Implicit,
    None,
}

/// Checks the section.
pub(super) fn check(mut section: Section<'_>) {
    let reader = section.reader;
    let transport = section.setting("transport", Transport::Files, |entry| {
        entry.one_of(&[("smtp", Transport::Smtp), ("files", Transport::Files)])
    });
    let host = section.optional("host", read_host);
    section.setting("port", 587, |entry| entry.integer(1..=65_535));
    let tls = section.setting("tls", Encryption::StartTls, |entry| {
        entry.one_of(&[
            ("starttls", Encryption::StartTls),
            ("implicit", Encryption::Implicit),
            ("none", Encryption::None),
        ])
    });
    let username = section.optional("username", |entry| entry.line(254));
    let password = section.optional("password", |entry| entry.secret());
    let from = section.optional("from", read_mailbox);
    section.optional("path", |entry| entry.path());

    if transport.sound && transport.value == Transport::Smtp {
        for (key, example, at) in
            [("host", "\"smtp.example.com\"", host.at), ("from", "\"portero@example.com\"", from.at)]
        {
            if at.is_none() {
                section.missing(key, example);
            }
        }
        if let Some(at) = transport.at {
            reader.notice(at, "`mail.transport` is understood, but this version sends no mail");
        }
    }
    match (username.at, password.at) {
        (Some(at), None) => reader.fault(at, "`mail.username` has no password", "write password = { file = \"…\" }"),
        (None, Some(at)) => reader.fault(at, "`mail.password` has no user name", "write username = \"…\""),
        _ => {}
    }
    let far = host.value.as_deref().is_some_and(|host| !is_loopback_host(host));
    if let Some(at) = tls.at
        && tls.sound
        && tls.value == Encryption::None
        && far
        && password.at.is_some()
    {
        reader.fault(at, "the mail password would travel in clear", "write tls = \"starttls\" or \"implicit\"");
    }
    section.finish();
}

fn read_host(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    match canonical_host(text) {
        Some(host) if !text.contains(':') || text.ends_with(']') => Some(host),
        _ => entry.fault(format!("{} is not a host", shown(text)), "write a name or an address, without port"),
    }
}

/// An address, alone or as `Name <address>`.
fn read_mailbox(entry: &Entry<'_>) -> Option<EmailAddress> {
    let text = entry.text()?;
    let address = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) if !name.chars().any(char::is_control) => address,
        _ => text,
    };
    address.parse().ok().or_else(|| {
        entry.fault("`mail.from` is not an e-mail address", "write \"name@example.com\" or \"Name <name@example.com>\"")
    })
}
