//! The sign-in page.

use serde::Serialize;

use super::{CaptchaField, Wait};
use crate::templates::Page;

/// The sign-in page. Posts `organization`, `username`, `password`, `captcha` and the hidden `csrf` and `return_to` to
/// `/_portero/login`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LoginPage {
    /// The form's token.
    pub csrf: String,
    /// Where to go after sign-in.
    pub return_to: Option<String>,
    /// The application that is to be entered, where it is known.
    pub application: Option<String>,
    /// What was typed as organization; `None` hides the field, for there is only one.
    pub organization: Option<String>,
    /// What was typed as username.
    pub username: String,
    /// The captcha, if one is asked for.
    pub captcha: Option<CaptchaField>,
    /// The legal notice; `None` for the built-in one.
    pub notice: Option<String>,
    /// What happened before, told only where nothing is wrong.
    pub news: Option<LoginNews>,
    /// Why the page is shown again.
    pub problem: Option<LoginProblem>,
}

impl Page for LoginPage {
    const TEMPLATE: &'static str = "login.html";
}

/// What brought a person here who had been signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginNews {
    /// The session is over.
    SessionEnded,
    /// The session is over, and the form that was being sent is kept.
    PostKept,
}

/// Why a sign-in did not work. None of them tells whether an account exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LoginProblem {
    /// Organization, username or password is wrong.
    WrongCredentials,
    /// A field was left empty.
    Incomplete,
    /// The captcha was not solved.
    Captcha,
    /// The form is too old, or belongs to another browser.
    ExpiredForm,
    /// Too many tries.
    Throttled {
        /// How long to wait.
        wait: Wait,
    },
    /// Sign-in with password is closed for this name after too many failures.
    Deactivated,
    /// Portero has too much to do.
    Overloaded,
}
