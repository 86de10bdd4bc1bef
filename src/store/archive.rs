//! Everything durable as a file: what a backup and an export are made of.
//!
//! Both are the same JSON lines, UTF-8, of the same [`Record`]s, which are the domain's values and not an engine's: what one
//! engine wrote, another can read. A backup is an export with a seal.
//!
//! ```text
//! {"kind":"portero","record":{"form":"backup","format":1,"schema":1,"made_at":"…","version":"0.1.0"}}
//! {"kind":"organization","record":{"key":"acme",…}}
//! {"kind":"user","record":{"id":"…","organization":"acme","username":"ana",…}}
//! …
//! {"kind":"end","record":{"records":2,"sha256":"…"}}
//! ```
//!
//! * The seal is the last line: how many records there are, and the SHA-256 of every byte before that line. A [`Form::Backup`]
//!   that lacks it, or differs from it in anything, is refused. It tells damage, not forgery: whoever may write the file can
//!   seal it anew.
//! * A [`Form::Export`] has no seal, so that it may be edited. Its faults are told line by line.
//! * Records come in an order in which nothing refers to what comes later, but for an organization's parent.
//!
//! Neither is encrypted. They hold the hashes of passwords and of session tokens; signing keys and the
//! messages in the outbox stay sealed by the master key, which is in neither. Both are written and read one record at a time.

use std::io::{self, BufRead, Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;
use crate::domain::Timestamp;
use crate::domain::audit::AuditEvent;
use crate::domain::ids::{MailId, SecretHash, SessionId, UserId};
use crate::domain::mail::Mail;
use crate::domain::organization::Organization;
use crate::domain::session::{Session, SessionToken};
use crate::domain::signing_key::SigningKeyRecord;
use crate::domain::throttle::Counter;
use crate::domain::user::User;

/// The version of the lines that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Bytes of the longest line that is read.
const LONGEST_LINE: u64 = 64 << 20;

/// One thing that is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "record", rename_all = "snake_case")]
pub enum Record {
    /// An organization.
    Organization(Organization),
    /// A user, with hashes.
    User(Box<User>),
    /// When a user was last active.
    Activity {
        /// Who.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// A session.
    Session(Session),
    /// When a session was last seen, if later than the session itself says.
    SessionSeen {
        /// Which.
        session: SessionId,
        /// When.
        at: Timestamp,
    },
    /// A token of a session.
    SessionToken(SessionToken),
    /// A counter of attempts.
    Counter {
        /// What is counted: [`CounterKind::tag`](crate::domain::throttle::CounterKind::tag).
        counter_kind: u8,
        /// Against whom.
        subject: SecretHash,
        /// How it stands.
        counter: Counter,
    },
    /// A signing key, sealed.
    SigningKey(SigningKeyRecord),
    /// An event of the audit trail.
    AuditEvent(AuditEvent),
    /// A message in the outbox.
    Mail(Box<Mail>),
    /// The body of a message that may still be sent.
    MailBody {
        /// Whose.
        mail: MailId,
        /// Subject and body, sealed; base64 in the file.
        #[serde(with = "in_base64")]
        sealed: Vec<u8>,
    },
}

/// Bytes as text.
mod in_base64 {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        BASE64_STANDARD.decode(&*text).map_err(serde::de::Error::custom)
    }
}

/// Which of the two a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Sealed: whole and unchanged, or refused.
    Backup,
    /// Without a seal.
    Export,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Backup or export.
    pub form: Form,
    /// See [`FORMAT`].
    pub format: u32,
    /// See [`SCHEMA_VERSION`].
    pub schema: u32,
    /// The moment that the records are of.
    pub made_at: Timestamp,
    /// The Portero that wrote it.
    pub version: String,
}

/// The last line of a backup.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    records: u64,
    sha256: String,
}

/// A line that is no record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", content = "record", rename_all = "snake_case")]
enum Frame {
    Portero(Heading),
    End(Seal),
}

/// What kind of line it is, and nothing else of it.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    kind: std::borrow::Cow<'a, str>,
}

/// Why a file is not taken. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It does not begin as it should.
    #[error("this is not a Portero {}; its first line is not a heading", .0.name())]
    Other(Form),
    /// It is the other of the two.
    #[error("this is {}; take it in with `portero {}`", .0.with_article(), .0.verb())]
    WrongForm(Form),
    /// It was written by a newer Portero.
    #[error(
        "the file was written by Portero {version} (format {format}, schema {schema}), but this one knows only up to format {FORMAT}, schema {SCHEMA_VERSION}; use that Portero or a newer one"
    )]
    TooNew {
        /// Who wrote it.
        version: String,
        /// Its format.
        format: u32,
        /// Its schema.
        schema: u32,
    },
    /// It ends before its seal.
    #[error("the backup is cut off after line {line}: the line that ends it is missing; use another copy")]
    Truncated {
        /// The last line.
        line: u64,
    },
    /// It is not what was written.
    #[error("the backup is damaged at line {line}: {why}; use another copy")]
    Damaged {
        /// Where.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// Reading or writing failed.
    #[error("the file cannot be read or written")]
    Io(#[from] io::Error),
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Export => "export",
        }
    }

    const fn with_article(self) -> &'static str {
        match self {
            Self::Backup => "a backup",
            Self::Export => "an export",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Backup => "restore",
            Self::Export => "import",
        }
    }
}

impl Heading {
    /// The heading of what this program writes.
    pub fn new(form: Form, made_at: Timestamp) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        Self { form, format: FORMAT, schema: SCHEMA_VERSION, made_at, version }
    }
}

