//! Who carries out a command: the Portero that holds the store, over its control socket, or this process itself.

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

impl Backend {
    /// Finds out who holds the store; opens it if nobody does.
    pub(super) async fn find(
        assembly: &dyn Assembly,
        config: &Config,
        patience: Duration,
    ) -> Result<Self, CommandError> {
        let give_up = Instant::now() + patience;
        loop {
            // The socket first: opening a store that is held takes a while to fail.
            if let Some(client) = Client::connect(&config.store.path).await? {
                return Ok(Self::Socket(client));
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

    /// Lets go of the store.
    pub(super) fn close(self) {
        if let Self::Direct(Opened { administrator, close }) = self {
            drop(administrator);
            close();
        }
    }
}
