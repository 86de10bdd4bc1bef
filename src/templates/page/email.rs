//! The own e-mail address: the form that asks for another, the pages behind the links of a change, and what is said afterwards.

use serde::Serialize;

use super::Wait;
use crate::templates::Page;

/// The page of the own address. Posts `new_email`, `password` and the hidden `csrf` and `return_to` to `/_portero/email`; its button
/// posts `csrf` to `/_portero/email/withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmailPage {
    /// The form's token.
    pub csrf: String,
    /// Whose address it is.
    pub username: String,
    /// The addresses as they are, the main one first.
    pub current: Vec<String>,
    /// A change that waits.
    pub pending: Option<PendingEmail>,
    /// What was typed.
    pub new_email: String,
    /// Where the person wants to go.
    pub return_to: Option<String>,
    /// Where "not now" leads.
    pub onward: String,
    /// Why the page is shown again: all that was wrong.
    pub problems: Vec<EmailProblem>,
}

impl Page for EmailPage {
    const TEMPLATE: &'static str = "email.html";
}

/// A change of address that waits for the owner of the new mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingEmail {
    /// The address to be.
    pub address: String,
    /// Until when it waits.
    pub until: String,
}

/// Why no change was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EmailProblem {
    /// The password is wrong.
    WrongPassword,
    /// It is no address.
    Malformed,
    /// It is the present address.
    Same,
    /// A field was left empty.
    Incomplete,
    /// The form is too old, or belongs to another browser.
    ExpiredForm,
    /// Too many tries.
    Throttled {
        /// How long to wait.
        wait: Wait,
    },
    /// Portero has too much to do.
    Overloaded,
}

/// The page behind a link. Its button posts the hidden `token` and `csrf` to `/_portero/email/KIND`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmailLinkPage {
    /// `confirm` or `stop`.
    pub kind: &'static str,
    /// The form's token.
    pub csrf: String,
    /// The link's secret.
    pub token: String,
    /// The address to be.
    pub address: String,
    /// Whose account.
    pub username: String,
    /// The organization's name.
    pub organization: String,
    /// Whether the form came from another browser, or too late: it is shown once more.
    pub expired: bool,
}

impl Page for EmailLinkPage {
    const TEMPLATE: &'static str = "email-link.html";
}

/// What is said behind a link that was used, or is worth nothing: `confirmed`, `stopped` or `void`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EmailDonePage {
    /// Which.
    pub kind: &'static str,
}

impl Page for EmailDonePage {
    const TEMPLATE: &'static str = "email-done.html";
}
