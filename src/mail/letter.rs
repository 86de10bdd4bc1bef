//! What lies under the seal of a message: its words, in the language of its reader.

use secrecy::zeroize::{Zeroize, Zeroizing};
use serde::{Deserialize, Serialize};

use crate::domain::ids::MailId;
use crate::domain::language::Language;
use crate::keys::MasterKey;
use crate::random::Random;

/// Subject and body.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) language: Language,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

impl Letter {
    /// Sealed for the message `id` and no other.
    pub(super) fn seal(
        &self,
        id: MailId,
        master: &MasterKey,
        random: &dyn Random,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let plain = Zeroizing::new(serde_json::to_vec(self)?);
        Ok(master.seal(&purpose(id), &plain, random))
    }

    /// Opens what was sealed for `id`; `None` for anything else.
    pub(super) fn open(sealed: &[u8], id: MailId, master: &MasterKey) -> Option<Self> {
        let plain = master.open(&purpose(id), sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        self.text.zeroize();
        self.html.zeroize();
    }
}

/// For tests alone: what a sealed message says, subject and text.
#[cfg(test)]
pub(crate) fn read_sealed(sealed: &[u8], id: MailId, master: &MasterKey) -> (String, String) {
    let letter = Letter::open(sealed, id, master).expect("sealed here");
    (letter.subject.clone(), letter.text.clone())
}

fn purpose(id: MailId) -> String {
    format!("mail {id}")
}
