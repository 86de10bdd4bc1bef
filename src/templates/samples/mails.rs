//! One of every mail.

use tera::Value;

use crate::domain::language::Language;
use crate::templates::{AccountMail, AccountNews, InvitationMail, MailFrame, MailPage, TrialMail};

/// A mail's frame with all there is.
pub(in crate::templates) fn mail_frame(language: Language) -> MailFrame {
    MailFrame {
        language,
        product: "Seguros del Norte".into(),
        support: "ayuda@segurosdelnorte.example".into(),
        origin: "https://login.segurosdelnorte.example".into(),
    }
}

/// Every mail: its name, its templates, and what is in it.
pub(in crate::templates) fn mails() -> Vec<(&'static str, [&'static str; 2], Value)> {
    fn sample<P: MailPage>(name: &'static str, mail: &P) -> (&'static str, [&'static str; 2], Value) {
        (name, [P::TEXT, P::HTML], Value::from_serializable(mail))
    }
    let invitation = InvitationMail {
        name: "Ana Martínez".into(),
        organization: "Seguros & Fianzas".into(),
        organization_key: "SFI850101AB1".into(),
        username: "amartinez".into(),
        temporary_password: "Kq7\"dMw2#RtYb9&x".into(),
        expires_at: "2026-11-04 12:00 UTC".into(),
        sign_in: "https://login.segurosdelnorte.example/_portero/login".into(),
    };
    let mut mails = vec![sample("invitation", &invitation)];
    let account = |news, secret: bool, link: bool| AccountMail {
        news,
        name: "Ana Martínez".into(),
        organization: "Seguros & Fianzas".into(),
        organization_key: "SFI850101AB1".into(),
        username: "amartinez".into(),
        secret: secret.then(|| "Kq7\"dMw2#RtYb9&x".into()),
        link: link.then(|| "https://login.segurosdelnorte.example/_portero/reset?token=Kq7".into()),
        expires_at: (secret || link).then(|| "2026-11-04 12:00 UTC".into()),
        email: Some("ana@nueva.example".into()),
        days: Some(7),
        at: "2026-11-03 12:00 UTC".into(),
        address: Some("203.0.113.9".into()),
    };
    mails.extend([
        sample("temporary-password", &account(AccountNews::TemporaryPassword, true, true)),
        sample("rescue-code", &account(AccountNews::RescueCode, true, true)),
        sample("reset-link", &account(AccountNews::ResetLink, false, true)),
        sample("password-changed", &account(AccountNews::PasswordChanged, false, false)),
        sample("password-recovered", &account(AccountNews::PasswordRecovered, false, false)),
        sample("question-used", &account(AccountNews::QuestionUsed, false, false)),
        sample("question-set", &account(AccountNews::QuestionSet, false, false)),
        sample("question-removed", &account(AccountNews::QuestionRemoved, false, false)),
        sample("confirm-email", &account(AccountNews::ConfirmEmail, false, true)),
        sample("email-change-asked", &account(AccountNews::EmailChangeAsked, false, true)),
        sample("email-changed", &account(AccountNews::EmailChanged, false, false)),
        sample("emails-set", &account(AccountNews::EmailsSet, false, false)),
        sample("expiry", &account(AccountNews::Expiry, false, true)),
    ]);
    mails.push(sample("trial", &TrialMail { organization: "Seguros & Fianzas".into() }));
    mails
}
