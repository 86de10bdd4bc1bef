//! One of everything between the door and the portal: signing in, a password that must be changed, a form that was kept, the
//! portal, signing out.

use super::page::{
    ApplicationCard, DownloadCard, HiddenField, HiddenForm, KeptPostPage, LoginNews, LoginPage, LoginProblem,
    PasswordChangedPage, PasswordPage, PasswordProblem, PasswordReason, PasswordRule, PortalPage, SignOutPage,
    SignedOutPage,
};
use super::{Sample, captcha, policy, wait};
use crate::domain::password::Unmet;

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = login();
    samples.extend(password());
    samples.extend(portal());
    samples.extend(session());
    samples
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
        Sample::new("signed-out", &SignedOutPage { sign_in: "/_portero/login".into() }),
    ]
}
