//! What an organization settles for itself. What it leaves open, the nearest one above settles, and last the configuration.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Organization;
use crate::domain::mail::MailEncryption;
use crate::domain::names::{DisplayName, EmailAddress};
use crate::domain::recovery::RecoveryMethod;

/// Settings of one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationSettings {
    /// The mail server for all mail of this organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_server: Option<Box<MailServer>>,
    /// The ways back in that are offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_methods: Option<BTreeSet<RecoveryMethod>>,
    /// Whether the secret question is asked only after a mailbox was proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question_needs_mailbox: Option<bool>,
    /// Which rules new passwords obey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_rules: Option<PasswordRules>,
    /// The name that messages come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<DisplayName>,
}

/// A mail server with its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: MailEncryption,
    /// The user name, if it asks for one.
    pub username: Option<String>,
    /// Its password, sealed under the master key for this very host.
    pub password: Option<Vec<u8>>,
    /// The address that messages come from.
    pub sender: EmailAddress,
}

/// Which rules new passwords obey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordRules {
    /// Those of the configuration.
    Configured,
    /// Length 15, no rules of composition, no expiry (NIST SP 800-63B-4).
    Modern,
}

/// Changes to what an organization settles, but for its mail server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RulesEdit {
    /// See [`OrganizationSettings::recovery_methods`].
    pub recovery_methods: Setting<BTreeSet<RecoveryMethod>>,
    /// See [`OrganizationSettings::question_needs_mailbox`].
    pub question_needs_mailbox: Setting<bool>,
    /// See [`OrganizationSettings::password_rules`].
    pub password_rules: Setting<PasswordRules>,
    /// See [`OrganizationSettings::sender_name`].
    pub sender_name: Setting<DisplayName>,
}

/// What becomes of one setting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting<T> {
    /// It stays.
    #[default]
    Keep,
    /// The organization above settles it, or the configuration.
    Inherit,
    /// The organization settles it so.
    Own(T),
}

impl<T> Setting<T> {
    /// Carries it out.
    pub(super) fn put(self, present: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Inherit => *present = None,
            Self::Own(value) => *present = Some(value),
        }
    }
}

/// What is in force for an organization, where it or one above settled it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effective {
    /// See [`OrganizationSettings::mail_server`].
    pub mail_server: Option<MailServer>,
    /// See [`OrganizationSettings::recovery_methods`].
    pub recovery_methods: Option<BTreeSet<RecoveryMethod>>,
    /// See [`OrganizationSettings::question_needs_mailbox`].
    pub question_needs_mailbox: bool,
    /// See [`OrganizationSettings::password_rules`].
    pub password_rules: Option<PasswordRules>,
    /// See [`OrganizationSettings::sender_name`].
    pub sender_name: Option<DisplayName>,
}

impl OrganizationSettings {
    /// Whether nothing is settled.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Effective {
    /// From an organization and those above it, the nearest first.
    pub fn of(lineage: &[Organization]) -> Self {
        let settings = || lineage.iter().map(|organization| &organization.settings);
        Self {
            mail_server: settings().find_map(|own| own.mail_server.as_deref().cloned()),
            recovery_methods: settings().find_map(|own| own.recovery_methods.clone()),
            question_needs_mailbox: settings().find_map(|own| own.question_needs_mailbox).unwrap_or(false),
            password_rules: settings().find_map(|own| own.password_rules),
            sender_name: settings().find_map(|own| own.sender_name.clone()),
        }
    }
}
