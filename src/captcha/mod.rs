//! Telling people from programs, without a third party: a picture to read, or the same to listen to.
//!
//! A challenge lives for two minutes in the ephemeral store, bound to one form and one browser, and dies with the first answer,
//! right or wrong. Its text comes from [`Random`]; so does all that distorts it. Drawing and speaking take milliseconds, so they
//! have threads of their own with short queues.
//!
//! It refuses to know when a captcha is asked for (the configuration and `throttle` do) and how it is shown (`pages` does). The
//! store bounds how many challenges are pending; past the bound the oldest are forgotten, and their answers are wrong.

mod draws;
mod glyphs;
mod picture;
mod sound;
mod voice;
mod worker;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::language::Language;
use crate::random::{Random, Token, digest, digest_parts};
use crate::store::{Ephemeral, EphemeralEntry, StoreError};
use draws::Draws;
use glyphs::{ALPHABET, Glyph};
use worker::{Busy, Worker};

/// How long a challenge can be answered.
const LIFETIME: Duration = Duration::from_secs(120);

/// Characters of a challenge. 17⁶ is 24 million: nobody guesses it within one attempt.
const LENGTH: usize = 6;

/// How many recordings of a challenge are made: one in each language, and one that was forgotten meanwhile.
const RECORDINGS: u8 = 3;

/// Bytes of recordings that are kept, for whoever listens again, and for browsers that ask for a part at a time.
const KEPT: u64 = 16 * 1024 * 1024;

/// Answers longer than this are not looked at.
const LONGEST_ANSWER: usize = 64;

/// So many pictures may wait to be drawn.
const PICTURES: usize = 256;

/// So many sounds may wait to be made; each takes longer, and is larger.
const SOUNDS: usize = 16;

/// The form a challenge is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptchaForm {
    /// The sign-in page.
    SignIn,
    /// The page that changes a password.
    ChangePassword,
    /// The page that asks for a temporary password.
    TemporaryPassword,
    /// The page that asks for a rescue code.
    RescueCode,
    /// The page that asks for a reset link.
    ResetLink,
    /// The page of the secret question.
    SecretQuestion,
}

/// A challenge to be shown.
#[derive(Debug)]
pub struct Challenge {
    /// Its name, for the hidden field of the form and the address of the sound.
    pub id: String,
    /// The picture, 260 by 80 pixels.
    pub png: Vec<u8>,
}

