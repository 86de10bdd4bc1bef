//! What an application is told about the person, by name.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::domain::Timestamp;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, Username};
use crate::domain::session::AuthenticationMethod;

/// The claims of an assertion. The names are a public interface: applications read them. Times are whole seconds since 1970
/// (RFC 7519, NumericDate).
#[derive(Debug, Clone, Serialize)]
pub struct AssertionClaims<'a> {
    /// Who says so: the portal's issuer.
    pub iss: &'a str,
    /// The application it is meant for, and no other.
    pub aud: &'a ApplicationId,
    /// The person, opaque and for life.
    pub sub: UserId,
    /// When it was made.
    #[serde(serialize_with = "numeric_date")]
    pub iat: Timestamp,
    /// When it is over.
    #[serde(serialize_with = "numeric_date")]
    pub exp: Timestamp,
    /// Its own name, never used twice.
    pub jti: &'a str,
    /// The session.
    pub sid: SessionId,
    /// The username.
    pub preferred_username: &'a Username,
    /// What the person is called.
    pub name: &'a DisplayName,
    /// The first registered address; left out if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a EmailAddress>,
    /// The organization's key, as it is shown.
    pub org: &'a str,
    /// The groups; an empty list if there are none, never null.
    pub groups: &'a BTreeSet<GroupName>,
    /// When the person proved who they are.
    #[serde(serialize_with = "numeric_date")]
    pub auth_time: Timestamp,
    /// How (RFC 8176).
    pub amr: &'a [AuthenticationMethod],
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn numeric_date<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.as_second())
}
