//! The shapes of answers: pages with their protective headers, redirects, and problems for programs (RFC 9457).

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Response, StatusCode};

use super::body::Body;

/// A page of Portero's own. Nothing stores it, frames it, or learns where the person was; no script runs on it. `form_targets` are other
/// origins that a form on it may end up at (browsers hold redirects after a form against `form-action`, CSP3 §6.4.1).
pub fn page(status: StatusCode, html: String, form_targets: &[String]) -> Response<Body> {
    let mut response = Response::new(Body::full(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let mut policy = String::from(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self'",
    );
    for origin in form_targets {
        policy.push(' ');
        policy.push_str(origin);
    }
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    protect(&mut response);
    response
}

/// A problem, for programs: `application/problem+json` with a stable `code`, and the id under which the log knows the request.
pub fn problem(status: StatusCode, code: &str, detail: &str, request_id: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("Error");
    let body = serde_json::json!({
        "type": "about:blank",
        "title": title,
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
        "request_id": request_id,
    });
    let mut response = Response::new(Body::full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    protect(&mut response);
    response
}

/// A redirect to an address of ours. `status` is 302 (asked for by GET) or 303 (a form succeeded).
pub fn redirect(status: StatusCode, location: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    // Addresses are made of typed parts in visible ASCII; should one ever not be, going nowhere is the safe way.
    let location = HeaderValue::try_from(location).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    protect(&mut response);
    response
}

/// Says how to authenticate, as a 401 must (RFC 9110 §15.5.2); browsers ignore a scheme they don't know.
pub fn name_challenge(response: &mut Response<Body>) {
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Form realm=\"portero\""));
}

/// Says when to come back.
pub fn retry_after(response: &mut Response<Body>, seconds: u64) {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
}

fn protect(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
}
