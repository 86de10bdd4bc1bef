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

/// A WebSocket between a client and an application, and the proxy in between.
async fn opened() -> (Arc<Proxy>, Peer, Peer) {
    let (server, proxy) = (Server::new().await, Arc::new(Proxy::new()));
    let target = Target::new(&application(&[server.port()]), CLIENT_IDLE).expect("a target");
    let door = Door::new(Arc::clone(&proxy), target, Arc::default());
    let mut client = Peer::connect(front_with(door).await).await;
    client.send(ASK).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(AGREE.trim_end_matches("first")).await;
    client.head().await;
    (proxy, client, upstream)
}

/// What is left of `peer`'s bytes until it is closed.
async fn bytes(mut peer: Peer) -> Vec<u8> {
    while let Ok(1..) = peer.stream.read_buf(&mut peer.unread).await {}
    peer.unread
}

#[tokio::test]
async fn both_sides_are_told_goodbye_between_two_frames_when_portero_stops() {
    let (proxy, mut client, mut upstream) = opened().await;
    // Half a frame of the application's, a whole one of the browser's.
    upstream.send("\u{2}\u{5}he").await;
    client.until("\u{2}\u{5}he").await;
    client.send("\u{1}\u{2}hi").await;
    upstream.until("\u{1}\u{2}hi").await;
    proxy.send_away();
    let mut goodbye = [0; 8];
    upstream.stream.read_exact(&mut goodbye).await.expect("a goodbye");
    assert_eq!(goodbye, [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9], "under a mask, at once");
    upstream.send("llo").await;
    upstream.stream.write_all(&[0x88, 0x02, 0x03, 0xe9]).await.expect("answered");
    client.until("llo").await;
    let mut goodbye = [0; 4];
    client.stream.read_exact(&mut goodbye).await.expect("a goodbye");
    assert_eq!(goodbye, [0x88, 0x02, 0x03, 0xe9], "after the frame that was under way");
    client.send("\u{1}\u{4}late").await;
    client.stream.write_all(&[0x88, 0x82, 1, 2, 3, 4, 2, 0xeb]).await.expect("answered");
    assert_eq!(bytes(client).await, b"", "closed");
    assert_eq!(bytes(upstream).await, b"", "nothing follows a goodbye");
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_that_nobody_answers_is_not_waited_for() {
    let (proxy, client, upstream) = opened().await;
    let begin = tokio::time::Instant::now();
    proxy.send_away();
    assert_eq!(bytes(client).await, [0x88, 0x02, 0x03, 0xe9]);
    assert_eq!(bytes(upstream).await, [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9]);
    assert_eq!(begin.elapsed().as_secs(), 1);
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
