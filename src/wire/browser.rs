//! What kind of request it is: a person turning a page, or a program (or a page's part) fetching something.

use http::header::{ACCEPT, HeaderName, HeaderValue};
use http::{HeaderMap, Method};

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whether the request is a browser navigating the visible page: it accepts HTML, and says of itself (`Sec-Fetch-Dest`) nothing but
/// `document`. An asset, a frame or a script's request is not.
pub fn is_navigation(headers: &HeaderMap) -> bool {
    if headers.get(SEC_FETCH_DEST).is_some_and(|destination| destination != "document") {
        return false;
    }
    let names_html =
        |value: &HeaderValue| value.as_bytes().windows(9).any(|part| part.eq_ignore_ascii_case(b"text/html"));
    headers.get_all(ACCEPT).iter().any(names_html)
}

/// Whether an unauthenticated request may be sent to the sign-in page and come back to the very address it asked for.
pub fn may_be_sent_to_sign_in(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::GET && is_navigation(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn navigation(accept: &'static str, destination: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if let Some(destination) = destination {
            headers.insert("sec-fetch-dest", HeaderValue::from_static(destination));
        }
        is_navigation(&headers)
    }

    // L3
    #[test]
    fn only_a_page_being_opened_is_a_navigation() {
        assert!(navigation("text/html,application/xhtml+xml", Some("document")));
        assert!(navigation("text/html", None));
        assert!(!navigation("*/*", None));
        assert!(!navigation("application/json", None));
        for destination in ["image", "script", "empty", "iframe", "style"] {
            assert!(!navigation("text/html", Some(destination)), "{destination}");
        }
    }
}
