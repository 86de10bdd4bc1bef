//! Reads one value of the document as the kind of thing it has to be, or reports why it is not.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::reader::{Reader, Section, nearest};
use super::units::{LONGEST, format_duration, format_size, parse_duration, parse_size};

/// A key and its value, or one item of a list.
pub(super) struct Entry<'r> {
    pub(super) reader: &'r Reader<'r>,
    /// Full name, as in `server.listen`.
    pub(super) name: String,
    key_at: usize,
    pub(super) value: &'r Spanned<DeValue<'r>>,
}

/// The shortest duration of most keys.
pub(super) const ONE_SECOND: Duration = Duration::from_secs(1);

impl<'r> Entry<'r> {
    pub(super) fn new(reader: &'r Reader<'r>, name: String, key_at: usize, value: &'r Spanned<DeValue<'r>>) -> Self {
        Self { reader, name, key_at, value }
    }

    /// Where the value begins.
    pub(super) fn at(&self) -> usize {
        self.value.span().start
    }

    /// Reports what is wrong with the value. Returns `None`, for the reader that gives up.
    pub(super) fn fault<T>(&self, message: impl Into<String>, fix: impl Into<String>) -> Option<T> {
        self.reader.fault(self.at(), message, fix);
        None
    }

    /// Text, of any length and content.
    pub(super) fn text(&self) -> Option<&'r str> {
        match self.value.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong_type("text", "\"…\""),
        }
    }

    /// Text that fits in one line: neither empty nor longer than `longest` characters.
    pub(super) fn line(&self, longest: usize) -> Option<String> {
        let text = self.text()?;
        let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits && !text.trim().is_empty() {
            return Some(text.to_owned());
        }
        self.fault(
            format!("`{}` is empty, too long or has control characters", self.name),
            format!("write 1 to {longest} characters in one line"),
        )
    }

    /// As [`Entry::line`], or nothing at all.
    pub(super) fn line_or_empty(&self, longest: usize) -> Option<String> {
        if self.text()?.is_empty() { Some(String::new()) } else { self.line(longest) }
    }

    /// Text that a type of the domain makes sense of; its error says what to write.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self) -> Option<T> {
        let text = self.text()?;
        match text.parse::<T>() {
            Ok(value) => Some(value),
            Err(error) => self.fault(format!("{} cannot be `{}`", shown(text), self.name), error.to_string()),
        }
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        known.or_else(|| {
            let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>();
            let fix = match nearest(text, words.iter().map(|(word, _)| *word)) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("write {}", list.join(" or ")),
            };
            self.fault(format!("{} cannot be `{}`", shown(text), self.name), fix)
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        match self.value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("true or false", "true or false, without quotes"),
        }
    }

    /// A whole number within `range`.
    pub(super) fn integer(&self, range: RangeInclusive<u64>) -> Option<u64> {
        let DeValue::Integer(number) = self.value.get_ref() else {
            return self.wrong_type("a number", "a whole number, without quotes");
        };
        let value = u64::from_str_radix(number.as_str(), number.radix()).ok().filter(|value| range.contains(value));
        value.or_else(|| {
            let fix = format!("write a number from {} to {}", range.start(), range.end());
            self.fault(format!("`{}` is out of range", self.name), fix)
        })
    }

    /// As [`Entry::integer`], for what is counted in memory.
    pub(super) fn count(&self, range: RangeInclusive<u64>) -> Option<usize> {
        self.integer(range).and_then(|value| usize::try_from(value).ok())
    }

    /// A duration within `range`, to the millisecond.
    pub(super) fn duration(&self, range: RangeInclusive<Duration>) -> Option<Duration> {
        const EXAMPLE: &str = "a number with its unit (ms, s, m, h, d or w), such as \"90s\" or \"1h30m\"";
        let DeValue::String(text) = self.value.get_ref() else {
            return self.wrong_type("a duration", EXAMPLE);
        };
        let Some(duration) = parse_duration(text) else {
            return self.fault(format!("{} is not a duration", shown(text)), format!("write {EXAMPLE}"));
        };
        if range.contains(&duration) {
            return Some(duration);
        }
        let (least, most) = (format_duration(*range.start()), format_duration(*range.end()));
        self.fault(
            format!("`{}` is out of range", self.name),
            format!("write something from \"{least}\" to \"{most}\""),
        )
    }

    /// A duration of at least one second.
    pub(super) fn seconds(&self) -> Option<Duration> {
        self.duration(ONE_SECOND..=LONGEST)
    }

    /// A duration of at least one second, or `"off"` for none.
    pub(super) fn seconds_or_off(&self) -> Option<Option<Duration>> {
        if matches!(self.value.get_ref(), DeValue::String(text) if text == "off") {
            return Some(None);
        }
        if matches!(self.value.get_ref(), DeValue::Boolean(_)) {
            return self.wrong_type("a duration", "a duration such as \"60d\", or \"off\"");
        }
        self.seconds().map(Some)
    }

    /// A number of bytes within `range`.
    pub(super) fn size(&self, range: RangeInclusive<u64>) -> Option<u64> {
        const EXAMPLE: &str = "a whole number with its unit (B, kB, MB, GB, KiB, MiB or GiB), such as \"64KiB\"";
        let DeValue::String(text) = self.value.get_ref() else {
            return self.wrong_type("a size", EXAMPLE);
        };
        let Some(size) = parse_size(text) else {
            return self.fault(format!("{} is not a size", shown(text)), format!("write {EXAMPLE}"));
        };
        if range.contains(&size) {
            return Some(size);
        }
        let (least, most) = (format_size(*range.start()), format_size(*range.end()));
        self.fault(
            format!("`{}` is out of range", self.name),
            format!("write something from \"{least}\" to \"{most}\""),
        )
    }

    /// An address to listen on.
    pub(super) fn socket_address(&self) -> Option<SocketAddr> {
        const EXAMPLE: &str = "an IP address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";
        let DeValue::String(text) = self.value.get_ref() else {
            return self.wrong_type("an address", EXAMPLE);
        };
        text.parse().ok().or_else(|| {
            self.fault(format!("{} is not an address to listen on", shown(text)), format!("write {EXAMPLE}"))
        })
    }

    /// A path of the file system, from the configuration's folder on.
    pub(super) fn path(&self) -> Option<PathBuf> {
        let text = self.text()?;
        if text.is_empty() || text.contains('\0') {
            return self.fault(format!("`{}` is not a path", self.name), "write the path of a file or folder");
        }
        Some(self.reader.context.folder.join(text))
    }

    /// A path where there has to be something.
    pub(super) fn existing_path(&self) -> Option<PathBuf> {
        let path = self.path()?;
        if self.reader.context.surroundings.exists(&path) {
            return Some(path);
        }
        self.fault(
            format!("there is no {}", path.display()),
            "write a path that exists; a relative one begins from the folder of this file",
        )
    }

    /// A list in which no item may come twice. Every item is read, also past a bad one; one bad item spoils the list.
    pub(super) fn set<T: PartialEq>(&self, read: impl Fn(&Entry<'r>) -> Option<T>) -> Option<Vec<T>> {
        let mut seen: Vec<T> = Vec::new();
        let mut sound = true;
        for item in self.items("it in brackets: [\"…\"]")? {
            match read(&item) {
                None => sound = false,
                Some(value) if seen.contains(&value) => {
                    item.fault::<()>(format!("`{}` has this twice", self.name), "keep one of them");
                    sound = false;
                }
                Some(value) => seen.push(value),
            }
        }
        sound.then_some(seen)
    }

    /// A set with at least one item.
    pub(super) fn non_empty_set<T: PartialEq>(&self, read: impl Fn(&Entry<'r>) -> Option<T>) -> Option<Vec<T>> {
        let items = self.set(read)?;
        if items.is_empty() {
            self.fault(format!("`{}` is empty", self.name), "write at least one")
        } else {
            Some(items)
        }
    }

    /// Whether the value is a table.
    pub(super) fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// Whether the value is a list.
    pub(super) fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// A table.
    pub(super) fn section(&self) -> Option<Section<'r>> {
        match self.value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.reader, self.name.clone(), Some(table), self.at())),
            DeValue::Array(_) => {
                let fix = format!("write [{}] once, with single brackets", self.name);
                self.misplaced(format!("`{}` is one section, not a list of them", self.name), fix)
            }
            _ => self.wrong_type("a table", &format!("[{}] on a line of its own, its keys below", self.name)),
        }
    }

    /// A list of tables.
    pub(super) fn sections(&self) -> Vec<Section<'r>> {
        if self.is_table() {
            let name = &self.name;
            match self
                .reader
                .header_at(self.at().min(self.key_at))
                .filter(|header| header.starts_with(&format!("[[{name}.")))
            {
                Some(below) => self.misplaced::<()>(
                    format!("{below} belongs below its [[{name}]]"),
                    format!("move it below the [[{name}]] it is for"),
                ),
                None => self.misplaced(
                    format!("`{name}` is a list of sections"),
                    format!("write [[{name}]], with double brackets"),
                ),
            };
            return Vec::new();
        }
        let items = self.items(&format!("[[{}]] on a line of its own, its keys below", self.name)).unwrap_or_default();
        items.iter().filter_map(Entry::section).collect()
    }

    fn items(&self, example: &str) -> Option<Vec<Entry<'r>>> {
        let DeValue::Array(items) = self.value.get_ref() else {
            return self.wrong_type("a list", example);
        };
        let entry = |item| Entry::new(self.reader, self.name.clone(), self.key_at, item);
        Some(items.iter().map(entry).collect())
    }

    /// A fault of a section: its place is the header.
    fn misplaced<T>(&self, message: String, fix: String) -> Option<T> {
        self.reader.fault(self.at().min(self.key_at), message, fix);
        None
    }

    fn wrong_type<T>(&self, wanted: &str, example: &str) -> Option<T> {
        self.fault(format!("`{}` must be {wanted}, not {}", self.name, self.type_name()), format!("write {example}"))
    }

    /// What kind of value it is, in words.
    pub(super) fn type_name(&self) -> &'static str {
        match self.value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

/// What was written, fit for one line of a message. What may hold a password (it has an `@`) is not shown.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.contains('@') {
        return "this value".into();
    }
    let short: String = text.chars().take(LONGEST).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{more}")
}
