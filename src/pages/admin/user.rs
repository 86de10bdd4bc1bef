//! `/admin/user`: one account, why its person cannot sign in, and the buttons that help.

use std::fmt::Display;

use jiff::tz::TimeZone;

use super::fields::{role_label, user_of};
use super::{AdminPages, Refusal, done, is_ours, moment, page, problem, to, token};
use crate::domain::audit::AuditEvent;
use crate::domain::user::Status;
use crate::flows::administer::{
    AccountView, Answer as Told, MailStatus, MailView, Obstacle, Pending, PendingKind, Request, SessionView,
};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{
    AdminEvent, AdminFact, AdminForm, AdminLink, AdminMail, AdminObstacle, AdminProblem, AdminUserPage, AdminWord,
};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

impl AdminPages {
    pub(super) async fn user(&self, visit: &Visit) -> Answer {
        self.show_user(visit, None).await
    }

    /// One of the buttons.
    pub(super) async fn act_on_user(&self, visit: &Visit, form: Form) -> Answer {
        if !is_ours(visit, &form) {
            return self.show_user(visit, Some(problem("expired-form"))).await;
        }
        let user = user_of(visit)?;
        let reference = user.to_string();
        let (request, done) = match form.get("act") {
            "activate" => (Request::Activate(user), "activated"),
            "deactivate" => (Request::Deactivate(user), "deactivated"),
            "unlock" => (Request::Unlock(user), "unlocked"),
            "recover" => (Request::StartRecovery(user), "recovering"),
            "end-sessions" => (Request::EndSessions(user), "ended"),
            "remove" => return to(&page("/user/remove", &[("user", &reference)])),
            _ => return Err(Failure::BadRequest),
        };
        match self.ask(visit, request).await {
            Ok(_) => to(&page("/user", &[("user", &reference), ("done", done)])),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => self.show_user(visit, Some(problem)).await,
        }
    }

    /// Everything about the account that the address names.
    pub(super) async fn account(&self, visit: &Visit) -> Result<AccountView, Failure> {
        match self.look(visit, Request::ShowAccount(user_of(visit)?)).await? {
            Told::Account(account) => Ok(*account),
            _ => Err(Failure::Internal),
        }
    }

    async fn show_user(&self, visit: &Visit, problem: Option<AdminProblem>) -> Answer {
        let account = self.account(visit).await?;
        let zone = &visit.config.portal.time_zone;
        let reference = account.user.reference().to_string();
        let link = |label, path| AdminLink { label, address: page(path, &[("user", &reference)]) };
        let users = page("/users", &[("key", account.user.organization.as_str())]);
        let links = vec![
            link("edit-user", "/user/edit"),
            link("emails", "/user/emails"),
            link("trail", "/audit"),
            AdminLink { label: "users", address: users },
        ];
        let form = AdminForm {
            what: "acts",
            action: page("/user", &[("user", &reference)]),
            csrf: token(visit)?,
            fields: vec![],
        };
        let page = AdminUserPage {
            name: account.user.name.to_string(),
            username: reference.clone(),
            obstacles: account.obstacles.iter().map(|obstacle| told(obstacle, zone)).collect(),
            can_sign_in: !account.obstacles.iter().any(keeps_out),
            facts: facts(&account, zone),
            links,
            form,
            acts: acts(&account),
            sessions: account.sessions.iter().map(|session| row(session, zone)).collect(),
            pending: account.pending.iter().map(|pending| under_way(pending, zone)).collect(),
            mails: account.mails.iter().map(|mail| letter(mail, zone)).collect(),
            events: account.events.iter().map(|event| entry(event, zone)).collect(),
            done: done(visit),
            problem: problem.clone(),
        };
        self.show(visit, problem.as_ref(), &page)
    }
}

fn acts(account: &AccountView) -> Vec<AdminWord> {
    let mut labels = Vec::new();
    match account.user.status {
        Status::Active => labels.push("deactivate"),
        Status::Deactivated => labels.push("activate"),
    }
    if account.obstacles.iter().any(|obstacle| matches!(obstacle, Obstacle::Locked { .. })) {
        labels.push("unlock");
    }
    if account.user.status == Status::Active && !account.user.emails.is_empty() {
        labels.push("recover");
    }
    if !account.sessions.is_empty() {
        labels.push("end-sessions");
    }
    labels.push("remove");
    labels.into_iter().map(|label| AdminWord { label }).collect()
}

