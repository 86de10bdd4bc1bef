//! A request as it arrives: what is read of it before anybody judges it, where that leads, and what the pages are told of it.
//!
//! Refuses what can be read in two ways, and to decide who may go there: that is for [`crate::server::gate`].

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{ACCEPT_LANGUAGE, COOKIE, HOST, HeaderValue};
use http::{HeaderMap, Request};
use hyper::body::Incoming;

use super::site::Site;
use crate::config::canonical_host;
use crate::domain::Timestamp;
use crate::pages::Visit;
use crate::server::path::NormalPath;
use crate::server::router::Destination;
use crate::wire::browser::is_navigation;
use crate::wire::request_id::RequestId;

/// What is known of a request before it is judged.
pub(super) struct Arrival {
    pub(super) site: Arc<Site>,
    pub(super) request_id: RequestId,
    pub(super) address: IpAddr,
    pub(super) host: String,
    pub(super) authority: HeaderValue,
    pub(super) path: NormalPath,
    pub(super) now: Timestamp,
}

impl Arrival {
    /// Host and port as the browser wrote them.
    pub(super) fn authority(&self) -> &str {
        // It was read as text when the host was.
        self.authority.to_str().unwrap_or_default()
    }

    /// Where the request goes, if it goes there in every way its path can be read. `None` if an application could take it for a path
    /// of another one, or of ours.
    pub(super) fn destination(&self) -> Option<Destination<'_>> {
        let router = &self.site.router;
        let mut readings = self.path.judged_variants();
        let sent = router.route(&self.host, readings.next()?);
        let agree = readings.all(|reading| router.route(&self.host, reading).is_same_as(&sent));
        agree.then_some(sent)
    }

    /// What the pages are told of it. Nobody is signed in until somebody says so.
    pub(super) fn visit(&self, request: &Request<Incoming>, on_portal: bool) -> Visit {
        let mut visit = unread_visit(&self.site, request, &self.request_id, self.address);
        visit.path = self.path.as_str().to_owned();
        visit.host.clone_from(&self.host);
        self.authority().clone_into(&mut visit.authority);
        visit.on_portal = on_portal;
        visit
    }

    /// The same when the request has gone to the application already.
    pub(super) fn visit_behind(&self, speech: Option<HeaderMap>) -> Visit {
        Visit {
            config: Arc::clone(&self.site.config),
            templates: Arc::clone(&self.site.templates),
            method: http::Method::GET,
            path: self.path.as_str().to_owned(),
            query: String::new(),
            navigation: speech.is_some(),
            headers: speech.unwrap_or_default(),
            address: self.address,
            host: self.host.clone(),
            authority: self.authority().to_owned(),
            on_portal: false,
            request_id: self.request_id.to_string(),
            signed_in: None,
        }
    }
}

/// Reads the host, as it was written and in its canonical form, and the path. What cannot be read one way only is refused.
pub(super) fn read(request: &Request<Incoming>) -> Option<(HeaderValue, String, NormalPath)> {
    let authority = match request.uri().authority() {
        Some(authority) => HeaderValue::from_str(authority.as_str()).ok()?,
        None => request.headers().get(HOST)?.clone(),
    };
    let host = canonical_host(authority.to_str().ok()?)?;
    let path = NormalPath::parse(request.uri().path_and_query()?).ok()?;
    Some((authority, host, path))
}

/// What is known of a request that could not even be read, too.
pub(super) fn unread_visit(
    site: &Arc<Site>,
    request: &Request<Incoming>,
    request_id: &RequestId,
    address: IpAddr,
) -> Visit {
    Visit {
        config: Arc::clone(&site.config),
        templates: Arc::clone(&site.templates),
        method: request.method().clone(),
        path: String::new(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
        address,
        host: String::new(),
        authority: String::new(),
        on_portal: false,
        navigation: is_navigation(request.headers()),
        request_id: request_id.to_string(),
        signed_in: None,
    }
}

/// The headers that tell a person's language.
pub(super) fn speech_of(headers: &HeaderMap) -> HeaderMap {
    let mut speech = HeaderMap::new();
    for name in [COOKIE, ACCEPT_LANGUAGE] {
        for value in headers.get_all(&name) {
            speech.append(name.clone(), value.clone());
        }
    }
    speech
}

#[cfg(test)]
mod tests;
