//! Who may enter: `access` of an application and its `[[app.rule]]`s.

use super::entry::{Entry, shown};
use super::reader::Section;
use crate::domain::access::{Access, AccessRule, PathPattern};
use crate::domain::names::{GroupName, OrganizationKey};

/// Reads `"anyone"`, `"authenticated"`, `"assigned"` or `{ groups = […], organizations = […] }`.
pub(super) fn read_access(entry: &Entry<'_>) -> Option<Access> {
    #[derive(Clone, Copy)]
    enum Word {
        Anyone,
        Authenticated,
        Assigned,
    }
    if entry.is_table() {
        return read_members(entry);
    }
    let words = [("anyone", Word::Anyone), ("authenticated", Word::Authenticated), ("assigned", Word::Assigned)];
    Some(match entry.one_of(&words)? {
        Word::Anyone => Access::Anyone,
        Word::Authenticated => Access::Authenticated,
        Word::Assigned => Access::Assigned,
    })
}

fn read_members(entry: &Entry<'_>) -> Option<Access> {
    let mut section = entry.section()?;
    let groups = section.setting("groups", Vec::new(), |entry| entry.non_empty_set(|item| item.parsed::<GroupName>()));
    let organizations = section
        .setting("organizations", Vec::new(), |entry| entry.non_empty_set(|item| item.parsed::<OrganizationKey>()));
    let empty = section.is_empty();
    section.finish();
    if empty {
        return entry.fault(
            format!("`{}` names neither groups nor organizations", entry.name),
            "write { groups = [\"…\"] }, { organizations = [\"…\"] } or both",
        );
    }
    (groups.sound && organizations.sound)
        .then_some(Access::Members { groups: groups.value, organizations: organizations.value })
}

/// Reads every `[[app.rule]]` of an application, in order: the first that matches decides.
pub(super) fn read_rules(application: &mut Section<'_>) -> Vec<AccessRule> {
    let reader = application.reader;
    let mut rules: Vec<(AccessRule, usize)> = Vec::new();
    for mut section in application.sections("rule") {
        let path = section.required("path", "\"/public/*\"", read_pattern);
        let methods = section.setting("methods", Vec::new(), |entry| entry.non_empty_set(read_method));
        let access = section.required("access", "\"anyone\"", read_access);
        section.finish();
        let (Some(pattern), Some(at), Some(access)) = (path.value, path.at, access.value) else { continue };
        let rule = AccessRule { path: pattern, methods: methods.value, access };
        let earlier = rules.iter().find(|(earlier, _)| methods.sound && hides(earlier, &rule));
        if let Some((_, first)) = earlier {
            let message = format!("this rule never decides: the one of line {} matches first", reader.line(*first));
            reader.fault(at, message, "remove one of them, or change its path or methods");
        }
        rules.push((rule, at));
    }
    rules.into_iter().map(|(rule, _)| rule).collect()
}

/// Whether whatever `later` covers is covered by `earlier`, as far as the same path tells.
fn hides(earlier: &AccessRule, later: &AccessRule) -> bool {
    let covered = |method: &String| earlier.methods.contains(method);
    let every_method = earlier.methods.is_empty() || (!later.methods.is_empty() && later.methods.iter().all(covered));
    earlier.path == later.path && every_method
}

/// A pattern over paths. One that no path could ever match is refused, for it would protect nothing.
fn read_pattern(entry: &Entry<'_>) -> Option<PathPattern> {
    let text = entry.text()?;
    let unmatched = text.contains(['?', '#', '\\'])
        || text.chars().any(|c| c.is_control() || c.is_whitespace())
        || text.split('/').any(|segment| matches!(segment, "." | ".."));
    if unmatched {
        return entry.fault(
            format!("{} never matches a path", shown(text)),
            "write a path without query, spaces, '#', '\\' or dot segments",
        );
    }
    PathPattern::new(text).or_else(|| {
        entry.fault(
            format!("{} does not begin with a slash", shown(text)),
            "write a path from the host's root on, such as \"/public/*\"",
        )
    })
}

/// A method (RFC 9110 §9.1). Methods are case-sensitive: `get` would never match.
fn read_method(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    let token = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if token && (1..=32).contains(&text.len()) {
        return Some(text.to_owned());
    }
    entry.fault(format!("{} is not a method", shown(text)), "write it in capitals, such as \"GET\"")
}
