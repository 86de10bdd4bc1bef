//! Organizations: a tree, with a client at the first level and its organizations below, and what each settles for itself.

mod settings;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::names::{DisplayName, OrganizationKey};

pub use settings::{Effective, MailServer, OrganizationSettings, PasswordRules, RulesEdit, Setting};

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
    /// What it settles for itself and all below it.
    #[serde(default, skip_serializing_if = "OrganizationSettings::is_empty")]
    pub settings: OrganizationSettings,
}

/// One change to an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganizationChange {
    /// Renames it.
    SetName(DisplayName),
    /// Replaces its mail server; `None` for that of the organization above.
    SetMailServer(Option<Box<MailServer>>),
    /// Replaces everything else that it settles; the mail server stays.
    SetRules(OrganizationSettings),
    /// Changes some of what it settles; the rest stays.
    EditRules(Box<RulesEdit>),
}

impl Organization {
    /// Carries out one change.
    pub fn apply(&mut self, change: OrganizationChange) {
        match change {
            OrganizationChange::SetName(name) => self.name = name,
            OrganizationChange::SetMailServer(server) => self.settings.mail_server = server,
            OrganizationChange::SetRules(rules) => {
                let mail_server = self.settings.mail_server.take();
                self.settings = OrganizationSettings { mail_server, ..rules };
            }
            OrganizationChange::EditRules(edit) => {
                let RulesEdit { recovery_methods, question_needs_mailbox, password_rules, sender_name } = *edit;
                recovery_methods.put(&mut self.settings.recovery_methods);
                question_needs_mailbox.put(&mut self.settings.question_needs_mailbox);
                password_rules.put(&mut self.settings.password_rules);
                sender_name.put(&mut self.settings.sender_name);
            }
        }
    }
}
