//! The name of a request in every log, here and at the application.

use std::fmt;

use http::HeaderValue;

/// The program's run and the request's number in it: unique, and cheap enough to make for every request.
#[derive(Debug, Clone)]
pub struct RequestId(HeaderValue);

impl RequestId {
    /// Names request `number` of the run called `run`, which is short and holds letters and digits alone.
    pub fn new(run: &str, number: u64) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Vec::with_capacity(run.len() + 1 + 16);
        text.extend_from_slice(run.as_bytes());
        text.push(b'-');
        let length = (64 - number.leading_zeros()).div_ceil(4).max(1);
        text.extend((0..length).rev().map(|place| DIGITS[(number >> (4 * place) & 15) as usize]));
        // What is no header value names nothing; letters and digits are one.
        Self(HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("-")))
    }

    /// As it is logged.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As it is sent.
    pub const fn as_header(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_numbered_in_hexadecimal() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 0xdead_beef, u64::MAX] {
            assert_eq!(RequestId::new("a1B2", number).as_str(), format!("a1B2-{number:x}"));
        }
    }
}
