//! The side that asks.

use std::path::Path;

use tokio::io::BufReader;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::line::{self, LineError};
use super::{ControlError, Envelope, Limits, Refusal, Reply, Spoken, VERSION, Verdict, socket};
use crate::flows::administer::{Answer, Request};

/// A connection to the Portero that holds the store.
#[derive(Debug)]
pub struct Client {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

impl Client {
    /// Connects to whoever listens in the store's `folder`; `None` where nobody does.
    ///
    /// # Errors
    /// [`ControlError`], where somebody may listen but cannot be reached.
    pub async fn connect(folder: &Path) -> Result<Option<Self>, ControlError> {
        let connected = timeout(Limits::STANDARD.line, socket::connect(folder)).await;
        let stream = connected.map_err(|_| ControlError::TimedOut)??;
        Ok(stream.map(|stream| {
            let (from, to) = stream.into_split();
            Self { from: BufReader::new(from), to }
        }))
    }

    /// Asks, and waits for the answer. After an error the connection is of no more use.
    ///
    /// # Errors
    /// [`ControlError`] where no answer came; the inner error is the other side's refusal.
    pub async fn ask(&mut self, request: &Request) -> Result<Result<Answer, Refusal>, ControlError> {
        let limits = Limits::STANDARD;
        let line = line::encode(&Envelope { version: VERSION, request }).map_err(ControlError::Malformed)?;
        if line.len() > limits.request {
            return Err(ControlError::TooLarge);
        }
        // A side that turned us away closes without reading: its reason is already there to be read.
        let written =
            timeout(limits.line, line::write(&mut self.to, line)).await.map_err(|_| ControlError::TimedOut)?;
        let patience = if request.takes_long() { limits.long_answer } else { limits.answer };
        let read = timeout(patience, line::read(&mut self.from, limits.reply)).await;
        let line = match read.map_err(|_| ControlError::TimedOut)? {
            Ok(Some(line)) => line,
            Ok(None) | Err(LineError::Cut) => return Err(written.err().map_or(ControlError::Closed, ControlError::Io)),
            Err(LineError::TooLong) => return Err(ControlError::TooLarge),
            Err(LineError::Io(error)) => return Err(ControlError::Io(error)),
        };
        let Spoken { version } = serde_json::from_slice(&line).map_err(ControlError::Malformed)?;
        if version != VERSION {
            return Err(ControlError::Version { theirs: version });
        }
        let reply: Reply = serde_json::from_slice(&line).map_err(ControlError::Malformed)?;
        Ok(match reply.reply {
            Verdict::Ok(answer) => Ok(answer),
            Verdict::Error(refusal) => Err(refusal),
        })
    }
}
