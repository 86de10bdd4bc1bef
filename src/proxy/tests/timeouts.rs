//! Slow sides, and who is blamed.

use tokio::time::{Instant, sleep};

use super::*;

const UPLOAD: &str = "POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 6\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn an_application_that_does_not_answer_is_given_up() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    let begin = Instant::now();
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    assert!(client.head().await.starts_with("HTTP/1.1 504"));
    client.until("upstream_timeout").await;
    assert_eq!(begin.elapsed().as_secs(), RESPONSE_TIMEOUT.as_secs());
    assert_eq!(upstream.rest().await, "", "the request was cancelled");
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_no_answer() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nX-Half").await;
    assert!(client.head().await.starts_with("HTTP/1.1 504"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_pauses_too_long_is_cut() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").await;
    client.until("half\r\n").await;
    let begin = Instant::now();
    assert_eq!(client.rest().await, "", "cut, not ended");
    assert_eq!(begin.elapsed().as_secs(), RESPONSE_TIMEOUT.as_secs());
    assert_eq!(upstream.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_slow_but_steady_answer_goes_on() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").await;
    client.head().await;
    for _ in 0..4 {
        sleep(RESPONSE_TIMEOUT * 9 / 10).await;
        upstream.send("x").await;
        client.until("x").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_sending_is_told_so() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    let begin = Instant::now();
    client.send(UPLOAD).await;
    client.send("abc").await;
    let mut upstream = server.accept().await;
    upstream.until("abc").await;
    assert!(client.head().await.starts_with("HTTP/1.1 408"));
    client.until("client_stalled").await;
    assert_eq!(begin.elapsed().as_secs(), CLIENT_IDLE.as_secs(), "its own time, not the application's");
    assert_eq!(upstream.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_slow_upload_is_not_the_applications() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(UPLOAD).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    for _ in 0..6 {
        sleep(CLIENT_IDLE * 9 / 10).await;
        client.send("x").await;
        upstream.until("x").await;
    }
    sleep(RESPONSE_TIMEOUT * 9 / 10).await;
    upstream.send(OK).await;
    assert!(client.head().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn an_application_may_be_silent_while_it_waits_for_an_upload() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(UPLOAD).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n").await;
    client.head().await;
    for _ in 0..3 {
        sleep(CLIENT_IDLE * 9 / 10).await;
        client.send("xx").await;
        upstream.until("xx").await;
        upstream.send("y").await;
        client.until("y").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_does_not_take_an_upload_is_given_up() {
    let server = Server::new().await;
    let client = Peer::connect(front(&application(&[server.port()])).await).await;
    let (read, mut write) = client.stream.into_split();
    write.write_all(b"POST / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n").await.expect("a connection");
    let sending = tokio::spawn(async move {
        let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        while write.write_all(piece.as_bytes()).await.is_ok() {}
    });
    let _upstream = server.accept().await;
    let mut answer = Vec::new();
    let mut read = read;
    while !answer.ends_with(b"upstream_timeout") {
        assert!(read.read_buf(&mut answer).await.expect("an answer") > 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 504"));
    sending.abort();
}

#[tokio::test(start_paused = true)]
async fn an_application_that_answered_but_leaves_the_upload_lying_is_cut_off() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("POST / HTTP/1.1\r\nHost: app\r\nContent-Length: 100000000\r\n\r\n").await;
    let (mut read, mut write) = client.stream.into_split();
    let sending = tokio::spawn(async move {
        let piece = [b'x'; 0x10000];
        while write.write_all(&piece).await.is_ok() {}
    });
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream.send(OK).await;
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok") {
        assert!(read.read_buf(&mut answer).await.expect("an answer") > 0);
    }
    sending.await.expect("the client's connection ends too");
}
