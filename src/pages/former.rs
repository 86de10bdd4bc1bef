//! Whose session was ended on purpose: signing out and changing the password take the session's cookie away, and a form that
//! another tab was about to send would be lost with it. A cookie beside it, sealed by the master key and good for half an hour on the host that
//! set it, says whose form that is. It opens nothing: [`super::KeptPosts`] gives a kept form back to that very person alone,
//! after they have signed in.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde::{Deserialize, Serialize};

use super::visit::Visit;
use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::keys::MasterKey;
use crate::random::Random;
use crate::wire::cookies::CookieKind;

const PURPOSE: &str = "former holder";
/// As long as a kept form.
const LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Notes whose session ended in a browser, and reads it again.
#[derive(Clone)]
pub struct FormerHolder {
    /// Seals it.
    pub master: Arc<MasterKey>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    user: UserId,
    host: String,
    until: Timestamp,
}

impl FormerHolder {
    /// Takes the session's cookie away and leaves the note.
    pub(super) fn leave(&self, visit: &Visit, user: UserId, headers: &mut HeaderMap) {
        let cookies = visit.cookies();
        cookies.clear(headers, CookieKind::Session);
        let note = Note { user, host: visit.host.clone(), until: self.clock.now() + LIFETIME };
        // Three plain fields become JSON; were they not, a form less is kept.
        if let Ok(note) = serde_json::to_vec(&note) {
            let sealed = URL_SAFE_NO_PAD.encode(self.master.seal(PURPOSE, &note, &*self.random));
            cookies.set(headers, CookieKind::Former, &sealed, Some(LIFETIME));
        }
    }

    /// Whose session ended on this host of late. Anything that was not sealed here, or for another host, is nobody's.
    pub(super) fn read(&self, visit: &Visit) -> Option<UserId> {
        let cookie = visit.cookies().read(&visit.headers, CookieKind::Former)?;
        let plain = self.master.open(PURPOSE, &URL_SAFE_NO_PAD.decode(cookie).ok()?)?;
        let note: Note = serde_json::from_slice(&plain).ok()?;
        (note.host == visit.host && self.clock.now() < note.until).then_some(note.user)
    }
}
