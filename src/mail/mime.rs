//! A letter as a message that every mail program understands: text and HTML, UTF-8, no tracking, no more headers than needed.

use std::time::SystemTime;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::letter::Letter;
use crate::config::{Config, Origin};
use crate::domain::mail::Mail;
use crate::domain::names::EmailAddress;

/// The message. Headers cannot be broken out of: addresses were parsed, the rest is encoded.
pub(super) fn message(
    mail: &Mail,
    letter: &Letter,
    sender: Mailbox,
    origin: &Origin,
) -> Result<Message, lettre::error::Error> {
    let part = |content_type, text: &str| {
        SinglePart::builder()
            .header(content_type)
            .header(ContentTransferEncoding::QuotedPrintable)
            .body(text.to_owned())
    };
    Message::builder()
        .from(sender)
        .to(mailbox(None, &mail.to)?)
        .subject(one_line(&letter.subject))
        .date(SystemTime::from(mail.created_at))
        .message_id(Some(format!("<{}@{}>", mail.id, mail_host(origin))))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("Content-Language", letter.language.tag()))
        .multipart(
            MultiPart::alternative()
                .singlepart(part(ContentType::TEXT_PLAIN, &letter.text))
                .singlepart(part(ContentType::TEXT_HTML, &letter.html)),
        )
}

/// The host that stands for this portal after an `@`: `localhost` where the origin has a mere address.
pub(super) fn mail_host(origin: &Origin) -> &str {
    let host = origin.host.as_str();
    let address = host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok();
    if address { "localhost" } else { host }
}

/// Who messages come from by the configuration, under `name` if there is one.
pub(super) fn sender(config: &Config, name: Option<&str>) -> Result<Mailbox, lettre::error::Error> {
    let product = config.portal.name.as_str();
    match &config.mail.from {
        Some(sender) => mailbox(Some(name.or(sender.name.as_deref()).unwrap_or(product)), &sender.address),
        None => {
            let address = format!("portero@{}", mail_host(&config.portal.origin));
            let address = address.parse().map_err(|_| lettre::error::Error::MissingFrom)?;
            Ok(Mailbox::new(Some(one_line(name.unwrap_or(product))), address))
        }
    }
}

pub(super) fn mailbox(name: Option<&str>, address: &EmailAddress) -> Result<Mailbox, lettre::error::Error> {
    let parsed = address.as_str().parse().map_err(|_| lettre::error::Error::MissingTo)?;
    Ok(Mailbox::new(name.map(one_line), parsed))
}

/// Without line ends and other control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn raw(name: &'static str, value: &'static str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
