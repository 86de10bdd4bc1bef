//! Change of password: the form and what follows it.

use serde::Serialize;

use super::{CaptchaField, Wait};
use crate::domain::password::{MAX_LENGTH, PasswordPolicy, Unmet};
use crate::templates::Page;

/// The page that sets a new password. Posts `old_password`, `new_password`, `confirm_password`, `captcha` and the hidden `csrf`
/// and `return_to` to `/_portero/password`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordPage {
    /// The form's token.
    pub csrf: String,
    /// Where to go afterwards.
    pub return_to: Option<String>,
    /// Whose password it is.
    pub username: String,
    /// Why it is changed.
    pub reason: PasswordReason,
    /// What the new one must be; see [`PasswordRule::of`].
    pub rules: Vec<PasswordRule>,
    /// The captcha, if one is asked for.
    pub captcha: Option<CaptchaField>,
    /// Why the page is shown again: all that was wrong.
    pub problems: Vec<PasswordProblem>,
}

impl Page for PasswordPage {
    const TEMPLATE: &'static str = "password.html";
}

/// Why a password is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordReason {
    /// It expired.
    Expired,
    /// The person signed in with a temporary one.
    Temporary,
    /// The person wants to.
    Voluntary,
}

/// Why a password was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PasswordProblem {
    /// The old password is wrong.
    WrongOld,
    /// The new one does not meet these rules.
    Unmet {
        /// The rules, in the order of the policy.
        rules: Vec<PasswordRule>,
    },
    /// New password and confirmation differ.
    Mismatch,
    /// The captcha was not solved.
    Captcha,
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

/// One rule for passwords, as the page words it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordRule {
    kind: &'static str,
    count: Option<usize>,
    characters: Option<String>,
}

impl PasswordRule {
    /// The rules of `policy`, in the order in which [`PasswordPolicy::unmet`] names them.
    pub fn of(policy: &PasswordPolicy) -> Vec<Self> {
        let composition = [
            (policy.uppercase, Unmet::Uppercase),
            (policy.lowercase, Unmet::Lowercase),
            (policy.digit, Unmet::Digit),
            (!policy.special.is_empty(), Unmet::Special(policy.special.iter().collect())),
        ];
        let mut rules = vec![Unmet::TooShort(policy.min_length)];
        rules.extend(composition.into_iter().filter(|(asked, _)| *asked).map(|(_, rule)| rule));
        rules.extend([Unmet::ContextWord, Unmet::Common]);
        if policy.history > 0 {
            rules.push(Unmet::Reused(policy.history));
        }
        rules.iter().map(Self::from).collect()
    }
}

impl From<&Unmet> for PasswordRule {
    fn from(unmet: &Unmet) -> Self {
        let plain = |kind| Self { kind, count: None, characters: None };
        let counted = |kind, count| Self { count: Some(count), ..plain(kind) };
        match unmet {
            Unmet::TooShort(least) => counted("too-short", *least),
            Unmet::TooLong => counted("too-long", MAX_LENGTH),
            Unmet::Uppercase => plain("uppercase"),
            Unmet::Lowercase => plain("lowercase"),
            Unmet::Digit => plain("digit"),
            Unmet::Special(characters) => {
                // Spaced out, or `"#$%&*` reads as one word.
                let spaced: Vec<String> = characters.chars().map(String::from).collect();
                Self { characters: Some(spaced.join(" ")), ..plain("special") }
            }
            Unmet::ContextWord => plain("context-word"),
            Unmet::Common => plain("common"),
            Unmet::Reused(remembered) => counted("reused", *remembered),
        }
    }
}

/// The password was changed and every session ended. Goes on by itself after 5 seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PasswordChangedPage {
    /// Where it goes on: the sign-in page.
    pub sign_in: String,
}

impl Page for PasswordChangedPage {
    const TEMPLATE: &'static str = "password-changed.html";
}
