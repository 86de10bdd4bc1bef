//! Users as a table for spreadsheets, with the columns that an import takes in again. No secrets.
//!
//! What begins as a formula is led by an apostrophe, which spreadsheets take as "this is text" (OWASP, *CSV Injection*), and which
//! an import takes off again. Many a spreadsheet cuts fields at semicolons or tabs as well, so what stands behind one is a beginning,
//! too.

use std::borrow::Cow;

use super::UserView;
use crate::domain::user::Status;

/// The first line.
const HEADING: [&str; 8] = ["organization", "username", "name", "emails", "role", "status", "groups", "applications"];
/// What begins a formula; some spreadsheets read the wide forms, too.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
/// Behind what a cell may begin.
const SEPARATORS: [char; 5] = [',', ';', '\t', '\r', '\n'];
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

/// As text. What has marks before a formula gets another, so that [`unmarked`] gives it back.
fn marked(text: String) -> String {
    if !text.contains(FORMULA) {
        return text;
    }
    let mark = |cell| if is_formula(cell) { format!("{MARK}{cell}") } else { str::to_owned(cell) };
    text.split_inclusive(SEPARATORS).map(mark).collect()
}

/// What [`marked`] was given.
pub(super) fn unmarked(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return text.into();
    }
    let plain = |cell: &str| match cell.strip_prefix(MARK) {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => cell.to_owned(),
    };
    text.split_inclusive(SEPARATORS).map(plain).collect()
}

/// Whether a cell begins as a formula, behind any marks.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches(MARK).starts_with(FORMULA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_formula_is_text_and_comes_back_as_it_was() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝1",
            "Ana;=cmd|x",
            "a@b.example;=1+1@b.example,;'+2",
            "'=1",
            "''=1",
            "'Ana",
            "'t Hooft",
            "Ana-María",
            "Ana",
            "",
        ] {
            let written = marked(text.to_owned());
            assert!(!written.split(SEPARATORS).any(|cell| cell.starts_with(FORMULA)), "{written}");
            assert_eq!(unmarked(&written), text);
        }
    }
}
