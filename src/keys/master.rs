//! The master key: seals secrets at rest, each for one purpose.
//!
//! AES-256-GCM under a key of the purpose's own (HKDF-SHA256, RFC 5869), with a random 96-bit nonce in front and the purpose
//! as associated data: what was sealed for one purpose does not open for another. Random nonces are good for 2³² seals a
//! purpose, which is far off.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::KeyError;
use crate::domain::ids::SecretHash;
use crate::random::{Random, digest_parts};

/// The file's name in the store's folder.
const FILE: &str = "master.key";

/// Bytes of the key.
const LENGTH: usize = 32;

/// No key's file is longer; the rest of a longer one is not read.
const MAX_FILE: u64 = 1024;

/// The key that seals.
pub struct MasterKey {
    /// What HKDF's extraction made of the key; the key itself is not kept.
    extracted: Prk,
    /// Where it comes from, for whoever has to put another there.
    source: String,
}

impl MasterKey {
    /// The configured key, or else the one in the file `master.key` in `folder`, which is made if it is not there. The file
    /// holds 32 bytes in base64 and may be used by its owner only; it appears whole or not at all, and is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// [`KeyError`]; above all [`KeyError::ExposedKeyFile`] if others may use the file.
    pub fn load_or_create(
        folder: &Path,
        configured: Option<&SecretString>,
        random: &dyn Random,
    ) -> Result<Self, KeyError> {
        if let Some(configured) = configured {
            return Self::configured(configured);
        }
        if let Some(present) = Self::load(folder, None)? {
            return Ok(present);
        }
        let path = Self::file(folder);
        let at_path = |source| KeyError::KeyFile { path: path.clone(), source };
        create(folder, &path, random).map_err(at_path)?;
        Self::read(&File::open(&path).map_err(at_path)?, &path)
    }

