//! `portero user`

use std::collections::BTreeSet;
use std::fmt::Display;

use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::arguments::{AddUserArguments, EditUserArguments, UserVerb};
use super::bulk;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{details, moment, span, table};
use crate::domain::Timestamp;
use crate::domain::names::{ApplicationId, EmailAddress, OrganizationKey};
use crate::domain::user::Status;
use crate::flows::administer::{
    Answer, EditUser, NewUser, PAGE_LIMIT, Request, UserPage, UserRef, UserSearch, UserView,
};

const SHOWN_ONCE: &str =
    "The temporary password is shown this once. It opens nothing but the page where the person chooses a lasting one.";

pub(super) async fn run(verb: UserVerb, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    match verb {
        UserVerb::Add(add) => self::add(add, desk).await,
        UserVerb::List { organization: Some(organization), search: Some(words), .. } => {
            find(organization, words, desk).await
        }
        UserVerb::List { organization, expiring: Some(days), .. } => {
            bulk::list_expiring(organization, days, desk).await
        }
        UserVerb::List { organization, expiring: None, .. } => list(organization, desk).await,
        UserVerb::Export { organization } => bulk::export(organization, desk).await,
        UserVerb::Import(arguments) => bulk::import(arguments, desk).await,
        UserVerb::SpreadExpiry { organization, over } => bulk::spread_expiry(organization, over, desk).await,
        UserVerb::Show { user } => act(Request::ShowUser(user), desk, whole).await,
        UserVerb::Activate { user } => {
            act(Request::Activate(user), desk, |user, _| format!("{} is active", user.reference())).await
        }
        UserVerb::Deactivate { user } => {
            let told = |user: &UserView, _: &_| format!("{} is deactivated; its sessions ended", user.reference());
            act(Request::Deactivate(user), desk, told).await
        }
        UserVerb::Unlock { user } => {
            act(Request::Unlock(user), desk, |user, _| format!("{} may try to sign in again", user.reference())).await
        }
        UserVerb::Recover { user, print: true } => tell_temporary(user, desk).await,
        UserVerb::Recover { user, print: false } => {
            let told = |user: &UserView, _: &_| {
                format!("a temporary password is on its way to {}", joined(user.emails.first()))
            };
            act(Request::StartRecovery(user), desk, told).await
        }
        UserVerb::EndSessions { user } => {
            let told = |user: &UserView, _: &_| format!("every session of {} ended", user.reference());
            act(Request::EndSessions(user), desk, told).await
        }
        UserVerb::SetEmail { user, emails, reason, .. } => {
            let told = |user: &UserView, _: &_| format!("{}: {}", user.reference(), joined(&user.emails));
            act(Request::SetEmails { user, emails, reason }, desk, told).await
        }
        UserVerb::Edit(edit) => self::edit(edit, desk).await,
        UserVerb::Remove { user } => {
            let told = |user: &UserView, _: &_| format!("{} was removed; its sessions ended", user.reference());
            act(Request::RemoveUser(user), desk, told).await
        }
    }
}

/// What `user add --json` prints.
#[derive(Serialize)]
struct Added<'a> {
    user: &'a UserView,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited: Option<&'a EmailAddress>,
}

async fn add(add: AddUserArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let applications: BTreeSet<ApplicationId> = add.applications.into_iter().collect();
    warn_of_unknown(&applications, desk);
    let password = if add.password_stdin { Some(desk.terminal.password()?) } else { None };
    let new = NewUser {
        user: add.user,
        name: add.name,
        emails: add.emails,
        role: add.role,
        applications,
        groups: add.groups.into_iter().collect(),
        password,
    };
    let answer = desk.ask(Request::AddUser(Box::new(new))).await?;
    let Answer::UserAdded { user, temporary_password, invited } = answer else { return Err(CommandError::Astray) };
    let expires_at = user.temporary_password.map(|temporary| temporary.expires_at);
    let shown = Added {
        user: &user,
        temporary_password: temporary_password.as_ref().map(ExposeSecret::expose_secret),
        temporary_password_expires_at: expires_at,
        invited: invited.as_ref(),
    };
    desk.show(&shown, |zone| added(&user, temporary_password.as_ref(), expires_at, zone))?;
    if temporary_password.is_some() {
        desk.terminal.message(SHOWN_ONCE);
        match &invited {
            Some(address) => {
                desk.terminal.message(&format!("An invitation that carries it is on its way to {address}."));
            }
            None if !user.emails.is_empty() => {
                desk.terminal
                    .message("portero: the invitation could not be put into the outbox; hand the password on yourself");
            }
            None => {}
        }
    }
    Ok(())
}

/// Shows a temporary password this once.
async fn tell_temporary(user: UserRef, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let answer = desk.ask(Request::MakeTemporaryPassword(user)).await?;
    let Answer::TemporaryPassword { user, temporary_password } = answer else { return Err(CommandError::Astray) };
    let expires_at = user.temporary_password.map(|temporary| temporary.expires_at);
    let shown = Added {
        user: &user,
        temporary_password: temporary_password.as_ref().map(ExposeSecret::expose_secret),
        temporary_password_expires_at: expires_at,
        invited: None,
    };
    desk.show(&shown, |zone| {
        let mut lines = vec![("user", user.reference().to_string()), ("name", user.name.to_string())];
        lines.extend(shown.temporary_password.map(|password| ("temporary password", password.to_owned())));
        lines.extend(expires_at.map(|at| ("valid until", moment(at, zone))));
        details(&lines)
    })?;
    desk.terminal.message(SHOWN_ONCE);
    Ok(())
}

