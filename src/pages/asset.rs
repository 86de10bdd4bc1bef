//! Style sheet and icon. Their names carry a hash of their content, so they are kept for good.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, Response};

use super::visit::Visit;
use crate::wire::body::Body;
use crate::wire::failure::Failure;

/// Serves the asset that is asked for.
pub(super) fn show(visit: &Visit) -> Result<Response<Body>, Failure> {
    let asset = visit.templates.asset(&visit.path).ok_or(Failure::NotFound)?;
    let mut response = Response::new(Body::full(asset.bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    Ok(response)
}
