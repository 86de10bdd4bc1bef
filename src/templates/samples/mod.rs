//! One of everything: every page in every state, to rehearse a sysadmin's templates with, and for tests.
//!
//! A file for each part of the house: `entrance`, `recover`, `own_account`, `admin`, and `mails`; messages and what all of them
//! share stand here. A page, a state or a problem that is not among them is not rehearsed.

mod admin;
mod entrance;
mod mails;
mod own_account;
mod recover;

use std::time::Duration;

use tera::Value;

use super::page::{self, CaptchaField, Message, MessagePage, Wait};
use super::{Frame, Page};
use crate::domain::language::Language;
use crate::domain::password::PasswordPolicy;

pub(super) use mails::{mail_frame, mails};

/// A page in one state.
pub(super) struct Sample {
    /// What the state is called.
    pub(super) name: String,
    /// The page's template.
    pub(super) template: &'static str,
    /// The page.
    pub(super) page: Value,
}

impl Sample {
    pub(super) fn new<P: Page>(name: impl Into<String>, page: &P) -> Self {
        Self { name: name.into(), template: P::TEMPLATE, page: Value::from_serializable(page) }
    }
}

/// A frame with all there is.
pub(super) fn frame(language: Language) -> Frame {
    Frame {
        language,
        product: "Seguros del Norte".into(),
        support: "ayuda@segurosdelnorte.example".into(),
        query: Some("return_to=%2Fbilling".into()),
        portal: "https://login.segurosdelnorte.example".into(),
        person: Some("Ana Martínez".into()),
        recovery: true,
    }
}

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = entrance::all();
    samples.extend(recover::all());
    samples.extend(own_account::all());
    samples.extend(messages());
    samples.extend(admin::all());
    samples
}

fn captcha() -> CaptchaField {
    CaptchaField::new("m2Yx-challenge", b"\x89PNG\r\n\x1a\n", true)
}

fn wait() -> Wait {
    Wait::new(Duration::from_secs(180))
}

fn policy() -> PasswordPolicy {
    PasswordPolicy {
        min_length: 8,
        uppercase: true,
        lowercase: true,
        digit: true,
        special: "!\"#$%&*".chars().collect(),
        history: 5,
    }
}

fn messages() -> Vec<Sample> {
    let application = || "Facturación".to_owned();
    let forbidden =
        |application| Message::Forbidden { username: "amartinez".into(), application, csrf: "token".into() };
    [
        ("bad-request", 400, Message::BadRequest),
        ("expired-form", 403, Message::ExpiredForm),
        ("forbidden", 403, forbidden(Some(application()))),
        ("forbidden-page", 403, forbidden(None)),
        ("not-found", 404, Message::NotFound),
        ("method-not-allowed", 405, Message::MethodNotAllowed),
        ("unknown-host", 404, Message::UnknownHost),
        ("misdirected", 421, Message::Misdirected),
        ("too-large", 413, Message::TooLarge),
        ("too-slow", 408, Message::TooSlow),
        ("throttled", 429, Message::Throttled { wait: wait() }),
        ("upstream-failed", 502, Message::UpstreamFailed { application: application() }),
        ("upstream-slow", 504, Message::UpstreamSlow { application: application() }),
        ("unavailable", 503, Message::Unavailable),
        ("internal", 500, Message::Internal),
    ]
    .into_iter()
    .map(|(name, status, message)| {
        // Half of them without what may be missing.
        let request_id = (status % 2 == 0).then(|| "7f3a-91c2-40de".to_owned());
        let page = MessagePage { status, message, request_id };
        Sample::new(format!("message-{name}"), &page)
    })
    .collect()
}
