//! The pages of the ways back in: the chooser, one form that all ways share, and what is said when something was sent.

use serde::Serialize;

use super::{CaptchaField, PasswordRule, ShownQuestion, Wait};
use crate::templates::Page;

/// The ways back in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverPage {
    /// The sign-in page.
    pub sign_in: String,
    /// What is offered, each with the address of its page.
    pub ways: Vec<RecoverWay>,
}

/// One way back in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverWay {
    /// Its name in texts: `reset-link`, say.
    pub kind: &'static str,
    /// The address of its page.
    pub address: String,
}

/// A form on a way back in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverFormPage {
    /// Which form: its texts are `recover-STEP-title`, `-lead` and `-submit`.
    pub step: &'static str,
    /// Where it is sent.
    pub action: String,
    /// The form token.
    pub csrf: String,
    /// What is not shown, but comes along.
    pub hidden: Vec<(String, String)>,
    /// What happened before it: its texts are `recover-news-NEWS-title` and `-text`.
    pub news: Option<&'static str>,
    /// What is to be filled in.
    pub fields: Vec<RecoverField>,
    /// What is shown above the fields and can't be changed: a masked address, a question.
    pub shown: Option<String>,
    /// A secret question, shown there too.
    pub question: Option<ShownQuestion>,
    /// The rules for a new password, where one is asked for.
    pub rules: Vec<PasswordRule>,
    /// The captcha.
    pub captcha: Option<CaptchaField>,
    /// What was wrong.
    pub problems: Vec<RecoverProblem>,
    /// Other pages that may help: names in texts (`recover-link-KIND`) and addresses.
    pub links: Vec<RecoverWay>,
}

/// A field of such a form; its label is the text `field-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverField {
    /// The name it is sent under.
    pub name: &'static str,
    /// The name of its label in texts.
    pub label: &'static str,
    /// `text`, `email` or `password`.
    pub kind: &'static str,
    /// What is in it.
    pub value: String,
    /// See the HTML standard.
    pub autocomplete: &'static str,
}

/// What was wrong with a form on a way back in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RecoverProblem {
    /// The form was of another browser, or too old.
    ExpiredForm,
    /// A field is empty.
    Incomplete,
    /// The captcha was wrong, used or late.
    Captcha,
    /// Too much in too short a time.
    Throttled {
        /// How long to wait.
        wait: Wait,
    },
    /// Too many passwords wait to be checked.
    Overloaded,
    /// The code is wrong, used or over.
    WrongCode,
    /// The answer is wrong, or the question is closed.
    WrongAnswer,
    /// The link is used or over.
    WrongLink,
    /// The confirmation differs.
    Mismatch,
    /// Rules that the new password does not meet.
    Unmet {
        /// Which.
        rules: Vec<PasswordRule>,
    },
}

/// A link that does not work any more, or never did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResetVoidPage {
    /// The chooser, where another one can be had.
    pub recover: String,
    /// The sign-in page.
    pub sign_in: String,
}

/// Something was sent, or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverDonePage {
    /// What: its texts are `recover-done-WHAT-title` and `-text`.
    pub what: &'static str,
    /// The sign-in page.
    pub sign_in: String,
}

impl RecoverField {
    /// A line of text.
    pub fn text(name: &'static str, value: &str, autocomplete: &'static str) -> Self {
        Self { name, label: name, kind: "text", value: value.to_owned(), autocomplete }
    }

    /// A secret: it is never filled in again.
    pub fn secret(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { name, label, kind: "password", value: String::new(), autocomplete }
    }
}

impl Page for RecoverPage {
    const TEMPLATE: &'static str = "recover.html";
}

impl Page for RecoverFormPage {
    const TEMPLATE: &'static str = "recover-form.html";
}

impl Page for ResetVoidPage {
    const TEMPLATE: &'static str = "reset-void.html";
}

impl Page for RecoverDonePage {
    const TEMPLATE: &'static str = "recover-done.html";
}
