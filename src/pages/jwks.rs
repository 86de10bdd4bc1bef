//! `/jwks.json`: the public keys that applications verify assertions with (RFC 7517).

use std::sync::Arc;

use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};

use crate::keys::Keys;
use crate::wire::body::Body;

/// `/jwks.json`
pub struct Jwks {
    /// The keys.
    pub keys: Arc<Keys>,
}

impl Jwks {
    /// The set. Kept for a minute at most: after a rotation the new key must be found soon.
    pub fn show(&self) -> Response<Body> {
        let mut response = Response::new(Body::full(self.keys.jwks().to_string()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}
