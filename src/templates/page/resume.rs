//! A form post that was cut off by an ended session and kept.

use serde::Serialize;

use crate::templates::Page;

/// Asks whether what was kept shall be sent now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptPostPage {
    /// The application it was meant for.
    pub application: String,
    /// The form that sends it.
    pub send: HiddenForm,
    /// The form that throws it away.
    pub discard: HiddenForm,
}

impl Page for KeptPostPage {
    const TEMPLATE: &'static str = "kept-post.html";
}

/// A form with nothing to fill in. Its method is POST.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HiddenForm {
    /// Where it is sent.
    pub action: String,
    /// What is sent, in order.
    pub fields: Vec<HiddenField>,
}

/// A hidden field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HiddenField {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}
