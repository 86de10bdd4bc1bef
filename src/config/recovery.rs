//! `[recovery]`: the ways back in, and how long each stays open.
//!
//! This version makes temporary passwords; the other ways are checked here and served by a later one.

use std::time::Duration;

use super::reader::Section;

/// A way back in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    ResetLink,
    RescueCode,
    TemporaryPassword,
    SecretQuestion,
}

const METHODS: [(&str, Method); 4] = [
    ("reset-link", Method::ResetLink),
    ("rescue-code", Method::RescueCode),
    ("temporary-password", Method::TemporaryPassword),
    ("secret-question", Method::SecretQuestion),
];

/// Reads the section; returns the lifetime of a temporary password.
pub(super) fn read(mut section: Section<'_>) -> Duration {
    let reader = section.reader;
    let later = |at: Option<usize>, changed: bool, key: &str| {
        if changed && let Some(at) = at {
            reader.notice(at, format!("`recovery.{key}` is understood but not in force in this version"));
        }
    };
    let all = METHODS.map(|(_, method)| method);
    let methods = section.setting("methods", all.to_vec(), |entry| entry.set(|item| item.one_of(&METHODS)));
    let changed = methods.value.len() != all.len();
    later(methods.at, changed, "methods");
    for (key, default) in [("rescue_code", Duration::from_mins(60)), ("reset_link", Duration::from_mins(30))] {
        let lifetime = section.setting(key, default, |entry| entry.seconds());
        later(lifetime.at, lifetime.value != default, key);
    }
    let temporary = section.setting("temporary_password", Duration::from_hours(24), |entry| entry.seconds());
    section.finish();
    temporary.value
}
