//! One of everything on the pages about one's own account: settings, and the change of address.

use super::page::{
    EmailDonePage, EmailLinkPage, EmailPage, EmailProblem, LanguageChoice, PendingEmail, QuestionForm, QuestionOption,
    SavedSetting, SessionRow, SettingsPage, SettingsProblem, ShownQuestion,
};
use super::{Sample, wait};
use crate::domain::language::Language;
use crate::domain::recovery::{CATALOGUE, CatalogueQuestion};

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = email();
    samples.extend(settings());
    samples
}

fn pending() -> PendingEmail {
    PendingEmail { address: "ana@nueva.example".into(), until: "2026-11-04 12:00 UTC".into() }
}

fn email() -> Vec<Sample> {
    let plain = EmailPage {
        csrf: "token".into(),
        username: "amartinez".into(),
        current: vec!["ana@acme.example".into(), "ana@casa.example".into()],
        pending: None,
        new_email: String::new(),
        return_to: None,
        onward: "/_portero/portal".into(),
        problems: vec![],
    };
    let nobody = EmailPage { current: vec![], return_to: Some("/billing".into()), ..plain.clone() };
    let refused = EmailPage {
        pending: Some(pending()),
        new_email: "ana@@nueva.example".into(),
        problems: vec![EmailProblem::Malformed, EmailProblem::WrongPassword],
        ..plain.clone()
    };
    let mut samples = vec![
        Sample::new("email", &plain),
        Sample::new("email-none", &nobody),
        Sample::new("email-pending", &EmailPage { pending: Some(pending()), ..plain.clone() }),
        Sample::new("email-refused", &refused),
    ];
    for (name, problem) in [
        ("same", EmailProblem::Same),
        ("incomplete", EmailProblem::Incomplete),
        ("expired-form", EmailProblem::ExpiredForm),
        ("throttled", EmailProblem::Throttled { wait: wait() }),
        ("overloaded", EmailProblem::Overloaded),
    ] {
        let page = EmailPage { problems: vec![problem], ..plain.clone() };
        samples.push(Sample::new(format!("email-{name}"), &page));
    }
    for kind in ["confirm", "stop"] {
        let page = EmailLinkPage {
            kind,
            csrf: "token".into(),
            token: "Kq7".into(),
            address: "ana@nueva.example".into(),
            username: "amartinez".into(),
            organization: "Seguros & Fianzas".into(),
            expired: kind == "stop",
        };
        samples.push(Sample::new(format!("email-link-{kind}"), &page));
    }
    samples.extend(
        ["confirmed", "stopped", "void"].map(|kind| Sample::new(format!("email-done-{kind}"), &EmailDonePage { kind })),
    );
    samples
}

fn settings() -> Vec<Sample> {
    let options = |chosen: usize| {
        let option = |(place, question): (usize, &CatalogueQuestion)| QuestionOption {
            kind: question.name,
            chosen: place == chosen,
        };
        CATALOGUE.iter().enumerate().map(option).collect()
    };
    let row = |this, browser: &str| SessionRow {
        id: "7b0c1f5e-7a34-4f0e-9b58-2f6a3f2f9a10".into(),
        this,
        browser: browser.into(),
        address: "203.0.113.9".into(),
        since: "2026-11-03 12:00 UTC".into(),
        seen: "2026-11-03 12:30 UTC".into(),
    };
    let plain = SettingsPage {
        csrf: "token".into(),
        email_csrf: "token".into(),
        username: "amartinez".into(),
        organization: "Seguros & Fianzas".into(),
        emails: vec!["ana@acme.example".into()],
        pending: None,
        question: None,
        languages: Language::ALL
            .map(|one| LanguageChoice { kind: one.tag(), name: one.own_name(), chosen: one == Language::Es })
            .to_vec(),
        sessions: vec![row(true, "Firefox · Linux"), row(false, "Safari · iPhone")],
        saved: None,
        problems: vec![],
    };
    let form = QuestionForm {
        present: None,
        closed: false,
        offered: true,
        choices: options(0),
        own_chosen: false,
        own: String::new(),
    };
    let own = ShownQuestion { kind: "own", text: "¿Cómo se llamaba la barca de \"Nino\"?".into() };
    let set = QuestionForm { present: Some(own), closed: true, ..form.clone() };
    let full = SettingsPage {
        pending: Some(pending()),
        question: Some(set.clone()),
        saved: Some(SavedSetting { kind: "question" }),
        ..plain.clone()
    };
    let only_removable = QuestionForm {
        present: Some(ShownQuestion { kind: CATALOGUE[1].name, text: String::new() }),
        offered: false,
        ..set.clone()
    };
    let mut samples = vec![
        Sample::new("settings", &SettingsPage { question: Some(form.clone()), ..plain.clone() }),
        Sample::new("settings-full", &full),
        Sample::new("settings-no-question", &SettingsPage { emails: vec![], ..plain.clone() }),
        Sample::new("settings-question-removable", &SettingsPage { question: Some(only_removable), ..plain.clone() }),
    ];
    for kind in ["question-removed", "language", "session", "sessions", "email"] {
        let page = SettingsPage { saved: Some(SavedSetting { kind }), ..plain.clone() };
        samples.push(Sample::new(format!("settings-saved-{kind}"), &page));
    }
    let refused = |problems| SettingsPage {
        question: Some(QuestionForm { own_chosen: true, own: "¿?".into(), choices: options(99), ..form.clone() }),
        problems,
        ..plain.clone()
    };
    for (name, problems) in [
        ("refused", vec![SettingsProblem::BadQuestion, SettingsProblem::WrongPassword]),
        ("short-answer", vec![SettingsProblem::ShortAnswer]),
        ("long-answer", vec![SettingsProblem::LongAnswer]),
        ("obvious-answer", vec![SettingsProblem::ObviousAnswer]),
        ("not-offered", vec![SettingsProblem::NotOffered]),
        ("expired-form", vec![SettingsProblem::ExpiredForm]),
        ("throttled", vec![SettingsProblem::Throttled { wait: wait() }]),
        ("overloaded", vec![SettingsProblem::Overloaded]),
    ] {
        samples.push(Sample::new(format!("settings-{name}"), &refused(problems)));
    }
    samples
}
