//! Secrets that let a person back in, or prove a mailbox. Each lives beside the lasting password, in the account itself, so
//! that whatever changes the account can void them in the same step.
//!
//! | secret | kept as | lives | tries | voided by |
//! |---|---|---|---|---|
//! | temporary password | Argon2id | a day | 5 | a newer one, any change of password or address |
//! | rescue code | Argon2id | an hour | 5 | the same |
//! | reset link | SHA-256 of 256 bits | half an hour | – | the same |
//! | answer to the secret question | Argon2id | for ever | 5, until the next sign-in | a new question |
//! | links of a change of address | SHA-256 of 256 bits | a day | – | a newer change, any change of password or address |

mod catalogue;
mod email_change;
mod mask;
mod question;
mod rescue_code;
mod reset_link;
mod temporary;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use catalogue::{
    AnswerFault, CATALOGUE, CatalogueQuestion, LONGEST_ANSWER, LONGEST_QUESTION, SHORTEST_ANSWER, answer_fault,
};
pub use email_change::EmailChange;
pub use mask::MaskedAddress;
pub use question::{QUESTION_TRIES, Question, SecretQuestion, normalize_answer};
pub use rescue_code::{RESCUE_CODE_TRIES, RescueCode, RescueCodes};
pub use reset_link::ResetLink;
pub use temporary::{TEMPORARY_PASSWORD_TRIES, TemporaryPassword};

/// A way back in that an organization may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecoveryMethod {
    /// A link by mail that opens the page of a new password.
    ResetLink,
    /// A code by mail that is good for a temporary password.
    RescueCode,
    /// A temporary password by mail, for whoever knows the address.
    TemporaryPassword,
    /// The answer to the person's own question.
    SecretQuestion,
}

impl RecoveryMethod {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::ResetLink, Self::RescueCode, Self::TemporaryPassword, Self::SecretQuestion];

    /// The name in the configuration, and the last part of its page's address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResetLink => "reset-link",
            Self::RescueCode => "rescue-code",
            Self::TemporaryPassword => "temporary-password",
            Self::SecretQuestion => "secret-question",
        }
    }
}

impl fmt::Display for RecoveryMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is outstanding for one account, beside a temporary password.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recovery {
    /// Rescue codes, one for each address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<RescueCodes>,
    /// A reset link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<ResetLink>,
    /// A change of address that waits for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_change: Option<EmailChange>,
    /// The person's own question. It outlives every change of password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<SecretQuestion>,
}

impl Recovery {
    /// Voids every outstanding secret. The question is none: it was not handed out.
    pub fn void(&mut self) {
        (self.codes, self.link, self.email_change) = (None, None, None);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