/// Why captchas do not work.
#[derive(Debug, thiserror::Error)]
pub enum CaptchaError {
    /// A thread could not be started.
    #[error("no thread for captchas could be started")]
    Thread(#[source] std::io::Error),
    /// The built-in characters are not whole.
    #[error("a character of the captchas is missing")]
    Glyphs,
    /// Too many are waiting to be drawn or said.
    #[error("too many captchas are waiting to be made")]
    Overloaded,
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CaptchaError {
    /// A stable code for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Thread(_) => "captcha_thread",
            Self::Glyphs => "captcha_glyphs",
            Self::Overloaded => "captcha_overloaded",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<Busy> for CaptchaError {
    fn from(_: Busy) -> Self {
        Self::Overloaded
    }
}

/// Issues challenges and judges answers.
pub struct Captcha {
    store: Arc<dyn Ephemeral>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pictures: Worker<String, Vec<u8>>,
    sounds: Worker<(String, Language), Vec<u8>>,
    /// What was said of late.
    recordings: Cache<(SecretHash, Language), Bytes>,
}

/// A challenge as the store keeps it.
#[derive(Serialize, Deserialize)]
struct Pending {
    form: CaptchaForm,
    browser: SecretHash,
    text: String,
    expires_at: Timestamp,
}

impl Captcha {
    /// Starts the threads that draw and speak.
    ///
    /// # Errors
    /// [`CaptchaError::Thread`], [`CaptchaError::Glyphs`]
    pub fn new(
        store: Arc<dyn Ephemeral>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, CaptchaError> {
        let pictures = painter(Arc::clone(&random))?;
        let sounds = speaker(Arc::clone(&random))?;
        let weigh = |_: &(SecretHash, Language), wav: &Bytes| u32::try_from(wav.len()).unwrap_or(u32::MAX);
        let recordings = Cache::builder().max_capacity(KEPT).weigher(weigh).time_to_live(LIFETIME).build();
        Ok(Self { store, clock, random, pictures, sounds, recordings })
    }

    /// Makes a challenge for a form that is being shown to a browser. It dies with the browser's other half-finished things. `source`
    /// stands for the client's address: each has a share of the queue.
    ///
    /// # Errors
    /// [`CaptchaError::Overloaded`], [`CaptchaError::Store`]
    pub async fn issue(
        &self,
        form: CaptchaForm,
        browser: SecretHash,
        source: SecretHash,
    ) -> Result<Challenge, CaptchaError> {
        let text: String = (0..LENGTH).map(|_| ALPHABET[self.random.below(ALPHABET.len() as u32) as usize]).collect();
        let png = self.pictures.ask(text.clone(), source).await?;
        // The two minutes begin when the picture is there.
        let token = self.random.token();
        let expires_at = self.clock.now() + LIFETIME;
        self.put(key(&token), browser, &Pending { form, browser, text, expires_at }, expires_at).await?;
        self.put(recordings_key(&token), browser, &RECORDINGS, expires_at).await?;
        Ok(Challenge { id: token.reveal(), png })
    }

    /// Whether `answer` is the text of the challenge `id`, issued for this form and this browser less than two minutes ago. Case
    /// and spaces do not matter. Right or wrong, the challenge is used up; of many answers at once, one is judged.
    ///
    /// # Errors
    /// [`CaptchaError::Store`]
    pub async fn answer(
        &self,
        id: &str,
        form: CaptchaForm,
        browser: SecretHash,
        answer: &str,
    ) -> Result<bool, CaptchaError> {
        let Some(token) = Token::parse(id) else {
            return Ok(false);
        };
        let now = self.clock.now();
        let Some(pending) = self.store.take_ephemeral(&key(&token), now).await? else {
            return Ok(false);
        };
        self.store.take_ephemeral(&recordings_key(&token), now).await?;
        let Ok(pending) = serde_json::from_slice::<Pending>(&pending) else {
            return Ok(false);
        };
        let given: String =
            answer.chars().filter(|c| !c.is_whitespace()).take(LONGEST_ANSWER).flat_map(char::to_uppercase).collect();
        // Digests have one length, whatever was typed.
        let right = digest(given.as_bytes()).as_bytes().ct_eq(digest(pending.text.as_bytes()).as_bytes());
        Ok(pending.form == form && pending.browser == browser && bool::from(right))
    }

    /// The challenge spoken, as a WAV file, for the browser it was issued to. It is said three times at most, and each time
    /// differently; listening does not use the challenge up. `None` if there is no such challenge, or no listen left.
    ///
    /// # Errors
    /// [`CaptchaError::Overloaded`], [`CaptchaError::Store`]
    pub async fn audio(
        &self,
        id: &str,
        browser: SecretHash,
        source: SecretHash,
        language: Language,
    ) -> Result<Option<Bytes>, CaptchaError> {
        let Some(token) = Token::parse(id) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let Some(pending) = self.store.peek_ephemeral(&key(&token), now).await? else {
            return Ok(None);
        };
        let pending: Pending = match serde_json::from_slice(&pending) {
            Ok(pending) => pending,
            Err(_) => return Ok(None),
        };
        if pending.browser != browser {
            return Ok(None);
        }
        let place = (key(&token), language);
        if let Some(made) = self.recordings.get(&place) {
            return Ok(Some(made));
        }
        if !self.count_recording(&token, &pending, now).await? {
            return Ok(None);
        }
        let made = Bytes::from(self.sounds.ask((pending.text, language), source).await?);
        self.recordings.insert(place, made.clone());
        Ok(Some(made))
    }

    /// Counts one recording; `false` if none is left.
    ///
    /// The counter is an entry of its own that is taken and put back one lower. Of two at the same moment one finds it taken
    /// and has to ask again, so there are never more than three, and an answer is never in the way.
    async fn count_recording(&self, token: &Token, pending: &Pending, now: Timestamp) -> Result<bool, CaptchaError> {
        let key = recordings_key(token);
        let Some(left) = self.store.take_ephemeral(&key, now).await? else {
            return Ok(false);
        };
        let left: u8 = serde_json::from_slice(&left).unwrap_or_default();
        if left > 1 {
            self.put(key, pending.browser, &(left - 1), pending.expires_at).await?;
        }
        Ok(left > 0)
    }

    async fn put(
        &self,
        key: SecretHash,
        group: SecretHash,
        value: &(impl Serialize + Sync),
        expires_at: Timestamp,
    ) -> Result<(), CaptchaError> {
        let value = serde_json::to_vec(value)
            .map_err(|source| StoreError::Corrupt { what: "captcha", source: source.into() })?;
        Ok(self.store.put_ephemeral(EphemeralEntry { key, group, value, expires_at }).await?)
    }
}

/// Where a challenge is kept: apart from whatever else a token of the same bytes might open.
fn key(token: &Token) -> SecretHash {
    digest_parts(&[b"captcha", token.as_bytes()])
}

/// Where it is counted how many recordings of a challenge may still be made.
fn recordings_key(token: &Token) -> SecretHash {
    digest_parts(&[b"captcha recordings", token.as_bytes()])
}

/// The thread that draws.
fn painter(random: Arc<dyn Random>) -> Result<Worker<String, Vec<u8>>, CaptchaError> {
    let glyphs: HashMap<char, Glyph> =
        ALPHABET.into_iter().map(|c| Some((c, Glyph::of(c)?))).collect::<Option<_>>().ok_or(CaptchaError::Glyphs)?;
    let paint = move |text: String| {
        let glyphs: Vec<&Glyph> = text.chars().map(|c| glyphs.get(&c)).collect::<Option<_>>()?;
        picture::draw(&glyphs, &mut Draws::from(&*random)).ok()
    };
    Worker::start("captcha-picture", PICTURES, paint).map_err(CaptchaError::Thread)
}

/// The thread that speaks. It learns a language when it is first asked to, for that takes up to a third of a second and some megabytes.
fn speaker(random: Arc<dyn Random>) -> Result<Worker<(String, Language), Vec<u8>>, CaptchaError> {
    let mut learnt: HashMap<Language, HashMap<char, Vec<f32>>> = HashMap::new();
    let speak = move |(text, language): (String, Language)| {
        let voices = match learnt.entry(language) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(voice::voices(language)?),
        };
        let said: Vec<&[f32]> = text.chars().map(|c| voices.get(&c).map(Vec::as_slice)).collect::<Option<_>>()?;
        sound::say(&said, &mut Draws::from(&*random)).ok()
    };
    Worker::start("captcha-sound", SOUNDS, speak).map_err(CaptchaError::Thread)
}

#[cfg(test)]
mod tests;
