//! Which password rules hold for whom: those of the configuration, unless the organization, or the nearest one above it that says
//! anything of it, chose the modern ones. The one place that decides it.

use crate::config::Config;
use crate::domain::organization::{Organization, PasswordRules};
use crate::domain::password::{ExpiryRules, PasswordPolicy};

/// What new passwords must be, and what makes them expire, in an organization with those above it, the nearest first.
pub fn rules_for(lineage: &[Organization], config: &Config) -> (PasswordPolicy, ExpiryRules) {
    (policy_for(lineage, &config.password.policy), expiry_for(lineage, config.expiry_rules()))
}

/// What new passwords must be, where `configured` is what the configuration says. How many are remembered, it says in any case.
pub fn policy_for(lineage: &[Organization], configured: &PasswordPolicy) -> PasswordPolicy {
    if is_modern(lineage) { PasswordPolicy::modern(configured.history) } else { configured.clone() }
}

/// What makes passwords expire, where `configured` is what the configuration says.
pub fn expiry_for(lineage: &[Organization], configured: ExpiryRules) -> ExpiryRules {
    if is_modern(lineage) { ExpiryRules { inactive: None, max_age: None, ..configured } } else { configured }
}

fn is_modern(lineage: &[Organization]) -> bool {
    lineage.iter().find_map(|organization| organization.settings.password_rules) == Some(PasswordRules::Modern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn organization(rules: Option<PasswordRules>) -> Organization {
        let mut organization = Organization {
            key: "acme".parse().expect("a key"),
            written_key: "acme".to_owned(),
            name: "Acme".parse().expect("a name"),
            parent: None,
            created_at: Timestamp::UNIX_EPOCH,
            settings: Default::default(),
        };
        organization.settings.password_rules = rules;
        organization
    }

    // E3
    #[test]
    fn the_nearest_organization_that_says_anything_decides() {
        let config = Config::default();
        let configured = (config.password.policy.clone(), config.expiry_rules());
        let [none, own, modern] =
            [None, Some(PasswordRules::Configured), Some(PasswordRules::Modern)].map(organization);
        for lineage in [&[][..], std::slice::from_ref(&none), &[own.clone(), modern.clone()]] {
            assert_eq!(rules_for(lineage, &config), configured);
        }
        for lineage in [std::slice::from_ref(&modern), &[none, modern.clone(), own]] {
            let (policy, expiry) = rules_for(lineage, &config);
            assert_eq!(
                (policy.min_length, policy.uppercase, policy.digit, policy.special.len()),
                (15, false, false, 0)
            );
            assert_eq!(policy.history, config.password.policy.history);
            assert_eq!((expiry.inactive, expiry.max_age), (None, None));
        }
    }
}
