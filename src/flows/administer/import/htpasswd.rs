//! Users as Apache's `htpasswd` writes them: `username:hash`, a line each.

use super::row::Fields;
use super::{Found, RowFault};
use crate::domain::names::OrganizationKey;

pub(super) fn read(bytes: &[u8], organization: Option<&OrganizationKey>) -> Found {
    let mut found = Found::default();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let Ok(line) = std::str::from_utf8(line) else {
            found.fault(number, RowFault::NotUtf8);
            continue;
        };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(':') {
            Some((username, hash)) if !hash.is_empty() => {
                let fields = Fields { username, password_hash: hash, ..Fields::default() };
                found.add(number, fields.read(number, organization));
            }
            // What stands there may be a password.
            _ => found.fault(number, RowFault::NotHtpasswd),
        }
    }
    found
}
