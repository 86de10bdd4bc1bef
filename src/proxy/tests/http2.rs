//! Applications that speak HTTP/2: one connection for all requests, trailers both ways.

use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;

use super::tls::{Authority, secure};
use super::*;

type Answer = Response<BoxBody<Bytes, std::io::Error>>;

/// An application over HTTP/2. `/echo` gives back what came, `/wait` answers when the test lets it, `/reset` and `/flood` do
/// what they say.
struct Upstream2 {
    port: u16,
    connections: AtomicUsize,
    requests: mpsc::UnboundedSender<Request<()>>,
    /// Requests to `/wait` that may be answered.
    let_go: Semaphore,
    /// Drops the connections that are open.
    hang_up: tokio::sync::Notify,
}

impl Upstream2 {
    async fn start(acceptor: Option<TlsAcceptor>) -> (Arc<Self>, mpsc::UnboundedReceiver<Request<()>>) {
        let server = Server::new().await;
        let (requests, seen) = mpsc::unbounded_channel();
        let upstream = Arc::new(Self {
            port: server.port(),
            connections: AtomicUsize::new(0),
            requests,
            let_go: Semaphore::new(0),
            hang_up: tokio::sync::Notify::new(),
        });
        let this = Arc::clone(&upstream);
        tokio::spawn(async move {
            while let Ok((stream, _)) = server.0.accept().await {
                this.connections.fetch_add(1, Ordering::Relaxed);
                let (this, acceptor) = (Arc::clone(&this), acceptor.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => this.serve(stream).await,
                        Some(acceptor) => this.serve(acceptor.accept(stream).await.expect("shaken")).await,
                    }
                });
            }
        });
        (upstream, seen)
    }

    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let this = Arc::clone(&self);
        let service = service_fn(move |request| Arc::clone(&this).answer(request));
        let server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::select! {
            _ = server.serve_connection(TokioIo::new(stream), service) => {}
            () = self.hang_up.notified() => {}
        }
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, std::io::Error> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        self.requests.send(Request::from_parts(parts, ())).expect("a test that looks");
        match path.as_str() {
            "/wait" => {
                self.let_go.acquire().await.expect("open").forget();
                Ok(Response::new(whole("waited")))
            }
            "/reset" => Err(std::io::Error::other("reset")),
            "/flood" => {
                let pieces = stream::repeat_with(|| Ok(Frame::data(Bytes::from_static(&[b'x'; 16384]))));
                Ok(Response::new(BodyExt::boxed(StreamBody::new(pieces))))
            }
            "/trailers-only" => {
                let answer = Response::builder().header("grpc-status", "5").header("grpc-message", "no such thing");
                Ok(answer.body(Empty::new().map_err(|never| match never {}).boxed()).expect("an answer"))
            }
            _ => {
                let echo = body.map_err(std::io::Error::other).with_trailers(async {
                    let mut trailers = HeaderMap::new();
                    trailers.insert("grpc-status", HeaderValue::from_static("0"));
                    trailers.insert("set-cookie", HeaderValue::from_static("portero=stolen"));
                    Some(Ok(trailers))
                });
                Ok(Response::new(echo.boxed()))
            }
        }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn application(&self) -> ApplicationConfig {
        let mut application = application(&[self.port]);
        application.upstream_protocol = UpstreamProtocol::Http2;
        application
    }
}

fn whole(text: &'static str) -> BoxBody<Bytes, std::io::Error> {
    Full::new(Bytes::from_static(text.as_bytes())).map_err(|never| match never {}).boxed()
}

type Sent = BoxBody<Bytes, std::io::Error>;

/// A client that speaks HTTP/2 with a front before `application`.
async fn client(application: &ApplicationConfig) -> SendRequest<Sent> {
    let target = Target::new(application, CLIENT_IDLE).expect("a target");
    let door = Door::new(Arc::new(Proxy::new()), target, Arc::default());
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        let serve = service_fn(move |request| Arc::clone(&door).open(request, [127, 0, 0, 1].into()));
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(far), serve).await
    });
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(near)).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

fn get(path: &str) -> Request<Sent> {
    Request::get(format!("http://app.example.com{path}")).body(whole("")).expect("a request")
}

async fn ask(client: &SendRequest<Sent>, request: Request<Sent>) -> Response<Incoming> {
    client.clone().send_request(request).await.expect("an answer")
}

/// Status and text of an answer.
async fn told(answer: Response<Incoming>) -> String {
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    format!("{status} {}", String::from_utf8_lossy(&body))
}

