//! WebSockets pass; nothing else does.

use super::*;

const ASK: &str = "GET /ws HTTP/1.1\r\nHost: app\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nCookie: portero=secret\r\n\r\n";
const AGREE: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: portero=stolen\r\n\r\nfirst";

#[tokio::test]
async fn a_websocket_is_carried_both_ways_until_one_side_ends() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(ASK).await;
    let mut upstream = server.accept().await;
    let head = upstream.head().await;
    assert!(head.contains("connection: upgrade\r\n") && head.contains("upgrade: websocket\r\n"), "{head}");
    assert!(head.contains("remote-user: ana\r\n") && !head.contains("secret"), "{head}");
    upstream.send(AGREE).await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("sec-websocket-accept: s3pP"), "{head}");
    assert!(head.contains("upgrade: websocket\r\n") && !head.contains("stolen"), "{head}");
    client.until("first").await;

    client.send("ping").await;
    upstream.until("ping").await;
    upstream.send("pong").await;
    client.until("pong").await;

    drop(upstream);
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_websocket_ends_with_its_session() {
    let server = Server::new().await;
    let end = Arc::new(End::default());
    let mut client = Peer::connect(front_until(&application(&[server.port()]), Arc::clone(&end)).await).await;
    client.send(ASK).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(AGREE).await;
    client.until("first").await;
    end.tell();
    assert_eq!(client.rest().await, "");
    assert_eq!(upstream.rest().await, "");
}

#[tokio::test]
async fn a_stream_of_events_ends_with_its_session() {
    let server = Server::new().await;
    let end = Arc::new(End::default());
    let mut client = Peer::connect(front_until(&application(&[server.port()]), Arc::clone(&end)).await).await;
    client.send("GET /events HTTP/1.1\r\nHost: app\r\n\r\n").await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").await;
    client.head().await;
    client.until("first").await;
    end.tell();
    upstream.send("6\r\nsecond\r\n").await;
    assert!(!client.rest().await.contains("second"));
}

#[tokio::test(start_paused = true)]
async fn a_websocket_on_which_nobody_speaks_is_ended() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(ASK).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(AGREE).await;
    client.until("first").await;
    let begin = tokio::time::Instant::now();
    assert_eq!(client.rest().await, "");
    assert_eq!(begin.elapsed().as_secs(), 3600);
}

#[tokio::test]
async fn an_application_may_decline() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(ASK).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(OK).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
    client.until("ok").await;
}

#[tokio::test]
async fn no_other_protocol_can_be_asked_for() {
    for ask in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n",
        "Upgrade: websocket\r\n",
    ] {
        let server = Server::new().await;
        let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
        client.send(&format!("GET / HTTP/1.1\r\nHost: app\r\n{ask}\r\n")).await;
        let mut upstream = server.accept().await;
        let head = upstream.head().await;
        assert!(!head.contains("upgrade") && !head.contains("h2c") && !head.contains("http2-settings"), "{head}");
        upstream.send(AGREE).await;
        assert!(client.head().await.starts_with("HTTP/1.1 502"), "nobody asked");
    }
}
