//! Host and path to destination: Portero's own pages, an application, or nothing.
//!
//! Takes the canonical host and the normalised path, so spelling makes no difference here. The longest path prefix wins. Rebuilt
//! whole from the configuration.

use std::collections::HashMap;

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
pub enum Destination<'a> {
    /// One of Portero's own addresses.
    Own {
        /// Whether the host is the portal's.
        on_portal: bool,
    },
    /// An application.
    Application(&'a Route),
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

impl Destination<'_> {
    /// Whether both lead to the same place.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Application(one), Self::Application(other)) => std::ptr::eq(*one, *other),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// The table of hosts and paths.
#[derive(Debug)]
pub struct Router {
    portal: String,
    hosts: HashMap<String, Vec<Route>>,
}

impl Router {
    /// Builds the table.
    ///
    /// # Errors
    /// [`RouteError`]: an application's servers cannot be used.
    pub fn new(config: &Config) -> Result<Self, RouteError> {
        let Origin { host, .. } = &config.portal.origin;
        let mut hosts: HashMap<String, Vec<Route>> = HashMap::from([(host.clone(), Vec::new())]);
        for application in &config.applications {
            let at = application.host.clone().unwrap_or_else(|| host.clone());
            let target = Target::new(application, config.server.limits.idle_timeout)
                .map_err(|source| RouteError { application: application.id.to_string(), source })?;
            hosts.entry(at).or_default().push(Route { application: application.clone(), target });
        }
        for routes in hosts.values_mut() {
            routes.sort_by_key(|route| std::cmp::Reverse(route.application.path.len()));
        }
        Ok(Self { portal: host.clone(), hosts })
    }

    /// Every application.
    pub fn applications(&self) -> impl Iterator<Item = &Route> {
        self.hosts.values().flatten()
    }

    /// Whether requests for `host` (canonical, no port) are answered here.
    pub fn serves(&self, host: &str) -> bool {
        self.of_host(host).is_some()
    }

    /// Finds the destination of a request for `path` (normalised) on `host` (canonical, no port).
    pub fn route(&self, host: &str, path: &str) -> Destination<'_> {
        let Some((on_portal, routes)) = self.of_host(host) else { return Destination::UnknownHost };
        if is_own(path) {
            return Destination::Own { on_portal };
        }
        match routes.iter().find(|route| route.application.contains(path)) {
            Some(route) => Destination::Application(route),
            None => Destination::NoApplication { on_portal },
        }
    }

    /// Whether `host` is the portal's, and what is behind it. On one's own machine `localhost`, `127.0.0.1` and `[::1]` are the same
    /// place.
    fn of_host(&self, host: &str) -> Option<(bool, &[Route])> {
        const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
        if let Some(routes) = self.hosts.get(host) {
            return Some((host == self.portal, routes));
        }
        let same = OWN_NAMES.contains(&host) && OWN_NAMES.contains(&self.portal.as_str());
        let routes = self.hosts.get(&self.portal).filter(|_| same)?;
        Some((true, routes))
    }
}

/// Whether `path` belongs to Portero itself.
fn is_own(path: &str) -> bool {
    path.strip_prefix(OWN_FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::ParseContext;

    fn router() -> Router {
        let text = r#"
            [portal]
            origin = "http://127.0.0.1:8080"
            [[app]]
            id = "root"
            path = "/"
            upstream = ["http://127.0.0.1:1"]
            [[app]]
            id = "bill"
            path = "/bill"
            upstream = ["http://127.0.0.1:2"]
            [[app]]
            id = "shop"
            host = "shop.localhost"
            path = "/shop"
            upstream = ["http://127.0.0.1:3"]
        "#;
        let config = Config::parse(text, ParseContext::new("test", Path::new("."))).expect("a configuration");
        Router::new(&config).expect("routes")
    }

    fn lead(host: &str, path: &str) -> String {
        match router().route(host, path) {
            Destination::Application(route) => route.application.id.to_string(),
            Destination::Own { on_portal } => format!("own {on_portal}"),
            Destination::NoApplication { on_portal } => format!("nothing {on_portal}"),
            Destination::UnknownHost => "unknown".to_owned(),
        }
    }

    #[test]
    fn the_longest_folder_wins_and_a_folder_ends_at_its_slash() {
        for (path, id) in [("/bill", "bill"), ("/bill/x", "bill"), ("/billing", "root"), ("/", "root"), ("/x", "root")]
        {
            assert_eq!(lead("127.0.0.1", path), id, "{path}");
        }
        assert_eq!(lead("shop.localhost", "/shop/x"), "shop");
        assert_eq!(lead("shop.localhost", "/"), "nothing false");
    }

    #[test]
    fn porteros_own_folder_is_on_every_host_and_goes_before_every_application() {
        assert_eq!(lead("127.0.0.1", "/_portero/login"), "own true");
        assert_eq!(lead("shop.localhost", "/_portero"), "own false");
        assert_eq!(lead("127.0.0.1", "/_porteros"), "root");
    }

    #[test]
    fn only_names_of_this_machine_stand_for_each_other() {
        assert_eq!(lead("localhost", "/bill"), "bill");
        assert_eq!(lead("[::1]", "/bill"), "bill");
        for host in ["evil.example", "127.0.0.1.evil.example", "bill.localhost", "127.0.0.2"] {
            assert_eq!(lead(host, "/bill"), "unknown", "{host}");
        }
    }
}
