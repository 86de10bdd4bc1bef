//! Host and path to destination: Portero's own pages, an application, or nothing.
//!
//! Takes the canonical host and the normalised path, so spelling makes no difference here. The longest path prefix wins. Rebuilt
//! whole from the configuration.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::{ApplicationConfig, Config, Origin};
use crate::proxy::{InvalidTarget, Target};

/// The folder that belongs to Portero on every host.
pub const OWN_FOLDER: &str = "/_portero";

/// An application, ready to be forwarded to.
#[derive(Debug)]
pub struct Route {
    /// Its configuration.
    pub application: ApplicationConfig,
    /// Its servers.
    pub target: Target,
}

/// Where a request goes.
#[derive(Debug)]
pub enum Destination {
    /// One of Portero's own addresses.
    Own {
        /// Whether the host is the portal's.
        on_portal: bool,
    },
    /// An application.
    Application(Arc<Route>),
    /// A host we serve, but no application lives at this path.
    NoApplication {
        /// Whether the host is the portal's.
        on_portal: bool,
    },
    /// A host we don't serve.
    UnknownHost,
}

/// An application cannot be forwarded to.
#[derive(Debug, thiserror::Error)]
#[error("the application {application} cannot be forwarded to")]
pub struct RouteError {
    /// Which.
    application: String,
    /// Why.
    #[source]
    source: InvalidTarget,
}

/// The table of hosts and paths.
#[derive(Debug)]
pub struct Router {
    portal: String,
    hosts: HashMap<String, Vec<Arc<Route>>>,
}

impl Router {
    /// Builds the table.
    ///
    /// # Errors
    /// [`RouteError`]: an application's servers cannot be used.
    pub fn new(config: &Config) -> Result<Self, RouteError> {
        let Origin { host, .. } = &config.portal.origin;
        let mut hosts: HashMap<String, Vec<Arc<Route>>> = HashMap::from([(host.clone(), Vec::new())]);
        for application in &config.applications {
            let at = application.host.clone().unwrap_or_else(|| host.clone());
            let target = Target::new(application, config.server.limits.idle_timeout)
                .map_err(|source| RouteError { application: application.id.to_string(), source })?;
            hosts.entry(at).or_default().push(Arc::new(Route { application: application.clone(), target }));
        }
        for routes in hosts.values_mut() {
            routes.sort_by_key(|route| std::cmp::Reverse(route.application.path.len()));
        }
        Ok(Self { portal: host.clone(), hosts })
    }

    /// Every application.
    pub fn applications(&self) -> impl Iterator<Item = &Route> {
        self.hosts.values().flatten().map(|route| &**route)
    }

    /// Whether requests for `host` (canonical, no port) are answered here.
    pub fn serves(&self, host: &str) -> bool {
        self.hosts.contains_key(self.alias(host))
    }

    /// Finds the destination of a request for `path` (normalised) on `host` (canonical, no port).
    pub fn route(&self, host: &str, path: &str) -> Destination {
        let host = self.alias(host);
        let on_portal = host == self.portal;
        let Some(routes) = self.hosts.get(host) else { return Destination::UnknownHost };
        if is_below(path, OWN_FOLDER) {
            return Destination::Own { on_portal };
        }
        match routes.iter().find(|route| is_below(path, &route.application.path)) {
            Some(route) => Destination::Application(Arc::clone(route)),
            None => Destination::NoApplication { on_portal },
        }
    }

    /// On one's own machine `localhost`, `127.0.0.1` and `[::1]` are the same place.
    fn alias<'a>(&'a self, host: &'a str) -> &'a str {
        const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
        let both = OWN_NAMES.contains(&host) && OWN_NAMES.contains(&self.portal.as_str());
        if both && !self.hosts.contains_key(host) { &self.portal } else { host }
    }
}

/// Whether `path` is the folder or something in it. Folders end at a `/`: `/bill` is not above `/billing`.
fn is_below(path: &str, folder: &str) -> bool {
    match path.strip_prefix(folder.trim_end_matches('/')) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_ends_at_its_slash() {
        assert!(is_below("/bill", "/bill") && is_below("/bill/x", "/bill") && is_below("/x", "/"));
        assert!(!is_below("/billing", "/bill"));
        assert!(!is_below("/_porteros", OWN_FOLDER));
    }
}
