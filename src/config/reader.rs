//! Walks a TOML document and gathers everything there is to say about it, each with its place.
//!
//! serde stops at the first error, so sections are read by hand: a [`Section`] knows which of its keys were asked for, and
//! whatever is left over is unknown. Readers return `None` once they have reported; the caller goes on with the default, and
//! no configuration comes out of a text with faults. Neighbours: `entry` reads single values, the section files use both.

use std::cell::RefCell;

use toml::de::DeTable;

use super::entry::Entry;
use super::fault::{Fault, Notice};
use super::source::ParseContext;

/// The text being read and what was found in it so far.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) context: ParseContext<'a>,
    findings: RefCell<Findings>,
}

#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    notices: Vec<Notice>,
    plain_secret: Option<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, context: ParseContext<'a>) -> Self {
        Self { text, context, findings: RefCell::default() }
    }

    /// Reports what is wrong at byte `at` of the text, and what to write there.
    pub(super) fn fault(&self, at: usize, message: impl Into<String>, fix: impl Into<String>) {
        let (line, column) = self.place(at);
        let fault = Fault { line, column, message: message.into(), fix: fix.into() };
        self.findings.borrow_mut().faults.push(fault);
    }

    /// Reports what is worth knowing about byte `at` of the text.
    pub(super) fn notice(&self, at: usize, message: impl Into<String>) {
        let (line, column) = self.place(at);
        self.findings.borrow_mut().notices.push(Notice { line, column, message: message.into() });
    }

    /// Remembers that a secret stands in the text itself.
    pub(super) fn plain_secret(&self, at: usize) {
        let first = &mut self.findings.borrow_mut().plain_secret;
        *first = Some(first.map_or(at, |known| known.min(at)));
    }

    /// The line of byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.place(at).0
    }

    /// Everything that was found, in the order of the text. Faults on a line that is not even TOML are left out but for the
    /// first of `broken`: they would only be its echo.
    pub(super) fn finish(self, broken: Vec<Fault>) -> (Vec<Fault>, Vec<Notice>) {
        let exposed = self.context.exposed.then(|| self.findings.borrow().plain_secret).flatten();
        if let Some(at) = exposed {
            self.notice(
                at,
                "a secret stands in a file that everybody on this machine can read; chmod 640 the file, or write \
                 { file = \"…\" } or { env = \"…\" } instead of the secret",
            );
        }
        let Findings { mut faults, mut notices, .. } = self.findings.into_inner();
        faults.retain(|fault| broken.iter().all(|other| other.line != fault.line));
        faults.extend(broken);
        faults.sort_by_key(|fault| (fault.line, fault.column));
        faults.dedup();
        notices.sort_by_key(|notice| (notice.line, notice.column));
        (faults, notices)
    }

    /// The header, such as `[[app]]`, of the line that byte `at` is on; `None` if there is none.
    pub(super) fn header_at(&self, at: usize) -> Option<&'a str> {
        let start = self.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next()?.trim_start();
        let end = line.rfind(']')?;
        line.starts_with('[').then(|| &line[..=end])
    }

    /// Line and column of byte `at`, both from 1, the column in characters.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        // A byte order mark takes no column in any editor.
        let column = before[line_start..].chars().filter(|c| *c != '\u{feff}').count() + 1;
        (line, column)
    }
}

/// A table being read: `[server]`, one `[[app]]`, or one in braces.
pub(super) struct Section<'r> {
    pub(super) reader: &'r Reader<'r>,
    name: String,
    table: Option<&'r DeTable<'r>>,
    at: usize,
    known: Vec<&'static str>,
}

/// A value that was read, or the default that stands in for it.
pub(super) struct Setting<T> {
    /// The value.
    pub(super) value: T,
    /// Where it is written; `None` where it is not.
    pub(super) at: Option<usize>,
    /// Whether it may be held against others: a stand-in for something faulty may not.
    pub(super) sound: bool,
}

impl<'r> Section<'r> {
    /// The document itself.
    pub(super) fn root(reader: &'r Reader<'r>, table: &'r DeTable<'r>) -> Self {
        Self::new(reader, String::new(), Some(table), 0)
    }

    /// The table `name`, which begins at byte `at`; `None` for one that is not written: all of its keys have their defaults.
    pub(super) fn new(reader: &'r Reader<'r>, name: String, table: Option<&'r DeTable<'r>>, at: usize) -> Self {
        Self { reader, name, table, at, known: Vec::new() }
    }

    /// Where the section begins; `None` if it is not written.
    pub(super) fn at(&self) -> Option<usize> {
        self.table.map(|_| self.at)
    }

    /// Whether nothing is written in it.
    pub(super) fn is_empty(&self) -> bool {
        self.table.is_none_or(|table| table.is_empty())
    }

    /// The entry of `key`, if it is written. From then on the key is known.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry<'r>> {
        self.known.push(key);
        let (written, value) = self.table?.get_key_value(key)?;
        Some(Entry::new(self.reader, self.qualified(key), written.span().start, value))
    }

    /// The table `key` below this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'r> {
        let name = self.qualified(key);
        let absent = Section::new(self.reader, name, None, self.at);
        self.take(key).and_then(|entry| entry.section()).unwrap_or(absent)
    }

    /// Every `[[key]]` below this one.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Section<'r>> {
        self.take(key).map(|entry| entry.sections()).unwrap_or_default()
    }

    /// Reads `key`, or takes `default` where it is not written.
    pub(super) fn setting<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Entry<'r>) -> Option<T>,
    ) -> Setting<T> {
        match self.take(key) {
            None => Setting { value: default, at: None, sound: true },
            Some(entry) => match read(&entry) {
                Some(value) => Setting { value, at: Some(entry.at()), sound: true },
                None => Setting { value: default, at: Some(entry.at()), sound: false },
            },
        }
    }

    /// Reads `key`, which may be left out.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Entry<'r>) -> Option<T>,
    ) -> Setting<Option<T>> {
        self.setting(key, None, |entry| read(entry).map(Some))
    }

    /// Reads `key`, which must be there; `example` is what to write where it is not.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&Entry<'r>) -> Option<T>,
    ) -> Setting<Option<T>> {
        let setting = self.optional(key, read);
        if setting.at.is_none() {
            self.missing(key, example);
        }
        setting
    }

    /// Reports that `key` has to be written.
    pub(super) fn missing(&self, key: &str, example: &str) {
        self.reader.fault(self.at, format!("`{}` is missing", self.qualified(key)), format!("write {key} = {example}"));
    }

    /// Ends the reading: every key that nobody asked for is unknown.
    pub(super) fn finish(self) {
        let unknown = self.table.into_iter().flat_map(|table| table.iter());
        for (key, value) in unknown.filter(|(key, _)| !self.known.contains(&key.get_ref().as_ref())) {
            let written: String = key.get_ref().chars().filter(|c| !c.is_control()).take(60).collect();
            let kind = if value.get_ref().is_table() { "section" } else { "key" };
            let message = format!("`{}` is not a {kind}", self.qualified(&written));
            let fix = match nearest(&written, self.known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", self.known.join(", ")),
            };
            self.reader.fault(key.span().start, message, fix);
        }
    }

    fn qualified(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }
}

/// The candidate that `written` is most likely a misspelling of.
pub(crate) fn nearest<'c>(written: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let folded = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let distance = |candidate: &str| strsim::osa_distance(&folded(written), &folded(candidate));
    let (least, meant) = candidates.map(|candidate| (distance(candidate), candidate)).min()?;
    let tolerated = (meant.chars().count() / 3).clamp(1, 3);
    (least <= tolerated).then_some(meant)
}
