//! Reading the audit trail.

use super::authority::{Authority, Reach};
use super::{AdministerError, Administrator, Answer, AuditQuery, AuditView, PAGE_LIMIT};
use crate::domain::audit::AuditEvent;

/// Pages that are looked through for one answer, so that none takes long.
const LOOKS: usize = 20;

impl Administrator {
    /// Some events. What is about one user is sifted out here: it is the account's own, and what was tried under its name
    /// when there was no such account, which no list of the account's holds.
    pub(super) async fn audit(&self, query: AuditQuery, authority: &Authority) -> Result<Answer, AdministerError> {
        let reach = self.reach(authority).await?;
        let is_wanted = |event: &AuditEvent| {
            let seen = match (&reach, &event.organization) {
                (Reach::All, _) => true,
                (Reach::Branch(_), Some(organization)) => reach.covers(organization),
                // What is about no organization is about the whole installation.
                (Reach::Branch(_), None) => false,
            };
            seen && query.action.is_none_or(|action| action == event.action)
                && query.reason.is_none_or(|reason| reason == event.reason)
        };
        let account = match &query.user {
            Some(user) => self.accounts.user_by_name(&user.organization, &user.username).await?.map(|user| user.id),
            None => None,
        };
        let limit = query.limit.clamp(1, PAGE_LIMIT);
        let (mut events, mut after) = (Vec::new(), query.after);
        for _ in 0..LOOKS {
            let page = self.trail.audit_since(query.since, after, PAGE_LIMIT).await?;
            let last = page.len() < PAGE_LIMIT;
            for (place, event) in page {
                after = Some(place);
                let fits = query.user.as_ref().is_none_or(|user| {
                    let named = event.organization.as_deref() == Some(user.organization.as_str())
                        && event.username.as_deref() == Some(user.username.as_str());
                    named || (event.user.is_some() && event.user == account)
                });
                if fits && is_wanted(&event) {
                    events.push(AuditView { place, event });
                }
                if events.len() == limit {
                    return Ok(Answer::Audit { events, after, more: true });
                }
            }
            if last {
                return Ok(Answer::Audit { events, after, more: false });
            }
        }
        Ok(Answer::Audit { events, after, more: true })
    }
}
