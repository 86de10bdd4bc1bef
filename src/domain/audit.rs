//! What is written down about who tried what. Codes are stable: scripts and alerts rely on them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::{SessionId, UserId};

/// One event of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub action: AuditAction,
    /// How it ended: `ok`, or the stable reason why not.
    pub reason: AuditReason,
    /// From where; `None` for the command line and Portero itself.
    pub address: Option<IpAddr>,
    /// The organization as it was named, in canonical form.
    pub organization: Option<String>,
    /// The username as it was named, in canonical form.
    pub username: Option<String>,
    /// The account, if there is one.
    pub user: Option<UserId>,
    /// The session, if there is one.
    pub session: Option<SessionId>,
    /// Who did it, for administrative acts: `command line, uid 0`. Events of people about themselves have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Which mailbox proved it, where several could: masked, with its place among the addresses of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<String>,
    /// The reason that whoever did it gave, for administrative acts that ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where an event stands in the trail: its moment, and its number among the events of that moment. Good for paging, and only in
/// the store that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuditPlace {
    /// The moment.
    pub at: Timestamp,
    /// The number.
    pub number: u64,
}

/// What was tried or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    /// Somebody tried to sign in.
    SignIn,
    /// Somebody signed out.
    SignOut,
    /// Somebody tried to change a password.
    ChangePassword,
    /// A request for an application was turned away for lack of rights.
    EnterApplication,
    /// An organization was added.
    AddOrganization,
    /// A user was added.
    AddUser,
    /// A user was changed by an administrator.
    ChangeUser,
    /// A user was removed.
    RemoveUser,
    /// Somebody asked for a temporary password.
    RequestTemporaryPassword,
    /// Somebody asked for a rescue code.
    RequestRescueCode,
    /// Somebody tried a rescue code.
    UseRescueCode,
    /// Somebody asked for a reset link.
    RequestResetLink,
    /// Somebody tried to set a password by a reset link.
    UseResetLink,
    /// Somebody answered a secret question.
    AnswerQuestion,
    /// Somebody tried to set a password after answering the secret question.
    UseQuestion,
    /// Somebody tried to set or remove the secret question.
    SetQuestion,
    /// Somebody asked for another e-mail address.
    RequestEmailChange,
    /// Somebody tried to confirm an e-mail address.
    ConfirmEmailChange,
    /// Somebody tried to stop a change of e-mail address.
    StopEmailChange,
    /// Somebody ended sessions from the list of the own ones.
    EndSessions,
    /// A warning that a password expires was put into the outbox.
    WarnOfExpiry,
    /// An organization was changed by an administrator.
    ChangeOrganization,
    /// An administrator tried a mail server.
    TestMail,
    /// Users were taken in from a file.
    ImportUsers,
    /// The users of an organization were carried away as a file.
    ExportUsers,
    /// The signing key was replaced.
    RotateKey,
    /// Everything in the store was written to a backup.
    BackUp,
    /// Everything in the store was written to an export.
    Export,
    /// The store was made from a backup.
    Restore,
    /// The store was made from an export.
    Import,
    /// A message in the outbox was tried anew.
    RetryMail,
    /// A message in the outbox was dropped.
    DropMail,
    /// A signed-in person was asked for the password again.
    ConfirmPassword,
    /// An administrator looked at something, or tried to. Only what was refused is written down.
    Look,
}