    /// As [`MasterKey::load_or_create`], but makes none: `None` if there is none.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn load(folder: &Path, configured: Option<&SecretString>) -> Result<Option<Self>, KeyError> {
        if let Some(configured) = configured {
            return Self::configured(configured).map(Some);
        }
        let path = Self::file(folder);
        match File::open(&path) {
            Ok(file) => Self::read(&file, &path).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(KeyError::KeyFile { path, source }),
        }
    }

    /// The file in `folder` that holds the key where none is configured.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// Where it comes from: its file, or the key in the configuration.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Seals `plaintext` for `purpose`. The result is 28 bytes longer.
    #[allow(clippy::expect_used, reason = "AES-GCM fails only past 64 GiB")]
    pub fn seal(&self, purpose: &str, plaintext: &[u8], random: &dyn Random) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = Vec::with_capacity(NONCE_LEN + plaintext.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = self
            .key_for(purpose)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose),
                &mut sealed[NONCE_LEN..],
            )
            .expect("short enough for AES-GCM");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`MasterKey::seal`] made for the same purpose. `None` for anything else, however it differs.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        let length = self.key_for(purpose).open_in_place(nonce, Aad::from(purpose), &mut plaintext).ok()?.len();
        plaintext.truncate(length);
        Some(plaintext)
    }

    /// A digest of `parts` that nobody can make who lacks the key: HMAC-SHA256 under a key of the purpose's own. The same each time.
    pub fn mark(&self, purpose: &str, parts: &[&[u8]]) -> SecretHash {
        let key = self.mark_key(&format!("mark {purpose}"));
        let mut mark = [0; 32];
        mark.copy_from_slice(hmac::sign(&key, digest_parts(parts).as_bytes()).as_ref());
        SecretHash::from_digest(mark)
    }

    #[allow(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, and 32 are asked for")]
    fn mark_key(&self, purpose: &str) -> hmac::Key {
        let info = [purpose.as_bytes()];
        hmac::Key::from(self.extracted.expand(&info, hmac::HMAC_SHA256).expect("32 bytes can be derived"))
    }

    #[allow(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes, and 32 are asked for")]
    fn key_for(&self, purpose: &str) -> LessSafeKey {
        let info = [purpose.as_bytes()];
        let derived = self.extracted.expand(&info, &AES_256_GCM).expect("32 bytes can be derived");
        LessSafeKey::new(UnboundKey::from(derived))
    }

    fn configured(key: &SecretString) -> Result<Self, KeyError> {
        Self::parse(key.expose_secret(), "store.master_key".to_owned()).ok_or(KeyError::BadConfiguredKey)
    }

    fn parse(text: &str, source: String) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        match STANDARD.decode_slice(text.trim(), bytes.as_mut_slice()) {
            Ok(LENGTH) => {
                let salt = Salt::new(HKDF_SHA256, b"portero master key 1");
                Some(Self { extracted: salt.extract(bytes.as_slice()), source })
            }
            _ => None,
        }
    }

    /// Reads an open file, so that what is judged is what is read.
    fn read(file: &File, path: &Path) -> Result<Self, KeyError> {
        let at_path = |source| KeyError::KeyFile { path: path.to_owned(), source };
        let mode = file.metadata().map_err(at_path)?.permissions().mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::ExposedKeyFile { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize));
        file.take(MAX_FILE).read_to_end(&mut text).map_err(at_path)?;
        let text = std::str::from_utf8(&text).ok();
        text.and_then(|text| Self::parse(text, path.display().to_string()))
            .ok_or_else(|| KeyError::BadKeyFile { path: path.to_owned() })
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Makes the file with a fresh key, unless somebody else is faster.
fn create(folder: &Path, path: &Path, random: &dyn Random) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Written aside and linked to its name when it is whole and on the disk: a crash leaves no half key behind, and a link,
    // unlike a rename, never replaces a key that something is already sealed with.
    let aside = folder.join(format!("{FILE}.{:016x}", u64::from_le_bytes(random.bytes())));
    let written = write_aside(&aside, random).and_then(|()| match std::fs::hard_link(&aside, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let removed = std::fs::remove_file(&aside);
    written.and(removed)?;
    // The name is on the disk only when the folder is.
    File::open(folder)?.sync_all()
}

fn write_aside(aside: &Path, random: &dyn Random) -> io::Result<()> {
    let bytes = Zeroizing::new(random.bytes::<LENGTH>());
    let mut text = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    text.push('\n');
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::tempdir;

    use super::*;
    use crate::random::SeededRandom;

    fn key(seed: u64) -> MasterKey {
        let text = SecretString::from(STANDARD.encode((&SeededRandom::new(seed) as &dyn Random).bytes::<LENGTH>()));
        MasterKey::load_or_create(Path::new("/nowhere"), Some(&text), &SeededRandom::new(0)).expect("a key")
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_purpose_and_key_only() {
        let (key, random) = (key(1), SeededRandom::new(9));
        let sealed = key.seal("mail", b"secret", &random);
        assert_eq!(sealed.len(), 6 + 28);
        assert_eq!(key.open("mail", &sealed).expect("opens").as_slice(), b"secret");
        assert!(key.open("post", &sealed).is_none());
        assert!(super::tests::key(2).open("mail", &sealed).is_none());
        assert!(key.open("mail", &key.seal("mail", b"", &random)).expect("opens").is_empty());
        assert_ne!(sealed, key.seal("mail", b"secret", &random), "each has its own nonce");
    }

    #[test]
    fn a_mark_is_the_same_each_time_and_another_for_each_key_purpose_and_content() {
        let mark = key(1).mark("mask", &[b"acme", b"ana"]);
        assert_eq!(mark, key(1).mark("mask", &[b"acme", b"ana"]));
        for other in [
            key(2).mark("mask", &[b"acme", b"ana"]),
            key(1).mark("question", &[b"acme", b"ana"]),
            key(1).mark("mask", &[b"acmea", b"na"]),
        ] {
            assert_ne!(mark, other);
        }
    }

    #[test]
    fn what_was_tampered_with_does_not_open() {
        let key = key(1);
        let sealed = key.seal("mail", b"secret", &SeededRandom::new(9));
        for at in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[at] ^= 1;
            assert!(key.open("mail", &forged).is_none(), "byte {at}");
            assert!(key.open("mail", &sealed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn the_file_is_made_once_for_its_owner_only_and_read_ever_after() {
        let folder = tempdir().expect("a folder");
        let inner = folder.path().join("data");
        let first = MasterKey::load_or_create(&inner, None, &SeededRandom::new(1)).expect("made");
        let second = MasterKey::load_or_create(&inner, None, &SeededRandom::new(2)).expect("read");
        let sealed = first.seal("mail", b"secret", &SeededRandom::new(9));
        assert!(second.open("mail", &sealed).is_some());
        let names: Vec<_> =
            fs::read_dir(&inner).expect("listed").map(|entry| entry.expect("entry").file_name()).collect();
        assert_eq!(names, ["master.key"]);
        assert_eq!(fs::metadata(inner.join(FILE)).expect("there").permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn of_many_starting_at_once_all_have_the_same_key() {
        let folder = tempdir().expect("a folder");
        let start = |seed| MasterKey::load_or_create(folder.path(), None, &SeededRandom::new(seed)).expect("a key");
        let keys: Vec<MasterKey> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|seed| scope.spawn(move || start(seed))).collect();
            racers.into_iter().map(|racer| racer.join().expect("no panic")).collect()
        });
        let sealed = keys[0].seal("mail", b"secret", &SeededRandom::new(9));
        assert!(keys.iter().all(|key| key.open("mail", &sealed).is_some()));
    }

    #[test]
    fn a_file_that_others_may_use_is_refused_with_the_cure() {
        let folder = tempdir().expect("a folder");
        MasterKey::load_or_create(folder.path(), None, &SeededRandom::new(1)).expect("made");
        let path = folder.path().join(FILE);
        for mode in [0o640, 0o604, 0o620, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let error = MasterKey::load_or_create(folder.path(), None, &SeededRandom::new(1)).expect_err("refused");
            assert!(matches!(error, KeyError::ExposedKeyFile { .. }), "{error}");
            assert!(error.to_string().contains(&format!("chmod 600 '{}'", path.display())), "{error}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_left_alone() {
        let folder = tempdir().expect("a folder");
        let path = folder.path().join(FILE);
        for text in ["", "short", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33]), &"A".repeat(4096)] {
            fs::write(&path, text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
            let loaded = MasterKey::load_or_create(folder.path(), None, &SeededRandom::new(1));
            assert!(matches!(loaded, Err(KeyError::BadKeyFile { .. })), "{text:?}");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
            let configured = MasterKey::load_or_create(folder.path(), Some(&text.into()), &SeededRandom::new(1));
            assert!(matches!(configured, Err(KeyError::BadConfiguredKey)), "{text:?}");
        }
    }
}
