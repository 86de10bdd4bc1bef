//! From text to a TOML document whose values know their places, as far as the text is TOML.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::reader::Reader;

/// What the parser calls a key that is there already.
const DUPLICATE: &str = "duplicate key";

/// Parses the text as TOML. The faults are those of the syntax. Where each is confined to one value (or is a key given twice),
/// the document is whole and its sections can be judged; otherwise there is none.
pub(super) fn document<'a>(reader: &Reader<'a>) -> (Option<Spanned<DeTable<'a>>>, Vec<Fault>) {
    let (document, errors) = DeTable::parse_recoverable(reader.text);
    let mut scalars = Vec::new();
    collect_scalars(document.get_ref(), &mut scalars);
    // A string over several lines that does not end has swallowed what follows it.
    scalars.retain(|scalar| text_of(reader, scalar).is_some_and(|text| !text.contains('\n')));

    let mut whole = true;
    let mut faults = Vec::new();
    for error in &errors {
        if is_echo(reader, error.message(), &error.span().unwrap_or(0..0)) {
            continue;
        }
        let span = error.span().unwrap_or(0..0);
        let scalar = scalars.iter().find(|scalar| scalar.start <= span.start && span.end <= scalar.end);
        let bare = scalar.filter(|scalar| !text_of(reader, scalar).is_some_and(|text| text.starts_with(['"', '\''])));
        whole &= scalar.is_some() || error.message() == DUPLICATE;
        let (at, message, fix) = match bare {
            Some(scalar) => {
                (scalar.start, "the value is missing or not in quotes".into(), "write text as \"…\"".into())
            }
            None => {
                let (message, fix) = explain(error.message(), text_of(reader, &span).unwrap_or_default());
                (span.start, message, fix)
            }
        };
        let (line, column) = reader.place(at);
        faults.push(Fault { line, column, message, fix });
    }
    faults.sort_by_key(|fault| (fault.line, fault.column));
    // What follows on the same line is the echo of the first.
    faults.dedup_by_key(|fault| fault.line);
    if let Some(last) = faults.last_mut().filter(|_| !whole) {
        last.fix.push_str(" (the keys are judged once the file is TOML)");
    }
    (whole.then_some(document), faults)
}

/// Whether this is said of `[[app]]` alone because a `[[app.…]]` stands before the first of them: that is told there.
fn is_echo(reader: &Reader<'_>, message: &str, span: &Range<usize>) -> bool {
    let is_list = reader.header_at(span.start).is_some_and(|header| header == "[[app]]");
    let mut before = reader.text.get(..span.start).unwrap_or_default().lines().map(str::trim_start);
    message == DUPLICATE
        && is_list
        && before.find(|line| line.starts_with("[[app")).is_some_and(|line| line.starts_with("[[app."))
}

fn text_of<'a>(reader: &Reader<'a>, span: &Range<usize>) -> Option<&'a str> {
    reader.text.get(span.clone())
}

/// The places of all values that are neither lists nor tables.
fn collect_scalars(table: &DeTable<'_>, found: &mut Vec<Range<usize>>) {
    fn visit(value: &Spanned<DeValue<'_>>, found: &mut Vec<Range<usize>>) {
        match value.get_ref() {
            DeValue::Table(table) => collect_scalars(table, found),
            DeValue::Array(items) => items.iter().for_each(|item| visit(item, found)),
            _ => found.push(value.span()),
        }
    }
    table.iter().for_each(|(_, value)| visit(value, found));
}

/// The parser's message in the words of a sysadmin. `text` is what it is about; shown only where it is a key.
fn explain(message: &str, text: &str) -> (String, String) {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    if what == DUPLICATE {
        let key: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
        return (format!("`{key}` is given twice"), "keep one of them".into());
    }
    let fix =
        if expected.is_empty() { "write it as TOML asks".into() } else { format!("TOML expects {expected} here") };
    (format!("not TOML: {what}"), fix)
}
