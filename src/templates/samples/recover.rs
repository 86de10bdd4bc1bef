//! One of everything on the ways back in.

use super::page::{
    PasswordRule, RecoverDonePage, RecoverField, RecoverFormPage, RecoverPage, RecoverProblem, RecoverWay,
    ResetVoidPage, ShownQuestion,
};
use super::{Sample, captcha, policy};
use crate::domain::recovery::{CATALOGUE, RecoveryMethod};

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = by_mail();
    samples.extend(secret_question());
    samples
}

fn by_mail() -> Vec<Sample> {
    vec![
        Sample::new("recover", &RecoverPage { sign_in: "/_portero/login".into(), ways: ways() }),
        Sample::new("recover-nobody", &RecoverPage { sign_in: "/_portero/login".into(), ways: vec![] }),
        Sample::new("recover-temporary-password", &recover_form("temporary-password", vec![RecoverProblem::Captcha])),
        Sample::new("recover-sent", &RecoverDonePage { what: "temporary-password", sign_in: "/_portero/login".into() }),
        Sample::new("recover-rescue-code", &rescue_code(None, vec![])),
        Sample::new("recover-rescue-code-sent", &rescue_code(Some("rescue-code"), vec![])),
        Sample::new("recover-rescue-code-wrong", &rescue_code(None, vec![RecoverProblem::WrongCode])),
        Sample::new("recover-new-rescue-code", &recover_form("new-rescue-code", vec![])),
        Sample::new("recover-reset-link-account", &recover_form("reset-link-account", vec![])),
        Sample::new("recover-reset-link", &reset_link()),
        Sample::new("recover-reset", &reset(vec![])),
        Sample::new(
            "recover-reset-refused",
            &reset(vec![RecoverProblem::Unmet { rules: PasswordRule::of(&policy()) }, RecoverProblem::Mismatch]),
        ),
        Sample::new(
            "reset-void",
            &ResetVoidPage { recover: "/_portero/recover".into(), sign_in: "/_portero/login".into() },
        ),
        Sample::new("recover-sent-link", &RecoverDonePage { what: "reset-link", sign_in: "/_portero/login".into() }),
        Sample::new("recover-redeemed", &RecoverDonePage { what: "redeemed", sign_in: "/_portero/login".into() }),
    ]
}

fn ways() -> Vec<RecoverWay> {
    let way = |method: RecoveryMethod| RecoverWay {
        kind: method.as_str(),
        address: format!("/_portero/recover/{method}?organization=acme&username=ana"),
    };
    RecoveryMethod::ALL.into_iter().map(way).collect()
}

fn recover_form(step: &'static str, problems: Vec<RecoverProblem>) -> RecoverFormPage {
    RecoverFormPage {
        step,
        action: format!("/_portero/recover/{step}"),
        csrf: "token".into(),
        hidden: vec![],
        news: None,
        fields: vec![
            RecoverField::text("organization", "SFI850101AB1", "organization"),
            RecoverField::text("username", "amartinez", "username"),
        ],
        shown: None,
        question: None,
        rules: vec![],
        captcha: Some(captcha()),
        problems,
        links: vec![],
    }
}

fn rescue_code(news: Option<&'static str>, problems: Vec<RecoverProblem>) -> RecoverFormPage {
    let mut page = RecoverFormPage { news, captcha: None, ..recover_form("rescue-code", problems) };
    page.fields.push(RecoverField::text("code", "", "one-time-code"));
    page.links.push(RecoverWay { kind: "new-rescue-code", address: "/_portero/recover/rescue-code/new".into() });
    page
}

fn reset_link() -> RecoverFormPage {
    RecoverFormPage {
        hidden: vec![("username".into(), "amartinez".into())],
        fields: vec![],
        shown: Some("a•••@s•••.example".into()),
        links: vec![RecoverWay { kind: "another-account", address: "/_portero/recover/reset-link".into() }],
        ..recover_form("reset-link", vec![])
    }
}

fn reset(problems: Vec<RecoverProblem>) -> RecoverFormPage {
    RecoverFormPage {
        hidden: vec![("token".into(), "Kq7".into())],
        fields: vec![
            RecoverField::secret("new_password", "new-password", "new-password"),
            RecoverField::secret("confirm_password", "confirm-password", "new-password"),
        ],
        rules: PasswordRule::of(&policy()),
        captcha: None,
        ..recover_form("reset", problems)
    }
}

fn secret_question() -> Vec<Sample> {
    let form = |step, problems| RecoverFormPage { captcha: None, ..recover_form(step, problems) };
    let asked = RecoverFormPage {
        fields: vec![RecoverField::text("answer", "", "off")],
        question: Some(ShownQuestion { kind: CATALOGUE[0].name, text: String::new() }),
        captcha: Some(captcha()),
        ..form("secret-question", vec![RecoverProblem::WrongAnswer])
    };
    let password = RecoverFormPage {
        fields: vec![
            RecoverField::secret("new_password", "new-password", "new-password"),
            RecoverField::secret("confirm_password", "confirm-password", "new-password"),
        ],
        ..form("question-password", vec![RecoverProblem::Mismatch])
    };
    let done = |what| RecoverDonePage { what, sign_in: "/_portero/login".into() };
    vec![
        Sample::new("recover-question-names", &form("question-names", vec![])),
        Sample::new("recover-question", &asked),
        Sample::new("recover-question-password", &password),
        Sample::new("recover-question-saved", &done("question-saved")),
        Sample::new("recover-question-link", &done("question-link")),
    ]
}
