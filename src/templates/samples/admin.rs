//! One of everything, of administration.

use super::Sample;
use super::page::{
    AdminAuditPage, AdminEvent, AdminFact, AdminField, AdminForm, AdminFormPage, AdminHomePage, AdminImportPage,
    AdminLink, AdminMail, AdminObstacle, AdminOption, AdminOrganization, AdminOrganizationPage, AdminProblem,
    AdminRowFault, AdminTaken, AdminTried, AdminUser, AdminUserPage, AdminUsersPage, AdminWord,
};
use crate::domain::audit::{AuditAction, AuditReason};

const AT: &str = "2026-11-03 12:00 UTC";
const ME: &str = "/_portero/admin/";

/// Every page in every state.
pub(super) fn all() -> Vec<Sample> {
    let mut samples = vec![
        Sample::new("admin-home", &home()),
        Sample::new("admin-organization", &organization("")),
        Sample::new("admin-users", &users()),
        Sample::new("admin-users-nobody-yet", &AdminUsersPage { users: vec![], ..users() }),
        Sample::new("admin-users-nobody", &AdminUsersPage { users: vec![], next: String::new(), ..users() }),
        Sample::new("admin-user", &user()),
        Sample::new("admin-user-remarks", &AdminUserPage { can_sign_in: true, ..user() }),
        Sample::new(
            "admin-user-well",
            &AdminUserPage { name: "Ana".into(), acts: words(&["deactivate"]), ..AdminUserPage::default() },
        ),
        Sample::new("admin-audit", &audit()),
        Sample::new("admin-import", &AdminImportPage { taken: taken(false), ..import(&[]) }),
        Sample::new("admin-import-looked", &AdminImportPage { taken: taken(true), ..import(&[]) }),
        Sample::new("admin-import-faults", &import(&ROW_FAULTS)),
        Sample::new(
            "admin-import-password",
            &AdminImportPage {
                asks_password: true,
                problem: Some(AdminProblem { kind: "no-file".into(), ..AdminProblem::default() }),
                ..import(&[])
            },
        ),
    ];
    for kind in FAULTS {
        samples.push(Sample::new(format!("admin-trial-{kind}"), &organization(kind)));
    }
    for what in FORMS {
        samples.push(Sample::new(format!("admin-form-{what}"), &form(what, None)));
    }
    for kind in PROBLEMS {
        let problem = AdminProblem { kind: kind.into(), name: "acme/ana".into(), wait: 0 };
        samples.push(Sample::new(format!("admin-problem-{kind}"), &form("emails", Some(problem))));
    }
    samples
}

const FORMS: [&str; 9] =
    ["confirm", "new-user", "edit-user", "emails", "rename", "rules", "mail-server", "new-organization", "remove"];
const PROBLEMS: [&str; 24] = [
    "confirm-first",
    "conflict",
    "deactivated",
    "expired-form",
    "foreign-group",
    "invalid",
    "invalid-name",
    "mail-server-clear",
    "mail-server-host",
    "mail-server-port",
    "mail-server-username",
    "no-address",
    "no-reason",
    "not-invited",
    "nothing-to-change",
    "oneself",
    "organization-taken",
    "overloaded",
    "throttled",
    "too-deep",
    "too-many-emails",
    "unknown-application",
    "username-taken",
    "wrong-password",
];
const ROW_FAULTS: [&str; 24] = [
    "nobody",
    "not-utf8",
    "not-csv",
    "width",
    "unknown-column",
    "repeated-column",
    "no-usernames",
    "not-htpasswd",
    "no-organization",
    "value",
    "too-many-emails",
    "too-many",
    "too-many-rows",
    "role",
    "status",
    "hash",
    "unknown-organization",
    "repeated",
    "taken",
    "foreign-hash",
    "no-address",
    "foreign-role",
    "foreign-group",
    "unknown-application",
];
const FAULTS: [&str; 14] = [
    "dns",
    "connect",
    "greeting",
    "no_start_tls",
    "tls_name",
    "tls_expired",
    "tls_untrusted",
    "tls",
    "authentication",
    "sender",
    "recipient",
    "message",
    "timed_out",
    "folder",
];

