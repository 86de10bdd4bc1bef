//! Recognising a browser that has signed in to an account before, so that a flood from elsewhere does not shut its owner out.
//!
//! The browser holds the proof itself, sealed by the installation's master key: a random name of the browser and the accounts
//! (as digests) it signed in to, newest first. Nothing is stored here, and the proof opens nothing: it only chooses the counter.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::ids::SecretHash;
use crate::keys::MasterKey;
use crate::random::Random;

const PURPOSE: &str = "known browser";
const NAME_LENGTH: usize = 16;
/// Accounts remembered in one browser.
const MOST_ACCOUNTS: usize = 4;

/// A browser and the accounts it is known to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KnownBrowser {
    name: [u8; NAME_LENGTH],
    accounts: Vec<[u8; 32]>,
}

impl KnownBrowser {
    /// Reads the cookie. Anything that was not sealed here is a browser that is not known.
    pub fn open(cookie: &str, master: &MasterKey) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let plain = master.open(PURPOSE, &sealed)?;
        let (name, accounts) = plain.split_first_chunk::<NAME_LENGTH>()?;
        let (accounts, rest) = accounts.as_chunks::<32>();
        rest.is_empty().then(|| Self { name: *name, accounts: accounts.to_vec() })
    }

    /// Writes the cookie.
    pub fn seal(&self, master: &MasterKey, random: &dyn Random) -> String {
        let plain: Vec<u8> = self.name.iter().copied().chain(self.accounts.iter().flatten().copied()).collect();
        URL_SAFE_NO_PAD.encode(master.seal(PURPOSE, &plain, random))
    }

    /// A name for this browser's counter, if it is known to the account.
    pub fn knows(&self, account: &SecretHash) -> Option<SecretHash> {
        let known = self.accounts.iter().any(|known| known == account.as_bytes());
        known.then(|| crate::random::digest_parts(&[b"browser", &self.name]))
    }

    /// The same browser after a sign-in to `account`; a new one if it was not known at all.
    pub fn remember(known: Option<Self>, account: &SecretHash, random: &dyn Random) -> Self {
        let mut browser = known.unwrap_or_else(|| Self { name: random.bytes(), accounts: Vec::new() });
        browser.accounts.retain(|known| known != account.as_bytes());
        browser.accounts.insert(0, *account.as_bytes());
        browser.accounts.truncate(MOST_ACCOUNTS);
        browser
    }
}
