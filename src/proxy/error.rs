//! What can go wrong between a request that may pass and its answer.

use std::time::Duration;

use super::framing::FramingFault;

/// Why a request was not answered by an application.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The request can be read in more than one way, so it is not handed on.
    #[error("the request is ambiguous: {0}")]
    Framing(#[from] FramingFault),
    /// A method that is not for proxied applications: `CONNECT` asks for a tunnel, `TRACE` would show the application's
    /// headers.
    #[error("the method is not forwarded")]
    Method,
    /// The client's connection failed, or its framing turned out wrong, while it sent the body.
    #[error("the client did not finish sending the request")]
    ClientBody(#[source] hyper::Error),
    /// The client sent nothing of the body for this long.
    #[error("the client sent nothing of the body for {0:?}")]
    ClientStalled(Duration),
    /// Nobody listens there.
    #[error("{upstream} refused the connection")]
    Refused {
        /// Host and port.
        upstream: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The name does not resolve, or no way leads there.
    #[error("{upstream} cannot be reached")]
    Unreachable {
        /// Host and port.
        upstream: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Connecting took longer than this.
    #[error("{upstream} did not accept the connection within {after:?}")]
    ConnectTimeout {
        /// Host and port.
        upstream: String,
        /// The limit.
        after: Duration,
    },
    /// No encrypted connection came about.
    #[error("{upstream} cannot be spoken to over TLS: {what}")]
    Tls {
        /// Host and port.
        upstream: String,
        /// What is wrong, and what to do about it.
        what: String,
        /// What the library said.
        #[source]
        source: std::io::Error,
    },
    /// The application neither took the request nor began to answer for this long.
    #[error("{upstream} did not answer within {after:?}")]
    Timeout {
        /// Host and port.
        upstream: String,
        /// The limit.
        after: Duration,
    },
    /// The application closed the connection before its answer's head was complete.
    #[error("{upstream} closed the connection without an answer")]
    Reset {
        /// Host and port.
        upstream: String,
        /// What hyper saw.
        #[source]
        source: hyper::Error,
    },
    /// What came back is not an HTTP response that can be handed on.
    #[error("{upstream} sent what is no valid HTTP response: {what}")]
    Garbage {
        /// Host and port.
        upstream: String,
        /// The fault.
        what: String,
    },
}

/// Whose fault a failure is, and of what kind: what a status is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The client's request (400).
    BadRequest,
    /// The client's method (405).
    MethodNotAllowed,
    /// The client was too slow (408).
    ClientTimeout,
    /// The application failed (502).
    BadGateway,
    /// The application was too slow (504).
    GatewayTimeout,
}

impl ProxyError {
    /// A stable name for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Framing(_) => "framing",
            Self::Method => "method_refused",
            Self::ClientBody(_) => "client_body",
            Self::ClientStalled(_) => "client_stalled",
            Self::Refused { .. } => "upstream_refused",
            Self::Unreachable { .. } => "upstream_unreachable",
            Self::ConnectTimeout { .. } => "upstream_connect_timeout",
            Self::Tls { .. } => "upstream_tls",
            Self::Timeout { .. } => "upstream_timeout",
            Self::Reset { .. } => "upstream_reset",
            Self::Garbage { .. } => "upstream_garbage",
        }
    }

    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Framing(_) | Self::ClientBody(_) => Fault::BadRequest,
            Self::Method => Fault::MethodNotAllowed,
            Self::ClientStalled(_) => Fault::ClientTimeout,
            Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::Tls { .. }
            | Self::Reset { .. }
            | Self::Garbage { .. } => Fault::BadGateway,
            Self::ConnectTimeout { .. } | Self::Timeout { .. } => Fault::GatewayTimeout,
        }
    }

    /// Whether it is the application that failed, and not the client.
    pub const fn is_upstream(&self) -> bool {
        matches!(self.fault(), Fault::BadGateway | Fault::GatewayTimeout)
    }
}
