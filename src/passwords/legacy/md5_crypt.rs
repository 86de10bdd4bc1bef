//! MD5-crypt, as Apache (`$apr1$`) and old Unix systems (`$1$`) write it. The algorithm is Poul-Henning Kamp's of 1994.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

const LONGEST_SALT: usize = 8;
const OUTPUT_LENGTH: usize = 22;
const ROUNDS: usize = 1000;

/// The digits of crypt's own base 64.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Which bytes of the digest are written together, the most significant first.
const TRIPLES: [[usize; 3]; 5] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
/// The byte that is written by itself.
const LAST: usize = 11;

/// An MD5-crypt hash.
#[derive(Clone)]
pub(in crate::passwords) struct Md5Crypt {
    magic: &'static str,
    salt: String,
    output: String,
}

impl Md5Crypt {
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const BROKEN: &str = "it begins like MD5-crypt but is not whole";
        let magic = if text.starts_with("$apr1$") { "$apr1$" } else { "$1$" };
        let (salt, output) = text.strip_prefix(magic).and_then(|rest| rest.split_once('$')).ok_or(BROKEN)?;
        if salt.len() > LONGEST_SALT || output.len() != OUTPUT_LENGTH || !output.bytes().all(|b| DIGITS.contains(&b)) {
            return Err(BROKEN);
        }
        Ok(Self { magic, salt: salt.to_owned(), output: output.to_owned() })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let digest = digest(password, self.magic.as_bytes(), self.salt.as_bytes());
        encode(&digest).as_bytes().ct_eq(self.output.as_bytes()).into()
    }
}

fn digest(password: &[u8], magic: &[u8], salt: &[u8]) -> [u8; 16] {
    let alternate: [u8; 16] =
        Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut first = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for chunk in password.chunks(alternate.len()) {
        first.update(&alternate[..chunk.len()]);
    }
    let mut bits = password.len();
    while bits > 0 {
        first.update(if bits & 1 == 1 { &[0] } else { &password[..1] });
        bits >>= 1;
    }
    let mut latest: [u8; 16] = first.finalize().into();
    for round in 0..ROUNDS {
        let odd = round % 2 == 1;
        let mut next = Md5::new();
        next.update(if odd { password } else { &latest });
        if !round.is_multiple_of(3) {
            next.update(salt);
        }
        if !round.is_multiple_of(7) {
            next.update(password);
        }
        next.update(if odd { &latest } else { password });
        latest = next.finalize().into();
    }
    latest
}

fn encode(digest: &[u8; 16]) -> String {
    let mut written = String::with_capacity(OUTPUT_LENGTH);
    let mut write = |mut value: u32, digits: usize| {
        for _ in 0..digits {
            written.push(char::from(DIGITS[(value & 63) as usize]));
            value >>= 6;
        }
    };
    for triple in TRIPLES {
        let [high, middle, low] = triple.map(|at| u32::from(digest[at]));
        write(high << 16 | middle << 8 | low, 4);
    }
    write(u32::from(digest[LAST]), 2);
    written
}
