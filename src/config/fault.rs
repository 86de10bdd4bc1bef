//! What parsing has to say: faults that refuse a file, notices that do not.
//!
//! Neither ever carries the value of a secret, nor of anything that may hold one.

use std::fmt;

/// One thing that is wrong with the file, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write.
    pub fix: String,
}

impl fmt::Display for Fault {
    /// `LINE:COLUMN: what is wrong; what to write`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.line, self.column, self.message, self.fix)
    }
}

/// Every fault of a file, in the order of their places.
///
/// Its text has one line a fault: `FILE:LINE:COLUMN: what is wrong; what to write`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.file, .faults))]
pub struct ConfigError {
    /// The file as the operator named it.
    pub file: String,
    /// Its faults; at least one.
    pub faults: Vec<Fault>,
}

/// Something the operator should know about a file that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What there is to know.
    pub message: String,
}

impl fmt::Display for Notice {
    /// `LINE:COLUMN: text`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    /// `LINE:COLUMN`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

fn lines(file: &str, faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("{file}:{fault}")).collect::<Vec<_>>().join("\n")
}
