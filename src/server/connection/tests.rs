//! A connection carries requests that can be read in one way only, and nothing on it may take for ever.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, header};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::ServerConfig;
use crate::server::workers::{Drained, Running};
use crate::server::{ServeError, bind};

/// Answers by the request's path.
#[derive(Clone, Default)]
struct Echo {
    /// Released, it lets `/wait` answer.
    release: Arc<Notify>,
    /// Told when `/wait` was reached.
    reached: Arc<Notify>,
    seen: Arc<Mutex<Vec<String>>>,
    /// Told to what was upgraded.
    leave: CancellationToken,
    /// Connections from one address.
    cap: Option<NonZeroUsize>,
}

impl Handle for Echo {
    async fn handle(self: Arc<Self>, mut request: Request<Incoming>, peer: Peer) -> Response<Body> {
        let headers = request.headers();
        let text = |name| headers.get_all(name).iter().map(|v| v.to_str().unwrap_or("?")).collect::<Vec<_>>().join("|");
        let line = format!(
            "{} {} host={} cookie={} tls={}",
            request.method(),
            request.uri(),
            text(HOST),
            text(COOKIE),
            peer.tls
        );
        self.seen.lock().expect("no panic").push(line.clone());
        match request.uri().path() {
            "/panic" => panic!("a handler's panic, on purpose"),
            "/wait" => {
                self.reached.notify_one();
                self.release.notified().await;
                Response::new(Body::full("waited"))
            }
            "/body" => {
                let outcome = request.into_body().collect().await;
                Response::new(Body::full(
                    outcome.map_or_else(|error| format!("{error:?}"), |all| format!("{:?}", all.to_bytes())),
                ))
            }
            "/big" => Response::new(Body::full(vec![b'x'; BIG])),
            "/flood" => {
                let chunk = || Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from(vec![b'x'; 65536])));
                Response::new(Body::stream(StreamBody::new(futures_util::stream::repeat_with(chunk))))
            }
            "/upgrade" => {
                let upgraded = hyper::upgrade::on(&mut request);
                let leave = if request.uri().query() == Some("stubborn") { None } else { Some(self.leave.clone()) };
                tokio::spawn(async move {
                    let mut io = TokioIo::new(upgraded.await.expect("upgraded"));
                    let mut word = [0; 4];
                    loop {
                        let left = async {
                            match &leave {
                                Some(leave) => leave.cancelled().await,
                                None => std::future::pending().await,
                            }
                        };
                        tokio::select! {
                            read = io.read_exact(&mut word) => if read.is_err() { return },
                            () = left => return,
                        }
                        io.write_all(&word).await.expect("written");
                    }
                });
                let response =
                    Response::builder().status(101).header("upgrade", "echo").header("connection", "upgrade");
                response.body(Body::empty()).expect("a response")
            }
            _ => Response::new(Body::full(line)),
        }
    }

    fn cap_for(&self, _address: IpAddr) -> Option<NonZeroUsize> {
        self.cap
    }

    fn send_away(&self) {
        self.leave.cancel();
    }
}

struct Server {
    address: SocketAddr,
    running: Running,
    shutdown: Shutdown,
    echo: Echo,
}

fn limits() -> Limits {
    Limits {
        connections: 100,
        header_timeout: Duration::from_secs(20),
        headers: 100,
        header_bytes: 16 * 1024,
        idle_timeout: Duration::from_secs(20),
    }
}

/// Bytes of an answer that no socket's buffer holds.
const BIG: usize = 32 << 20;

/// A limit that a test runs into.
const SOON: Duration = Duration::from_millis(250);

impl Server {
    fn start(limits: Limits) -> Self {
        Self::with(limits, None, Duration::from_secs(20))
    }

    fn with(limits: Limits, tls: Option<Arc<TlsAcceptorHolder>>, shutdown_grace: Duration) -> Self {
        Self::of(Echo::default(), limits, tls, shutdown_grace)
    }