#[tokio::test]
async fn a_call_with_trailers_passes_both_ways_in_clear_and_over_tls() {
    let authority = Authority::new();
    let acceptor = authority.certify(&["127.0.0.1"], 2100).acceptor(&["h2", "http/1.1"]);
    for acceptor in [None, Some(acceptor)] {
        let encrypted = acceptor.is_some();
        let (upstream, mut seen) = Upstream2::start(acceptor).await;
        let mut application = upstream.application();
        if encrypted {
            application = secure(upstream.port, authority.trusted());
            application.upstream_protocol = UpstreamProtocol::Http2;
        }
        let client = client(&application).await;
        let sums = HeaderMap::from_iter([
            ("x-sum".parse().expect("a name"), HeaderValue::from_static("1")),
            ("remote-user".parse().expect("a name"), HeaderValue::from_static("root")),
        ]);
        let body = StreamBody::new(stream::iter([
            Ok(Frame::data(Bytes::from_static(b"one"))),
            Ok(Frame::data(Bytes::from_static(b" two"))),
            Ok(Frame::trailers(sums)),
        ]));
        let call = Request::post("http://app.example.com/echo?a=b")
            .header("te", "trailers")
            .header("content-type", "application/grpc")
            .header("remote_user", "root")
            .body(BodyExt::boxed(body))
            .expect("a request");
        let answer = ask(&client, call).await;
        let head = seen.recv().await.expect("a request");
        let scheme = if encrypted { "https" } else { "http" };
        assert_eq!(head.uri().to_string(), format!("{scheme}://app.example.com/echo?a=b"));
        let of =
            |name: &str| head.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(
            (of("te"), of("remote-user"), of("x-forwarded-host")),
            (vec!["trailers"], vec!["ana"], vec!["app.example.com"])
        );
        for name in ["host", "connection", "transfer-encoding", "content-length", "remote_user"] {
            assert!(of(name).is_empty(), "{name}: {:?}", of(name));
        }
        assert_eq!(answer.headers().get("content-length"), None);
        let body = answer.into_body().collect().await.expect("a body");
        let trailers = body.trailers().expect("trailers").clone();
        assert_eq!(trailers.get("grpc-status").expect("a status"), "0");
        assert_eq!(trailers.get("x-sum").map(HeaderValue::as_bytes), Some(&b"1"[..]), "{trailers:?}");
        assert!(trailers.get("remote-user").is_none() && trailers.get("set-cookie").is_none(), "{trailers:?}");
        assert_eq!(body.to_bytes(), "one two");
    }
}

#[tokio::test]
async fn a_status_without_a_body_arrives() {
    let (upstream, _seen) = Upstream2::start(None).await;
    let answer = ask(&client(&upstream.application()).await, get("/trailers-only")).await;
    assert_eq!(answer.headers().get("grpc-status").expect("a status"), "5");
    assert_eq!(answer.headers().get("grpc-message").expect("a message"), "no such thing");
    assert_eq!(told(answer).await, "200 ");
}

#[tokio::test]
async fn a_browser_with_http_1_is_served_by_http_2() {
    let (upstream, mut seen) = Upstream2::start(None).await;
    let mut client = Peer::connect(front(&upstream.application()).await).await;
    client.send("POST /echo HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("transfer-encoding: chunked\r\n"), "{head}");
    assert_eq!(client.until("0\r\n\r\n").await, "3\r\nabc\r\n0\r\n\r\n");
    let head = seen.recv().await.expect("a request");
    assert!(head.headers().get("te").is_none() && head.headers().get("transfer-encoding").is_none(), "{head:?}");

    client.send("GET /ws HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"), "an upgrade that cannot be is ignored");
    assert!(seen.recv().await.expect("a request").headers().get("upgrade").is_none());
}

