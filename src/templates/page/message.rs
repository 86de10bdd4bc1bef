//! What went wrong, in plain words.

use serde::Serialize;

use super::Wait;
use crate::templates::Page;

/// A page that explains why a request was not answered, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessagePage {
    /// The status of the answer, shown small.
    pub status: u16,
    /// What happened.
    pub message: Message,
    /// The number that finds this request in the logs.
    pub request_id: Option<String>,
}

impl Page for MessagePage {
    const TEMPLATE: &'static str = "message.html";
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Message {
    /// The request cannot be understood.
    BadRequest,
    /// A form that is too old, or belongs to another browser.
    ExpiredForm,
    /// The person may not enter.
    Forbidden {
        /// As whom the person is signed in.
        username: String,
        /// The application; `None` for a page of Portero.
        application: Option<String>,
        /// The token of the sign-out form.
        csrf: String,
    },
    /// There is no such page.
    NotFound,
    /// The method is not for this page.
    MethodNotAllowed,
    /// Nothing is served under the host's name.
    UnknownHost,
    /// The connection was made for another host.
    Misdirected,
    /// The request is larger than allowed.
    TooLarge,
    /// The request took too long to arrive.
    TooSlow,
    /// Too many requests.
    Throttled {
        /// How long to wait.
        wait: Wait,
    },
    /// The application refused or broke the connection.
    UpstreamFailed {
        /// The application.
        application: String,
    },
    /// The application did not answer in time.
    UpstreamSlow {
        /// The application.
        application: String,
    },
    /// Portero has too much to do, or is stopping.
    Unavailable,
    /// Portero failed.
    Internal,
}