    fn of(echo: Echo, limits: Limits, tls: Option<Arc<TlsAcceptorHolder>>, shutdown_grace: Duration) -> Self {
        let listen = "127.0.0.1:0".parse().expect("an address");
        let config = ServerConfig {
            listen,
            tls: Vec::new(),
            redirect: None,
            hsts: None,
            trusted_proxies: Vec::new(),
            max_connections_per_address: 0,
            workers: 2,
            shutdown_grace,
            limits,
        };
        let bound = bind(&config).expect("a free port");
        let (address, shutdown) = (bound.local_addr(), Shutdown::new());
        let handler = echo.clone();
        let running = bound.serve(move |_worker| handler.clone(), tls, shutdown.clone()).expect("threads");
        Self { address, running, shutdown, echo }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Sends `bytes` and reads until the server closes.
    async fn say(&self, bytes: &str) -> String {
        let mut socket = self.connect().await;
        socket.write_all(bytes.as_bytes()).await.expect("sent");
        hear(&mut socket).await
    }

    async fn stop(self) -> Result<Drained, ServeError> {
        self.shutdown.begin();
        in_time(self.running.join()).await
    }
}

/// A test that waits longer has failed.
async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), future).await.expect("it happens in time")
}

/// Everything until the end, which must come in time and without a reset.
async fn hear<S: AsyncRead + Unpin>(socket: &mut S) -> String {
    let mut heard = Vec::new();
    in_time(socket.read_to_end(&mut heard)).await.expect("closed in order");
    String::from_utf8_lossy(&heard).into_owned()
}

/// Reads until `end` was heard.
async fn hear_until<S: AsyncRead + Unpin>(socket: &mut S, end: &str) -> String {
    let mut heard = Vec::new();
    while !heard.ends_with(end.as_bytes()) {
        heard.push(in_time(socket.read_u8()).await.expect("more"));
    }
    String::from_utf8_lossy(&heard).into_owned()
}

const GET: &str = "GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n";
const LINE: &str = "GET /x?y host=a cookie= tls=false";

#[tokio::test]
async fn requests_follow_one_another_on_a_connection() {
    let server = Server::start(limits());
    let mut socket = server.connect().await;
    for _ in 0..3 {
        socket.write_all(GET.as_bytes()).await.expect("sent");
        assert!(hear_until(&mut socket, LINE).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    socket.write_all(GET.repeat(3).as_bytes()).await.expect("sent");
    for _ in 0..3 {
        hear_until(&mut socket, LINE).await;
    }
    let bodies = "POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
                  POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nde";
    socket.write_all(bodies.as_bytes()).await.expect("sent");
    let heard = hear(&mut socket).await;
    assert!(heard.contains("b\"abc\"") && heard.ends_with("b\"de\""), "{heard}");
}

#[tokio::test]
async fn a_request_that_two_readers_could_read_in_two_ways_is_refused() {
    let server = Server::start(limits());
    let get = |fields: &str| format!("GET / HTTP/1.1\r\n{fields}\r\n\r\n");
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
    for (request, status, code) in [
        (get("X: y"), 400, "missing_host"),
        (get("Host: a\r\nHost: a"), 400, "several_hosts"),
        (get("Host: a\r\nhost: b"), 400, "several_hosts"),
        (get("Host: a/b"), 400, "invalid_host"),
        (get("Host:"), 400, "invalid_host"),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), 400, "missing_host"),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "conflicting_hosts"),
        ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "unknown_scheme"),
        ("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "authority_form"),
        ("GET /a#/../b HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "fragment"),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 400, "asterisk_form"),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n".to_owned(), 405, "connect"),
        (post("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400, "length_and_encoding"),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400, "length_and_encoding"),
        (post("Content-Length: 3\r\nContent-Length: 3"), 400, "invalid_length"),
        (post("Content-Length: +3"), 400, "invalid_length"),
        (post("Transfer-Encoding: gzip, chunked"), 400, "invalid_encoding"),
        ("GET / HTTP/1.1\nHost: a\r\n\r\n".to_owned(), 400, "bare_line_feed"),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n".to_owned(), 400, "bare_line_feed"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n".to_owned(), 400, "bare_line_feed"),
    ] {
        let heard = server.say(&request).await;
        assert_eq!(heard.get(..12), Some(&*format!("{} {status}", version(&request))), "{request:?} → {heard:?}");
        assert!(heard.contains(&format!("\"code\":\"{code}\"")), "{request:?} → {heard:?}");
        assert!(heard.contains("connection: close\r\n"), "{request:?} → {heard:?}");
    }
    assert!(server.echo.seen.lock().expect("no panic").is_empty(), "none reached the handler");
}

