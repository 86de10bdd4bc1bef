//! Whom somebody means: the organization and username they typed, in canonical form, and the account if there is one.

use std::net::IpAddr;

use super::FlowError;
use crate::audit::Subject;
use crate::domain::ids::SecretHash;
use crate::domain::names::{OrganizationKey, Username};
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::store::{Store, StoreError};
use crate::throttle::account_subject;

/// What was typed, in canonical form as far as it has one. What has none is still somebody's guess, and is treated like any other.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) organization: Option<OrganizationKey>,
    pub(super) username: Option<Username>,
    organization_text: String,
    username_text: String,
    /// The digest that stands for the account in counters, known or not.
    pub(super) account: SecretHash,
}

impl Names {
    /// Reads what was typed; an empty organization means the only one there is.
    pub(super) async fn parse(store: &dyn Store, organization: &str, username: &str) -> Result<Self, FlowError> {
        let typed = organization.trim();
        let organization = if typed.is_empty() {
            store.only_organization().await?.map(|organization| organization.key)
        } else {
            typed.parse::<OrganizationKey>().ok()
        };
        let typed_username = username;
        let username = typed_username.parse::<Username>().ok();
        let shown = |name: Option<&str>, typed: &str| name.map_or_else(|| cut(typed, 64), str::to_owned);
        let organization_text = shown(organization.as_ref().map(OrganizationKey::as_str), typed);
        let username_text = shown(username.as_ref().map(Username::as_str), typed_username);
        let account = account_subject(&organization_text, &username_text);
        Ok(Self { organization, username, organization_text, username_text, account })
    }

    /// The organization and the user of these names, as far as there are any.
    pub(super) async fn look_up(&self, store: &dyn Store) -> Result<(Option<Organization>, Option<User>), StoreError> {
        let organization = match &self.organization {
            Some(key) => store.organization(key).await?,
            None => None,
        };
        let user = match (&organization, &self.username) {
            (Some(organization), Some(name)) => store.user_by_name(&organization.key, name).await?,
            _ => None,
        };
        Ok((organization, user))
    }

    /// What the audit trail is told of them.
    pub(super) fn subject(&self, address: IpAddr) -> Subject {
        Subject {
            address: Some(address),
            organization: Some(self.organization_text.clone()),
            username: Some(self.username_text.clone()),
            ..Subject::default()
        }
    }
}

/// The first `most` characters, without control characters: fit for a log line.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect()
}
