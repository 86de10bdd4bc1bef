//! What of an address is shown to whoever has proved nothing.

use std::fmt;

use crate::domain::names::EmailAddress;

/// An address of which only the first letters and the last part of the domain are left: `r•••@e•••.mx`. The number of dots says
/// nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MaskedAddress {
    /// The first letter of the local part, in lower case.
    pub local: char,
    /// The first letter of the domain.
    pub domain: char,
    /// The last part of the domain, behind its last dot; empty if it has none.
    pub top: String,
}

impl MaskedAddress {
    /// The mask of an address.
    pub fn of(address: &EmailAddress) -> Self {
        let (local, domain) = address.as_str().rsplit_once('@').unwrap_or((address.as_str(), ""));
        let first = |part: &str| part.chars().flat_map(char::to_lowercase).next().unwrap_or('•');
        let top = domain.rsplit_once('.').map_or("", |(_, top)| top);
        Self { local: first(local), domain: first(domain), top: top.to_owned() }
    }
}

impl fmt::Display for MaskedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.top.is_empty() { "" } else { "." };
        write!(f, "{}•••@{}•••{dot}{}", self.local, self.domain, self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // K1
    #[test]
    fn a_mask_shows_two_letters_and_the_top_level_domain() {
        for (address, mask) in [
            ("ramona.ruiz@empresa.com.mx", "r•••@e•••.mx"),
            ("R@x.mx", "r•••@x•••.mx"),
            ("ñandu@ejemplo.example", "ñ•••@e•••.example"),
            ("root@localhost", "r•••@l•••"),
        ] {
            assert_eq!(MaskedAddress::of(&address.parse().expect("an address")).to_string(), mask);
        }
    }
}
