//! Where a request begins and ends is read strictly.

use super::*;

/// Feeds `stream` in pieces of `piece` bytes.
fn follow(stream: &[u8], piece: usize) -> Result<Place, Malformed> {
    let mut framing = Framing::default();
    for bytes in stream.chunks(piece) {
        framing.feed(bytes)?;
    }
    Ok(framing.place())
}

/// The same whatever the pieces.
fn whole(stream: &str) -> Result<Place, Malformed> {
    let outcome = follow(stream.as_bytes(), stream.len());
    for piece in 1..stream.len() {
        assert_eq!(follow(stream.as_bytes(), piece), outcome, "in pieces of {piece}: {stream:?}");
    }
    outcome
}

#[test]
fn it_knows_where_in_a_request_it_stands() {
    assert_eq!(follow(b"", 1), Ok(Place::Between));
    assert_eq!(whole("\r\n\r\n"), Ok(Place::Between));
    assert_eq!(whole("\r"), Ok(Place::Head));
    assert_eq!(whole("GET"), Ok(Place::Head));
    assert_eq!(whole("GET / HTTP/1.1\r\nHost: a\r\n"), Ok(Place::Head));
    assert_eq!(whole("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(Place::Between));
    assert_eq!(whole("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"), Ok(Place::Body));
    assert_eq!(whole("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab\n"), Ok(Place::Between));
    assert_eq!(whole("POST / HTTP/1.1\r\ncontent-length:0\r\n\r\n"), Ok(Place::Between));
    let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(whole(chunked), Ok(Place::Body));
    assert_eq!(whole(&format!("{chunked}3;x=\"y\"\r\n\n\n\n\r\n0A \r\n0123456789\r\n0\r\n")), Ok(Place::Body));
    assert_eq!(whole(&format!("{chunked}3\r\nabc\r\n0\r\n\r\n")), Ok(Place::Between));
    assert_eq!(whole(&format!("{chunked}0\r\nX: y\r\n\r\nGET /")), Ok(Place::Head));
}

#[test]
fn bare_line_feeds_are_refused_wherever_they_frame_something() {
    for stream in [
        "\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n",
    ] {
        assert_eq!(whole(stream), Err(Malformed::BareLineFeed), "{stream:?}");
    }
}

#[test]
fn a_length_and_an_encoding_exclude_each_other() {
    let head = |fields: &str| whole(&format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"));
    let chunked = "Transfer-Encoding: chunked";
    assert_eq!(head(&format!("Content-Length: 3\r\n{chunked}")), Err(Malformed::LengthAndEncoding));
    assert_eq!(head(&format!("{chunked}\r\ncontent-length: 3")), Err(Malformed::LengthAndEncoding));
    for length in ["+3", "-3", "3, 3", "0x3", "", "3 3", "99999999999999999999", "3\r\nContent-Length: 3"] {
        assert_eq!(head(&format!("Content-Length: {length}")), Err(Malformed::InvalidLength), "{length:?}");
    }
    for encoding in ["identity", "gzip, chunked", "chunked, chunked", "\"chunked\"", "", "xchunked"] {
        assert_eq!(head(&format!("Transfer-Encoding: {encoding}")), Err(Malformed::InvalidEncoding), "{encoding:?}");
    }
    assert_eq!(head(&format!("{chunked}\r\n{chunked}")), Err(Malformed::InvalidEncoding));
}

#[test]
fn chunks_are_framed_strictly() {
    for body in ["\r\n", "g\r\n", "1\n", "1\r\r", "1\r\nab", "1\r\na\n", "1\r\na\rx", "11111111111111111", "-1\r\n"] {
        let stream = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(whole(&stream), Err(Malformed::InvalidChunk), "{body:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_stream_makes_it_panic_or_depend_on_how_it_is_cut(
        stream in "(GET / HTTP/1.1\r\n|Content-Length: [0-9]{1,2}\r\n|Transfer-Encoding: chunked\r\n|\r\n|\n|[0-9a-f]\r\n|[ -~]{0,4}){0,12}",
        piece in 1usize..9,
    ) {
        let once = follow(stream.as_bytes(), stream.len().max(1));
        proptest::prop_assert_eq!(follow(stream.as_bytes(), piece), once);
    }

    #[test]
    fn requests_that_are_well_framed_end_where_they_end(bodies in proptest::collection::vec("[ -~\r\n]{0,40}", 1..4)) {
        let mut stream = String::new();
        for (index, body) in bodies.iter().enumerate() {
            stream += &if index % 2 == 0 || body.is_empty() {
                format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            } else {
                format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{:X}\r\n{body}\r\n0\r\n\r\n", body.len())
            };
        }
        proptest::prop_assert_eq!(follow(stream.as_bytes(), 7), Ok(Place::Between));
    }
}
