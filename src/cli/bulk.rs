//! `portero user import`, `user export`, `user list --expiring`, `user spread-expiry`: what is done to many users at once.

use std::path::absolute;

use super::arguments::ImportUsersArguments;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{details, moment, table};
use super::user::{joined, warn_of_unknown};
use crate::domain::names::OrganizationKey;
use crate::flows::administer::{
    Answer, ExpiringPage, ExpiringView, ImportView, Request, SpreadExpiry, UserFile, UserFileSource, UserPage,
    users_as_csv,
};

pub(super) async fn import(arguments: ImportUsersArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let ImportUsersArguments { file, format, organization, dry_run } = arguments;
    let path = absolute(&file).map_err(|source| CommandError::File { path: file, source })?;
    let request = Request::ImportUsers(UserFile { source: UserFileSource::Path(path), format, organization, dry_run });
    let Answer::Imported(told) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    warn_of_unknown(&told.applications, desk);
    desk.show(&told, |_| imported(&told))?;
    if dry_run {
        desk.terminal.message("Nothing was taken in: without --dry-run the file would be.");
    } else if told.without_password < told.users {
        desk.terminal.message(
            "All of these passwords count as set now. portero user spread-expiry lets them expire over several days.",
        );
    }
    Ok(())
}

fn imported(told: &ImportView) -> String {
    let mut lines = vec![("users", told.users.to_string())];
    let each = told.organizations.iter().map(|(key, users)| format!("{key} {users}"));
    lines.push(("organizations", joined(each)));
    lines.push(("without a password", told.without_password.to_string()));
    lines.push(("without an address", told.without_address.to_string()));
    details(&lines)
}

pub(super) async fn export(organization: OrganizationKey, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let mut request = Request::ExportUsers(organization.clone());
    let mut is_first = true;
    loop {
        let Answer::Users { users, more } = desk.ask(request).await? else { return Err(CommandError::Astray) };
        if desk.is_for_machines() {
            users.iter().try_for_each(|user| desk.terminal.json(user))?;
        } else {
            let rows = users_as_csv(&users, is_first);
            desk.terminal.result(String::from_utf8_lossy(&rows).trim_end())?;
        }
        is_first = false;
        let Some(last) = users.last().filter(|_| more) else { return Ok(()) };
        request =
            Request::ListUsers(UserPage { after: Some(last.reference()), ..UserPage::all_of(organization.clone()) });
    }
}

pub(super) async fn list_expiring(
    organization: Option<OrganizationKey>,
    days: u32,
    desk: &mut Desk<'_, '_>,
) -> Result<(), CommandError> {
    let (mut all, mut after): (Vec<ExpiringView>, _) = (Vec::new(), None);
    loop {
        let page = ExpiringPage { organization: organization.clone(), after, days };
        let Answer::Expiring { users, after: onward } = desk.ask(Request::ListExpiring(page)).await? else {
            return Err(CommandError::Astray);
        };
        all.extend(users);
        after = onward;
        if after.is_none() {
            break;
        }
    }
    // Those of one moment stay in the order of their names.
    all.sort_by_key(|user| user.expires_at);
    desk.show(&all, |zone| {
        let row = |user: &ExpiringView| {
            let seen = user.last_active_at.map_or_else(|| "never".to_owned(), |at| moment(at, zone));
            let expires = moment(user.expires_at, zone);
            [user.reference().to_string(), user.days.to_string(), expires, seen, joined(&user.emails)]
        };
        table(["USER", "DAYS", "EXPIRES", "LAST ACTIVE", "E-MAIL"], &all.iter().map(row).collect::<Vec<_>>())
    })
}

pub(super) async fn spread_expiry(
    organization: OrganizationKey,
    days: u32,
    desk: &mut Desk<'_, '_>,
) -> Result<(), CommandError> {
    let request = Request::SpreadExpiry(SpreadExpiry { organization, days });
    let Answer::Spread(told) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    desk.show(&told, |zone| {
        let when = |at: Option<_>| at.map_or_else(|| "-".to_owned(), |at| moment(at, zone));
        details(&[
            ("moved", told.moved.to_string()),
            ("left alone", told.left.to_string()),
            ("first to expire", when(told.first)),
            ("last to expire", when(told.last)),
        ])
    })
}
