//! The room as a whole, between real sockets: a client, hyper's server with a [`Proxy`] in it, and application servers.
//! Where time matters it is tokio's paused clock, which jumps to the next time-out as soon as nothing is left to do.

mod failures;
mod framing;
mod http2;
mod pooling;
mod streaming;
mod timeouts;
mod tls;
mod upgrade;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::header::{HOST, HeaderValue};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Fault, Identity, IdentityHeaders, Passage, Proxy, ProxyError, Target};
use crate::config::{ApplicationConfig, Upstream, UpstreamProtocol};
use crate::domain::access::Access;
use crate::sessions::End;
use crate::wire::body::Body;

/// How long a client may pause in these tests.
const CLIENT_IDLE: Duration = Duration::from_secs(60);
/// How long an application may be silent in these tests.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// An application on these ports of this machine.
pub(crate) fn application(ports: &[u16]) -> ApplicationConfig {
    let upstream = |&port: &u16| Upstream { https: false, host: "127.0.0.1".to_owned(), port };
    ApplicationConfig {
        id: "app".parse().expect("an id"),
        name: "App".to_owned(),
        description: String::new(),
        host: None,
        path: "/".to_owned(),
        upstreams: ports.iter().map(upstream).collect(),
        upstream_protocol: UpstreamProtocol::Http1,
        authorities: None,
        server_name: None,
        access: Access::Anyone,
        rules: Vec::new(),
        connect_timeout: Duration::from_secs(5),
        response_timeout: RESPONSE_TIMEOUT,
        preserve_host: true,
    }
}

/// A front that forwards everything to `application`, signed in as `ana`. A failure is answered with its status and
/// code.
async fn front(application: &ApplicationConfig) -> SocketAddr {
    front_until(application, Arc::default()).await
}

/// The same for a session that ends.
async fn front_until(application: &ApplicationConfig, end: Arc<End>) -> SocketAddr {
    let target = Target::new(application, CLIENT_IDLE).expect("a target");
    front_with(Door::new(Arc::new(Proxy::new()), target, end)).await
}

/// A front of HTTP/1 before `door`.
async fn front_with(door: Arc<Door>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let door = Arc::clone(&door);
            tokio::spawn(async move {
                let serve = service_fn(move |request| Arc::clone(&door).open(request, peer.ip()));
                let server = hyper::server::conn::http1::Builder::new();
                // What goes wrong here is what the test's client sees.
                let _ = server.serve_connection(TokioIo::new(stream), serve).with_upgrades().await;
            });
        }
    });
    address
}

struct Door {
    proxy: Arc<Proxy>,
    target: Target,
    person: IdentityHeaders,
    end: Arc<End>,
}

impl Door {
    fn new(proxy: Arc<Proxy>, target: Target, end: Arc<End>) -> Arc<Self> {
        let person = IdentityHeaders::new("ana", "Ana", "", ["staff"], "acme").expect("no controls");
        Arc::new(Self { proxy, target, person, end })
    }

    async fn open(self: Arc<Self>, request: Request<Incoming>, client: IpAddr) -> Result<Response<Body>, Infallible> {
        let host = match request.uri().authority() {
            Some(authority) => HeaderValue::from_str(authority.as_str()).expect("ASCII"),
            None => request.headers().get(HOST).cloned().unwrap_or(HeaderValue::from_static("")),
        };
        let path_and_query = request.uri().path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let passage = Passage {
            client,
            https: false,
            host: &host,
            path_and_query: &path_and_query,
            identity: Some(Identity {
                headers: &self.person,
                assertion: &HeaderValue::from_static("signed"),
                end: &self.end,
            }),
            request_id: &HeaderValue::from_static("r-1"),
        };
        Ok(self.proxy.forward(&self.target, request, &passage).await.unwrap_or_else(failed))
    }
}

fn failed(error: ProxyError) -> Response<Body> {
    let status = match error.fault() {
        Fault::BadRequest => StatusCode::BAD_REQUEST,
        Fault::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Fault::ClientTimeout => StatusCode::REQUEST_TIMEOUT,
        Fault::BadGateway => StatusCode::BAD_GATEWAY,
        Fault::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT,
    };
    let mut response = Response::new(Body::full(error.code()));
    let words = HeaderValue::try_from(error.to_string()).expect("no controls");
    response.headers_mut().insert("x-words", words);
    *response.status_mut() = status;
    response
}

/// An application server that the test plays itself.
struct Server(TcpListener);

impl Server {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    /// The next connection to it.
    async fn accept(&self) -> Peer {
        Peer::over(self.0.accept().await.expect("a connection").0)
    }

    /// Whether somebody is connecting right now.
    fn nobody_came(&self) -> bool {
        use futures_util::FutureExt;
        self.0.accept().now_or_never().is_none()
    }
}

/// One end of a connection, spoken byte by byte.
struct Peer {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Peer {
    async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.expect("a connection"))
    }

    const fn over(stream: TcpStream) -> Self {
        Self { stream, unread: Vec::new() }
    }

    async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.expect("a peer that reads");
    }

    /// Everything up to and with `end`.
    async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|window| window == end.as_bytes()) {
                let rest = self.unread.split_off(at + end.len());
                let read = std::mem::replace(&mut self.unread, rest);
                return String::from_utf8(read).expect("UTF-8");
            }
            let read = self.stream.read_buf(&mut self.unread).await.expect("a peer that speaks");
            assert!(read > 0, "ended before {end:?}: {:?}", String::from_utf8_lossy(&self.unread));
        }
    }

    /// A head, its names in lower case.
    async fn head(&mut self) -> String {
        let head = self.until("\r\n\r\n").await;
        let (start, fields) = head.split_once("\r\n").expect("a first line");
        let fields = fields.split_inclusive("\r\n").map(|line| match line.split_once(':') {
            Some((name, value)) => format!("{}:{value}", name.to_lowercase()),
            None => line.to_owned(),
        });
        format!("{start}\r\n{}", fields.collect::<String>())
    }

    /// Everything until the connection is closed, one way or the other.
    async fn rest(mut self) -> String {
        while let Ok(1..) = self.stream.read_buf(&mut self.unread).await {}
        String::from_utf8(self.unread).expect("UTF-8")
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: app\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
