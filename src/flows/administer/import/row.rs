//! One user of a file, from texts to values.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::fault::beginning;
use super::{RowFault, UserRef};
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey};
use crate::domain::password::PasswordHash;
use crate::domain::user::{MAX_EMAILS, Role, Status};
use crate::passwords::adopt;

/// What separates the items of one field.
const SEPARATORS: [char; 2] = [';', ','];

/// The most values in one field, with room.
const MOST_ITEMS: usize = 200;

/// A row that was understood.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it begins in the file.
    pub(super) line: u64,
    pub(super) user: UserRef,
    pub(super) name: DisplayName,
    pub(super) emails: Vec<EmailAddress>,
    pub(super) role: Role,
    pub(super) status: Status,
    pub(super) applications: BTreeSet<ApplicationId>,
    pub(super) groups: BTreeSet<GroupName>,
    pub(super) password: Option<PasswordHash>,
}

/// The fields of a row as they stand in the file; empty for what it does not have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fields<'a> {
    pub(super) organization: &'a str,
    pub(super) username: &'a str,
    pub(super) name: &'a str,
    pub(super) emails: &'a str,
    pub(super) role: &'a str,
    pub(super) status: &'a str,
    pub(super) groups: &'a str,
    pub(super) applications: &'a str,
    pub(super) password_hash: &'a str,
}

impl Fields<'_> {
    /// The row, or all that is wrong with it. A person without a name is called by the username.
    pub(super) fn read(&self, line: u64, organization: Option<&OrganizationKey>) -> Result<Row, Vec<RowFault>> {
        let mut faults = Vec::new();
        let key = match (self.organization, organization) {
            ("", Some(key)) => Some(key.clone()),
            ("", None) => {
                faults.push(RowFault::NoOrganization);
                None
            }
            (text, _) => take(text, "organization", &mut faults),
        };
        let username = take(self.username, "username", &mut faults);
        let name = if self.name.is_empty() { self.username } else { self.name };
        // What is wrong with a username need not be told twice.
        let name: Option<DisplayName> = match username {
            None if self.name.is_empty() => None,
            _ => take(name, "name", &mut faults),
        };
        let mut emails: Vec<EmailAddress> = Vec::new();
        for email in list(self.emails, "email", &mut faults) {
            if !emails.contains(&email) {
                emails.push(email);
            }
        }
        if emails.len() > MAX_EMAILS {
            faults.push(RowFault::TooManyEmails);
        }
        let role = match self.role.to_lowercase().as_str() {
            "" | "user" => Role::User,
            "admin" => Role::Admin,
            "operator" => Role::Operator,
            other => {
                faults.push(RowFault::Role(beginning(other)));
                Role::User
            }
        };
        let status = match self.status.to_lowercase().as_str() {
            "" | "active" => Status::Active,
            "deactivated" => Status::Deactivated,
            other => {
                faults.push(RowFault::Status(beginning(other)));
                Status::Deactivated
            }
        };
        let applications = list(self.applications, "applications", &mut faults).into_iter().collect();
        let groups = list(self.groups, "groups", &mut faults).into_iter().collect();
        let password = match self.password_hash {
            "" => None,
            text => adopt(text).map_err(|why| faults.push(RowFault::Hash(why))).ok(),
        };
        match (key, username, name) {
            (Some(organization), Some(username), Some(name)) if faults.is_empty() => {
                let user = UserRef { organization, username };
                Ok(Row { line, user, name, emails, role, status, applications, groups, password })
            }
            _ => Err(faults),
        }
    }
}

fn take<T: FromStr<Err: std::fmt::Display>>(text: &str, field: &'static str, faults: &mut Vec<RowFault>) -> Option<T> {
    let fault = |error: T::Err| RowFault::Value { field, value: beginning(text), why: error.to_string() };
    text.parse().map_err(|error| faults.push(fault(error))).ok()
}

fn list<T: FromStr<Err: std::fmt::Display>>(text: &str, field: &'static str, faults: &mut Vec<RowFault>) -> Vec<T> {
    let items = || text.split(SEPARATORS).map(str::trim).filter(|item| !item.is_empty());
    if items().nth(MOST_ITEMS).is_some() {
        faults.push(RowFault::TooMany(field));
        return Vec::new();
    }
    items().filter_map(|item| take(item, field, faults)).collect()
}
