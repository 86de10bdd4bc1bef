//! The three streams of a command, and how results look on them.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use jiff::tz::TimeZone;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::Serialize;

use crate::domain::Timestamp;

/// Bytes of a password line that are looked at; far more than the policy accepts.
const LONGEST_LINE: u64 = 4096;

/// Where a command reads and writes.
pub struct Terminal<'a> {
    /// Results.
    pub out: Box<dyn Write + 'a>,
    /// Messages.
    pub err: Box<dyn Write + 'a>,
    /// Input.
    pub input: Box<dyn BufRead + 'a>,
    /// Whether a person types the input.
    pub interactive: bool,
}

/// Why no password could be read.
#[derive(Debug, thiserror::Error)]
pub enum PasswordInputError {
    /// Nothing came.
    #[error("no password on stdin; write it as the first line, such as --password-stdin < password.txt")]
    Empty,
    /// Not text, or no end.
    #[error("the first line of stdin is not a password: it must be UTF-8 and at most {LONGEST_LINE} bytes long")]
    NotText,
    /// Reading failed.
    #[error("stdin cannot be read")]
    Io(#[source] io::Error),
}

impl Terminal<'static> {
    /// The process's own streams.
    pub fn standard() -> Self {
        Self {
            out: Box::new(io::stdout()),
            err: Box::new(io::stderr()),
            input: Box::new(io::stdin().lock()),
            interactive: io::stdin().is_terminal(),
        }
    }
}

impl Terminal<'_> {
    /// Prints a line of the result.
    ///
    /// # Errors
    /// Writing failed.
    pub fn result(&mut self, text: &str) -> io::Result<()> {
        forgive_closed(writeln!(self.out, "{text}").and_then(|()| self.out.flush()))
    }

    /// Prints the result as one line of JSON.
    ///
    /// # Errors
    /// Writing failed.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = Zeroizing::new(serde_json::to_string(value)?);
        self.result(&text)
    }

    /// Prints a message. Nothing can be done if that fails.
    pub fn message(&mut self, text: &str) {
        let _unheard = writeln!(self.err, "{text}");
    }

    /// Reads the first line of the input as a password, without its line end.
    ///
    /// # Errors
    /// `PasswordInputError`
    pub fn password(&mut self) -> Result<SecretString, PasswordInputError> {
        if self.interactive {
            self.message("Type the password and press Enter (it shows on the screen):");
        }
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_LINE as usize + 1));
        let read = (&mut self.input).take(LONGEST_LINE + 1).read_until(b'\n', &mut line);
        if read.map_err(PasswordInputError::Io)? as u64 > LONGEST_LINE {
            return Err(PasswordInputError::NotText);
        }
        let text = std::str::from_utf8(&line).map_err(|_| PasswordInputError::NotText)?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        match text.strip_suffix('\r').unwrap_or(text) {
            "" => Err(PasswordInputError::Empty),
            password => Ok(SecretString::from(password)),
        }
    }
}

/// A reader such as `head` that has seen enough is no failure.
pub(super) fn forgive_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Lays rows out under their headings, columns two spaces apart.
pub(super) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let lines = std::iter::once(headings.map(str::to_owned)).chain(rows.iter().cloned()).map(|row| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Lays out one thing: a line for each of its labels.
pub(super) fn details(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.chars().count() + 1).max().unwrap_or_default();
    let lines = lines.iter().map(|(label, value)| format!("{:width$}  {value}", format!("{label}:")));
    lines.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// A moment in the installation's time zone, to the minute.
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
}

/// How long it is from one moment to another, in the largest unit that fits.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().max(0);
    let (number, unit) = match seconds {
        _ if seconds != 0 && seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds != 0 && seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        _ => (seconds / 60, "minute"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn read(input: &[u8]) -> Result<String, PasswordInputError> {
        let mut terminal = Terminal {
            out: Box::new(io::sink()),
            err: Box::new(io::sink()),
            input: Box::new(input),
            interactive: false,
        };
        terminal.password().map(|password| password.expose_secret().to_owned())
    }

    #[test]
    fn the_first_line_is_the_password_and_spaces_belong_to_it() {
        for input in [&b" Se cret \n"[..], b" Se cret \r\nmore\n", b" Se cret "] {
            assert_eq!(read(input).expect("a password"), " Se cret ");
        }
    }

    #[test]
    fn an_empty_endless_or_binary_line_is_no_password() {
        assert!(matches!(read(b""), Err(PasswordInputError::Empty)));
        assert!(matches!(read(b"\nsecond\n"), Err(PasswordInputError::Empty)));
        assert!(matches!(read(&[b'x'; 5000]), Err(PasswordInputError::NotText)));
        assert!(matches!(read(b"\xff\xfe\n"), Err(PasswordInputError::NotText)));
    }

    #[test]
    fn columns_line_up_whatever_the_letters() {
        let rows = [["ñandú".to_owned(), "x".to_owned()], ["a".to_owned(), String::new()]];
        assert_eq!(table(["KEY", "NAME"], &rows), "KEY    NAME\nñandú  x\na");
        assert_eq!(details(&[("user", "acme/ana".into()), ("name", "Ana".into())]), "user:  acme/ana\nname:  Ana");
    }

    #[test]
    fn spans_use_the_largest_unit_that_fits() {
        let at = |second| Timestamp::from_second(second).expect("in range");
        for (seconds, words) in
            [(86_400, "1 day"), (172_800, "2 days"), (7_200, "2 hours"), (5_400, "90 minutes"), (0, "0 minutes")]
        {
            assert_eq!(span(at(0), at(seconds)), words);
        }
    }

    #[test]
    fn moments_are_told_in_the_zone_of_the_installation() {
        let at: Timestamp = "2026-11-03T18:05:59Z".parse().expect("a moment");
        let zone = TimeZone::get("America/Mexico_City").expect("bundled");
        assert_eq!(moment(at, &zone), "2026-11-03 12:05 CST");
    }

    #[test]
    fn a_reader_that_left_is_no_failure() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut terminal =
            Terminal { out: Box::new(Gone), err: Box::new(Gone), input: Box::new(io::empty()), interactive: false };
        terminal.message("nobody hears this");
        terminal.result("nor this").expect("forgiven");
    }
}
