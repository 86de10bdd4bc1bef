//! `portero health`: asks a running Portero, at `admin.listen`, whether it is ready. For probes that can run a command and nothing else,
//! such as a container's.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use http::header::HOST;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::arguments::HealthArguments;
use super::assembly::{Assembly, Failure};
use super::error::CommandError;
use super::terminal::Terminal;
use crate::config::AdminConfig;

/// Who takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read; Portero's has some twenty.
const LONGEST_ANSWER: usize = 4096;

/// Why it is not known to be well.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    /// Nobody answers, or not in HTTP.
    #[error("nobody answers at {address}")]
    Unanswered {
        /// Where.
        address: SocketAddr,
        /// What happened instead.
        #[source]
        source: Failure,
    },
    /// Somebody accepts, and then says nothing.
    #[error("no answer at {} within {} seconds", .0, PATIENCE.as_secs())]
    Silent(SocketAddr),
    /// It says no.
    #[error("not ready: {answer} ({status})")]
    NotReady {
        /// How.
        status: StatusCode,
        /// In its own words.
        answer: String,
    },
}

pub(super) fn run(
    wish: &HealthArguments,
    path: &Path,
    assembly: &dyn Assembly,
    terminal: &mut Terminal<'_>,
) -> Result<(), CommandError> {
    let address = reachable(wish.address.unwrap_or_else(|| configured(path, assembly, terminal)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let asked = runtime.block_on(async { tokio::time::timeout(PATIENCE, ask(address)).await });
    let (status, answer) = asked
        .map_err(|_elapsed| HealthError::Silent(address))?
        .map_err(|source| HealthError::Unanswered { address, source })?;
    if status != StatusCode::OK {
        return Err(HealthError::NotReady { status, answer }.into());
    }
    Ok(terminal.result(&answer)?)
}

/// Where the configuration says. A running Portero goes on with the configuration that it has when the file becomes faulty, so that is
/// told, but is no illness.
fn configured(path: &Path, assembly: &dyn Assembly, terminal: &mut Terminal<'_>) -> SocketAddr {
    match assembly.load(path) {
        Ok(loaded) => loaded.config.admin.listen,
        Err(faults) => {
            faults.iter().for_each(|fault| terminal.message(fault));
            let address = AdminConfig::DEFAULT;
            terminal.message(&format!(
                "portero: the configuration has faults; the default address {address} is asked (--address names another)"
            ));
            address
        }
    }
}

/// Whoever listens everywhere is asked here.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

async fn ask(address: SocketAddr) -> Result<(StatusCode, String), Failure> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Ends with the runtime.
    tokio::spawn(connection);
    let request = Request::get("/readyz").header(HOST, address.to_string()).body(Empty::<Bytes>::new())?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes();
    Ok((head.status, String::from_utf8_lossy(&body).trim_end().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::reachable;

    #[test]
    fn whoever_listens_everywhere_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:9400", "127.0.0.1:9400"),
            ("[::]:9400", "[::1]:9400"),
            ("10.0.0.7:9400", "10.0.0.7:9400"),
            ("[::1]:9400", "[::1]:9400"),
        ] {
            assert_eq!(reachable(listen.parse().expect("an address")), asked.parse().expect("an address"));
        }
    }
}
