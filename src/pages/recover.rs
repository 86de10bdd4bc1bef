//! `/recover`: whom to ask for a temporary password.

use http::StatusCode;

use super::Answer;
use super::kit::Kit;
use super::visit::Visit;
use crate::templates::RecoverPage as Page;

/// `/recover`
pub struct RecoverPage {
    /// Templates and cookies.
    pub kit: Kit,
}

impl RecoverPage {
    /// Shows it. It says the same whoever asks.
    pub(super) fn show(&self, visit: &Visit) -> Answer {
        self.kit.show(visit, StatusCode::OK, &Page { sign_in: "/_portero/login".to_owned() })
    }
}
