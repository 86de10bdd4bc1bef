//! What the doormen of all workers share: the configuration with what is built from it, sessions, keys, pages.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::header::HeaderValue;

use crate::clock::Clock;
use crate::config::Config;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::random::Random;
use crate::server::passport::Passport;
use crate::server::router::{OWN_FOLDER, RouteError, Router};
use crate::sessions::LiveSessions;
use crate::templates::Templates;
use crate::wire::cookies::Cookies;

/// What all workers share.
pub struct Shared {
    /// The configuration with its routes and templates, swapped whole.
    pub site: Arc<ArcSwap<Site>>,
    /// Sessions in memory.
    pub sessions: Arc<LiveSessions<Passport>>,
    /// Signing keys.
    pub keys: Arc<Keys>,
    /// Portero's own pages.
    pub pages: Pages,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Makes request ids unique over restarts.
    pub run_id: String,
    /// What is counted for those who operate this.
    pub metrics: Arc<Metrics>,
}

/// A configuration and what is built from it. A request meets one of them from its beginning to its end.
#[derive(Debug)]
pub struct Site {
    /// The configuration.
    pub config: Arc<Config>,
    /// Pages, messages and looks.
    pub templates: Arc<Templates>,
    /// Hosts and paths.
    pub router: Router,
    /// The `iss` of assertions: the portal's origin and folder.
    pub issuer: String,
    /// The `Strict-Transport-Security` of every answer, if it is told.
    pub(super) hsts: Option<HeaderValue>,
}

impl Site {
    /// Builds the tables of a configuration; `templates` are those that it names.
    ///
    /// # Errors
    /// [`RouteError`]
    pub fn new(config: Arc<Config>, templates: Arc<Templates>) -> Result<Self, RouteError> {
        let router = Router::new(&config)?;
        let issuer = format!("{}{}", config.portal.origin, OWN_FOLDER);
        let hsts = config.server.hsts.filter(|_| config.portal.origin.secure);
        let hsts = hsts.and_then(|age| HeaderValue::try_from(format!("max-age={}", age.as_secs())).ok());
        Ok(Self { config, templates, router, issuer, hsts })
    }

    /// Cookies, by the names that they have on such an origin.
    pub(super) fn cookies(&self) -> Cookies {
        Cookies { secure: self.config.portal.origin.secure }
    }
}
