//! `[mail]`: how messages leave.

use std::path::PathBuf;

use secrecy::SecretString;

use super::entry::{Entry, shown};
use super::host::canonical_host;
use super::portal::is_loopback_host;
use super::reader::Section;
use crate::domain::names::EmailAddress;

pub use crate::domain::mail::MailEncryption;

/// `[mail]`
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// How messages leave.
    pub transport: MailTransport,
    /// The mail server; always there if the transport is [`MailTransport::Smtp`].
    pub smtp: Option<SmtpConfig>,
    /// The folder for [`MailTransport::Files`].
    pub path: PathBuf,
    /// The sender; `None` for `portero@` the portal's host.
    pub from: Option<Sender>,
}

/// How messages leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTransport {
    /// Through a mail server.
    Smtp,
    /// Each into a file of its own.
    Files,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: MailEncryption,
    /// User name and password, if it asks for them.
    pub credentials: Option<(String, SecretString)>,
}

/// Who messages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name; `None` for the portal's.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

impl MailConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let reader = section.reader;
        let transport = section.setting("transport", MailTransport::Files, |entry| {
            entry.one_of(&[("smtp", MailTransport::Smtp), ("files", MailTransport::Files)])
        });
        let host = section.optional("host", read_host);
        let port = section.setting("port", 587, |entry| entry.integer(1..=65_535));
        let tls = section.setting("tls", MailEncryption::StartTls, |entry| {
            entry.one_of(&[
                ("starttls", MailEncryption::StartTls),
                ("implicit", MailEncryption::Implicit),
                ("none", MailEncryption::None),
            ])
        });
        let username = section.optional("username", |entry| entry.line(254));
        let password = section.optional("password", |entry| entry.secret());
        let from = section.optional("from", read_mailbox);
        let path = section.setting("path", reader.context.folder.join("outbox"), |entry| entry.path());

        if transport.sound && transport.value == MailTransport::Smtp {
            for (key, example, at) in
                [("host", "\"smtp.example.com\"", host.at), ("from", "\"portero@example.com\"", from.at)]
            {
                if at.is_none() {
                    section.missing(key, example);
                }
            }
        }
        match (username.at, password.at) {
            (Some(at), None) => {
                reader.fault(at, "`mail.username` has no password", "write password = { file = \"…\" }")
            }
            (None, Some(at)) => reader.fault(at, "`mail.password` has no user name", "write username = \"…\""),
            _ => {}
        }
        let far = host.value.as_deref().is_some_and(|host| !is_loopback_host(host));
        if let Some(at) = tls.at
            && tls.sound
            && tls.value == MailEncryption::None
            && far
        {
            if password.at.is_some() {
                reader.fault(at, "the mail password would travel in clear", "write tls = \"starttls\" or \"implicit\"");
            } else if transport.value == MailTransport::Smtp {
                reader.notice(at, "messages travel in clear to the mail server, and with them temporary passwords");
            }
        }
        section.finish();
        let smtp = host.value.map(|host| SmtpConfig {
            host,
            port: u16::try_from(port.value).unwrap_or(587),
            tls: tls.value,
            credentials: username.value.zip(password.value),
        });
        Self { transport: transport.value, smtp, path: path.value, from: from.value }
    }
}

fn read_host(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    match canonical_host(text) {
        Some(host) if !text.contains(':') || text.ends_with(']') => Some(host),
        _ => entry.fault(format!("{} is not a host", shown(text)), "write a name or an address, without port"),
    }
}

/// An address, alone or as `Name <address>`.
fn read_mailbox(entry: &Entry<'_>) -> Option<Sender> {
    let text = entry.text()?;
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) if !name.chars().any(char::is_control) => (name.trim().trim_matches('"').trim(), address),
        _ => ("", text),
    };
    let name = (!name.is_empty()).then(|| name.to_owned());
    address.parse().ok().map(|address| Sender { name, address }).or_else(|| {
        entry.fault("`mail.from` is not an e-mail address", "write \"name@example.com\" or \"Name <name@example.com>\"")
    })
}
