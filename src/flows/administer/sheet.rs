//! Users as a table for spreadsheets, with the columns that an import takes in again. No secrets.
//!
//! What begins as a formula is led by an apostrophe, which spreadsheets take as "this is text" (OWASP, *CSV Injection*), and which
//! an import takes off again.

use super::UserView;
use crate::domain::user::Status;

/// The first line.
const HEADING: [&str; 8] = ["organization", "username", "name", "emails", "role", "status", "groups", "applications"];
/// What begins a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// What makes it a text.
const MARK: char = '\'';

/// Rows of comma-separated values in UTF-8 (RFC 4180), below a heading if `first`.
pub fn users_as_csv(users: &[UserView], first: bool) -> Vec<u8> {
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let heading = first.then(|| HEADING.map(str::to_owned));
    for row in heading.into_iter().chain(users.iter().map(row)) {
        // Memory takes everything, and all rows have the same length.
        let written = table.write_record(&row);
        debug_assert!(written.is_ok(), "a row of text is always written");
    }
    table.into_inner().unwrap_or_default()
}

fn row(user: &UserView) -> [String; 8] {
    [
        user.organization.to_string(),
        user.username.to_string(),
        user.name.to_string(),
        joined(&user.emails),
        user.role.as_str().to_owned(),
        match user.status {
            Status::Active => "active",
            Status::Deactivated => "deactivated",
        }
        .to_owned(),
        joined(&user.groups),
        joined(&user.applications),
    ]
    .map(marked)
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(";")
}

/// As text. A text that begins with the mark gets another, so that [`unmarked`] gives it back.
fn marked(text: String) -> String {
    if is_marked(&text) || text.starts_with(FORMULA) { format!("{MARK}{text}") } else { text }
}

/// What [`marked`] was given.
pub(super) fn unmarked(text: &str) -> &str {
    if is_marked(text) { &text[MARK.len_utf8()..] } else { text }
}

/// Whether marks stand before what begins a formula.
fn is_marked(text: &str) -> bool {
    text.starts_with(MARK) && text.trim_start_matches(MARK).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_formula_is_text_and_comes_back_as_it_was() {
        for text in ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "'Ana", "'t Hooft", "Ana", ""] {
            let written = marked(text.to_owned());
            assert!(!written.starts_with(FORMULA), "{written}");
            assert_eq!(unmarked(&written), text);
        }
    }
}
