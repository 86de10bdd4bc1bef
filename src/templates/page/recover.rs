//! How to get back in.

use serde::Serialize;

use crate::templates::Page;

/// Tells a person who cannot sign in whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoverPage {
    /// The sign-in page.
    pub sign_in: String,
}

impl Page for RecoverPage {
    const TEMPLATE: &'static str = "recover.html";
}
