//! Who may enter an application, by path and method.

use super::names::{ApplicationId, GroupName, OrganizationKey};

/// What a request needs before it is forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Nothing: public.
    Anyone,
    /// Anybody who is signed in.
    Authenticated,
    /// A person to whom the application is assigned.
    Assigned,
    /// Membership. Each list that is not empty must be met: one of the groups, and one of the organizations (or one below).
    Members {
        /// Groups, any of which will do.
        groups: Vec<GroupName>,
        /// Organizations, any of which will do; whoever is below counts as inside.
        organizations: Vec<OrganizationKey>,
    },
}

/// What of a person a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// Assigned applications.
    pub applications: &'a std::collections::BTreeSet<ApplicationId>,
    /// Groups.
    pub groups: &'a std::collections::BTreeSet<GroupName>,
    /// The person's organization and every one above it.
    pub lineage: &'a [OrganizationKey],
}

impl Access {
    /// Whether a request without identity may pass.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Anyone)
    }

    /// Whether a signed-in person may pass.
    pub fn admits(&self, application: &ApplicationId, holder: Holder<'_>) -> bool {
        match self {
            Self::Anyone | Self::Authenticated => true,
            Self::Assigned => holder.applications.contains(application),
            Self::Members { groups, organizations } => {
                let by_group = groups.is_empty() || groups.iter().any(|group| holder.groups.contains(group));
                let by_organization =
                    organizations.is_empty() || organizations.iter().any(|key| holder.lineage.contains(key));
                by_group && by_organization && !(groups.is_empty() && organizations.is_empty())
            }
        }
    }
}

/// A pattern over a whole path. `*` at the end stands for any rest, the empty one included; elsewhere it stands for one segment's worth
/// of characters. Everything else is literal and case-sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(String);

impl PathPattern {
    /// Takes a pattern that begins with `/`; `None` for any other.
    pub fn new(text: &str) -> Option<Self> {
        text.starts_with('/').then(|| Self(text.to_owned()))
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the normalised path `path` (no query) matches. `/a/*` matches `/a/` and everything below, and `/a` itself.
    pub fn matches(&self, path: &str) -> bool {
        self.matches_by(path, |one, other| one == other)
    }

    /// The same to a reader to whom `A` is `a`.
    pub fn matches_in_any_case(&self, path: &str) -> bool {
        self.matches_by(path, |one, other| one.eq_ignore_ascii_case(other))
    }

    fn matches_by(&self, path: &str, same: fn(&u8, &u8) -> bool) -> bool {
        let path = path.as_bytes();
        if let Some(folder) = self.0.strip_suffix("/*")
            && glob(folder.as_bytes(), path, false, same)
        {
            return true;
        }
        match self.0.strip_suffix('*') {
            Some(prefix) => glob(prefix.as_bytes(), path, true, same),
            None => glob(self.0.as_bytes(), path, false, same),
        }
    }
}

/// Matches with `*` standing for any run of bytes but `/`. With `open_end`, whatever follows the pattern matches too.
/// Linear space, quadratic time in the worst case: only the last `*` is ever tried again.
fn glob(pattern: &[u8], text: &[u8], open_end: bool, same: fn(&u8, &u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if p == pattern.len() && (open_end || t == text.len()) {
            return true;
        }
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, t));
            p += 1;
        } else if let (Some(expected), Some(found)) = (pattern.get(p), text.get(t))
            && same(expected, found)
        {
            p += 1;
            t += 1;
        } else {
            match retry {
                Some((after_star, from)) if text.get(from).is_some_and(|&byte| byte != b'/') => {
                    retry = Some((after_star, from + 1));
                    p = after_star;
                    t = from + 1;
                }
                _ => return false,
            }
        }
    }
}

/// One rule of an application: where it applies, and what it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRule {
    /// Paths it is about.
    pub path: PathPattern,
    /// Methods it is about; empty for all.
    pub methods: Vec<String>,
    /// What it asks.
    pub access: Access,
}

impl AccessRule {
    /// Whether the rule is about this method and path.
    pub fn covers(&self, method: &str, path: &str) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|known| known == method)) && self.path.matches(path)
    }

    /// Whether it is about them to a reader who takes no notice of case, as many an application does.
    pub fn covers_in_any_case(&self, method: &str, path: &str) -> bool {
        let method_fits =
            self.methods.is_empty() || self.methods.iter().any(|known| known.eq_ignore_ascii_case(method));
        method_fits && self.path.matches_in_any_case(path)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        PathPattern::new(pattern).expect("begins with a slash").matches(path)
    }

    #[test]
    fn a_pattern_is_literal_but_for_its_stars() {
        assert!(matches("/a", "/a"));
        assert!(!matches("/a", "/a/"));
        assert!(!matches("/a", "/A"));
        assert!(matches("/public/*", "/public/x/y"));
        assert!(matches("/public/*", "/public/"));
        assert!(matches("/public/*", "/public"));
        assert!(!matches("/public/*", "/publicity"));
        assert!(matches("/*", "/"));
        assert!(matches("/u/*/photo", "/u/ana/photo"));
        assert!(!matches("/u/*/photo", "/u/ana/x/photo"));
        assert!(matches("/*.css", "/style.css"));
        assert!(!matches("/*.css", "/a/style.css"));
        assert!(matches("/a*b*c", "/aXbYbc"));
        let loosely = |pattern: &str, path: &str| PathPattern::new(pattern).expect("sound").matches_in_any_case(path);
        assert!(loosely("/Admin/*", "/aDMIN/x") && !loosely("/admin", "/admins"));
    }

    #[test]
    fn a_pattern_cannot_be_made_to_take_forever() {
        let pattern = format!("/{}b", "a*".repeat(64));
        assert!(!matches(&pattern, &format!("/{}", "a".repeat(4096))));
    }

    #[test]
    fn membership_means_every_list_that_is_given() {
        let groups = BTreeSet::from(["staff".parse().expect("a group")]);
        let lineage = ["dept".parse().expect("a key"), "acme".parse().expect("a key")];
        let applications = BTreeSet::new();
        let holder = Holder { applications: &applications, groups: &groups, lineage: &lineage };
        let app = "app".parse().expect("an id");
        let members = |groups: &[&str], organizations: &[&str]| Access::Members {
            groups: groups.iter().map(|g| g.parse().expect("a group")).collect(),
            organizations: organizations.iter().map(|o| o.parse().expect("a key")).collect(),
        };
        assert!(members(&["staff", "x"], &[]).admits(&app, holder));
        assert!(members(&["staff"], &["acme"]).admits(&app, holder));
        assert!(!members(&["staff"], &["other"]).admits(&app, holder));
        assert!(!members(&[], &[]).admits(&app, holder), "no list at all admits nobody");
        assert!(!Access::Assigned.admits(&app, holder));
    }

    proptest::proptest! {
        #[test]
        fn a_path_matches_itself_and_a_folder_matches_what_is_below(path in "/[a-z/]{0,20}", rest in "[a-z/]{0,10}") {
            proptest::prop_assert!(matches(&path, &path));
            let (pattern, below) = (format!("{path}/*"), format!("{path}/{rest}"));
            proptest::prop_assert!(matches(&pattern, &below));
        }
    }
}
