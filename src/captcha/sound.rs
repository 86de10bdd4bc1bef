//! Says a captcha: for people who cannot see the picture, no easier for programs.
//!
//! Each character is said faster or slower, louder or softer, after a pause of random length, over noise.

use std::io::Cursor;

use super::draws::Draws;
use super::voice::SAMPLE_RATE;

/// How loud the noise is, from 0 to 1.
const NOISE: f32 = 0.08;

/// A WAV file (mono, 8 bits: half the size of 16, and the noise hides the difference) that says `voices` one after another.
///
/// # Errors
/// The encoder's, which writing to memory does not cause.
pub(super) fn say(voices: &[&[f32]], draws: &mut Draws<'_>) -> Result<Vec<u8>, hound::Error> {
    let mut sound = Vec::new();
    for voice in voices {
        pause(&mut sound, draws);
        let (speed, volume) = (draws.between(0.9, 1.1), draws.between(0.6, 0.9));
        let length = (voice.len() as f32 / speed) as usize;
        sound.extend((0..length).map(|at| volume * between_samples(voice, at as f32 * speed)));
    }
    pause(&mut sound, draws);

    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: SAMPLE_RATE,
        bits_per_sample: 8,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::with_capacity(sound.len() + 64));
    let mut writer = hound::WavWriter::new(&mut file, spec)?;
    for sample in sound {
        let noisy = sample + draws.between(-NOISE, NOISE);
        writer.write_sample((noisy * 127.0) as i8)?;
    }
    writer.finalize()?;
    Ok(file.into_inner())
}

fn pause(sound: &mut Vec<f32>, draws: &mut Draws<'_>) {
    let seconds = draws.between(0.3, 0.9);
    sound.resize(sound.len() + (seconds * SAMPLE_RATE as f32) as usize, 0.0);
}

fn between_samples(voice: &[f32], at: f32) -> f32 {
    let sample = |index: usize| voice.get(index).copied().unwrap_or_default();
    let share = at.fract();
    sample(at as usize) * (1.0 - share) + sample(at as usize + 1) * share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captcha::glyphs::ALPHABET;
    use crate::captcha::voice::voices;
    use crate::domain::language::Language;
    use crate::random::SeededRandom;

    #[test]
    fn every_character_of_the_alphabet_can_be_said_in_both_languages() {
        for language in Language::ALL {
            let voices = voices(language).expect("all of them");
            for (index, character) in ALPHABET.iter().enumerate() {
                let voice = &voices[character];
                let seconds = voice.len() as f32 / SAMPLE_RATE as f32;
                assert!((0.25..1.5).contains(&seconds), "{language:?} {character}: {seconds} s");
                assert!(ALPHABET[..index].iter().all(|other| voices[other] != *voice), "{language:?} {character}");
            }
        }
    }

    #[test]
    fn the_sound_is_a_wav_file_with_pauses_and_noise() {
        let beep: Vec<f32> = (0..SAMPLE_RATE).map(|at| (at as f32 * 0.2).sin()).collect();
        let say = |seed| {
            let random = SeededRandom::new(seed);
            super::say(&[&beep, &beep], &mut Draws::from(&random)).expect("encoded")
        };
        let wav = say(1);
        assert_eq!((&wav[..4], &wav[8..12]), (b"RIFF".as_slice(), b"WAVE".as_slice()));
        assert_eq!(u32::from_le_bytes(wav[4..8].try_into().expect("4 bytes")) as usize, wav.len() - 8);
        let samples: Vec<i32> = hound::WavReader::new(wav.as_slice())
            .expect("a WAV file")
            .into_samples()
            .collect::<Result<_, _>>()
            .expect("whole");
        let seconds = samples.len() as f32 / SAMPLE_RATE as f32;
        assert!((2.0 / 1.1 + 0.9..2.0 / 0.9 + 2.7).contains(&seconds), "{seconds}");
        assert!(samples.iter().any(|sample| sample.abs() > 60), "the voice");
        assert!(samples[..2000].iter().any(|sample| *sample != 0), "no silence to cut at");
        assert!(samples[..2000].iter().all(|sample| sample.abs() < 20), "but a pause");
        assert_ne!(wav, say(2));
    }
}