#[tokio::test]
async fn all_requests_share_one_connection_even_those_that_open_it() {
    let (upstream, mut seen) = Upstream2::start(None).await;
    let client = client(&upstream.application()).await;
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { told(ask(&client, get("/wait")).await).await })
        })
        .collect();
    for _ in 0..50 {
        seen.recv().await.expect("a request");
    }
    upstream.let_go.add_permits(50);
    for answer in asked {
        assert_eq!(answer.await.expect("a task"), "200 waited");
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_died_is_replaced_and_takes_what_may_be_repeated_along() {
    let (upstream, mut seen) = Upstream2::start(None).await;
    let client = client(&upstream.application()).await;
    assert_eq!(told(ask(&client, get("/echo")).await).await, "200 ");
    let asked = tokio::spawn({
        let client = client.clone();
        async move { told(ask(&client, get("/wait")).await).await }
    });
    for _ in 0..2 {
        seen.recv().await.expect("a request");
    }
    upstream.hang_up.notify_waiters();
    assert_eq!(seen.recv().await.expect("once more").uri().path(), "/wait");
    upstream.let_go.add_permits(1);
    assert_eq!(asked.await.expect("a task"), "200 waited");
    assert_eq!(upstream.connections(), 2);

    let call = Request::post("http://app.example.com/wait").body(whole("x")).expect("a request");
    let asked = tokio::spawn(async move { told(ask(&client, call).await).await });
    assert_eq!(seen.recv().await.expect("a request").method(), "POST");
    upstream.hang_up.notify_waiters();
    assert_eq!(asked.await.expect("a task"), "502 upstream_reset", "it may have been carried out");
    assert!(seen.try_recv().is_err());
}

#[tokio::test]
async fn one_request_that_fails_or_is_given_up_harms_no_other() {
    let (upstream, mut seen) = Upstream2::start(None).await;
    let client = client(&upstream.application()).await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { told(ask(&client, get("/wait")).await).await }
    });
    seen.recv().await.expect("a request");
    assert_eq!(told(ask(&client, get("/reset")).await).await, "502 upstream_reset");
    assert_eq!(seen.recv().await.expect("a request").uri().path(), "/reset");
    let given_up = tokio::spawn({
        let client = client.clone();
        async move { told(ask(&client, get("/wait")).await).await }
    });
    seen.recv().await.expect("a request");
    given_up.abort();
    assert!(given_up.await.expect_err("it was aborted").is_cancelled());
    assert_eq!(told(ask(&client, get("/echo")).await).await, "200 ");
    upstream.let_go.add_permits(1);
    assert_eq!(waiting.await.expect("a task"), "200 waited", "the one that was given up does not wait before it");
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn clients_that_take_nothing_hold_up_no_other() {
    let (upstream, _seen) = Upstream2::start(None).await;
    let address = front(&upstream.application()).await;
    let mut lazy = Vec::new();
    // More than any window for a whole connection that could be the default.
    for _ in 0..40 {
        let mut peer = Peer::connect(address).await;
        peer.send("GET /flood HTTP/1.1\r\nHost: app\r\n\r\n").await;
        peer.head().await;
        lazy.push(peer);
    }
    for _ in 0..20 {
        let mut peer = Peer::connect(address).await;
        peer.send("POST /echo HTTP/1.1\r\nHost: app\r\nContent-Length: 3\r\n\r\nabc").await;
        peer.until("abc").await;
    }
    assert_eq!(upstream.connections(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_speak_it_is_told_apart() {
    let server = Server::new().await;
    let mut application = application(&[server.port()]);
    application.upstream_protocol = UpstreamProtocol::Http2;
    let mut client = Peer::connect(front(&application).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 502") && head.contains("write upstream_protocol = \"http1\""), "{head}");
    client.until("upstream_garbage").await;

    let authority = Authority::new();
    for alpn in [&["http/1.1"][..], &[]] {
        let acceptor = authority.certify(&["127.0.0.1"], 2100).acceptor(alpn);
        let mut application = secure(server.port(), authority.trusted());
        application.upstream_protocol = UpstreamProtocol::Http2;
        let mut client = Peer::connect(front(&application).await).await;
        client.send(GET).await;
        let stream = server.0.accept().await.expect("a connection").0;
        let (head, _upstream) = tokio::join!(client.head(), acceptor.accept(stream));
        assert!(head.contains("does not agree to speak HTTP/2 (ALPN); write upstream_protocol"), "{head}");
        client.until("upstream_tls").await;
    }
}

#[tokio::test(start_paused = true)]
async fn patience_has_an_end_with_either_side() {
    let (upstream, mut seen) = Upstream2::start(None).await;
    let begin = tokio::time::Instant::now();
    let client = client(&upstream.application()).await;
    assert_eq!(told(ask(&client, get("/wait")).await).await, "504 upstream_timeout");
    assert_eq!(begin.elapsed(), RESPONSE_TIMEOUT);
    seen.recv().await.expect("a request");

    let mut client = Peer::connect(front(&upstream.application()).await).await;
    let begin = tokio::time::Instant::now();
    client.send("POST /wait HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\nhalf").await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 408"), "{head}");
    assert_eq!(begin.elapsed(), CLIENT_IDLE);
}

#[tokio::test(start_paused = true)]
async fn a_shared_connection_that_nobody_uses_is_closed() {
    let server = Server::new().await;
    let mut application = application(&[server.port()]);
    application.upstream_protocol = UpstreamProtocol::Http2;
    let mut client = Peer::connect(front(&application).await).await;
    client.send(GET).await;
    let stream = server.0.accept().await.expect("a connection").0;
    let service = service_fn(|_| async { Ok::<_, Infallible>(Response::new(whole("ok"))) });
    let serving = tokio::spawn(
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service),
    );
    client.until("ok").await;
    let begin = tokio::time::Instant::now();
    serving.await.expect("a task").expect("an orderly end");
    assert_eq!(begin.elapsed().as_secs(), 60);
}