fn links(labels: &[&'static str]) -> Vec<AdminLink> {
    labels.iter().map(|label| AdminLink { label, address: ME.into() }).collect()
}

fn words(labels: &[&'static str]) -> Vec<AdminWord> {
    labels.iter().map(|label| AdminWord { label }).collect()
}

fn facts(labels: &[&'static str]) -> Vec<AdminFact> {
    let fact = |label: &&'static str| AdminFact { label, value: "12 <3>".into(), words: vec![] };
    labels.iter().map(fact).collect()
}

fn home() -> AdminHomePage {
    let one = |depth| AdminOrganization {
        name: "Seguros & Fianzas".into(),
        key: "SFI850101AB1".into(),
        depth,
        users: ME.into(),
        settings: ME.into(),
    };
    AdminHomePage {
        organizations: vec![one(0), one(1)],
        more: true,
        links: links(&["audit", "new-organization"]),
        done: "saved",
    }
}

fn organization(kind: &'static str) -> AdminOrganizationPage {
    let detail = if kind.is_empty() { "" } else { "550 5.1.1 <ana@example.com>" };
    let mut facts = facts(&["key", "parent", "sends-by", "mail-server", "sender", "sender-name", "added"]);
    facts.push(AdminFact {
        label: "recovery",
        value: String::new(),
        words: words(&["inherit", "reset-link", "rescue-code", "temporary-password", "secret-question"]),
    });
    facts.push(AdminFact { label: "rules", value: String::new(), words: words(&["configured", "modern"]) });
    facts.push(AdminFact { label: "question", value: String::new(), words: words(&["yes", "no"]) });
    AdminOrganizationPage {
        name: "Seguros & Fianzas".into(),
        facts,
        links: links(&["users", "rename", "rules", "mail-server", "new-organization", "audit", "home"]),
        trial: AdminForm { what: "trial", action: ME.into(), csrf: "token".into(), fields: vec![] },
        tried: Some(AdminTried { to: "ana@example.com".into(), kind, detail: detail.into() }),
        done: "renamed",
        problem: None,
    }
}

fn users() -> AdminUsersPage {
    AdminUsersPage {
        name: "Seguros & Fianzas".into(),
        key: "sfi850101ab1".into(),
        search: "a".into(),
        users: vec![AdminUser {
            address: ME.into(),
            username: "amartinez".into(),
            name: "Ana Martínez".into(),
            email: "ana@example.com".into(),
            words: words(&["role-user", "role-admin", "role-operator", "deactivated"]),
        }],
        next: ME.into(),
        links: links(&["new-user", "import", "export", "settings", "home"]),
        done: "invited",
    }
}

fn import(faults: &[&'static str]) -> AdminImportPage {
    let fault = |(line, kind): (u64, &&'static str)| AdminRowFault { line, kind, about: "name: <Ana>".into() };
    AdminImportPage {
        name: "Seguros & Fianzas".into(),
        form: AdminForm { what: "import", action: ME.into(), csrf: "token".into(), fields: vec![] },
        faults: (0..).zip(faults).map(fault).collect(),
        more: if faults.is_empty() { 0 } else { 2 },
        back: ME.into(),
        ..AdminImportPage::default()
    }
}

fn taken(looked_only: bool) -> Option<AdminTaken> {
    Some(AdminTaken { users: 1234, looked_only })
}

fn user() -> AdminUserPage {
    let obstacle = |kind: &&'static str| AdminObstacle { kind, moment: AT.into() };
    let kinds =
        ["deactivated", "locked", "no-password", "password-expired", "no-address", "mail-failed", "mail-waiting"];
    AdminUserPage {
        name: "Ana Martínez".into(),
        username: "SFI850101AB1/amartinez".into(),
        obstacles: kinds.iter().map(obstacle).collect(),
        can_sign_in: false,
        facts: facts(&[
            "name",
            "email",
            "role",
            "applications",
            "groups",
            "status",
            "password",
            "expires",
            "last-active",
            "added",
        ]),
        links: links(&["edit-user", "emails", "trail", "users"]),
        form: AdminForm { what: "acts", action: ME.into(), csrf: "token".into(), fields: vec![] },
        acts: words(&["activate", "deactivate", "unlock", "recover", "end-sessions", "remove"]),
        sessions: vec![[AT.into(), AT.into(), "203.0.113.9".into(), "Firefox".into()]],
        pending: facts(&["temporary-password", "rescue-code", "reset-link", "email-change"]),
        mails: mails(),
        events: vec![event(AuditAction::ChangeUser, AuditReason::Ok)],
        done: "unlocked",
        problem: None,
    }
}

fn mails() -> Vec<AdminMail> {
    let kinds = [
        "invitation",
        "temporary_password",
        "rescue_code",
        "reset_link",
        "password_changed",
        "secret_question",
        "confirm_email",
        "email_change_warning",
        "email_changed",
        "expiry_warning",
        "test",
    ];
    let labels = ["waiting", "delivered", "dead", "dropped"];
    let mail = |(kind, label): (&&'static str, &&'static str)| AdminMail {
        at: AT.into(),
        kind,
        to: "ana@example.com".into(),
        label,
        detail: "connect: refused".into(),
    };
    kinds.iter().zip(labels.iter().cycle()).map(mail).collect()
}

fn event(action: AuditAction, reason: AuditReason) -> AdminEvent {
    AdminEvent {
        at: AT.into(),
        what: action.code(),
        reason: reason.code(),
        user: "acme/ana".into(),
        actor: "admin acme/boss".into(),
        address: "203.0.113.9".into(),
        note: "the old one is gone".into(),
    }
}

/// Every action and every reason once.
fn audit() -> AdminAuditPage {
    let pairs = AuditAction::ALL.into_iter().zip(AuditReason::ALL.into_iter().cycle());
    AdminAuditPage {
        form: AdminForm {
            what: "audit",
            action: "/_portero/admin/audit".into(),
            csrf: String::new(),
            fields: vec![
                field("user", "text"),
                field("since", "text"),
                AdminField { options: codes("action", "sign_in"), ..field("action", "select") },
                AdminField { options: codes("reason", "wrong_password"), ..field("reason", "select") },
            ],
        },
        events: pairs.map(|(action, reason)| event(action, reason)).collect(),
        next: ME.into(),
        export: ME.into(),
        problem: None,
    }
}

fn codes(code: &'static str, label: &'static str) -> Vec<AdminOption> {
    vec![AdminOption { value: label.into(), label, code, chosen: true, ..AdminOption::default() }]
}

fn field(name: &'static str, kind: &'static str) -> AdminField {
    AdminField { name, label: name, kind, value: "x".into(), ..AdminField::default() }
}

fn form(what: &'static str, problem: Option<AdminProblem>) -> AdminFormPage {
    let chosen =
        |label: &'static str| AdminOption { value: label.into(), label, chosen: true, ..AdminOption::default() };
    let named =
        AdminOption { value: "app-billing".into(), label: "", text: "Facturación".into(), ..AdminOption::default() };
    let fields = match what {
        "confirm" => vec![field("password", "password")],
        "new-user" => vec![
            AdminField { help: true, ..field("username", "text") },
            field("name", "text"),
            AdminField { help: true, ..field("email", "email") },
        ],
        "edit-user" => vec![
            AdminField { options: vec![chosen("role-user")], ..field("role", "select") },
            AdminField { options: vec![named], ..field("applications", "checks") },
            AdminField { help: true, optional: true, ..field("groups", "text") },
        ],
        "emails" => vec![
            AdminField { help: true, ..field("emails", "text") },
            AdminField { help: true, ..field("why", "text") },
        ],
        "rules" => vec![
            AdminField { help: true, options: vec![chosen("reset-link")], ..field("recovery", "checks") },
            AdminField { options: vec![chosen("inherit")], ..field("source", "select") },
            AdminField { options: vec![chosen("yes")], ..field("question", "select") },
            AdminField { options: vec![chosen("modern")], ..field("rules", "select") },
            AdminField { help: true, optional: true, ..field("sender-name", "text") },
        ],
        "mail-server" => vec![
            AdminField { help: true, ..field("host", "text") },
            field("port", "number"),
            AdminField {
                options: vec![chosen("starttls"), chosen("implicit"), chosen("none")],
                ..field("encryption", "select")
            },
            field("mail-user", "text"),
            AdminField { help: true, optional: true, ..field("mail-password", "password") },
            field("sender", "email"),
        ],
        "rename" => vec![field("key", "fixed"), field("name", "text")],
        _ => vec![AdminField { help: true, ..field("key", "text") }, field("name", "text")],
    };
    let form = AdminForm { what, action: ME.into(), csrf: "token".into(), fields };
    AdminFormPage { name: "Ana Martínez".into(), form, back: ME.into(), problem }
}