fn added(user: &UserView, temporary: Option<&SecretString>, expires_at: Option<Timestamp>, zone: &TimeZone) -> String {
    let mut lines = vec![("user", user.reference().to_string()), ("name", user.name.to_string())];
    if let (Some(temporary), Some(expires_at)) = (temporary, expires_at) {
        lines.push(("temporary password", temporary.expose_secret().to_owned()));
        let how_long = span(user.created_at, expires_at);
        lines.push(("valid for", format!("{how_long}, until {}", moment(expires_at, zone))));
    }
    details(&lines)
}

async fn list(organization: Option<OrganizationKey>, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let mut all: Vec<UserView> = Vec::new();
    loop {
        let after = all.last().map(UserView::reference);
        let page = UserPage { organization: organization.clone(), after, limit: PAGE_LIMIT };
        let Answer::Users { users, more } = desk.ask(Request::ListUsers(page)).await? else {
            return Err(CommandError::Astray);
        };
        let ended = !more || users.is_empty();
        all.extend(users);
        if ended {
            break;
        }
    }
    show(&all, desk)
}

async fn find(organization: OrganizationKey, words: String, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let (mut all, mut after): (Vec<UserView>, _) = (Vec::new(), None);
    loop {
        let search = UserSearch { organization: organization.clone(), words: words.clone(), after, limit: PAGE_LIMIT };
        let Answer::Found { users, next } = desk.ask(Request::FindUsers(search)).await? else {
            return Err(CommandError::Astray);
        };
        all.extend(users);
        after = next;
        if after.is_none() {
            break;
        }
    }
    show(&all, desk)
}

fn show(users: &[UserView], desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    desk.show(&users, |_| {
        let rows: Vec<_> = users.iter().map(row).collect();
        table(["USER", "NAME", "ROLE", "STATUS", "PASSWORD", "E-MAIL"], &rows)
    })
}

async fn edit(edit: EditUserArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let applications: BTreeSet<ApplicationId> = edit.applications.into_iter().collect();
    warn_of_unknown(&applications, desk);
    let groups: BTreeSet<_> = edit.groups.into_iter().collect();
    let edit = EditUser {
        user: edit.user,
        name: edit.name,
        role: edit.role,
        applications: (edit.no_apps || !applications.is_empty()).then_some(applications),
        groups: (edit.no_groups || !groups.is_empty()).then_some(groups),
    };
    act(Request::EditUser(Box::new(edit)), desk, whole).await
}

/// Has something done that answers with the user.
async fn act(
    request: Request,
    desk: &mut Desk<'_, '_>,
    told: impl FnOnce(&UserView, &TimeZone) -> String,
) -> Result<(), CommandError> {
    let Answer::User(user) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    desk.show(&user, |zone| told(&user, zone))
}

/// An id may be assigned before its application exists; most likely, though, it is a slip.
pub(super) fn warn_of_unknown(applications: &BTreeSet<ApplicationId>, desk: &mut Desk<'_, '_>) {
    for id in applications.iter().filter(|id| !desk.config.applications.iter().any(|known| known.id == **id)) {
        desk.terminal
            .message(&format!("portero: the configuration has no application {id}; it is assigned all the same"));
    }
}

fn row(user: &UserView) -> [String; 6] {
    let password = match (&user.password, &user.temporary_password) {
        (Some(_), _) => "set",
        (None, Some(_)) => "temporary",
        (None, None) => "none",
    };
    let status = match (user.status, user.locked_until) {
        (Status::Active, Some(_)) => "locked",
        (other, _) => status(other),
    };
    [
        user.reference().to_string(),
        user.name.to_string(),
        user.role.as_str().to_owned(),
        status.to_owned(),
        password.to_owned(),
        joined(&user.emails),
    ]
}

fn whole(user: &UserView, zone: &TimeZone) -> String {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| moment(at, zone));
    let password =
        user.password.map_or_else(|| "none".to_owned(), |set| format!("set {}", moment(set.changed_at, zone)));
    let temporary = user.temporary_password.map_or_else(
        || "none".to_owned(),
        |one| format!("until {}, {} tries left", moment(one.expires_at, zone), one.tries_left),
    );
    details(&[
        ("user", user.reference().to_string()),
        ("id", user.id.to_string()),
        ("name", user.name.to_string()),
        ("e-mail", joined(&user.emails)),
        ("role", user.role.as_str().to_owned()),
        ("applications", joined(&user.applications)),
        ("groups", joined(&user.groups)),
        ("status", status(user.status).to_owned()),
        (
            "sign-in",
            user.locked_until.map_or_else(
                || "open".to_owned(),
                |at| format!("locked until {}, after too many failures; user unlock opens it", moment(at, zone)),
            ),
        ),
        ("password", password),
        ("temporary password", temporary),
        ("added", moment(user.created_at, zone)),
        ("last active", when(user.last_active_at)),
    ])
}

const fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Deactivated => "deactivated",
    }
}

pub(super) fn joined<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "-".to_owned() } else { items.join(", ") }
}
