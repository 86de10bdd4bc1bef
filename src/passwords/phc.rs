//! PHC strings: how a hash is written down, and which ones written elsewhere are honoured.
//!
//! What is not Argon2, or costs more than a sign-in may cost, is not understood. Ours are Argon2id; its sisters come from
//! elsewhere. (PHC string format; RFC 9106 for Argon2.)

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Params, Version};

use crate::domain::password::PasswordHash;

/// Bytes of salt in our own hashes.
pub(super) const SALT_LENGTH: usize = 16;
/// Bytes of output in our own hashes.
const OUTPUT_LENGTH: usize = 32;
/// Shorter outputs are too easily hit by chance.
const MIN_OUTPUT_LENGTH: usize = 16;

/// The most memory that a hash made elsewhere may ask for, in KiB.
const MAX_MEMORY: u32 = 256 * 1024;
/// The most passes.
const MAX_PASSES: u32 = 16;
/// The most lanes. They are computed one after another.
const MAX_LANES: u32 = 16;
/// The most work: KiB times passes.
const MAX_WORK: u64 = 1024 * 1024;

/// All that Argon2 needs but the password.
#[derive(Clone)]
pub(super) struct Recipe {
    pub(super) algorithm: Algorithm,
    pub(super) version: Version,
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) output_length: usize,
}

impl Recipe {
    /// Ours: m=19456 KiB, t=2, p=1, as OWASP's Password Storage Cheat Sheet says (and the crate's default).
    pub(super) fn own(salt: [u8; SALT_LENGTH]) -> Self {
        let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        Self { algorithm, version, params, salt: salt.to_vec(), output_length: OUTPUT_LENGTH }
    }

    /// Whether it costs what ours costs, and is as good.
    pub(super) fn is_as_ours(&self) -> bool {
        let Self { algorithm, version, params, salt, output_length } = self;
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        (*algorithm, *version) == (Algorithm::Argon2id, Version::V0x13)
            && costs(params) == costs(&Params::DEFAULT)
            && salt.len() >= SALT_LENGTH
            && *output_length >= OUTPUT_LENGTH
    }
}

/// Writes down what `recipe` made of a password. `None` if the parts do not fit the format, which ours always do.
pub(super) fn write(recipe: &Recipe, output: &[u8]) -> Option<PasswordHash> {
    let phc = Phc {
        algorithm: recipe.algorithm.ident(),
        version: Some(recipe.version.into()),
        params: ParamsString::try_from(&recipe.params).ok()?,
        salt: Some(Salt::new(&recipe.salt).ok()?),
        hash: Some(Output::new(output).ok()?),
    };
    Some(PasswordHash::from_phc(phc.to_string()))
}

/// Reads a hash into its recipe and the output to expect.
///
/// # Errors
/// What about it is not understood, in words that hold nothing of the hash.
pub(super) fn read(hash: &PasswordHash) -> Result<(Recipe, Vec<u8>), &'static str> {
    let phc = Phc::new(hash.as_phc()).map_err(|_| "it is not in PHC string format")?;
    let algorithm = phc.algorithm.as_str().parse::<Algorithm>().map_err(|_| "it is not Argon2")?;
    let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from).map_err(|_| "its version is unknown")?;
    let (Some(salt), Some(output)) = (phc.salt, phc.hash) else {
        return Err("it lacks salt or output");
    };
    let params = Params::try_from(&phc.params).map_err(|_| "its parameters are not valid")?;
    if !params.keyid().is_empty() || !params.data().is_empty() {
        return Err("it needs a key or data that Portero does not have");
    }
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    let dear = params.m_cost() > MAX_MEMORY || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES;
    if dear || work > MAX_WORK {
        return Err("it costs more than a sign-in may cost");
    }
    if output.len() < MIN_OUTPUT_LENGTH {
        return Err("its output is too short");
    }
    let recipe = Recipe { algorithm, version, params, salt: salt.as_ref().to_vec(), output_length: output.len() };
    Ok((recipe, output.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "c29tZXNhbHRzb21lc2FsdA";
    const OUTPUT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn read_text(text: &str) -> Result<(Recipe, Vec<u8>), &'static str> {
        read(&PasswordHash::from_phc(text.into()))
    }

    #[test]
    fn ours_is_written_as_owasp_says_and_read_back() {
        let recipe = Recipe::own([7; SALT_LENGTH]);
        let written = write(&recipe, &[9; 32]).expect("fits");
        assert!(written.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", written.as_phc());
        let (read, output) = read(&written).expect("understood");
        assert_eq!((read.salt, read.params, output), (recipe.salt, recipe.params, vec![9; 32]));
    }

    #[test]
    fn other_costs_are_honoured_within_bounds() {
        for costs in ["m=65536,t=3,p=4", "m=262144,t=3,p=1", "m=8,t=1,p=1", "m=47104,t=1,p=1"] {
            assert!(read_text(&format!("$argon2id$v=19${costs}${SALT}${OUTPUT}")).is_ok(), "{costs}");
        }
        for costs in [
            "m=262145,t=1,p=1",
            "m=19456,t=17,p=1",
            "m=65536,t=2,p=17",
            "m=262144,t=5,p=1",
            "m=4294967295,t=4294967295,p=1",
        ] {
            assert!(read_text(&format!("$argon2id$v=19${costs}${SALT}${OUTPUT}")).is_err(), "{costs}");
        }
    }

    #[test]
    fn argon2_of_another_kind_or_cost_is_understood_but_not_as_good_as_ours() {
        let ours = read_text(&format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}${OUTPUT}")).expect("understood").0;
        assert!(ours.is_as_ours());
        for text in ["argon2i$v=19$m=19456,t=2,p=1", "argon2id$v=19$m=19456,t=1,p=1", "argon2id$m=19456,t=2,p=1"] {
            let other = read_text(&format!("${text}${SALT}${OUTPUT}")).expect("understood").0;
            assert!(!other.is_as_ours(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_whole_argon2_hash_is_not_understood() {
        for text in [
            "",
            "plain",
            "$2b$12$LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewY5GyYzS3MzCtxy",
            &format!("$scrypt$v=19$m=19456,t=2,p=1${SALT}${OUTPUT}"),
            &format!("$argon2id$v=99$m=19456,t=2,p=1${SALT}${OUTPUT}"),
            &format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}"),
            &format!("$argon2id$v=19$m=19456,t=2,p=0${SALT}${OUTPUT}"),
            &format!("$argon2id$v=19$m=19456,t=2,p=1,keyid=AAAA${SALT}${OUTPUT}"),
            &format!("$argon2id$v=19$m=19456,t=2,p=1${SALT}$AAAAAAAAAAAAAAA"),
        ] {
            assert!(read_text(text).is_err(), "{text}");
        }
    }
}
