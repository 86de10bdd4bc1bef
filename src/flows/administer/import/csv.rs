//! Users as comma-separated values (RFC 4180). Spreadsheets of many countries write semicolons instead of commas, and some a mark
//! before the first byte: both are understood.

use ::csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};

use super::row::Fields;
use super::{Found, RowFault};
use crate::domain::names::OrganizationKey;
use crate::flows::administer::sheet::unmarked;

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
    Status,
    Groups,
    Applications,
    PasswordHash,
}

const COLUMNS: [(&str, Column); 11] = [
    ("organization", Column::Organization),
    ("username", Column::Username),
    ("name", Column::Name),
    ("email", Column::Emails),
    ("emails", Column::Emails),
    ("role", Column::Role),
    ("status", Column::Status),
    ("groups", Column::Groups),
    ("applications", Column::Applications),
    ("apps", Column::Applications),
    ("password_hash", Column::PasswordHash),
];

/// Reads a table of at most `most` rows.
pub(super) fn read(bytes: &[u8], organization: Option<&OrganizationKey>, most: usize) -> Found {
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
    if found.has_faults() {
        return found;
    }
    let mut lines = Lines { bytes, at: 0, line: 1 };
    for (number, record) in reader.records().enumerate() {
        if number == most {
            found.fault(0, RowFault::TooManyRows(most));
            return found;
        }
        match record {
            Ok(record) => {
                let line = lines.of(record.position());
                if record.len() == columns.len() {
                    let record: StringRecord = record.iter().map(unmarked).collect();
                    found.add(line, fields(&record, &columns).read(line, organization));
                } else {
                    found.fault(line, RowFault::Width { has: record.len(), wanted: columns.len() });
                }
            }
            Err(error) => {
                found.fault(lines.of(error.position()), unreadable(&error));
                if !matches!(error.kind(), ErrorKind::Utf8 { .. }) {
                    return found;
                }
            }
        }
    }
    found
}

/// Lines as an editor numbers them, of places that come one after another. The reader's own count leaves out where blank lines end,
/// and knows LF alone.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins: what lies before it may be blank lines, which belong to none.
    fn of(&mut self, position: Option<&::csv::Position>) -> u64 {
        let begin = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.at);
        let blank = self.bytes.iter().skip(begin).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let end = (begin + blank).clamp(self.at, self.bytes.len());
        let passed = &self.bytes[self.at..end];
        let is_end = |(index, byte): (usize, &u8)| match byte {
            b'\n' => true,
            b'\r' => self.bytes.get(self.at + index + 1) != Some(&b'\n'),
            _ => false,
        };
        self.line += passed.iter().enumerate().filter(|place| is_end(*place)).count() as u64;
        self.at = end;
        self.line
    }
}

/// The one that the heading has most of.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let occurrences = |delimiter: &u8| heading.iter().filter(|byte| *byte == delimiter).count();
    // The first of the best: the last one wins a tie.
    DELIMITERS.into_iter().rev().max_by_key(occurrences).unwrap_or(b',')
}

fn columns(heading: &StringRecord, found: &mut Found) -> Vec<Column> {
    let names: Vec<&'static str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut columns = Vec::new();
    for name in heading {
        match COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, column)) if columns.contains(column) => {
                found.fault(1, RowFault::RepeatedColumn(name.to_owned()));
            }
            Some((_, column)) => columns.push(*column),
            None => found.fault(1, RowFault::UnknownColumn { name: name.to_owned(), columns: names.clone() }),
        }
    }
    if !columns.contains(&Column::Username) && !found.has_faults() {
        found.fault(1, RowFault::NoUsernames(names));
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
            Column::Status => &mut fields.status,
            Column::Groups => &mut fields.groups,
            Column::Applications => &mut fields.applications,
            Column::PasswordHash => &mut fields.password_hash,
        } = text;
    }
    fields
}

fn unreadable(error: &::csv::Error) -> RowFault {
    match error.kind() {
        ErrorKind::Utf8 { .. } => RowFault::NotUtf8,
        _ => RowFault::NotCsv(error.to_string()),
    }
}
