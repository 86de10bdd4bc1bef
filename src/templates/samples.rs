//! One of everything: every page in every state, to rehearse a sysadmin's templates with, and for tests.

use std::time::Duration;

use tera::Value;

use super::page::{
    ApplicationCard, CaptchaField, DownloadCard, EmailDonePage, EmailLinkPage, EmailPage, EmailProblem, HiddenField,
    HiddenForm, KeptPostPage, LanguageChoice, LoginNews, LoginPage, LoginProblem, Message, MessagePage,
    PasswordChangedPage, PasswordPage, PasswordProblem, PasswordReason, PasswordRule, PendingEmail, PortalPage,
    QuestionForm, QuestionOption, RecoverDonePage, RecoverField, RecoverFormPage, RecoverPage, RecoverProblem,
    RecoverWay, ResetVoidPage, SavedSetting, SessionRow, SettingsPage, SettingsProblem, ShownQuestion, SignOutPage,
    SignedOutPage, Wait,
};
use super::{AccountMail, AccountNews, Frame, InvitationMail, MailFrame, MailPage, Page, TrialMail};
use crate::domain::language::Language;
use crate::domain::password::{PasswordPolicy, Unmet};
use crate::domain::recovery::{CATALOGUE, CatalogueQuestion, RecoveryMethod};

/// A page in one state.
pub(super) struct Sample {
    /// What the state is called.
    pub(super) name: String,
    /// The page's template.
    pub(super) template: &'static str,
    /// The page.
    pub(super) page: Value,
}

impl Sample {
    pub(super) fn new<P: Page>(name: impl Into<String>, page: &P) -> Self {
        Self { name: name.into(), template: P::TEMPLATE, page: Value::from_serializable(page) }
    }
}

/// A frame with all there is.
pub(super) fn frame(language: Language) -> Frame {
    Frame {
        language,
        product: "Seguros del Norte".into(),
        support: "ayuda@segurosdelnorte.example".into(),
        query: Some("return_to=%2Fbilling".into()),
        portal: "https://login.segurosdelnorte.example".into(),
        person: Some("Ana Martínez".into()),
        recovery: true,
    }
}

/// A mail's frame with all there is.
pub(super) fn mail_frame(language: Language) -> MailFrame {
    MailFrame {
        language,
        product: "Seguros del Norte".into(),
        support: "ayuda@segurosdelnorte.example".into(),
        origin: "https://login.segurosdelnorte.example".into(),
    }
}

/// Every mail: its name, its templates, and what is in it.
pub(super) fn mails() -> Vec<(&'static str, [&'static str; 2], Value)> {
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

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = login();
    samples.extend(password());
    samples.extend(portal());
    samples.extend(session());
    samples.extend(email());
    samples.extend(settings());
    samples.extend(secret_question());
    samples.extend(messages());
    samples.extend(super::samples_admin::all());
    samples
}

fn captcha() -> CaptchaField {
    CaptchaField::new("m2Yx-challenge", b"\x89PNG\r\n\x1a\n", true)
}

fn wait() -> Wait {
    Wait::new(Duration::from_secs(180))
}

fn login() -> Vec<Sample> {
    let plain = LoginPage { csrf: "token".into(), ..LoginPage::default() };
    let full = LoginPage {
        return_to: Some("/billing/invoices?page=2&sort=date".into()),
        application: Some("Facturación".into()),
        organization: Some("SNO990101AB1".into()),
        username: "amartinez".into(),
        captcha: Some(captcha()),
        notice: Some("Uso exclusivo del personal autorizado.".into()),
        problem: Some(LoginProblem::WrongCredentials),
        ..plain.clone()
    };
    let told = |news| LoginPage { news: Some(news), ..plain.clone() };
    let mut samples = vec![
        Sample::new("login", &plain),
        Sample::new("login-full", &full),
        Sample::new("login-session-ended", &told(LoginNews::SessionEnded)),
        Sample::new("login-post-kept", &told(LoginNews::PostKept)),
    ];
    for (name, problem) in [
        ("incomplete", LoginProblem::Incomplete),
        ("captcha", LoginProblem::Captcha),
        ("expired-form", LoginProblem::ExpiredForm),
        ("throttled", LoginProblem::Throttled { wait: wait() }),
        ("deactivated", LoginProblem::Deactivated),
        ("overloaded", LoginProblem::Overloaded),
    ] {
        let page = LoginPage { captcha: Some(captcha()), problem: Some(problem), ..plain.clone() };
        samples.push(Sample::new(format!("login-{name}"), &page));
    }
    samples
}

fn policy() -> PasswordPolicy {
    PasswordPolicy {
        min_length: 8,
        uppercase: true,
        lowercase: true,
        digit: true,
        special: "!\"#$%&*".chars().collect(),
        history: 5,
    }
}

