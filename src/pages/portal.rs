//! `/portal`: the person's applications, downloads, and how long the password lasts.

use std::sync::Arc;

use http::StatusCode;

use super::Answer;
use super::kit::{Kit, origin_of};
use super::logout::sign_out_token;
use super::visit::{SignedIn, Visit};
use crate::clock::Clock;
use crate::domain::password::ExpiryRules;
use crate::domain::person::Person;
use crate::domain::user::Role;
use crate::flows::{FlowError, house_rules};
use crate::store::Store;
use crate::templates::{ApplicationCard, DownloadCard, PortalPage as Page};

/// `/portal`
pub struct PortalPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// Knows the password's age.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl PortalPage {
    /// Shows it to whoever is signed in; sends others to sign in.
    pub(super) async fn show(&self, visit: &Visit) -> Answer {
        let (Some(SignedIn { person, .. }), Some(csrf)) = (&visit.signed_in, sign_out_token(visit)) else {
            return self.kit.sign_in_first(visit, "/_portero/login?return_to=/_portero/portal");
        };
        let config = &visit.config;
        let enterable = config.applications.iter().filter(|app| may_enter(app, person));
        let cards = enterable.map(|app| {
            let origin = if app.host.is_some() { origin_of(visit, app) } else { String::new() };
            ApplicationCard::new(&app.name, &app.description, format!("{origin}{}", app.path))
        });
        let downloads = config.portal.downloads.iter().map(|download| DownloadCard {
            name: download.name.clone(),
            description: download.description.clone(),
            url: download.url.clone(),
        });
        let (expires_in_days, expires_if_idle) = self.days_left(visit, person).await?;
        let page = Page {
            csrf,
            name: person.name.to_string(),
            username: person.username.to_string(),
            organization: person.organization_name.to_string(),
            expires_in_days,
            expires_if_idle,
            applications: cards.collect(),
            downloads: downloads.collect(),
            settings: true,
            email: true,
            address_missing: person.email.is_none(),
            administration: person.role > Role::User,
        };
        self.kit.show(visit, StatusCode::OK, &page)
    }

    /// Whole days until the password expires, if nothing happens from now on; and whether coming back puts that off.
    async fn days_left(&self, visit: &Visit, person: &Person) -> Result<(Option<u32>, bool), FlowError> {
        let Some(user) = self.store.user(person.id).await? else { return Ok((None, false)) };
        let now = self.clock.now();
        let lineage = self.store.lineage(&user.organization).await?;
        let rules = house_rules::expiry_for(&lineage, visit.config.expiry_rules());
        let expiry = rules.expires_at(&user, Some(now));
        let days = expiry.map(|expiry| ExpiryRules::days_left(expiry, now, &rules.zone));
        let in_any_case = ExpiryRules { inactive: None, ..rules }.expires_at(&user, Some(now));
        Ok((days, expiry != in_any_case))
    }
}

/// Whether the application is one of the person's. Public ones are not listed: nobody needs to be told of them.
fn may_enter(application: &crate::config::ApplicationConfig, person: &Person) -> bool {
    !application.access.is_public() && application.access.admits(&application.id, person.holder())
}
