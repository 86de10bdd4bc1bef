//! HTTP/2 without TLS, by prior knowledge.

use hyper::client::conn::http2::{SendRequest, handshake};

use super::*;

type Client = SendRequest<Full<Bytes>>;

async fn client(server: &Server) -> (Client, tokio::task::JoinHandle<hyper::Result<()>>) {
    let io = TokioIo::new(server.connect().await);
    let (client, connection) = handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
    (client, tokio::spawn(connection))
}

fn get(uri: &str) -> http::request::Builder {
    Request::builder().version(Version::HTTP_2).uri(uri)
}

async fn ask(client: &mut Client, request: http::request::Builder) -> (StatusCode, String) {
    let response =
        in_time(client.send_request(request.body(Full::default()).expect("a request"))).await.expect("answered");
    let status = response.status();
    let body = in_time(response.into_body().collect()).await.expect("a body").to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn requests_arrive_in_the_one_shape() {
    let server = Server::start(limits());
    let (mut client, _driver) = client(&server).await;
    let request = get("http://a.example:81/x?y").header(header::COOKIE, "a=1").header(header::COOKIE, "b=2");
    let (status, line) = ask(&mut client, request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(line, "GET /x?y host=a.example:81 cookie=a=1; b=2 tls=false");
}

#[tokio::test]
async fn what_is_ambiguous_is_refused_without_harm_to_other_streams() {
    let server = Server::start(Limits { headers: 5, ..limits() });
    let (mut client, _driver) = client(&server).await;
    let conflicting = ask(&mut client, get("http://a/x").header(HOST, "b")).await;
    assert!(conflicting.0 == 400 && conflicting.1.contains("conflicting_hosts"), "{conflicting:?}");
    let several = ask(&mut client, get("http://a/x").header(HOST, "a").header(HOST, "a")).await;
    assert!(several.0 == 400 && several.1.contains("several_hosts"), "{several:?}");
    let tunnel = ask(&mut client, get("a:443").method(Method::CONNECT)).await;
    assert_eq!(tunnel.0, StatusCode::METHOD_NOT_ALLOWED);
    let many = (0..6).fold(get("http://a/x"), |request, index| request.header(format!("x-{index}"), "y"));
    assert_eq!(ask(&mut client, many).await.0, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let fat = get("http://a/x").header("x", "y".repeat(20_000));
    assert_eq!(ask(&mut client, fat).await.0, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    let panicked = ask(&mut client, get("http://a/panic")).await;
    assert_eq!(panicked.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(ask(&mut client, get("http://a/x")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_client_that_rests_or_never_begins_is_sent_away() {
    let server = Server::start(Limits { idle_timeout: SOON, header_timeout: SOON, ..limits() });
    let (_client, driver) = client(&server).await;
    in_time(driver).await.expect("no panic").expect("GOAWAY without error");
    let (mut client, driver) = client(&server).await;
    let client = &mut client;
    assert_eq!(ask(client, get("http://a/x")).await.0, StatusCode::OK);
    in_time(driver).await.expect("no panic").expect("GOAWAY without error");
    // One that doesn't even shake hands.
    let mut mute = server.connect().await;
    mute.write_all(PREFACE).await.expect("sent");
    in_time(mute.read_to_end(&mut Vec::new())).await.expect("closed");
}

#[tokio::test]
async fn an_application_may_take_longer_than_a_client_on_a_stream_too() {
    let server = Server::start(Limits { idle_timeout: SOON, header_timeout: SOON, ..limits() });
    let (mut client, _driver) = client(&server).await;
    let release = Arc::clone(&server.echo.release);
    let asked = tokio::spawn(async move { ask(&mut client, get("http://a/wait")).await });
    in_time(server.echo.reached.notified()).await;
    tokio::time::sleep(SOON * 4).await;
    release.notify_one();
    assert_eq!(in_time(asked).await.expect("no panic").1, "waited");
}

#[tokio::test]
async fn a_client_that_opens_no_window_is_cut() {
    let server = Server::start(Limits { idle_timeout: SOON, ..limits() });
    let (mut client, driver) = client(&server).await;
    let request = get("http://a/flood").body(Full::default()).expect("a request");
    let response = in_time(client.send_request(request)).await.expect("a head");
    // The body is held but never read, while pings are answered.
    assert!(in_time(driver).await.expect("no panic").is_err() || response.into_body().collect().await.is_err());
}

#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let server = Server::start(limits());
    let mut socket = server.connect().await;
    let mut attack = PREFACE.to_vec();
    attack.extend(frame(4, 0, 0, &[]));
    for stream in (1..4001).step_by(2) {
        // :method GET, :scheme http, :path /, :authority a
        attack.extend(frame(1, 5, stream, b"\x82\x86\x84\x41\x01a"));
        attack.extend(frame(3, 0, stream, &8u32.to_be_bytes()));
    }
    let (mut reader, mut writer) = socket.split();
    let send = async {
        let _ = writer.write_all(&attack).await;
        std::future::pending::<()>().await;
    };
    let mut heard = Vec::new();
    tokio::select! { _ = in_time(reader.read_to_end(&mut heard)) => {}, () = send => {} }
    assert!(server.echo.seen.lock().expect("no panic").len() < 2000, "it was sent away before its end");
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[tokio::test]
async fn the_end_waits_for_open_streams() {
    let server = Server::start(limits());
    let (mut client, driver) = client(&server).await;
    let asked = tokio::spawn(async move { ask(&mut client, get("http://a/wait")).await });
    in_time(server.echo.reached.notified()).await;
    server.shutdown.begin();
    server.echo.release.notify_one();
    assert_eq!(in_time(asked).await.expect("no panic").1, "waited");
    in_time(driver).await.expect("no panic").expect("GOAWAY without error");
    assert_eq!(server.stop().await.expect("no worker died"), Drained { cut: 0 });
}

#[tokio::test]
async fn the_end_closes_resting_connections_at_once() {
    let server = Server::start(limits());
    let io = TokioIo::new(server.connect().await);
    let (mut client, connection) = handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), io).await.expect("HTTP/2");
    let driver = tokio::spawn(connection);
    let request = get("http://a/x").body(Empty::new()).expect("a request");
    in_time(client.send_request(request)).await.expect("answered").into_body().collect().await.expect("a body");
    assert_eq!(server.stop().await.expect("no worker died"), Drained { cut: 0 });
    in_time(driver).await.expect("no panic").expect("GOAWAY without error");
}
