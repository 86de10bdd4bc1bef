//! Applications that are not there, lie, or break off; clients that go away.

use super::*;

/// The body (the error's code) and status of the answer when the application sends `bytes` and closes.
async fn answer_to(bytes: &str) -> String {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(bytes).await;
    drop(upstream);
    let status = client.until("\r\n").await;
    client.head().await;
    client.stream.shutdown().await.expect("a connection");
    assert!(server.nobody_came(), "a request over a fresh connection is not sent twice");
    format!("{} {}", &status[9..12], client.rest().await)
}

/// A port where nobody listens.
async fn dead_port() -> u16 {
    Server::new().await.port()
}

#[tokio::test]
async fn an_application_that_is_not_there_is_a_bad_gateway() {
    let mut client = Peer::connect(front(&application(&[dead_port().await])).await).await;
    client.send(GET).await;
    assert!(client.head().await.starts_with("HTTP/1.1 502"));
    client.until("upstream_refused").await;

    let mut nameless = application(&[80]);
    nameless.upstreams[0].host = "no..name".to_owned();
    let mut client = Peer::connect(front(&nameless).await).await;
    client.send(GET).await;
    assert!(client.head().await.starts_with("HTTP/1.1 502"));
    client.until("upstream_unreachable").await;
}

#[tokio::test]
async fn a_server_that_refuses_leaves_its_turns_to_the_others() {
    let server = Server::new().await;
    let address = front(&application(&[dead_port().await, server.port()])).await;
    for _ in 0..4 {
        let mut client = Peer::connect(address).await;
        client.send("POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 1\r\n\r\nx").await;
        let mut upstream = server.accept().await;
        upstream.until("\r\n\r\nx").await;
        upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        client.until("ok").await;
    }
}

#[tokio::test]
async fn what_is_no_http_response_is_a_bad_gateway() {
    for bytes in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "<html>hello</html>",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nBad Name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ] {
        assert_eq!(answer_to(bytes).await, "502 upstream_garbage", "{bytes:?}");
    }
}

#[tokio::test]
async fn a_connection_closed_before_the_head_is_complete_is_a_bad_gateway() {
    assert_eq!(answer_to("").await, "502 upstream_reset");
    assert_eq!(answer_to("HTTP/1.1 200 OK\r\nContent-Le").await, "502 upstream_reset");
}

#[tokio::test]
async fn half_an_answer_is_cut_off_not_ended() {
    for (bytes, received) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "half"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "4\r\nhalf\r\n"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense\r\n", "4\r\nhalf\r\n"),
    ] {
        let server = Server::new().await;
        let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
        client.send(GET).await;
        let mut upstream = server.accept().await;
        upstream.head().await;
        upstream.send(bytes).await;
        assert!(client.head().await.starts_with("HTTP/1.1 200"));
        assert_eq!(client.until(received).await, received);
        drop(upstream);
        assert_eq!(client.rest().await, "", "closed without an ending");
    }
}

#[tokio::test]
async fn more_than_was_announced_reaches_nobody() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut liar = server.accept().await;
    liar.head().await;
    liar.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil").await;
    client.head().await;
    client.until("ok").await;

    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(OK).await;
    client.head().await;
    assert_eq!(client.until("ok").await, "ok");
    assert_eq!(liar.rest().await, "", "the connection was closed");
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_request_with_it() {
    let server = Server::new().await;
    let address = front(&application(&[server.port()])).await;

    let mut client = Peer::connect(address).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    drop(client);
    assert_eq!(upstream.rest().await, "", "before the answer");

    let mut client = Peer::connect(address).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await;
    client.until("half").await;
    drop(client);
    assert_eq!(upstream.rest().await, "", "in the midst of the answer");

    let mut client = Peer::connect(address).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 10\r\n\r\nhalf").await;
    let mut upstream = server.accept().await;
    upstream.until("half").await;
    drop(client);
    assert_eq!(upstream.rest().await, "", "in the midst of the upload");

    let mut client = Peer::connect(address).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    let mut upstream = server.accept().await;
    upstream.until("4\r\nhalf\r\n").await;
    drop(client);
    assert_eq!(upstream.rest().await, "", "half an upload is not ended as a whole one");
}

#[tokio::test]
async fn a_broken_upload_is_the_clients_fault() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n").await;
    assert!(client.head().await.starts_with("HTTP/1.1 400"));
    client.until("client_body").await;
    let received = server.accept().await.rest().await;
    assert!(!received.contains("0\r\n\r\n"), "not ended as if it were whole: {received}");
}
