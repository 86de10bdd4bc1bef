//! A request for one of Portero's own pages, parsed as far as all pages need it.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use http::{HeaderMap, Method};

use crate::config::Config;
use crate::domain::ids::SessionId;
use crate::domain::language::Language;
use crate::domain::person::Person;
use crate::random::Token;
use crate::templates::Templates;
use crate::wire::cookies::{CookieKind, Cookies};
use crate::wire::csrf;
use crate::wire::form::Form;

/// A request, and what is known of who makes it.
pub struct Visit {
    /// The configuration that holds for this request.
    pub config: Arc<Config>,
    /// The templates that belong to it.
    pub templates: Arc<Templates>,
    /// Method.
    pub method: Method,
    /// Normalised path.
    pub path: String,
    /// Query, without `?`.
    pub query: String,
    /// Headers.
    pub headers: HeaderMap,
    /// The client's address.
    pub address: IpAddr,
    /// Canonical host, no port.
    pub host: String,
    /// Host and port as the browser wrote them.
    pub authority: String,
    /// Whether this is the portal's host.
    pub on_portal: bool,
    /// Whether a person is looking.
    pub navigation: bool,
    /// Names the request in the log.
    pub request_id: String,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// The person.
    pub person: Arc<Person>,
}

impl Visit {
    /// The cookies of this deployment.
    pub fn cookies(&self) -> Cookies {
        Cookies { secure: self.config.portal.origin.secure }
    }

    /// A cookie that holds a token.
    pub fn token(&self, kind: CookieKind) -> Option<Token> {
        self.cookies().read(&self.headers, kind).and_then(Token::parse)
    }

    /// The query's fields; empty if a field occurs twice.
    pub fn parameters(&self) -> Form {
        Form::parse(self.query.as_bytes()).unwrap_or_default()
    }

    /// The language asked for by `?lang=`.
    pub fn chosen_language(&self) -> Option<Language> {
        Language::from_tag(self.parameters().get("lang"))
    }

    /// The language of the answer: the one asked for, the one remembered, the person's, the browser's, the configured one.
    pub fn language(&self) -> Language {
        self.chosen_language()
            .or_else(|| Language::from_tag(self.cookies().read(&self.headers, CookieKind::Language)?))
            .or_else(|| self.signed_in.as_ref()?.person.language)
            .or_else(|| Language::from_accept_language(self.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?))
            .unwrap_or(self.config.portal.language)
    }

    /// The browser's description of itself.
    pub fn user_agent(&self) -> &str {
        self.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
    }

    /// The origin that a form of ours would come from.
    pub fn own_origin(&self) -> String {
        csrf::own_origin(self.config.portal.origin.secure, &self.authority)
    }

    /// Whether the browser says that this comes from elsewhere.
    pub fn is_cross_site(&self) -> bool {
        csrf::is_cross_site(&self.headers, self.config.portal.origin.secure, &self.authority)
    }
}
