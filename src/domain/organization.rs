//! Organizations: a tree, with a client at the first level and its organizations below.

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::names::{DisplayName, OrganizationKey};

/// How deep the tree may grow: a client, its organizations, their departments, and room for the unforeseen.
pub const MAX_DEPTH: usize = 8;

/// One organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Canonical key; fixed for life.
    pub key: OrganizationKey,
    /// The key as its sysadmin wrote it: what applications and pages are shown.
    pub written_key: String,
    /// What people call it.
    pub name: DisplayName,
    /// The organization above; `None` at the first level.
    pub parent: Option<OrganizationKey>,
    /// When it was added.
    pub created_at: Timestamp,
}
