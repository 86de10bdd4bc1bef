//! Who carries out a command: the Portero that holds the store, over its control socket, or this process itself.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::assembly::{Assembly, OpenError, Opened};
use super::control::Client;
use super::error::CommandError;
use crate::config::Config;
use crate::flows::administer::{Actor, Answer, Request};
use crate::store::StoreError;

/// How long to wait for somebody who holds the store without listening: a Portero that is starting or stopping, or another command.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How often to look meanwhile.
const PAUSE: Duration = Duration::from_millis(100);

/// Who carries out a command.
pub(super) enum Backend {
    /// This process holds the store.
    Direct(Opened),
    /// Another one does.
    Socket(Client),
}

/// What a command needs of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It only reads: where there is no store, there is nothing to read, and none is made.
    Present,
    /// It may be the first.
    Any,
}

impl Need {
    /// Of one request.
    pub(super) const fn of(request: &Request) -> Self {
        match request {
            Request::ListOrganizations
            | Request::ShowOrganization(_)
            | Request::ListUsers(_)
            | Request::ShowUser(_)
            | Request::ShowAccount(_)
            | Request::ExportUsers(_)
            | Request::ListExpiring(_)
            | Request::ListKeys
            | Request::ListMail
            | Request::Audit(_)
            | Request::Archive { .. } => Self::Present,
            _ => Self::Any,
        }
    }
}

impl Backend {
    /// Finds out who holds the store; opens it if nobody does.
    pub(super) async fn find(
        assembly: &dyn Assembly,
        config: &Config,
        need: Need,
        patience: Duration,
    ) -> Result<Self, CommandError> {
        let give_up = Instant::now() + patience;
        loop {
            // The socket first: opening a store that is held takes a while to fail.
            if let Some(client) = Client::connect(&config.store.path).await? {
                return Ok(Self::Socket(client));
            }
            let path = &config.store.path;
            if let Some(owner) = shut_out(path, rustix::process::geteuid().as_raw()) {
                return Err(CommandError::NotOwner { path: path.clone(), owner });
            }
            if need == Need::Present && !assembly.has_store(config) {
                return Err(CommandError::NoStore(path.clone()));
            }
            match assembly.open(config) {
                Ok(opened) => return Ok(Self::Direct(opened)),
                Err(OpenError::Store(error @ StoreError::Held { .. })) if Instant::now() >= give_up => {
                    return Err(CommandError::HeldSilently(error));
                }
                Err(OpenError::Store(StoreError::Held { .. })) => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Has one request carried out.
    pub(super) async fn ask(&mut self, request: Request) -> Result<Answer, CommandError> {
        match self {
            Self::Direct(opened) => {
                let actor = Actor::CommandLine { uid: rustix::process::geteuid().as_raw() };
                Ok(opened.administrator.perform(actor, request).await?)
            }
            Self::Socket(client) => client.ask(&request).await?.map_err(CommandError::Refused),
        }
    }

    /// Whether this process holds the store itself.
    pub(super) const fn is_direct(&self) -> bool {
        matches!(self, Self::Direct(_))
    }

    /// Lets go of the store.
    pub(super) fn close(self) {
        if let Self::Direct(Opened { administrator, close }) = self {
            drop(administrator);
            close();
        }
    }
}

/// Whom root would shut out of the store in `folder` by making files there: the owner of what is in it, or of the folder while it
/// is empty. `None` for whoever is not root, and where the store is root's or is not there yet.
pub(super) fn shut_out(folder: &Path, uid: u32) -> Option<u32> {
    if uid != 0 {
        return None;
    }
    let inside = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.metadata().ok());
    let mut owners = inside.map(|meta| meta.uid()).peekable();
    if owners.peek().is_none() {
        return Some(fs::metadata(folder).ok()?.uid()).filter(|owner| *owner != 0);
    }
    owners.find(|owner| *owner != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::chown;

    use super::*;

    #[test]
    fn root_does_not_shut_the_owner_of_a_store_out() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let (path, own) = (folder.path(), rustix::process::geteuid().as_raw());
        assert_eq!(shut_out(&path.join("missing"), 0), None);
        assert_eq!(shut_out(path, 1000), None, "only root can shut others out");
        if own != 0 {
            assert_eq!(shut_out(path, 0), Some(own));
            return;
        }
        assert_eq!(shut_out(path, 0), None);
        chown(path, Some(998), None).expect("root may");
        assert_eq!(shut_out(path, 0), Some(998), "an empty folder made ready for its owner");
        fs::write(path.join("lock"), "").expect("written");
        assert_eq!(shut_out(path, 0), None, "root runs it in another's folder");
        chown(path.join("lock"), Some(998), None).expect("root may");
        assert_eq!(shut_out(path, 0), Some(998));
    }
}