/// The version an answer to `request` speaks.
fn version(request: &str) -> &str {
    if request.contains("HTTP/1.0") { "HTTP/1.0" } else { "HTTP/1.1" }
}

#[tokio::test]
async fn what_the_parser_refuses_is_answered_by_it() {
    let server = Server::start(Limits { headers: 5, ..limits() });
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n b: folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400),
        ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (&format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(5)), 431),
        (&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "y".repeat(200_000)), 431),
        (&format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "y".repeat(17_000)), 431),
    ] {
        let heard = server.say(request).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{:?} → {heard:?}", &request[..40]);
    }
    assert!(server.echo.seen.lock().expect("no panic").is_empty(), "none reached the handler");
}

#[tokio::test]
async fn unknown_methods_and_absolute_targets_arrive_in_the_one_shape() {
    let server = Server::start(limits());
    let heard = server.say("FROB http://A.example/x?y HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n").await;
    assert!(heard.ends_with("FROB /x?y host=a.example cookie= tls=false"), "{heard}");
    let heard = server.say("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(heard.ends_with("OPTIONS * host=a cookie= tls=false"), "{heard}");
}

#[tokio::test]
async fn a_head_that_dribbles_in_is_answered_408() {
    let server = Server::start(Limits { header_timeout: SOON, ..limits() });
    for start in ["P", "PRI * H", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nX: "] {
        let heard = server.say(start).await;
        assert!(heard.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{start:?} → {heard:?}");
    }
    assert_eq!(server.say("").await, "", "who said nothing is told nothing");
    // Every byte is in time for itself; together they are not.
    let mut socket = server.connect().await;
    let (mut reader, mut writer) = socket.split();
    let dribble = async {
        let mut ticks = tokio::time::interval(SOON / 5);
        for byte in GET.bytes().take(GET.len() - 1).chain(std::iter::repeat(b'\r')) {
            ticks.tick().await;
            if writer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    };
    let heard = tokio::select! { heard = hear_until(&mut reader, "}") => heard, () = dribble => String::new() };
    assert!(heard.starts_with("HTTP/1.1 408 "), "{heard:?}");
}

#[tokio::test]
async fn a_second_head_has_its_own_time() {
    let server = Server::start(Limits { header_timeout: SOON, ..limits() });
    let heard = server.say(&format!("{GET}GET /")).await;
    assert!(heard.contains(LINE) && heard.contains("HTTP/1.1 408 "), "{heard:?}");
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed_without_a_word() {
    let server = Server::start(Limits { idle_timeout: SOON, ..limits() });
    let heard = server.say(GET).await;
    assert!(heard.ends_with(LINE), "{heard:?}");
}

#[tokio::test]
async fn an_application_may_take_longer_than_a_client() {
    let server = Server::start(Limits { idle_timeout: SOON, header_timeout: SOON, ..limits() });
    let mut socket = server.connect().await;
    socket.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    in_time(server.echo.reached.notified()).await;
    let more = tokio::time::timeout(SOON * 4, socket.read_u8()).await;
    assert!(more.is_err(), "neither answer nor end: {more:?}");
    server.echo.release.notify_one();
    assert!(hear(&mut socket).await.ends_with("waited"), "and then the rest is timed again");
}

#[tokio::test]
async fn a_body_that_stops_coming_fails_for_its_reader() {
    let server = Server::start(Limits { idle_timeout: SOON, ..limits() });
    for framing in ["Content-Length: 5\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"] {
        let heard = server.say(&format!("POST /body HTTP/1.1\r\nHost: a\r\n{framing}")).await;
        assert!(heard.contains("TimedOut"), "{heard:?}");
    }
}

#[tokio::test]
async fn an_ambiguous_chunk_fails_for_its_reader() {
    let server = Server::start(limits());
    let heard =
        server.say("POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\n\r\na\r\n0\r\n\r\n").await;
    assert!(!heard.contains("200 OK") || heard.contains("Body"), "{heard:?}");
    assert!(!heard.contains("b\"a\""), "{heard:?}");
}

#[tokio::test]
async fn an_ambiguous_request_behind_an_open_one_is_not_answered_into_its_answer() {
    let server = Server::start(limits());
    let mut socket = server.connect().await;
    socket.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    in_time(server.echo.reached.notified()).await;
    socket.write_all(b"GET /x HTTP/1.1\nHost: a\r\n\r\n").await.expect("sent");
    assert_eq!(hear(&mut socket).await, "");
}

#[tokio::test]
async fn a_client_that_takes_its_time_over_an_answer_gets_all_of_it() {
    let server = Server::start(Limits { idle_timeout: SOON, ..limits() });
    let mut socket = server.connect().await;
    socket.write_all(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    let (mut heard, mut piece) = (0, vec![0; BIG / 64]);
    let mut pause = tokio::time::interval(SOON / 10);
    while heard < BIG {
        pause.tick().await;
        let count = in_time(socket.read(&mut piece)).await.expect("not reset");
        assert_ne!(count, 0, "cut after {heard} bytes");
        heard += count;
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut() {
    let server = Server::with(Limits { idle_timeout: SOON, ..limits() }, None, Duration::from_secs(20));
    let mut socket = server.connect().await;
    socket.write_all(b"GET /flood HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    hear_until(&mut socket, "\r\n\r\n").await;
    // It would flood for ever if the client were waited for.
    assert_eq!(server.stop().await.expect("no worker died").cut, 0);
}

#[tokio::test]
async fn an_answer_arrives_although_the_body_was_not_read() {
    let server = Server::start(limits());
    let head = format!("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", 8 << 20);
    let heard = server.say(&(head + &"x".repeat(8 << 20))).await;
    assert!(heard.starts_with("HTTP/1.1 200 OK"), "{:?}", heard.get(..40));
}

#[tokio::test]
async fn a_panic_is_answered_500_and_harms_nobody_else() {
    let server = Server::start(limits());
    let heard = server.say("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(heard.starts_with("HTTP/1.1 500 "), "{heard:?}");
    for _ in 0..8 {
        assert!(server.say("GET /x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.ends_with(LINE));
    }
    assert!(server.stop().await.is_ok(), "no worker died");
}

#[tokio::test]
async fn past_the_cap_of_its_address_a_client_is_sent_away_unheard() {
    let echo = Echo { cap: NonZeroUsize::new(2), ..Echo::default() };
    let server = Server::of(echo, limits(), None, Duration::from_secs(20));
    let (mut first, mut tunnel) = (server.connect().await, server.connect().await);
    first.write_all(GET.as_bytes()).await.expect("sent");
    hear_until(&mut first, LINE).await;
    let upgrade = "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    tunnel.write_all(upgrade.as_bytes()).await.expect("sent");
    hear_until(&mut tunnel, "\r\n\r\n").await;
    for _ in 0..3 {
        // The reset may be there before the client knows that it is connected.
        let unheard = async { TcpStream::connect(server.address).await?.read(&mut [0; 1]).await };
        assert_eq!(
            in_time(unheard).await.expect_err("reset").kind(),
            std::io::ErrorKind::ConnectionReset,
            "nothing was said to it"
        );
    }
    tunnel.write_all(b"word").await.expect("sent");
    assert_eq!(hear_until(&mut tunnel, "word").await, "word", "who was there stays");
    drop(tunnel);
    // The server has yet to notice.
    let came_in = async {
        loop {
            let heard = async {
                let mut next = TcpStream::connect(server.address).await?;
                next.write_all(GET.as_bytes()).await?;
                next.read(&mut [0; 1]).await
            };
            if heard.await.is_ok_and(|read| read > 0) {
                return;
            }
        }
    };
    in_time(came_in).await;
}

#[tokio::test]
async fn past_the_cap_a_client_waits_until_another_leaves() {
    let server = Server::start(Limits { connections: 1, ..limits() });
    let mut first = server.connect().await;
    first.write_all(GET.as_bytes()).await.expect("sent");
    hear_until(&mut first, LINE).await;
    let mut others = Vec::new();
    for _ in 0..8 {
        let mut other = server.connect().await;
        other.write_all(b"GET /x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
        others.push(other);
    }
    let early = futures_util::future::select_all(others.iter_mut().map(|other| Box::pin(other.read_u8())));
    assert!(tokio::time::timeout(SOON, early).await.is_err(), "nobody is served yet");
    drop(first);
    for mut other in others {
        assert!(hear(&mut other).await.ends_with(LINE));
    }
}

#[tokio::test]
async fn an_upgraded_connection_speaks_freely_and_keeps_its_place() {
    let server = Server::with(Limits { idle_timeout: SOON, ..limits() }, None, SOON);
    let mut socket = server.connect().await;
    socket
        .write_all(b"GET /upgrade?stubborn HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        .await
        .expect("sent");
    hear_until(&mut socket, "\r\n\r\n").await;
    for _ in 0..2 {
        socket.write_all(b"\n\n\0x").await.expect("sent");
        hear_until(&mut socket, "\n\n\0x").await;
        let more = tokio::time::timeout(SOON * 2, socket.read_u8()).await;
        assert!(more.is_err(), "it may rest: {more:?}");
    }
    assert_eq!(server.stop().await.expect("no worker died").cut, 1);
    assert_eq!(in_time(socket.read(&mut [0])).await.unwrap_or(0), 0, "the end closes it");
}

#[tokio::test]
async fn an_upgraded_connection_is_sent_away_once_nothing_else_is_under_way() {
    let server = Server::start(limits());
    let mut socket = server.connect().await;
    let upgrade = b"GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";
    socket.write_all(upgrade).await.expect("sent");
    hear_until(&mut socket, "\r\n\r\n").await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    in_time(server.echo.reached.notified()).await;
    server.shutdown.begin();
    server.echo.release.notify_one();
    assert!(hear(&mut busy).await.ends_with("waited"));
    // In less than the grace, which is longer than the patience of these tests.
    assert_eq!(server.stop().await.expect("no worker died"), Drained { cut: 0 });
    assert_eq!(in_time(socket.read(&mut [0])).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn the_end_waits_for_what_is_open_and_for_nothing_else() {
    let server = Server::start(limits());
    let mut resting = server.connect().await;
    resting.write_all(GET.as_bytes()).await.expect("sent");
    hear_until(&mut resting, LINE).await;
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    in_time(server.echo.reached.notified()).await;
    let mut silent = server.connect().await;

    let (address, release) = (server.address, Arc::clone(&server.echo.release));
    server.shutdown.begin();
    assert_eq!(hear(&mut resting).await, "", "closed at once");
    // One that was still in the kernel's queue is reset; it was never heard.
    assert_eq!(in_time(silent.read(&mut [0])).await.unwrap_or(0), 0);
    let refused = in_time(async { while TcpStream::connect(address).await.is_ok() {} });
    refused.await;
    release.notify_one();
    let heard = hear(&mut busy).await;
    assert!(heard.contains("connection: close\r\n") && heard.ends_with("waited"), "{heard:?}");
    assert_eq!(server.stop().await.expect("no worker died"), Drained { cut: 0 });
}

#[tokio::test]
async fn what_outlasts_the_grace_is_cut() {
    let server = Server::with(limits(), None, SOON);
    let mut busy = server.connect().await;
    busy.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("sent");
    in_time(server.echo.reached.notified()).await;
    assert_eq!(server.stop().await.expect("no worker died"), Drained { cut: 1 });
    assert_eq!(hear(&mut busy).await, "");
}

mod http2;
mod over_tls;