fn facts(account: &AccountView, zone: &TimeZone) -> Vec<AdminFact> {
    let user = &account.user;
    let said = |label, value: String| AdminFact { label, value, words: vec![] };
    let word = |label, word| AdminFact { label, value: String::new(), words: vec![AdminWord { label: word }] };
    let when = |label, at: Option<_>| at.map(|at| said(label, moment(at, zone)));
    let status = match user.status {
        Status::Active => "active",
        Status::Deactivated => "deactivated",
    };
    [
        Some(said("name", user.name.to_string())),
        Some(said("email", joined(&user.emails))),
        Some(word("role", role_label(user.role))),
        Some(word("status", status)),
        Some(said("applications", joined(&user.applications))),
        Some(said("groups", joined(&user.groups))),
        when("password", user.password.map(|password| password.changed_at)),
        when("expires", account.password_expires_at),
        when("last-active", user.last_active_at),
        when("added", Some(user.created_at)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "—".to_owned() } else { items.join(", ") }
}

/// Whether it keeps the person from signing in. An expired password does not: it has to be changed on the way.
const fn keeps_out(obstacle: &Obstacle) -> bool {
    match obstacle {
        Obstacle::Deactivated | Obstacle::Locked { .. } | Obstacle::NoPassword => true,
        Obstacle::PasswordExpired { .. } | Obstacle::NoAddress | Obstacle::MailFailed | Obstacle::MailWaiting => false,
    }
}

fn told(obstacle: &Obstacle, zone: &TimeZone) -> AdminObstacle {
    let (kind, at) = match obstacle {
        Obstacle::Deactivated => ("deactivated", None),
        Obstacle::Locked { until } => ("locked", Some(*until)),
        Obstacle::NoPassword => ("no-password", None),
        Obstacle::PasswordExpired { since } => ("password-expired", Some(*since)),
        Obstacle::NoAddress => ("no-address", None),
        Obstacle::MailFailed => ("mail-failed", None),
        Obstacle::MailWaiting => ("mail-waiting", None),
    };
    AdminObstacle { kind, moment: at.map(|at| moment(at, zone)).unwrap_or_default() }
}

fn row(session: &SessionView, zone: &TimeZone) -> [String; 4] {
    [
        moment(session.authenticated_at, zone),
        moment(session.last_seen_at, zone),
        session.address.to_string(),
        session.user_agent.clone(),
    ]
}

fn under_way(pending: &Pending, zone: &TimeZone) -> AdminFact {
    let label = match pending.kind {
        PendingKind::TemporaryPassword => "temporary-password",
        PendingKind::RescueCode => "rescue-code",
        PendingKind::ResetLink => "reset-link",
        PendingKind::EmailChange => "email-change",
    };
    AdminFact { label, value: moment(pending.expires_at, zone), words: vec![] }
}

fn letter(mail: &MailView, zone: &TimeZone) -> AdminMail {
    let label = match mail.status {
        MailStatus::Waiting => "waiting",
        MailStatus::Delivered => "delivered",
        MailStatus::Dead => "dead",
        MailStatus::Dropped => "dropped",
    };
    let failure = mail.failure.as_ref();
    AdminMail {
        at: moment(mail.created_at, zone),
        kind: mail.kind.as_str(),
        to: mail.to.to_string(),
        label,
        detail: failure.map(|failure| format!("{}: {}", failure.reason.as_str(), failure.detail)).unwrap_or_default(),
    }
}

/// An event, as people read it.
pub(super) fn entry(event: &AuditEvent, zone: &TimeZone) -> AdminEvent {
    let names = [event.organization.as_deref(), event.username.as_deref()];
    AdminEvent {
        at: moment(event.at, zone),
        what: event.action.code(),
        reason: event.reason.code(),
        user: names.into_iter().flatten().collect::<Vec<_>>().join("/"),
        actor: event.actor.clone().unwrap_or_default(),
        address: event.address.map(|address| address.to_string()).unwrap_or_default(),
        note: event.note.clone().unwrap_or_default(),
    }
}
