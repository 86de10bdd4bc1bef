//! The path of a request, normalised once: what is judged is what is sent.
//!
//! A gate that reads a path otherwise than the application behind it can be walked around. Owns the normal form (RFC 3986 §6.2.2,
//! stricter) and refuses every path that two readers could resolve differently: encoded slashes, dot segments in any dress,
//! double encodings. Neighbours: `router` and `gate` judge it, the proxy sends it.

use bytes::Bytes;
use http::uri::PathAndQuery;

/// A path in normal form, and the query as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalPath {
    sent: PathAndQuery,
    /// Readings of the path that differ from it; each must be allowed too.
    decoded: Option<Box<str>>,
    stripped: Option<Box<str>>,
}

/// Why a path is refused (400).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It doesn't begin with `/`.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// `%` without two hexadecimal digits.
    #[error("the path holds an incomplete percent-encoding")]
    MalformedEscape,
    /// A control character, encoded or not.
    #[error("the path holds a control character")]
    Control,
    /// `%2F`.
    #[error("the path holds an encoded slash")]
    EncodedSlash,
    /// `\`, encoded or not.
    #[error("the path holds a backslash")]
    Backslash,
    /// `%23`.
    #[error("the path holds an encoded number sign")]
    EncodedHash,
    /// `.` or `..` as a segment, whatever its encoding and parameters.
    #[error("the path holds a dot segment")]
    DotSegment,
    /// Encoded bytes that are not UTF-8, overlong forms included.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// An encoding of an encoding of something that must not be encoded even once.
    #[error("the path is encoded twice")]
    DoubleEncoding,
    /// A query with bytes that belong encoded.
    #[error("the query holds a byte that must be percent-encoded")]
    Query,
    /// Longer than a URI may be, once normalised.
    #[error("the path is too long")]
    TooLong,
}

impl BadPath {
    /// A stable word for logs and clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAbsolute => "not_absolute",
            Self::MalformedEscape => "malformed_escape",
            Self::Control => "control_character",
            Self::EncodedSlash => "encoded_slash",
            Self::Backslash => "backslash",
            Self::EncodedHash => "encoded_hash",
            Self::DotSegment => "dot_segment",
            Self::NotUtf8 => "not_utf8",
            Self::DoubleEncoding => "double_encoding",
            Self::Query => "raw_query",
            Self::TooLong => "too_long",
        }
    }
}

impl NormalPath {
    /// Normalises: unreserved characters are decoded, the other escapes upper-cased, bytes that no URI may hold encoded, runs of
    /// slashes made one. A path that is normal already is taken over without a copy.
    ///
    /// # Errors
    /// The path is ambiguous.
    pub fn parse(raw: &PathAndQuery) -> Result<Self, BadPath> {
        let path = raw.path();
        if !raw.query().unwrap_or_default().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadPath::Query);
        }
        if is_plain(path.as_bytes()) && raw.as_str().starts_with('/') {
            return Ok(Self { sent: raw.clone(), decoded: None, stripped: None });
        }
        let normal = normalise(path.as_bytes())?;
        check(&normal)?;
        let decoded = decode_allowed(&normal);
        let stripped = strip_parameters(&decoded);
        let other = |reading: String, than: &str| (reading != than).then(|| reading.into_boxed_str());
        let stripped = other(stripped, &decoded);
        let decoded = other(decoded, &normal);
        let sent = match raw.query() {
            None if normal == raw.as_str() => raw.clone(),
            None => assemble(normal)?,
            Some(_) if normal == path && raw.as_str().starts_with('/') => raw.clone(),
            Some(query) => assemble(format!("{normal}?{query}"))?,
        };
        Ok(Self { sent, decoded, stripped })
    }

    /// The path alone, in normal form.
    pub fn as_str(&self) -> &str {
        self.sent.path()
    }

    /// What is sent to the application. Costs no copy.
    pub fn path_and_query(&self) -> PathAndQuery {
        self.sent.clone()
    }

    /// Every way an application may read the path; access must be allowed for each. They are: the normal form; the same with
    /// characters decoded that need no encoding in a path (`%40` is `@` to every application); and that without the parameters
    /// of its segments (`/admin;x=1` is `/admin` to a servlet container). Most paths have but the first.
    pub fn judged_variants(&self) -> impl Iterator<Item = &str> + Clone {
        [Some(self.as_str()), self.decoded.as_deref(), self.stripped.as_deref()].into_iter().flatten()
    }
}

/// Whether nothing in the path needs a second look.
fn is_plain(path: &[u8]) -> bool {
    let mut before = 0;
    path.iter().all(|&byte| {
        let after_slash = std::mem::replace(&mut before, byte) == b'/';
        let odd = matches!(byte, b'%' | b';') || needs_encoding(byte);
        !(odd || after_slash && matches!(byte, b'/' | b'.'))
    })
}

