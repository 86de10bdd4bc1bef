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

/// An administrator tries a mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrialMail {
    /// The name of the organization whose server it is.
    pub organization: String,
}

impl MailPage for TrialMail {
    const TEXT: &'static str = "mail/trial.txt";
    const HTML: &'static str = "mail/trial.html";
}

/// Something about the reader's account: what happened, when, from where, and what to do if it was somebody else.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AccountMail {
    /// What it is about.
    pub news: AccountNews,
    /// The reader's name.
    pub name: String,
    /// The organization's name.
    pub organization: String,
    /// Its key, as forms ask for it.
    pub organization_key: String,
    /// The username.
    pub username: String,
    /// The code or temporary password that is handed over.
    pub secret: Option<String>,
    /// The link that is handed over.
    pub link: Option<String>,
    /// Until when they work, with the zone.
    pub expires_at: Option<String>,
    /// The address that comes or came.
    pub email: Option<String>,
    /// Days that are left.
    pub days: Option<u32>,
    /// When it happened, with the zone.
    pub at: String,
    /// From which address; `None` for Portero itself and for administrators.
    pub address: Option<String>,
}

/// What a mail about an account tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountNews {
    /// The temporary password that was asked for.
    TemporaryPassword,
    /// The rescue code that was asked for.
    RescueCode,
    /// The reset link that was asked for.
    ResetLink,
    /// The password was changed.
    PasswordChanged,
    /// The password was changed by a way back in.
    PasswordRecovered,
    /// The secret question was answered.
    QuestionUsed,
    /// The secret question was set.
    QuestionSet,
    /// The secret question was removed.
    QuestionRemoved,
    /// The link that confirms a new address.
    ConfirmEmail,
    /// Another address was asked for; with the link that stops it.
    EmailChangeAsked,
    /// The address was changed.
    EmailChanged,
    /// An administrator changed the addresses.
    EmailsSet,
    /// The password is about to expire.
    Expiry,
}

impl MailPage for AccountMail {
    const TEXT: &'static str = "mail/account.txt";
    const HTML: &'static str = "mail/account.html";
}

impl Drop for AccountMail {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.link.zeroize();
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
