//! Bodies pass piece by piece, both ways at once.

use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioExecutor;

use super::*;

#[tokio::test]
async fn an_event_stream_arrives_event_by_event() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.head().await;
    for _ in 0..3 {
        upstream.send("9\r\ndata: 1\n\n\r\n").await;
        assert_eq!(client.until("\n\n\r\n").await, "9\r\ndata: 1\n\n\r\n");
    }
    upstream.send("0\r\n\r\n").await;
    client.until("0\r\n\r\n").await;
}

#[tokio::test]
async fn an_upload_arrives_before_it_is_complete_and_may_be_answered_meanwhile() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n").await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    assert_eq!(upstream.until("a\r\n").await, "1\r\na\r\n");
    client.send("1\r\nb\r\n").await;
    assert_eq!(upstream.until("b\r\n").await, "1\r\nb\r\n");

    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n").await;
    client.until("1\r\nA\r\n").await;
    client.send("1\r\nc\r\n").await;
    assert_eq!(upstream.until("c\r\n").await, "1\r\nc\r\n");
    upstream.send("0\r\n\r\n").await;
    client.until("0\r\n\r\n").await;
    client.send("0\r\n\r\n").await;
    assert_eq!(upstream.until("0\r\n\r\n").await, "0\r\n\r\n");

    client.send(GET).await;
    upstream.head().await;
    upstream.send(OK).await;
    client.until("ok").await;
    assert!(server.nobody_came(), "both connections are fit for more");
}

#[tokio::test]
async fn an_answer_that_refuses_an_upload_is_not_lost_under_the_rest_of_it() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 4000005\r\n\r\nbegin").await;
    let mut upstream = server.accept().await;
    upstream.until("begin").await;
    upstream.send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno").await;
    drop(upstream);
    // Most clients read nothing before they have sent everything.
    client.send(&"x".repeat(4_000_000)).await;
    assert!(client.head().await.starts_with("HTTP/1.1 413"));
    client.until("no").await;
    client.send(GET).await;
    server.accept().await.head().await;
}

#[tokio::test]
async fn an_expectation_is_answered_once_and_only_when_the_body_is_wanted() {
    let server = Server::new().await;
    let address = front(&application(&[server.port()])).await;
    let request = "POST / HTTP/1.1\r\nHost: app\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

    let mut client = Peer::connect(address).await;
    client.send(request).await;
    let mut upstream = server.accept().await;
    assert!(!upstream.head().await.contains("expect"));
    assert_eq!(client.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body").await;
    upstream.until("body").await;
    upstream.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n").await;
    upstream.send(OK).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
    client.until("ok").await;

    drop(server);
    drop(upstream);
    let mut client = Peer::connect(address).await;
    client.send(request).await;
    assert!(client.head().await.starts_with("HTTP/1.1 502"), "nobody wants the body");
}

#[tokio::test]
async fn answers_without_a_body_have_none() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("HEAD / HTTP/1.1\r\nHost: app\r\n\r\n").await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n").await;
    assert!(client.head().await.contains("content-length: 42\r\n"), "the length that GET would have");

    for status in ["204 No Content", "304 Not Modified"] {
        client.send(GET).await;
        upstream.head().await;
        upstream.send(&format!("HTTP/1.1 {status}\r\nETag: \"x\"\r\n\r\n")).await;
        let head = client.head().await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")) && head.contains("etag: \"x\""), "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
    }
    assert!(client.unread.is_empty());
}

#[tokio::test]
async fn trailers_pass_both_ways_but_for_what_only_portero_says() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nTE: trailers\r\nTrailer: X-Sum, Remote-User\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    client.send("1\r\na\r\n0\r\nX-Sum: 1\r\nRemote-User: root\r\n\r\n").await;
    let mut upstream = server.accept().await;
    assert!(upstream.head().await.contains("te: trailers\r\n"));
    assert_eq!(upstream.until("\r\n\r\n").await, "1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n");
    upstream
        .send("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 2\r\n\r\n")
        .await;
    client.head().await;
    assert_eq!(client.until("\r\n\r\n").await, "1\r\na\r\n0\r\nx-sum: 2\r\n\r\n");
}

#[tokio::test]
async fn an_old_client_gets_an_answer_it_understands() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("GET / HTTP/1.0\r\nHost: app\r\n\r\n").await;
    let mut upstream = server.accept().await;
    assert!(upstream.head().await.starts_with("GET / HTTP/1.1\r\n"));
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.starts_with("HTTP/1.0 200") && answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[tokio::test]
async fn the_application_learns_the_host_it_is_configured_to_learn() {
    let server = Server::new().await;
    let mut own_name = application(&[server.port()]);
    own_name.preserve_host = false;
    for (application, expected) in
        [(own_name, format!("127.0.0.1:{}", server.port())), (application(&[server.port()]), "app".to_owned())]
    {
        let mut client = Peer::connect(front(&application).await).await;
        client.send(GET).await;
        let head = server.accept().await.head().await;
        assert!(head.contains(&format!("\r\nhost: {expected}\r\n")), "{head}");
        assert!(head.contains("\r\nx-forwarded-host: app\r\n") && head.contains("\r\nremote-user: ana\r\n"), "{head}");
    }
}

#[tokio::test]
async fn http_2_becomes_http_1_with_one_host_and_one_cookie_line() {
    let server = Server::new().await;
    let target = Target::new(&application(&[server.port()]), CLIENT_IDLE).expect("a target");
    let door = Door::new(Arc::new(Proxy::new()), target, Arc::default());
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(async move {
        let serve = service_fn(move |request| Arc::clone(&door).open(request, [127, 0, 0, 1].into()));
        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(far), serve).await
    });
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(near)).await.expect("HTTP/2");
    tokio::spawn(connection);

    let request = Request::get("http://app.example.com/a?b")
        .header("cookie", "a=1")
        .header("cookie", "portero=secret")
        .header("cookie", "b=2")
        .body(Empty::<bytes::Bytes>::new())
        .expect("a request");
    let answer = tokio::spawn(sender.send_request(request));
    let mut upstream = server.accept().await;
    let head = upstream.head().await;
    assert!(head.starts_with("GET /a?b HTTP/1.1\r\n"), "{head}");
    assert_eq!(head.matches("host: app.example.com\r\n").count(), 2, "Host and X-Forwarded-Host: {head}");
    assert!(head.contains("\r\ncookie: a=1; b=2\r\n") && !head.contains("secret"), "{head}");
    upstream.send("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n").await;
    let answer = answer.await.expect("a task").expect("an answer");
    assert!(answer.headers().keys().all(|name| name == "date"), "{:?}", answer.headers());
    assert_eq!(answer.into_body().collect().await.expect("a body").to_bytes(), "ok");
}

#[tokio::test]
async fn an_application_sees_names_as_they_used_to_be_written() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("GET / HTTP/1.1\r\nhost: app\r\nuser-agent: x\r\n\r\n").await;
    let head = server.accept().await.until("\r\n\r\n").await;
    for name in ["Host", "User-Agent", "Remote-User", "X-Portero-Assertion", "X-Forwarded-For"] {
        assert!(head.contains(&format!("\r\n{name}: ")), "{head}");
    }
}
