//! A request is counted for whoever ended it, with its error and its time.

use std::future::poll_fn;

use futures_util::FutureExt;

use super::*;
use crate::config::Config;
use crate::metrics::{Metrics, Present};

fn application() -> ApplicationConfig {
    let text = "[[app]]\nid = \"shop\"\npath = \"/shop\"\nupstream = [\"http://127.0.0.1:1\"]";
    let context = crate::config::ParseContext::new("test", std::path::Path::new(""));
    Config::parse(text, context).expect("a configuration").applications.remove(0)
}

/// What one request left in the counters, as `by status`, and how often its time upstream was taken.
fn counted(request: impl FnOnce(Record<'_>)) -> (Vec<String>, u64) {
    let metrics = Metrics::new("0", "2026-03-01T12:00:00Z".parse().expect("a moment"));
    let worker = metrics.worker();
    let mut record = Record::begin(&worker, None);
    record.is_for(&application());
    request(record);
    let text = metrics.text(Present::default());
    let of = |prefix: &str| -> Vec<(String, u64)> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(prefix)?.rsplit_once("} "));
        lines.map(|(labels, count)| (labels.to_owned(), count.parse().expect("a count"))).collect()
    };
    let requests = of(r#"portero_requests_total{application="shop","#).into_iter();
    let requests = requests.flat_map(|(labels, count)| vec![labels; usize::try_from(count).expect("few")]);
    let upstream = of(r#"portero_upstream_duration_seconds_count{application="shop""#);
    (requests.collect(), upstream.iter().map(|(_, count)| count).sum())
}

fn response(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::full("abc"));
    *response.status_mut() = status;
    response
}

#[test]
fn an_applications_own_error_is_its_own() {
    let (requests, upstream) = counted(|mut record| {
        record.forwarded();
        record.answered();
        record.end(response(StatusCode::INTERNAL_SERVER_ERROR));
    });
    assert_eq!((requests, upstream), (vec![r#"by="application",status="5xx""#.into()], 1));
}

#[test]
fn what_we_say_for_an_application_that_failed_is_ours_and_its_time_is_taken() {
    let (requests, upstream) = counted(|mut record| {
        record.forwarded();
        let source = std::io::ErrorKind::ConnectionRefused.into();
        record.failed(&ProxyError::Refused { upstream: "127.0.0.1:1".into(), source });
        record.end(response(StatusCode::BAD_GATEWAY));
    });
    assert_eq!((requests, upstream), (vec![r#"by="portero",status="5xx""#.into()], 1));
}

#[test]
fn a_client_that_did_not_finish_its_request_says_nothing_about_the_application() {
    let (requests, upstream) = counted(|mut record| {
        record.forwarded();
        record.failed(&ProxyError::ClientStalled(Duration::from_secs(30)));
        record.end(response(StatusCode::BAD_REQUEST));
    });
    assert_eq!((requests, upstream), (vec![r#"by="portero",status="4xx""#.into()], 0));
}

#[test]
fn a_client_that_left_is_counted_with_whom_it_waited_for() {
    assert_eq!(counted(|record| drop(record)), (vec![r#"by="portero",status="gone""#.into()], 0));
    let waiting = |mut record: Record<'_>| record.forwarded();
    assert_eq!(counted(waiting), (vec![r#"by="application",status="gone""#.into()], 1));
}

#[test]
fn a_panic_is_our_own_error() {
    let (requests, _) = counted(|mut record| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            record.forwarded();
            let _goes_along = record;
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
    });
    assert_eq!(requests, [r#"by="portero",status="5xx""#]);
}

#[test]
fn a_body_is_counted_to_its_end_and_says_as_much_as_before() {
    let line = Line::new(&RequestId::new("run", 1), IpAddr::from([127, 0, 0, 1]), &Request::new(()));
    let times = Times { began: Instant::now(), gate: Duration::ZERO, upstream: None };
    let by = AnsweredBy::Portero;
    let told = Told { line, status: StatusCode::OK, times, by, sent: 0, whole: false };
    let mut logged = Logged { body: Body::full("abc"), told };
    assert_eq!((logged.size_hint().exact(), logged.is_end_stream()), (Some(3), false));
    let mut next = || poll_fn(|cx| Pin::new(&mut logged).poll_frame(cx)).now_or_never().expect("it is there");
    let frame = next().expect("a frame").expect("sound");
    assert_eq!(frame.into_data().expect("data"), "abc");
    assert_eq!((logged.told.sent, logged.told.whole, logged.is_end_stream()), (3, true, true));
}
