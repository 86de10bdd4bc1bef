//! Everything that can go wrong with a request, as the outside sees it: one status and one stable code each.

use http::StatusCode;

/// A request that is not answered as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The request itself is malformed or ambiguous.
    BadRequest,
    /// Nobody is signed in.
    Unauthenticated,
    /// The person may not enter.
    Forbidden,
    /// A form came from another site, or not from a page of ours.
    CrossSite,
    /// A hand-over from the portal to an application's host is over, or was another browser's.
    HandOver,
    /// There is nothing at this address.
    NotFound,
    /// This address takes another method.
    MethodNotAllowed,
    /// The client was too slow with its request.
    RequestTimeout,
    /// What was sent is too large.
    TooLarge,
    /// The form is of a kind we don't read.
    UnsupportedMediaType,
    /// The host is not one of ours.
    UnknownHost,
    /// The application could not be reached.
    UpstreamUnreachable,
    /// The application answered with something that is no answer.
    UpstreamBroken,
    /// The application took too long.
    UpstreamTimeout,
    /// Too much to do; a little later it will work.
    Overloaded,
    /// The store failed, or we did.
    Internal,
}

impl Failure {
    /// The status. Exhaustive on purpose: a new failure must say what it is.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::HandOver => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            Self::UpstreamUnreachable | Self::UpstreamBroken => StatusCode::BAD_GATEWAY,
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::Overloaded => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A code that programs may rely on.
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross_site",
            Self::HandOver => "hand_over",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::UnknownHost => "unknown_host",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamBroken => "upstream_broken",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }

    /// What a program's author is told. A person gets a page in plain words instead.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::BadRequest => "The request is malformed, or could be read in more than one way.",
            Self::Unauthenticated => "Sign in first.",
            Self::Forbidden => "The signed-in person may not do this.",
            Self::CrossSite => "Forms are taken from this site's own pages only.",
            Self::HandOver => {
                "The hand-over from the portal is over, or was another browser's; open the application again."
            }
            Self::NotFound => "There is nothing at this address.",
            Self::MethodNotAllowed => "This address takes another method.",
            Self::RequestTimeout => "The request did not arrive in time.",
            Self::TooLarge => "The content is larger than this address takes.",
            Self::UnsupportedMediaType => "Send the form as application/x-www-form-urlencoded.",
            Self::UnknownHost => "This host is not served here.",
            Self::UpstreamUnreachable => "The application behind this address cannot be reached.",
            Self::UpstreamBroken => "The application behind this address gave no usable answer.",
            Self::UpstreamTimeout => "The application behind this address took too long to answer.",
            Self::Overloaded => "Too much to do at this moment; try again shortly.",
            Self::Internal => "Something failed here; it has been recorded.",
        }
    }
}
