//! The names people and sysadmins type: organization keys, usernames, e-mail addresses, groups, application ids.
//!
//! Each has one canonical form, made here by parsing and used everywhere: in the store, in throttling, in the audit trail.
//! Two spellings of one name can therefore never have two counters or two accounts.

use std::fmt;
use std::str::FromStr;

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Profile;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Why a text is not a name of the kind asked for. The message says what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// See the message.
    #[error(
        "an organization key has 2 to 32 letters (A-Z, Ñ), digits, '&', '-', '_' or '.', beginning with a letter or digit"
    )]
    OrganizationKey,
    /// See the message.
    #[error(
        "a username has 1 to 64 letters, digits or punctuation marks, without spaces or '/' (PRECIS UsernameCaseMapped)"
    )]
    Username,
    /// See the message.
    #[error(
        "an e-mail address looks like name@example.com, without spaces or control characters, 254 characters at most"
    )]
    EmailAddress,
    /// See the message.
    #[error("a name has 1 to 128 characters and no control characters")]
    DisplayName,
    /// See the message.
    #[error(
        "a group has 1 to 64 characters, without commas or control characters, and neither begins nor ends with a space"
    )]
    GroupName,
    /// See the message.
    #[error(
        "an application id has 1 to 64 lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit"
    )]
    ApplicationId,
}

/// Declares what the string-backed names have in common: reading, writing, parsing on deserialization.
macro_rules! text_name {
    ($name:ident) => {
        impl $name {
            /// The canonical text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }
    };
}

/// An organization's key in canonical form: lower case, NFC. It holds what a Mexican RFC holds (`ÑÁ&` less the accents) and
/// what sysadmins like to type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationKey(Box<str>);
text_name!(OrganizationKey);

impl FromStr for OrganizationKey {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // Four bytes a character, before normalization: nothing longer can become 32 characters worth having.
        if text.len() > 32 * 4 {
            return Err(NameError::OrganizationKey);
        }
        let canonical: String = text.trim().nfc().flat_map(char::to_lowercase).collect();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, 'ñ' | '&' | '-' | '_' | '.');
        let starts_well = canonical.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, 'ñ' | '&'));
        match canonical.chars().count() {
            2..=32 if starts_well && canonical.chars().all(allowed) => Ok(Self(canonical.into())),
            _ => Err(NameError::OrganizationKey),
        }
    }
}

/// A username in its PRECIS UsernameCaseMapped form (RFC 8265 §3.3): width-mapped, lower case, NFC.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(Box<str>);
text_name!(Username);

impl FromStr for Username {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_empty() || text.len() > 256 {
            return Err(NameError::Username);
        }
        let canonical = stable(text).ok_or(NameError::Username)?;
        if canonical.chars().count() > 64 || canonical.contains('/') {
            return Err(NameError::Username);
        }
        Ok(Self(canonical.into()))
    }
}

/// Enforces the profile until nothing changes any more, at most four times, as RFC 8264 §7 asks for: a few letters (Cherokee's) come
/// out of one pass as ones that the next pass maps again.
fn stable(text: &str) -> Option<String> {
    let enforce = |text: &str| UsernameCaseMapped::new().enforce(text).ok().map(|enforced| enforced.into_owned());
    let mut name = enforce(text)?;
    for _ in 0..3 {
        let again = enforce(&name)?;
        if again == name {
            return Some(name);
        }
        name = again;
    }
    None
}

/// A mailbox that a message can be sent to. The domain is lower case; the local part is kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(Box<str>);
text_name!(EmailAddress);

impl FromStr for EmailAddress {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.len() > 254 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(NameError::EmailAddress);
        }
        let address: lettre::Address = text.parse().map_err(|_| NameError::EmailAddress)?;
        Ok(Self(format!("{}@{}", address.user(), address.domain().to_lowercase()).into()))
    }
}

/// What a person or an organization is called. Any script; no control characters, so it fits a header and a mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(Box<str>);
text_name!(DisplayName);

impl FromStr for DisplayName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.len() > 512 || text.chars().any(char::is_control) {
            return Err(NameError::DisplayName);
        }
        let name: String = text.nfc().collect();
        match name.chars().count() {
            1..=128 => Ok(Self(name.into())),
            _ => Err(NameError::DisplayName),
        }
    }
}

/// A group that a user belongs to. Case matters; commas do not occur, because applications receive groups joined by them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GroupName(Box<str>);
text_name!(GroupName);

impl FromStr for GroupName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = (1..=64).contains(&text.chars().count());
        if !fits || text.trim() != text || text.chars().any(|c| c.is_control() || c == ',') {
            return Err(NameError::GroupName);
        }
        Ok(Self(text.nfc().collect::<String>().into()))
    }
}

/// The id of an application in `config.toml`, the audience of its assertions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApplicationId(Box<str>);
text_name!(ApplicationId);

impl FromStr for ApplicationId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
        if starts_well && text.len() <= 64 && text.chars().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(NameError::ApplicationId)
        }
    }
}

#[cfg(test)]
mod tests;
