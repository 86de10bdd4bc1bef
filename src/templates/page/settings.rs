//! The settings of the own account.

use serde::Serialize;

use super::{PendingEmail, Wait};
use crate::templates::Page;

/// The settings. Every form carries the hidden `csrf`:
///
/// | form | posts | to |
/// |---|---|---|
/// | secret question | `question`, `own_question`, `answer`, `password`; `remove` by its second button | `/_portero/settings` |
/// | language | `language` | `/_portero/settings/language` |
/// | one session | `session` | `/_portero/settings/sessions/end` |
/// | all other sessions | – | `/_portero/settings/sessions/end-others` |
/// | pending address | – | `/_portero/email/withdraw` |
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingsPage {
    /// The token of the settings' forms.
    pub csrf: String,
    /// The token of the forms of the address.
    pub email_csrf: String,
    /// The account.
    pub username: String,
    /// What the person's organization is called.
    pub organization: String,
    /// The addresses, the main one first.
    pub emails: Vec<String>,
    /// A change of address that waits.
    pub pending: Option<PendingEmail>,
    /// The secret question; `None` where the organization does not offer it and there is none.
    pub question: Option<QuestionForm>,
    /// The languages to choose from: tag, name, and whether it is the present one.
    pub languages: Vec<LanguageChoice>,
    /// The open sessions.
    pub sessions: Vec<SessionRow>,
    /// What was saved just now.
    pub saved: Option<SavedSetting>,
    /// Why the secret question was not saved: all that was wrong.
    pub problems: Vec<SettingsProblem>,
}

impl Page for SettingsPage {
    const TEMPLATE: &'static str = "settings.html";
}

/// The form of the secret question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionForm {
    /// The question that is set.
    pub present: Option<ShownQuestion>,
    /// Whether wrong answers closed it.
    pub closed: bool,
    /// Whether a new one may be set: the organization offers it.
    pub offered: bool,
    /// The catalogue.
    pub choices: Vec<QuestionOption>,
    /// Whether the person's own question is chosen.
    pub own_chosen: bool,
    /// The person's own question as it was typed.
    pub own: String,
}

/// A question as it is shown: one of the catalogue by its name there, or `own` with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownQuestion {
    /// The name in the catalogue, or `own`.
    pub kind: &'static str,
    /// The text of an own one.
    pub text: String,
}

/// A question to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QuestionOption {
    /// The name in the catalogue.
    pub kind: &'static str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A language to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LanguageChoice {
    /// Its tag.
    pub kind: &'static str,
    /// Its name, in itself.
    pub name: &'static str,
    /// Whether it is the present one.
    pub chosen: bool,
}

/// One of the person's sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    /// Its name, for the form that ends it.
    pub id: String,
    /// Whether it is the one that looks at the list.
    pub this: bool,
    /// The browser, as far as it told: `Firefox · Linux`, say.
    pub browser: String,
    /// The client's address.
    pub address: String,
    /// When it began.
    pub since: String,
    /// When it was last used.
    pub seen: String,
}

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SavedSetting {
    /// `question`, `question-removed`, `language`, `session`, `sessions` or `email`.
    pub kind: &'static str,
}

/// Why something was not saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SettingsProblem {
    /// The password is wrong.
    WrongPassword,
    /// No question was chosen, or the own one is empty or too long.
    BadQuestion,
    /// The answer is too short.
    ShortAnswer,
    /// The answer is too long.
    LongAnswer,
    /// Anybody would try that answer.
    ObviousAnswer,
    /// The organization does not offer secret questions.
    NotOffered,
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
