//! A listening socket from the service manager instead of one of our own (socket activation, `sd_listen_fds(3)`).
//!
//! The manager listens before Portero starts and while it is started anew, so nobody is refused meanwhile, and a port below 1024
//! needs no privilege. Owns which socket is accepted; refuses any but a single listening TCP socket. Neighbour: `listener`, which
//! binds where nothing was handed over.

use std::io;
use std::net::TcpListener;

use listenfd::ListenFd;
use socket2::SockRef;

use super::listener::{Bound, ServeError, bind};
use crate::config::ServerConfig;

/// Takes the socket that the service manager handed over, in place of `server.listen`; binds the address of `config` if there is none.
/// Changes the environment, as the protocol wants it: call it before there are other threads.
///
/// # Errors
/// What was handed over cannot be listened on, or the address can't be had; the error says what to do about it.
pub fn take_or_bind(config: &ServerConfig) -> Result<Bound, ServeError> {
    let mut handed = ListenFd::from_env();
    match handed.len() {
        0 => bind(config),
        1 => {
            let listener = handed.take_tcp_listener(0).map_err(ServeError::Inherited)?;
            let listener = listener.ok_or_else(|| ServeError::Inherited(io::ErrorKind::NotFound.into()))?;
            let bound = share(listener, config)?;
            tracing::info!(address = %bound.local_addr(), "listening on the service manager's socket instead of server.listen");
            Ok(bound)
        }
        count => Err(ServeError::TooManyInherited { count }),
    }
}

/// One socket for all workers, who take turns: unlike with `SO_REUSEPORT`, whoever is awake first accepts.
fn share(listener: TcpListener, config: &ServerConfig) -> Result<Bound, ServeError> {
    let taken = || {
        if !SockRef::from(&listener).is_listener()? {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the socket does not listen"));
        }
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let others = (1..config.workers).map(|_| listener.try_clone()).collect::<io::Result<Vec<_>>>()?;
        Ok((address, others))
    };
    let (address, mut listeners) = taken().map_err(ServeError::Inherited)?;
    listeners.push(listener);
    Ok(Bound::over(address, listeners, config))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::time::Duration;

    use socket2::{Domain, Socket, Type};

    use super::*;
    use crate::config::Limits;

    fn config(workers: usize) -> ServerConfig {
        let limits = Limits {
            connections: 10,
            header_timeout: Duration::from_secs(1),
            headers: 100,
            header_bytes: 65536,
            idle_timeout: Duration::from_secs(1),
        };
        ServerConfig {
            listen: SocketAddr::from(([127, 0, 0, 1], 1)),
            tls: Vec::new(),
            redirect: None,
            hsts: None,
            trusted_proxies: Vec::new(),
            max_connections_per_address: 0,
            workers,
            shutdown_grace: Duration::from_secs(1),
            limits,
        }
    }

    #[test]
    fn every_worker_gets_a_handle_of_its_own_to_the_one_socket() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let bound = share(listener, &config(3)).expect("shared");
        assert_eq!(bound.local_addr(), address, "and not server.listen");
        let mut handles: Vec<_> = bound.listeners().iter().map(AsRawFd::as_raw_fd).collect();
        handles.dedup();
        assert_eq!(handles.len(), 3);
        for listener in bound.listeners() {
            assert_eq!(listener.local_addr().expect("an address"), address);
            assert_eq!(listener.accept().expect_err("nobody comes").kind(), io::ErrorKind::WouldBlock);
        }
    }

    #[test]
    fn a_socket_that_does_not_listen_is_refused() {
        let socket: OwnedFd = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket").into();
        let error = share(TcpListener::from(socket), &config(1)).expect_err("nobody can come to it");
        assert!(matches!(error, ServeError::Inherited(_)), "{error}");
        assert!(error.to_string().contains("ListenStream"), "{error}");
    }
}