fn password() -> Vec<Sample> {
    let policy = policy();
    let plain = PasswordPage {
        csrf: "token".into(),
        return_to: None,
        username: "amartinez".into(),
        reason: PasswordReason::Expired,
        rules: PasswordRule::of(&policy),
        captcha: None,
        problems: Vec::new(),
    };
    let refused = PasswordPage {
        return_to: Some("/billing".into()),
        captcha: Some(captcha()),
        problems: vec![
            PasswordProblem::WrongOld,
            PasswordProblem::Unmet {
                rules: PasswordRule::of(&policy).into_iter().chain([PasswordRule::from(&Unmet::TooLong)]).collect(),
            },
            PasswordProblem::Mismatch,
            PasswordProblem::Captcha,
        ],
        ..plain.clone()
    };
    let changed = PasswordChangedPage { sign_in: "/_portero/login".into() };
    let mut samples = vec![
        Sample::new("password-expired", &plain),
        Sample::new("password-temporary", &PasswordPage { reason: PasswordReason::Temporary, ..plain.clone() }),
        Sample::new("password-voluntary", &PasswordPage { reason: PasswordReason::Voluntary, ..plain.clone() }),
        Sample::new("password-refused", &refused),
        Sample::new("password-changed", &changed),
    ];
    for (name, problem) in [
        ("expired-form", PasswordProblem::ExpiredForm),
        ("throttled", PasswordProblem::Throttled { wait: wait() }),
        ("overloaded", PasswordProblem::Overloaded),
    ] {
        let page = PasswordPage { problems: vec![problem], ..plain.clone() };
        samples.push(Sample::new(format!("password-{name}"), &page));
    }
    samples
}

fn portal() -> Vec<Sample> {
    let full = PortalPage {
        csrf: "token".into(),
        name: "Ana Martínez".into(),
        username: "amartinez".into(),
        organization: "Seguros del Norte".into(),
        expires_in_days: Some(12),
        expires_if_idle: false,
        applications: vec![
            ApplicationCard::new("Facturación", "Facturas, notas de crédito y pagos", "/billing/"),
            ApplicationCard::new("Pólizas", "Emisión y renovación de pólizas", "https://polizas.example.com/"),
            ApplicationCard::new("Siniestros", "", "/claims/"),
        ],
        downloads: vec![DownloadCard {
            name: "Visor de documentos".into(),
            description: "Necesario para abrir las pólizas (Windows)".into(),
            url: "/downloads/visor.exe".into(),
        }],
        settings: true,
        email: true,
        address_missing: false,
        administration: true,
    };
    let calm = PortalPage { expires_in_days: Some(43), settings: false, email: false, ..full.clone() };
    let empty = PortalPage { expires_in_days: None, applications: vec![], downloads: vec![], ..calm.clone() };
    vec![
        Sample::new("portal", &full),
        Sample::new("portal-calm", &calm),
        Sample::new("portal-no-address", &PortalPage { address_missing: true, ..calm.clone() }),
        Sample::new("portal-idle", &PortalPage { expires_in_days: Some(10), expires_if_idle: true, ..empty.clone() }),
        Sample::new("portal-empty", &empty),
        Sample::new("portal-tomorrow", &PortalPage { expires_in_days: Some(1), ..empty.clone() }),
        Sample::new("portal-today", &PortalPage { expires_in_days: Some(0), ..empty.clone() }),
    ]
}

fn session() -> Vec<Sample> {
    let field = |name: &str, value: &str| HiddenField { name: name.into(), value: value.into() };
    let kept = KeptPostPage {
        application: "Facturación".into(),
        send: HiddenForm {
            action: "/billing/invoices/new".into(),
            fields: vec![field("client", "Muñoz & Hijos"), field("amount", "1,250.00")],
        },
        discard: HiddenForm { action: "/_portero/kept/discard".into(), fields: vec![field("csrf", "token")] },
    };
    vec![
        Sample::new("kept-post", &kept),
        Sample::new("sign-out", &SignOutPage { csrf: "token".into(), back: "/_portero/portal".into() }),
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
        Sample::new("signed-out", &SignedOutPage { sign_in: "/_portero/login".into() }),
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

fn messages() -> Vec<Sample> {
    let application = || "Facturación".to_owned();
    let forbidden =
        |application| Message::Forbidden { username: "amartinez".into(), application, csrf: "token".into() };
    [
        ("bad-request", 400, Message::BadRequest),
        ("expired-form", 403, Message::ExpiredForm),
        ("forbidden", 403, forbidden(Some(application()))),
        ("forbidden-page", 403, forbidden(None)),
        ("not-found", 404, Message::NotFound),
        ("method-not-allowed", 405, Message::MethodNotAllowed),
        ("unknown-host", 404, Message::UnknownHost),
        ("misdirected", 421, Message::Misdirected),
        ("too-large", 413, Message::TooLarge),
        ("too-slow", 408, Message::TooSlow),
        ("throttled", 429, Message::Throttled { wait: wait() }),
        ("upstream-failed", 502, Message::UpstreamFailed { application: application() }),
        ("upstream-slow", 504, Message::UpstreamSlow { application: application() }),
        ("unavailable", 503, Message::Unavailable),
        ("internal", 500, Message::Internal),
    ]
    .into_iter()
    .map(|(name, status, message)| {
        // Half of them without what may be missing.
        let request_id = (status % 2 == 0).then(|| "7f3a-91c2-40de".to_owned());
        let page = MessagePage { status, message, request_id };
        Sample::new(format!("message-{name}"), &page)
    })
    .collect()
}