/// Whether a URI's path may not hold `byte` as it is (RFC 3986 §3.3).
const fn needs_encoding(byte: u8) -> bool {
    !(is_unreserved(byte) || is_delimiter(byte) || byte == b'/' || byte == b'%')
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What a path may hold beside unreserved characters.
const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@')
}

fn normalise(path: &[u8]) -> Result<String, BadPath> {
    if path.first() != Some(&b'/') {
        return Err(BadPath::NotAbsolute);
    }
    let mut normal = String::with_capacity(path.len() + 16);
    let mut rest = path;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'%' => {
                let (value, after) = read_escape(rest).ok_or(BadPath::MalformedEscape)?;
                rest = after;
                match value {
                    0..=0x1f | 0x7f => return Err(BadPath::Control),
                    b'/' => return Err(BadPath::EncodedSlash),
                    b'\\' => return Err(BadPath::Backslash),
                    b'#' => return Err(BadPath::EncodedHash),
                    _ if is_unreserved(value) => normal.push(char::from(value)),
                    _ => push_escape(&mut normal, value),
                }
            }
            0..=0x1f | 0x7f => return Err(BadPath::Control),
            b'\\' => return Err(BadPath::Backslash),
            b'/' if normal.ends_with('/') => {}
            _ if needs_encoding(byte) => push_escape(&mut normal, byte),
            _ => normal.push(char::from(byte)),
        }
    }
    Ok(normal)
}

/// Refuses what is dangerous in a path whose escapes are normal.
fn check(normal: &str) -> Result<(), BadPath> {
    let dots = |segment: &str| matches!(without_parameters(segment), "." | "..");
    if normal.split('/').any(dots) {
        return Err(BadPath::DotSegment);
    }
    if percent_encoding::percent_decode_str(normal).decode_utf8().is_err() {
        return Err(BadPath::NotUtf8);
    }
    // `%25` followed by digits is an escape to whoever decodes once more, and so is `%2525…`, once more again.
    let mut rest = normal.as_bytes();
    while let Some(at) = memchr::memmem::find(rest, b"%25") {
        rest = &rest[at + 3..];
        let mut inner = rest;
        while let Some(deeper) = inner.strip_prefix(b"25") {
            inner = deeper;
        }
        if read_escape(inner).is_some_and(|(value, _)| is_dangerous_twice(value)) {
            return Err(BadPath::DoubleEncoding);
        }
    }
    Ok(())
}

/// What must not come out of a second decoding: whatever separates, hides, or should not have been encoded even once; and the
/// bytes that begin overlong UTF-8.
const fn is_dangerous_twice(value: u8) -> bool {
    is_unreserved(value)
        || matches!(value, 0..=0x1f | 0x7f | b'/' | b'\\' | b'#' | b';' | b'%' | 0xc0 | 0xc1 | 0xe0 | 0xf0 | 0xf5..)
}

/// The path with every escape decoded that stands for a character a path may hold as it is.
fn decode_allowed(normal: &str) -> String {
    let mut decoded = String::with_capacity(normal.len());
    let mut rest = normal;
    while let Some((before, after)) = rest.split_once('%') {
        decoded.push_str(before);
        match read_escape(after.as_bytes()) {
            Some((value, _)) if is_delimiter(value) => decoded.push(char::from(value)),
            Some(_) => decoded.extend(["%", &after[..2]]),
            None => decoded.push('%'),
        }
        rest = after.get(2..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// The path without its segments' parameters, and without the segments that were nothing else.
fn strip_parameters(path: &str) -> String {
    let mut stripped = String::with_capacity(path.len());
    for segment in path.split('/').skip(1) {
        if !stripped.ends_with('/') {
            stripped.push('/');
        }
        stripped.push_str(without_parameters(segment));
    }
    stripped
}

fn without_parameters(segment: &str) -> &str {
    let end = segment.find(';').into_iter().chain(segment.find("%3B")).min();
    &segment[..end.unwrap_or(segment.len())]
}

/// The byte that two hexadecimal digits stand for, and what follows them.
fn read_escape(after_percent: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = after_percent.split_at_checked(2)?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(digits[0])? << 4 | digit(digits[1])?, rest))
}

fn push_escape(normal: &mut String, byte: u8) {
    // Upper-case, as RFC 3986 §6.2.2.1 wants it.
    normal.push_str(percent_encoding::percent_encode_byte(byte));
}

fn assemble(text: String) -> Result<PathAndQuery, BadPath> {
    PathAndQuery::from_maybe_shared(Bytes::from(text)).map_err(|_| BadPath::TooLong)
}

#[cfg(test)]
mod tests;
