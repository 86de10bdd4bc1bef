//! The side that holds the store.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::line::{self, LineError};
use super::{ControlSocket, Envelope, Limits, Refusal, Reply, Spoken, VERSION, Verdict};
use crate::cli::chain;
use crate::flows::administer::{Actor, Administrator, Request};

/// How long nothing is accepted after accepting failed: the process has no file handle left, most likely.
const BREATH: Duration = Duration::from_millis(100);

/// Answers on `socket` until `shutdown`. Then the socket goes away at once, connections that rest are closed, and requests
/// that have begun are carried out and answered before this returns: close the store after it.
pub async fn serve(socket: ControlSocket, administrator: Arc<Administrator>, shutdown: CancellationToken) {
    serve_within(socket, administrator, shutdown, Limits::STANDARD).await;
}

pub(super) async fn serve_within(
    socket: ControlSocket,
    administrator: Arc<Administrator>,
    shutdown: CancellationToken,
    limits: Limits,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = socket.listener.accept(), if connections.len() < limits.connections => match accepted {
                Ok((stream, _)) => {
                    let connection = Connection { administrator: Arc::clone(&administrator), limits };
                    connections.spawn(connection.run(stream, shutdown.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the control socket cannot accept");
                    tokio::time::sleep(BREATH).await;
                }
            },
        }
    }
    drop(socket);
    while connections.join_next().await.is_some() {}
}

/// Whether a process of user `peer` may ask a Portero that runs as `own`.
const fn admitted(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

/// What one connection needs.
struct Connection {
    administrator: Arc<Administrator>,
    limits: Limits,
}

impl Connection {
    async fn run(self, stream: UnixStream, shutdown: CancellationToken) {
        let own = rustix::process::geteuid().as_raw();
        let actor = stream.peer_cred().ok().filter(|peer| admitted(peer.uid(), own));
        let actor = actor.map(|peer| Actor::CommandLine { uid: peer.uid() });
        let (from, mut to) = stream.into_split();
        let mut from = BufReader::new(from);
        let Some(actor) = actor else {
            tracing::warn!("a stranger at the control socket was turned away");
            let refusal = refusal("not_allowed", "only root and the user that runs Portero may use the control socket");
            let _gone = self.reply(&mut to, refusal).await;
            return;
        };
        loop {
            let read = timeout(self.limits.line, line::read(&mut from, self.limits.request));
            let read = tokio::select! {
                () = shutdown.cancelled() => return,
                read = read => read,
            };
            let (verdict, last) = match read {
                Ok(Ok(Some(line))) => (self.answer(actor, &line).await, false),
                Ok(Ok(None) | Err(LineError::Io(_))) => return,
                Ok(Err(LineError::TooLong)) => {
                    (refusal("too_large", format!("a request has at most {} bytes", self.limits.request)), true)
                }
                Ok(Err(LineError::Cut)) => (refusal("malformed", "a request ends with a line feed"), true),
                Err(_) => (refusal("timed_out", "no whole request came in time"), true),
            };
            if self.reply(&mut to, verdict).await.is_err() || last {
                return;
            }
        }
    }

    async fn answer(&self, actor: Actor, line: &[u8]) -> Verdict {
        // What is wrong with a line is told to its sender only: it may quote a password.
        match serde_json::from_slice::<Spoken>(line) {
            Ok(Spoken { version: VERSION }) => {}
            Ok(Spoken { version }) => {
                return refusal("version", format!("this Portero speaks version {VERSION}, not version {version}"));
            }
            Err(error) => return refusal("malformed", format!("this is no request: {error}")),
        }
        let request = match serde_json::from_slice::<Envelope<Request>>(line) {
            Ok(envelope) => envelope.request,
            Err(error) => return refusal("malformed", format!("this is no request: {error}")),
        };
        match self.administrator.perform(actor, request).await {
            Ok(answer) => Verdict::Ok(answer),
            Err(error) => refusal(error.code(), chain(&error)),
        }
    }

    async fn reply<W>(&self, to: &mut W, verdict: Verdict) -> io::Result<()>
    where
        W: tokio::io::AsyncWrite + Unpin,
    {
        let line: Zeroizing<Vec<u8>> = line::encode(&Reply { version: VERSION, reply: verdict })?;
        timeout(self.limits.line, line::write(to, line)).await?
    }
}

fn refusal(code: &str, message: impl Into<String>) -> Verdict {
    Verdict::Error(Refusal { code: code.to_owned(), message: message.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_root_and_the_owner_are_admitted() {
        assert!(admitted(1000, 1000));
        assert!(admitted(0, 1000));
        assert!(!admitted(1001, 1000));
        assert!(!admitted(1000, 0));
    }
}
