//! Mails as typed values: a text template, whose first line is the subject, and an HTML one.
//!
//! Mail programs know no stylesheet of ours and load nothing from outside, so looks stand in the HTML itself; there are no
//! pictures, and nothing tells anybody that a mail was opened.

use secrecy::zeroize::Zeroize;
use serde::Serialize;

use super::frame::Support;
use crate::domain::language::Language;

/// A mail: typed values and the templates that put it down.
pub trait MailPage: Serialize {
    /// File name of the text template, e.g. `mail/invitation.txt`: the subject, an empty line, the text.
    const TEXT: &'static str;
    /// File name of the HTML template.
    const HTML: &'static str;
}

/// What every mail has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailFrame {
    /// The language of the reader.
    pub language: Language,
    /// The product's name.
    pub product: String,
    /// Whom to ask for help; empty for nobody.
    pub support: String,
    /// The portal's origin.
    pub origin: String,
}

/// A mail in words.
#[derive(Clone, PartialEq, Eq)]
pub struct WrittenMail {
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// An account was opened for the reader.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InvitationMail {
    /// The reader's name.
    pub name: String,
    /// The organization's name.
    pub organization: String,
    /// Its key, as the sign-in form asks for it.
    pub organization_key: String,
    /// The username.
    pub username: String,
    /// Opens nothing but the page where the reader chooses a lasting password.
    pub temporary_password: String,
    /// Until when, with the zone.
    pub expires_at: String,
    /// The address of the sign-in page.
    pub sign_in: String,
}

impl MailPage for InvitationMail {
    const TEXT: &'static str = "mail/invitation.txt";
    const HTML: &'static str = "mail/invitation.html";
}

impl Drop for InvitationMail {
    fn drop(&mut self) {
        self.temporary_password.zeroize();
    }
}

/// A [`MailFrame`] as templates see it.
#[derive(Debug, Serialize)]
pub(super) struct MailFrameView<'a> {
    language: &'static str,
    product: &'a str,
    support: Option<Support<'a>>,
    origin: &'a str,
}

impl MailFrame {
    pub(super) fn view(&self) -> MailFrameView<'_> {
        MailFrameView {
            language: self.language.tag(),
            product: &self.product,
            support: (!self.support.is_empty()).then(|| Support::new(&self.support)),
            origin: &self.origin,
        }
    }
}

impl WrittenMail {
    /// Takes the subject off the text.
    pub(super) fn new(text: &str, html: String) -> Self {
        let (subject, text) = text.trim_start().split_once('\n').unwrap_or((text, ""));
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { subject, text: text.trim_start().to_owned(), html }
    }
}
