//! Things that may be written once in a file.

use std::collections::BTreeMap;

use super::reader::Reader;

/// Remembers where each was written first.
pub(super) struct Unique<'r, T> {
    reader: &'r Reader<'r>,
    first: BTreeMap<T, usize>,
}

impl<'r, T: Ord> Unique<'r, T> {
    pub(super) fn new(reader: &'r Reader<'r>) -> Self {
        Self { reader, first: BTreeMap::new() }
    }

    /// Claims `thing` for the place `at`; a fault if it was claimed before. `what` says what it is.
    pub(super) fn claim(&mut self, thing: T, at: usize, what: &str) {
        match self.first.get(&thing) {
            Some(first) => {
                let line = self.reader.line(*first);
                self.reader.fault(at, format!("this {what} is taken by line {line}"), "write another, or remove one");
            }
            None => {
                self.first.insert(thing, at);
            }
        }
    }
}
