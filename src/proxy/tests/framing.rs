//! What two readers could understand differently never reaches an application.

use super::*;

/// The answer's status line to raw bytes, with an application that must not notice anything.
async fn refused(request: &str) -> String {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(request).await;
    client.stream.shutdown().await.expect("a connection");
    let answer = client.rest().await;
    assert!(server.nobody_came(), "{request:?} reached the application");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_ambiguous_request_is_refused_before_the_application_hears_of_it() {
    let fields = [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: \r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "X-Odd: a\0b\r\n",
        "X-Odd: a\rb: c\r\n",
        "X Odd: a\r\n",
    ];
    for fields in fields {
        let answer = refused(&format!("POST / HTTP/1.1\r\nHost: app\r\n{fields}\r\nabc")).await;
        assert_eq!(answer, "HTTP/1.1 400 Bad Request", "{fields:?}");
    }
    let answer = refused("POST / HTTP/1.0\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
    assert!(answer.ends_with("400 Bad Request"), "{answer}");
}

#[tokio::test]
async fn tunnels_and_echoes_are_not_for_applications() {
    assert_eq!(refused("TRACE / HTTP/1.1\r\nHost: app\r\n\r\n").await, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(refused("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n").await, "HTTP/1.1 405 Method Not Allowed");
}

#[tokio::test]
async fn of_two_framings_one_is_forwarded_and_nothing_after_the_body_is_a_request() {
    for fields in
        ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"]
    {
        let server = Server::new().await;
        let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
        client
            .send(&format!(
                "POST / HTTP/1.1\r\nHost: app\r\n{fields}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app\r\n\r\n"
            ))
            .await;
        let mut upstream = server.accept().await;
        let head = upstream.head().await.to_lowercase();
        assert!(head.contains("transfer-encoding: chunked") && !head.contains("content-length"), "{head}");
        assert_eq!(upstream.until("\r\n\r\n").await, "0\r\n\r\n");
        upstream.send(OK).await;
        let answer = client.rest().await;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
        assert!(answer.ends_with("ok"), "{answer}");
        assert!(server.nobody_came());
    }
}

#[tokio::test]
async fn a_sloppy_head_is_written_anew() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send("GET http://app/a?b HTTP/1.1\nHost:app\nX-Odd:\t1 \nContent_Length: 9\n\n").await;
    let mut upstream = server.accept().await;
    let head = upstream.head().await;
    assert!(head.starts_with("GET /a?b HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-odd: 1\r\n"), "{head}");
    assert!(!head.contains("content_length"), "{head}");
    assert_eq!(head.matches("\r\n").count(), head.matches('\n').count());
}

#[tokio::test]
async fn a_body_goes_with_any_method_and_keeps_its_framing() {
    let server = Server::new().await;
    let address = front(&application(&[server.port()])).await;
    for (request, fields, body) in [
        (
            "GET / HTTP/1.1\r\nHost: app\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "transfer-encoding: chunked",
            "3\r\nabc\r\n0\r\n\r\n",
        ),
        ("DELETE / HTTP/1.1\r\nHost: app\r\nContent-Length: 3\r\n\r\nabc", "content-length: 3", "abc"),
        (
            "POST / HTTP/1.1\r\nHost: app\r\nConnection: Content-Length\r\nContent-Length: 3\r\n\r\nabc",
            "content-length: 3",
            "abc",
        ),
        ("POST / HTTP/1.1\r\nHost: app\r\n\r\n", "content-length: 0\r\n", ""),
    ] {
        let mut client = Peer::connect(address).await;
        client.send(request).await;
        let mut upstream = server.accept().await;
        let head = upstream.head().await.to_lowercase();
        assert!(head.contains(fields), "{head}");
        if !body.is_empty() {
            assert_eq!(upstream.until(body).await, body);
        }
        upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
        client.until("ok").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_two_framings_is_read_as_one_and_its_connection_closed() {
    let server = Server::new().await;
    let mut client = Peer::connect(front(&application(&[server.port()])).await).await;
    client.send(GET).await;
    let mut upstream = server.accept().await;
    upstream.head().await;
    upstream
        .send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        .await;
    let head = client.head().await.to_lowercase();
    assert!(head.contains("transfer-encoding: chunked") && !head.contains("content-length"), "{head}");
    assert_eq!(client.until("0\r\n\r\n").await, "2\r\nok\r\n0\r\n\r\n");
    let begin = tokio::time::Instant::now();
    assert_eq!(upstream.rest().await, "");
    assert_eq!(begin.elapsed().as_secs(), 0, "closed at once, not after a time-out");
}
