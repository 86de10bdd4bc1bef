//! Finding people by what is known of them: how the username begins, any word of the name, or a registered address.
//!
//! Both what is looked for and what is looked through are *folded*: without regard to case, accents and width. Here is what fits, and in
//! which order; stores that keep an index of folded words obey it ([`Known`] says which words those are), so all of them find the
//! same people. Refuses to guess: letters that differ by more than their accents are different letters.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::names::Username;
use super::user::User;

/// Words are compared by so many of their first characters.
const MOST_COMPARED: usize = 96;

/// What is looked for: one word or several, of which all must fit. It never is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted(Vec<String>);

/// The folded words that a user is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known(BTreeSet<String>);

/// Where a search stopped, to go on there. Its text form is `LEAD/USERNAME/WORD`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SearchPlace {
    /// Which of the wanted words leads the search, counted from 0.
    pub lead: usize,
    /// The known word that was looked at last; it begins with the leading one.
    pub word: String,
    /// Whose it is.
    pub username: Username,
}

/// A text is no place of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in a search is written NUMBER/USERNAME/WORD, as the answer before gave it")]
pub struct MalformedPlace;

impl Wanted {
    /// Reads what somebody typed. `None` if no word is in it.
    pub fn read(text: &str) -> Option<Self> {
        let folded = fold(text);
        let mut words: Vec<String> = Vec::new();
        for word in words_of(&folded) {
            // "Martínez, Ana" is typed off a list.
            let word = cut(word.trim_end_matches([',', ';']));
            if !word.is_empty() && !words.iter().any(|other| other == word) {
                words.push(word.to_owned());
            }
        }
        (!words.is_empty()).then_some(Self(words))
    }

    /// The words, folded, each once, in the order in which they were typed.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether every wanted word begins some known one.
    pub fn fits(&self, known: &Known) -> bool {
        self.0.iter().all(|word| known.first(word).is_some())
    }

    /// The leading word of a search that goes on at `place`; `None` if `place` is not of this search.
    pub fn lead(&self, place: &SearchPlace) -> Option<&str> {
        self.0.get(place.lead).filter(|lead| place.word.starts_with(lead.as_str())).map(String::as_str)
    }
}

impl Known {
    /// What `user` is found by: the username, each word of the name (of "García-López" also the second part), each address.
    pub fn of(user: &User) -> Self {
        let mut known = BTreeSet::new();
        let name = fold(user.name.as_str());
        for word in words_of(&name) {
            known.extend(beginnings(word).map(|word| cut(word).to_owned()));
        }
        let whole = [user.username.as_str()].into_iter().chain(user.emails.iter().map(|address| address.as_str()));
        // What a fold makes of it may have spaces, which nobody's query has within a word.
        known.extend(whole.flat_map(|text| words_of(&fold(text)).next().map(|word| cut(word).to_owned())));
        Self(known)
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The first word, in order, that begins with `beginning`: the one under which a search led by it tells of this user, once.
    pub fn first(&self, beginning: &str) -> Option<&str> {
        let from = (Bound::Included(beginning), Bound::Unbounded);
        self.0.range::<str, _>(from).next().filter(|word| word.starts_with(beginning)).map(String::as_str)
    }

    /// The words that `other` does not have.
    pub fn without<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        self.0.difference(&other.0).map(String::as_str)
    }
}

impl fmt::Display for SearchPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.lead, self.username, self.word)
    }
}

impl FromStr for SearchPlace {
    type Err = MalformedPlace;

    fn from_str(text: &str) -> Result<Self, MalformedPlace> {
        // No username has a slash, while a word may have.
        let mut parts = text.splitn(3, '/');
        let (Some(lead), Some(username), Some(word)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(MalformedPlace);
        };
        match (lead.parse(), username.parse()) {
            (Ok(lead), Ok(username)) => Ok(Self { lead, word: word.to_owned(), username }),
            _ => Err(MalformedPlace),
        }
    }
}

impl TryFrom<String> for SearchPlace {
    type Error = MalformedPlace;

    fn try_from(text: String) -> Result<Self, MalformedPlace> {
        text.parse()
    }
}

impl From<SearchPlace> for String {
    fn from(place: SearchPlace) -> Self {
        place.to_string()
    }
}

/// The words of a folded text. No control character is in them.
fn words_of(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
}

/// A word, and what of it follows a hyphen, an apostrophe or the like.
fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    let inner = word.char_indices().zip(word.chars().skip(1)).filter_map(|((at, one), next)| {
        (!one.is_alphanumeric() && next.is_alphanumeric()).then(|| word.get(at + one.len_utf8()..)).flatten()
    });
    std::iter::once(word).chain(inner)
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(MOST_COMPARED).and_then(|(at, _)| word.get(..at)).unwrap_or(word)
}

/// A text without regard to case, accents and width.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        // Letters that people type otherwise, and that Unicode does not take apart.
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            '’' | 'ʼ' => folded.push('\''),
            '‐' | '‑' => folded.push('-'),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests;
