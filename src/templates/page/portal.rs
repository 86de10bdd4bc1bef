//! The portal: the applications of the person who is signed in.

use serde::Serialize;

use crate::templates::Page;

/// The portal. Its sign-out button posts the hidden `csrf` to `/_portero/logout`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortalPage {
    /// The token of the sign-out form.
    pub csrf: String,
    /// What the person is called.
    pub name: String,
    /// The account.
    pub username: String,
    /// What the person's organization is called.
    pub organization: String,
    /// Days until the password expires: 0 for today, `None` for never.
    pub expires_in_days: Option<u32>,
    /// Whether those days count from the last visit: each visit puts the end off.
    pub expires_if_idle: bool,
    /// The assigned applications.
    pub applications: Vec<ApplicationCard>,
    /// What the applications need.
    pub downloads: Vec<DownloadCard>,
    /// Whether there is a settings page.
    pub settings: bool,
    /// Whether the e-mail address can be changed.
    pub email: bool,
    /// Whether the account has no address, and is asked for one.
    pub address_missing: bool,
    /// Whether the person administers.
    pub administration: bool,
}

impl Page for PortalPage {
    const TEMPLATE: &'static str = "portal.html";
}

/// An application on the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationCard {
    name: String,
    initial: String,
    description: String,
    url: String,
}

impl ApplicationCard {
    /// A card that leads to `url`; `description` is one line and may be empty.
    pub fn new(name: impl Into<String>, description: impl Into<String>, url: impl Into<String>) -> Self {
        let name = name.into();
        let initial =
            name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default();
        Self { name, initial, description: description.into(), url: url.into() }
    }
}

/// A download or tool on the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DownloadCard {
    /// What it is called.
    pub name: String,
    /// One line about it; may be empty.
    pub description: String,
    /// Where it is.
    pub url: String,
}
