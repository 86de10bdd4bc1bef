//! Where one HTTP/1 request ends and the next begins, read strictly beside the real parser.
//!
//! The parser takes bare line feeds, and drops a Content-Length beside a Transfer-Encoding, before anybody can see them; either
//! lets two readers in a row disagree about where a request ends (request smuggling). So every byte passes here first. Owns the
//! framing rules of RFC 9112 §6–7 at their strictest; refuses what is ambiguous and leaves the rest of a head to the parser.
//! Neighbour: `watched`, which feeds it.

use memchr::memchr;

use super::malformed::Malformed;

/// Follows a stream of requests.
#[derive(Debug, Default)]
pub(super) struct Framing {
    phase: Phase,
    /// The unfinished line of a head, where it was split between two reads.
    partial: Vec<u8>,
}

/// Where in the stream the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing of the next request has come yet.
    Between,
    /// Inside a head.
    Head,
    /// Inside a body.
    Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Head(Head),
    Length(u64),
    Chunked(Chunk),
}

/// What of a head matters for its framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Head {
    begun: bool,
    length: Option<u64>,
    chunked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    SizeEnd { size: u64 },
    Data { left: u64 },
    DataCr,
    DataLf,
    Trailers { line_is_empty: bool },
    TrailerLf { line_is_empty: bool },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Head(Head::default())
    }
}

impl Framing {
    /// Takes the next bytes of the stream.
    ///
    /// # Errors
    /// The first ambiguity. The stream can't be followed past it.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Malformed> {
        while !bytes.is_empty() {
            bytes = match self.phase {
                Phase::Head(head) => self.feed_head(head, bytes)?,
                Phase::Length(left) => {
                    let (rest, left) = skip(bytes, left);
                    self.phase = if left == 0 { Phase::default() } else { Phase::Length(left) };
                    rest
                }
                Phase::Chunked(Chunk::Data { left }) => {
                    let (rest, left) = skip(bytes, left);
                    self.phase = Phase::Chunked(if left == 0 { Chunk::DataCr } else { Chunk::Data { left } });
                    rest
                }
                Phase::Chunked(chunk) => {
                    self.phase = chunk.step(bytes[0])?.map_or_else(Phase::default, Phase::Chunked);
                    &bytes[1..]
                }
            };
        }
        Ok(())
    }

    /// Where the next byte stands.
    pub(super) const fn place(&self) -> Place {
        match self.phase {
            Phase::Head(Head { begun: false, .. }) if self.partial.is_empty() => Place::Between,
            Phase::Head(_) => Place::Head,
            Phase::Length(_) | Phase::Chunked(_) => Place::Body,
        }
    }

    /// Reads lines until the head or the bytes end; gives back what follows the head.
    fn feed_head<'a>(&mut self, mut head: Head, mut bytes: &'a [u8]) -> Result<&'a [u8], Malformed> {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            let ended = if self.partial.is_empty() {
                head.line(line)?
            } else {
                self.partial.extend_from_slice(line);
                let ended = head.line(&self.partial)?;
                self.partial.clear();
                ended
            };
            if ended {
                self.phase = head.body();
                return Ok(bytes);
            }
        }
        self.partial.extend_from_slice(bytes);
        self.phase = Phase::Head(head);
        Ok(&[])
    }
}

impl Head {
    /// Takes one line without its LF; says whether it ended the head.
    fn line(&mut self, line: &[u8]) -> Result<bool, Malformed> {
        let line = line.strip_suffix(b"\r").ok_or(Malformed::BareLineFeed)?;
        match (line.first(), self.begun) {
            // Empty lines before a request are skipped (RFC 9112 §2.2), as the parser does.
            (None, begun) => return Ok(begun),
            // The parser cuts a fragment off, and so hides that another reader might not.
            (Some(_), false) if memchr(b'#', line).is_some() => return Err(Malformed::Fragment),
            (Some(_), false) => self.begun = true,
            (Some(b'c' | b'C' | b't' | b'T'), true) => self.field(line)?,
            (Some(_), true) => {}
        }
        Ok(false)
    }

    fn field(&mut self, line: &[u8]) -> Result<(), Malformed> {
        // A line without a colon is for the parser to refuse.
        let Some(colon) = memchr(b':', line) else { return Ok(()) };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            if self.chunked {
                return Err(Malformed::LengthAndEncoding);
            }
            let length = parse_length(value).filter(|_| self.length.is_none());
            self.length = Some(length.ok_or(Malformed::InvalidLength)?);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.length.is_some() {
                return Err(Malformed::LengthAndEncoding);
            }
            if self.chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Malformed::InvalidEncoding);
            }
            self.chunked = true;
        }
        Ok(())
    }

    const fn body(self) -> Phase {
        match self.length {
            _ if self.chunked => Phase::Chunked(Chunk::Size { size: 0, digits: 0 }),
            Some(length) if length > 0 => Phase::Length(length),
            _ => Phase::Head(Self { begun: false, length: None, chunked: false }),
        }
    }
}

impl Chunk {
    /// The state after `byte`; `None` once the body is over.
    fn step(self, byte: u8) -> Result<Option<Self>, Malformed> {
        let next = match (self, byte) {
            (Self::Size { size, digits }, _) if byte.is_ascii_hexdigit() => {
                // Sixteen digits fill the number; more could only overflow it somewhere else.
                if digits == 16 {
                    return Err(Malformed::InvalidChunk);
                }
                let digit = char::from(byte).to_digit(16).map_or(0, u64::from);
                Self::Size { size: size << 4 | digit, digits: digits + 1 }
            }
            (Self::Size { size, digits: 1.. }, b'\r') => Self::SizeEnd { size },
            (Self::Size { size, digits: 1.. }, b';' | b' ' | b'\t') => Self::Extension { size },
            (Self::Extension { size }, b'\r') => Self::SizeEnd { size },
            (Self::SizeEnd { size: 0 }, b'\n') => Self::Trailers { line_is_empty: true },
            (Self::SizeEnd { size }, b'\n') => Self::Data { left: size },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Size { size: 0, digits: 0 },
            (Self::Trailers { line_is_empty }, b'\r') => Self::TrailerLf { line_is_empty },
            (Self::TrailerLf { line_is_empty: true }, b'\n') => return Ok(None),
            (Self::TrailerLf { line_is_empty: false }, b'\n') => Self::Trailers { line_is_empty: true },
            (Self::Extension { .. } | Self::Trailers { .. }, b'\n') => return Err(Malformed::BareLineFeed),
            (Self::Extension { .. }, _) => self,
            (Self::Trailers { .. }, _) => Self::Trailers { line_is_empty: false },
            _ => return Err(Malformed::InvalidChunk),
        };
        Ok(Some(next))
    }
}

/// Skips up to `count` bytes; gives back the rest, and how many are still to come.
fn skip(bytes: &[u8], count: u64) -> (&[u8], u64) {
    let here = usize::try_from(count).unwrap_or(usize::MAX).min(bytes.len());
    (&bytes[here..], count - here as u64)
}

/// Decimal digits and nothing else: no sign, no list.
fn parse_length(value: &[u8]) -> Option<u64> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests;