impl AuditAction {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::SignIn,
        Self::SignOut,
        Self::ChangePassword,
        Self::EnterApplication,
        Self::AddOrganization,
        Self::AddUser,
        Self::ChangeUser,
        Self::RemoveUser,
        Self::RequestTemporaryPassword,
        Self::RequestRescueCode,
        Self::UseRescueCode,
        Self::RequestResetLink,
        Self::UseResetLink,
        Self::AnswerQuestion,
        Self::UseQuestion,
        Self::SetQuestion,
        Self::RequestEmailChange,
        Self::ConfirmEmailChange,
        Self::StopEmailChange,
        Self::EndSessions,
        Self::WarnOfExpiry,
        Self::ChangeOrganization,
        Self::TestMail,
        Self::ImportUsers,
        Self::ExportUsers,
        Self::RotateKey,
        Self::BackUp,
        Self::Export,
        Self::Restore,
        Self::Import,
        Self::RetryMail,
        Self::DropMail,
        Self::ConfirmPassword,
        Self::Look,
    ];

    /// The stable code, as it is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::ChangePassword => "change_password",
            Self::EnterApplication => "enter_application",
            Self::AddOrganization => "add_organization",
            Self::AddUser => "add_user",
            Self::ChangeUser => "change_user",
            Self::RemoveUser => "remove_user",
            Self::RequestTemporaryPassword => "request_temporary_password",
            Self::RequestRescueCode => "request_rescue_code",
            Self::UseRescueCode => "use_rescue_code",
            Self::RequestResetLink => "request_reset_link",
            Self::UseResetLink => "use_reset_link",
            Self::AnswerQuestion => "answer_question",
            Self::UseQuestion => "use_question",
            Self::SetQuestion => "set_question",
            Self::RequestEmailChange => "request_email_change",
            Self::ConfirmEmailChange => "confirm_email_change",
            Self::StopEmailChange => "stop_email_change",
            Self::EndSessions => "end_sessions",
            Self::WarnOfExpiry => "warn_of_expiry",
            Self::ChangeOrganization => "change_organization",
            Self::TestMail => "test_mail",
            Self::ImportUsers => "import_users",
            Self::ExportUsers => "export_users",
            Self::RotateKey => "rotate_key",
            Self::BackUp => "back_up",
            Self::Export => "export",
            Self::Restore => "restore",
            Self::Import => "import",
            Self::RetryMail => "retry_mail",
            Self::DropMail => "drop_mail",
            Self::ConfirmPassword => "confirm_password",
            Self::Look => "look",
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditReason {
    /// As it was meant.
    Ok,
    /// The password is right but must be changed first: it expired.
    PasswordExpired,
    /// A temporary password was used; it opens the update page.
    TemporaryPassword,
    /// No such organization.
    UnknownOrganization,
    /// No such user.
    UnknownUser,
    /// No such message in the outbox, or it is settled.
    UnknownMail,
    /// Not the password.
    WrongPassword,
    /// Not the rescue code, or none is open.
    WrongCode,
    /// Not the link, or it is used or over.
    WrongLink,
    /// Not the answer, or the question is closed.
    WrongAnswer,
    /// Not an address of the account.
    WrongEmail,
    /// The account has no e-mail address.
    NoEmail,
    /// The organization does not allow this way back in.
    MethodNotAllowed,
    /// The account has no password.
    NoPassword,
    /// An administrator closed the account.
    Deactivated,
    /// Too many attempts.
    Throttled,
    /// One failed attempt too many: sign-in with password is closed for this name, known or not, for a day.
    DeactivatedForSecurity,
    /// The captcha was wrong, used or late.
    Captcha,
    /// The form was not of this browser, or too old.
    BadForm,
    /// Too many passwords were waiting to be checked.
    Overloaded,
    /// The new password does not meet the policy.
    Policy,
    /// Somebody changed the account in the same moment.
    Conflict,
    /// The person lacks the right.
    NotAllowed,
    /// The act asks for the password again, and it was not given lately.
    ConfirmFirst,
    /// The key or username belongs to another.
    Taken,
    /// What was asked for cannot be: a malformed name, too many of something, nothing at all.
    Invalid,
    /// It was begun, but broke off: no space, no right to write there.
    Failed,
    /// The store failed; nothing was decided.
    StoreFailed,
}

impl AuditReason {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::Ok,
        Self::PasswordExpired,
        Self::TemporaryPassword,
        Self::UnknownOrganization,
        Self::UnknownUser,
        Self::UnknownMail,
        Self::WrongPassword,
        Self::WrongCode,
        Self::WrongLink,
        Self::WrongAnswer,
        Self::WrongEmail,
        Self::NoEmail,
        Self::MethodNotAllowed,
        Self::NoPassword,
        Self::Deactivated,
        Self::Throttled,
        Self::DeactivatedForSecurity,
        Self::Captcha,
        Self::BadForm,
        Self::Overloaded,
        Self::Policy,
        Self::Conflict,
        Self::NotAllowed,
        Self::ConfirmFirst,
        Self::Taken,
        Self::Invalid,
        Self::Failed,
        Self::StoreFailed,
    ];

    /// The stable code, as it is stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::PasswordExpired => "password_expired",
            Self::TemporaryPassword => "temporary_password",
            Self::UnknownOrganization => "unknown_organization",
            Self::UnknownUser => "unknown_user",
            Self::UnknownMail => "unknown_mail",
            Self::WrongPassword => "wrong_password",
            Self::WrongCode => "wrong_code",
            Self::WrongLink => "wrong_link",
            Self::WrongAnswer => "wrong_answer",
            Self::WrongEmail => "wrong_email",
            Self::NoEmail => "no_email",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NoPassword => "no_password",
            Self::Deactivated => "deactivated",
            Self::Throttled => "throttled",
            Self::DeactivatedForSecurity => "deactivated_for_security",
            Self::Captcha => "captcha",
            Self::BadForm => "bad_form",
            Self::Overloaded => "overloaded",
            Self::Policy => "policy",
            Self::Conflict => "conflict",
            Self::NotAllowed => "not_allowed",
            Self::ConfirmFirst => "confirm_first",
            Self::Taken => "taken",
            Self::Invalid => "invalid",
            Self::Failed => "failed",
            Self::StoreFailed => "store_failed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_what_the_store_and_every_export_have() {
        for action in AuditAction::ALL {
            assert_eq!(serde_json::to_value(action).expect("a text"), action.code());
        }
        for reason in AuditReason::ALL {
            assert_eq!(serde_json::to_value(reason).expect("a text"), reason.code());
        }
    }
}
