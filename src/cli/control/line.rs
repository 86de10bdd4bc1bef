//! Lines with a limit, on buffers that are wiped.

use std::io;

use secrecy::zeroize::Zeroizing;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Why there is no line.
#[derive(Debug)]
pub(super) enum LineError {
    /// It goes on past the limit.
    TooLong,
    /// The other side stopped in the midst of it.
    Cut,
    /// Reading failed.
    Io(io::Error),
}

/// Reads a line of at most `limit` bytes and returns it without its end; `None` where the other side stopped between lines.
pub(super) async fn read<R>(from: &mut R, limit: usize) -> Result<Option<Zeroizing<Vec<u8>>>, LineError>
where
    R: AsyncBufRead + Unpin,
{
    let mut line = Zeroizing::new(Vec::new());
    let read = from.take(limit as u64 + 1).read_until(b'\n', &mut line).await.map_err(LineError::Io)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => {
            line.pop();
            Ok(Some(line))
        }
        Some(_) if read > limit => Err(LineError::TooLong),
        Some(_) => Err(LineError::Cut),
    }
}

/// Writes `value` as one line.
pub(super) async fn write<W>(to: &mut W, line: Zeroizing<Vec<u8>>) -> io::Result<()>
where
    W: AsyncWrite + Unpin,
{
    to.write_all(&line).await?;
    to.flush().await
}

/// The line that says `value`.
pub(super) fn encode(value: &impl serde::Serialize) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut line = Zeroizing::new(Vec::with_capacity(1024));
    serde_json::to_writer(&mut *line, value)?;
    line.push(b'\n');
    Ok(line)
}
