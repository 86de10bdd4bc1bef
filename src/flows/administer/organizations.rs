//! Acts on organizations.

use unicode_normalization::UnicodeNormalization;

use super::authority::Authority;
use super::{AdministerError, Administrator, Answer, NewOrganization, OrganizationView};
use crate::domain::names::OrganizationKey;
use crate::domain::organization::Organization;
use crate::store::AddOrganizationError;

impl Administrator {
    pub(super) async fn add_organization(&self, new: NewOrganization) -> Result<Answer, AdministerError> {
        let key: OrganizationKey = new.key.parse()?;
        let organization = Organization {
            key: key.clone(),
            written_key: new.key.trim().nfc().collect(),
            name: new.name,
            parent: new.parent.clone(),
            created_at: self.clock.now(),
            settings: Default::default(),
        };
        match (self.accounts.add_organization(organization.clone()).await, new.parent) {
            (Ok(()), _) => Ok(Answer::Organization(organization.into())),
            (Err(AddOrganizationError::Taken), _) => Err(AdministerError::OrganizationTaken(key)),
            (Err(AddOrganizationError::UnknownParent), parent) => {
                Err(AdministerError::UnknownParent(parent.unwrap_or(key)))
            }
            (Err(AddOrganizationError::TooDeep), _) => Err(AdministerError::TooDeep),
            (Err(AddOrganizationError::Store(error)), _) => Err(error.into()),
        }
    }

    /// Those that the actor sees.
    pub(super) async fn list_organizations(&self, authority: &Authority) -> Result<Answer, AdministerError> {
        let reach = self.reach(authority).await?;
        let all = self.accounts.organizations().await?.into_iter();
        let seen = all.filter(|organization| reach.covers(organization.key.as_str()));
        Ok(Answer::Organizations(seen.map(OrganizationView::from).collect()))
    }
}
