//! When a connection to an application is used again, and when not.

use super::*;

const POST: &str = "POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 0\r\n\r\n";

/// A client and an application that have exchanged one request and may exchange another.
async fn acquainted(server: &Server) -> (Peer, Peer) {
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(OK).await;
    client.until("ok").await;
    (client, upstream)
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let server = Server::new().await;
    let (mut client, mut upstream) = acquainted(&server).await;
    for answer in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ] {
        client.send(GET).await;
        upstream.head().await;
        upstream.send(answer).await;
        client.head().await;
        if answer.contains("chunked") {
            client.until("0\r\n\r\n").await;
        }
    }
    assert!(server.nobody_came());
}

#[tokio::test]
async fn a_connection_that_died_in_the_pool_is_replaced_without_anyone_noticing() {
    let server = Server::new().await;
    let (mut client, upstream) = acquainted(&server).await;
    drop(upstream);
    client.send(POST).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(OK).await;
    client.until("ok").await;
}

#[tokio::test]
async fn a_request_that_may_be_repeated_is_when_a_kept_connection_dies_under_it() {
    let server = Server::new().await;
    let (mut client, mut upstream) = acquainted(&server).await;
    client.send(GET).await;
    let first = upstream.head().await;
    drop(upstream);
    let mut upstream = server.accept().await;
    assert_eq!(upstream.head().await, first);
    upstream.send(OK).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
    client.until("ok").await;

    client.send(GET).await;
    upstream.head().await;
    drop(upstream);
    let mut upstream = server.accept().await;
    upstream.head().await;
    drop(upstream);
    assert!(client.head().await.starts_with("HTTP/1.1 502"), "once, not for ever");
    assert!(server.nobody_came());
}

#[tokio::test]
async fn a_request_that_may_have_been_carried_out_is_not_repeated() {
    let server = Server::new().await;
    let (mut client, mut upstream) = acquainted(&server).await;
    client.send(POST).await;
    upstream.head().await;
    drop(upstream);
    assert!(client.head().await.starts_with("HTTP/1.1 502"));
    client.until("upstream_reset").await;
    assert!(server.nobody_came());
}

#[tokio::test(start_paused = true)]
async fn an_application_that_closes_or_speaks_http_1_0_is_connected_to_anew() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    let begin = tokio::time::Instant::now();
    for (answer, received) in [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok"),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok", "2\r\nok\r\n0\r\n\r\n"),
        ("HTTP/1.0 200 OK\r\n\r\nok", "2\r\nok\r\n0\r\n\r\n"),
        ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "ok"),
    ] {
        client.send(GET).await;
        let mut upstream = server.accept().await;
        upstream.head().await;
        upstream.send(answer).await;
        if received == "ok" {
            assert!(client.head().await.starts_with("HTTP/1.1 200"));
            client.until("ok").await;
            assert_eq!(upstream.rest().await, "", "closed by the proxy");
        } else {
            drop(upstream);
            let head = client.head().await.to_lowercase();
            assert!(head.starts_with("http/1.1 200") && !head.contains("connection: close"), "{head}");
            assert_eq!(client.until(received).await, received);
        }
    }
    assert_eq!(begin.elapsed().as_secs(), 0, "closed at once, not after a time-out");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_nobody_uses_is_closed() {
    let server = Server::new().await;
    let (client, upstream) = acquainted(&server).await;
    let begin = tokio::time::Instant::now();
    assert_eq!(upstream.rest().await, "");
    assert_eq!(begin.elapsed().as_secs(), 60);
    drop(client);
}