/// Writes a file, line by line.
pub struct Writer<W> {
    to: W,
    form: Form,
    digest: Context,
    line: Vec<u8>,
    records: u64,
    bytes: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with `heading`.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(to: W, heading: Heading) -> io::Result<Self> {
        let digest = Context::new(&SHA256);
        let mut writer = Self { to, form: heading.form, digest, line: Vec::new(), records: 0, bytes: 0 };
        writer.put(&Frame::Portero(heading))?;
        Ok(writer)
    }

    /// Writes one record.
    ///
    /// # Errors
    /// Writing failed.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.records += 1;
        self.put(record)
    }

    /// Seals it, if it is to be, and gives back what was written to, the number of records and of bytes.
    ///
    /// # Errors
    /// Writing failed.
    pub fn finish(mut self) -> io::Result<(W, u64, u64)> {
        if self.form == Form::Backup {
            let seal = Seal { records: self.records, sha256: hex(&self.digest.clone()) };
            self.put(&Frame::End(seal))?;
        }
        self.to.flush()?;
        Ok((self.to, self.records, self.bytes))
    }

    fn put(&mut self, line: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line)?;
        self.line.push(b'\n');
        self.digest.update(&self.line);
        self.bytes += self.line.len() as u64;
        self.to.write_all(&self.line)
    }
}

/// Reads a file, line by line.
pub struct Reader<R> {
    from: R,
    form: Form,
    digest: Context,
    text: Vec<u8>,
    line: u64,
    records: u64,
}

/// A line that was read: its number, and the record or what is wrong with it.
pub type Line = (u64, Result<Record, String>);

impl<R: BufRead> Reader<R> {
    /// Reads the heading, which has to be of a `form` and of a version that this program knows.
    ///
    /// # Errors
    /// [`ArchiveError`]
    pub fn new(from: R, form: Form) -> Result<Self, ArchiveError> {
        let mut reader = Self { from, form, digest: Context::new(&SHA256), text: Vec::new(), line: 0, records: 0 };
        reader.advance()?;
        let Ok(Frame::Portero(heading)) = serde_json::from_slice(&reader.text) else {
            return Err(ArchiveError::Other(form));
        };
        if heading.format > FORMAT || heading.schema > SCHEMA_VERSION {
            let Heading { version, format, schema, .. } = heading;
            return Err(ArchiveError::TooNew { version, format, schema });
        }
        if heading.form != form {
            return Err(ArchiveError::WrongForm(heading.form));
        }
        reader.digest.update(&reader.text);
        Ok(reader)
    }

    /// The next line. `None` at the end: a backup was then whole and unchanged.
    ///
    /// # Errors
    /// [`ArchiveError`]. A faulty line of an export is no error, but part of the answer.
    pub fn next_line(&mut self) -> Result<Option<Line>, ArchiveError> {
        loop {
            if !self.advance()? {
                return match self.form {
                    Form::Backup => Err(ArchiveError::Truncated { line: self.line }),
                    Form::Export => Ok(None),
                };
            }
            if self.form == Form::Backup && !self.text.ends_with(b"\n") {
                return Err(ArchiveError::Truncated { line: self.line });
            }
            if self.form == Form::Export && self.text.trim_ascii().is_empty() {
                continue;
            }
            if self.form == Form::Backup && kind(&self.text).as_deref() == Some("end") {
                return self.check_seal().map(|()| None);
            }
            let record = serde_json::from_slice(&self.text).map_err(|error| why(&error));
            self.records += 1;
            self.digest.update(&self.text);
            return match (self.form, record) {
                (Form::Backup, Err(why)) => Err(self.damage(why)),
                (_, record) => Ok(Some((self.line, record))),
            };
        }
    }

    /// That the line at hand is wrong, for reasons that only its reader knows.
    pub fn damage(&self, why: impl Into<String>) -> ArchiveError {
        ArchiveError::Damaged { line: self.line, why: why.into() }
    }

    fn check_seal(&mut self) -> Result<(), ArchiveError> {
        let Ok(Frame::End(seal)) = serde_json::from_slice(&self.text) else {
            return Err(self.damage("the line that ends it cannot be read"));
        };
        if seal.records != self.records {
            return Err(self.damage(format!("{} records were written, but {} are here", seal.records, self.records)));
        }
        if seal.sha256 != hex(&self.digest) {
            return Err(self.damage("its checksum is not the one it was written with"));
        }
        if self.advance()? {
            return Err(self.damage("something follows the line that ends it"));
        }
        Ok(())
    }

    /// Reads the next line, with its line feed; whether there was any.
    fn advance(&mut self) -> Result<bool, ArchiveError> {
        self.text.clear();
        let read = (&mut self.from).take(LONGEST_LINE).read_until(b'\n', &mut self.text)?;
        if read > 0 {
            self.line += 1;
        }
        if read as u64 == LONGEST_LINE && !self.text.ends_with(b"\n") {
            return Err(self.damage(format!("it is longer than {LONGEST_LINE} bytes")));
        }
        Ok(read > 0)
    }
}

fn kind(line: &[u8]) -> Option<String> {
    serde_json::from_slice::<Kind<'_>>(line).ok().map(|line| line.kind.into_owned())
}

/// What is wrong with a line, without the parser's own count of lines, which begins anew at each.
fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line 1 column ") {
        Some((what, column)) => format!("{what} (column {column})"),
        None => text,
    }
}

fn hex(digest: &Context) -> String {
    digest.clone().finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
