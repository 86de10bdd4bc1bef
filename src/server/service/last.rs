//! Whether the connection goes on behind an answer.

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};

use crate::wire::body::Body;

/// Whether an answer of Portero's own is the connection's last: HTTP/1 cannot go on behind a body that nobody read, and a client that
/// is not told would lose its next request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last(bool);

impl Last {
    /// An answer to `request`, which nobody has begun to read.
    pub(super) fn of(request: &Request<Incoming>) -> Self {
        Self(request.version() < Version::HTTP_2 && !request.body().is_end_stream())
    }

    /// `response`, and whether it is the last. Forms are read before they are judged; what is refused otherwise may be unread.
    pub(super) fn said(self, mut response: Response<Body>) -> Response<Body> {
        let read = matches!(
            response.status(),
            StatusCode::OK | StatusCode::SEE_OTHER | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::TOO_MANY_REQUESTS
        );
        if self.0 && !read {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
