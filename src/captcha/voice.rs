//! The characters of a captcha, as they are said: in Spanish by recordings of our own (`voices/make` makes them), in English by those of
//! the `captcha` crate.

use std::collections::HashMap;

use captcha::Captcha;

use super::glyphs::ALPHABET;
use crate::domain::language::Language;

/// Samples a second of the voice.
pub(super) const SAMPLE_RATE: u32 = 22_050;

macro_rules! recordings {
    ($folder:literal: $($character:literal),+) => {
        [$(($character, include_bytes!(concat!("voices/", $folder, "/", $character, ".wav")).as_slice())),+]
    };
}

/// Eight bits, one channel.
const SPANISH: [(char, &[u8]); ALPHABET.len()] = recordings!(
    "es": 'A', 'F', 'H', 'J', 'K', 'N', 'P', 'R', 'T', 'X', 'Y', '3', '4', '5', '6', '7', '9'
);

/// The voice that says the characters of the alphabet in `language`, each as samples between -1 and 1 without the silence around;
/// `None` if a recording is missing.
pub(super) fn voices(language: Language) -> Option<HashMap<char, Vec<f32>>> {
    match language {
        Language::Es => SPANISH.into_iter().map(|(character, wav)| Some((character, trim(&unsigned(wav)?)))).collect(),
        Language::En => Some(ALPHABET.into_iter().zip(english()?).collect()),
    }
}

/// Takes a while: the crate's recordings are large.
fn english() -> Option<Vec<Vec<f32>>> {
    /// The crate mixes noise into what it hands out, fresh each time: the mean of so many takes is nearly the voice alone.
    const TAKES: u32 = 16;
    let mut script = Captcha::new();
    for character in ALPHABET {
        script.set_chars(&[character]).add_chars(TAKES);
    }
    let takes: Vec<Vec<i16>> = script.as_wav().into_iter().map(|wav| samples(&wav?)).collect::<Option<_>>()?;
    (takes.len() == ALPHABET.len() * TAKES as usize)
        .then(|| takes.chunks(TAKES as usize).map(|takes| trim(&mean(takes))).collect())
}

/// Samples of 8 bits.
fn unsigned(wav: &[u8]) -> Option<Vec<f32>> {
    let reader = hound::WavReader::new(wav).ok().filter(|reader| reader.spec().sample_rate == SAMPLE_RATE)?;
    reader.into_samples::<i8>().map(|sample| Some(f32::from(sample.ok()?) / 128.0)).collect()
}

fn samples(wav: &[u8]) -> Option<Vec<i16>> {
    hound::WavReader::new(wav).ok()?.into_samples().collect::<Result<_, _>>().ok()
}

fn mean(takes: &[Vec<i16>]) -> Vec<f32> {
    let length = takes.iter().map(Vec::len).min().unwrap_or_default();
    let full = takes.len() as f32 * 32_768.0;
    (0..length).map(|at| takes.iter().map(|take| f32::from(take[at])).sum::<f32>() / full).collect()
}

/// Cuts off what is before and after the voice, and makes all equally loud.
fn trim(sound: &[f32]) -> Vec<f32> {
    /// Long enough to hear a pitch.
    const WINDOW: usize = SAMPLE_RATE as usize / 50;
    let loudness: Vec<f32> = sound
        .chunks(WINDOW)
        .map(|window| (window.iter().map(|s| s * s).sum::<f32>() / window.len() as f32).sqrt())
        .collect();
    let loudest = loudness.iter().copied().fold(0.0, f32::max);
    let heard = |level: &f32| *level > loudest * 0.1;
    let first = loudness.iter().position(heard).unwrap_or_default().saturating_sub(2) * WINDOW;
    let last = (loudness.iter().rposition(heard).unwrap_or_default() + 3) * WINDOW;
    let voice = &sound[first..last.min(sound.len())];
    let peak = voice.iter().copied().map(f32::abs).fold(f32::MIN_POSITIVE, f32::max);
    voice.iter().map(|sample| sample / peak).collect()
}
