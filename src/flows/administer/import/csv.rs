//! Users as comma-separated values (RFC 4180). Spreadsheets of many countries write semicolons instead of commas, and some a mark
//! before the first byte: both are understood.

use ::csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::Found;
use super::row::Fields;
use crate::domain::names::OrganizationKey;

/// What some programs write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const DELIMITERS: [u8; 3] = *b",;\t";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Organization,
    Username,
    Name,
    Emails,
    Role,
    Groups,
    Applications,
    PasswordHash,
}

const COLUMNS: [(&str, Column); 10] = [
    ("organization", Column::Organization),
    ("username", Column::Username),
    ("name", Column::Name),
    ("email", Column::Emails),
    ("emails", Column::Emails),
    ("role", Column::Role),
    ("groups", Column::Groups),
    ("applications", Column::Applications),
    ("apps", Column::Applications),
    ("password_hash", Column::PasswordHash),
];

pub(super) fn read(bytes: &[u8], organization: Option<&OrganizationKey>) -> Found {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .has_headers(true)
        .flexible(true)
        .trim(Trim::All)
        .delimiter(delimiter(bytes))
        .from_reader(bytes);
    let mut found = Found::default();
    let columns = match reader.headers() {
        Ok(heading) => columns(heading, &mut found),
        Err(error) => {
            found.fault(1, unreadable(&error));
            return found;
        }
    };
    if !found.faults.is_empty() {
        return found;
    }
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, ::csv::Position::line);
                if record.len() == columns.len() {
                    found.add(line, fields(&record, &columns).read(line, organization));
                } else {
                    let (has, wanted) = (record.len(), columns.len());
                    found.fault(line, format!("the row has {has} fields, and the heading {wanted}"));
                }
            }
            Err(error) => {
                found.fault(error.position().map_or(0, ::csv::Position::line), unreadable(&error));
                if !matches!(error.kind(), ErrorKind::Utf8 { .. }) {
                    return found;
                }
            }
        }
    }
    found
}

/// The one that the heading has most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let occurrences = |delimiter: &u8| heading.iter().filter(|byte| *byte == delimiter).count();
    // The first of the best: the last one wins a tie.
    DELIMITERS.into_iter().rev().max_by_key(occurrences).unwrap_or(b',')
}

fn columns(heading: &StringRecord, found: &mut Found) -> Vec<Column> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut columns = Vec::new();
    for name in heading {
        match COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, column)) if columns.contains(column) => {
                found.fault(1, format!("the column {name:?} stands twice"))
            }
            Some((_, column)) => columns.push(*column),
            None => found
                .fault(1, format!("there is no column {name:?}; the first line names some of {}", names.join(", "))),
        }
    }
    if !columns.contains(&Column::Username) && found.faults.is_empty() {
        found.fault(
            1,
            format!("the first line does not name the column username; it names some of {}", names.join(", ")),
        );
    }
    columns
}

fn fields<'a>(record: &'a StringRecord, columns: &[Column]) -> Fields<'a> {
    let mut fields = Fields::default();
    for (text, column) in record.iter().zip(columns) {
        *match column {
            Column::Organization => &mut fields.organization,
            Column::Username => &mut fields.username,
            Column::Name => &mut fields.name,
            Column::Emails => &mut fields.emails,
            Column::Role => &mut fields.role,
            Column::Groups => &mut fields.groups,
            Column::Applications => &mut fields.applications,
            Column::PasswordHash => &mut fields.password_hash,
        } = text;
    }
    fields
}

fn unreadable(error: &::csv::Error) -> String {
    match error.kind() {
        ErrorKind::Utf8 { .. } => "this is not UTF-8; save the file in UTF-8".to_owned(),
        _ => format!("this is not CSV: {error}"),
    }
}
