//! What was counted is told under its name, from zero on.

use super::*;

fn metrics() -> Metrics {
    Metrics::new("1.2.3", "2026-03-01T12:00:00Z".parse().expect("a moment"))
}

fn with_shop() -> Present {
    Present { applications: vec![("shop".into(), Servers { configured: 3, left_out: 1 })], ..Present::default() }
}

/// The value of one line of the text.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn an_application_is_there_with_zeros_before_its_first_request() {
    let text = metrics().text(with_shop());
    let requests = r#"portero_requests_total{application="shop",by="portero",status="5xx"}"#;
    assert_eq!(value(&text, requests), Some(0.0), "{text}");
    assert_eq!(value(&text, r#"portero_upstream_duration_seconds_count{application="shop"}"#), Some(0.0));
    assert_eq!(value(&text, r#"portero_upstream_servers{application="shop",state="left_out"}"#), Some(1.0));
    assert_eq!(value(&text, r#"portero_upstream_servers{application="shop",state="up"}"#), Some(2.0));
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn what_the_workers_counted_is_added_up() {
    let metrics = metrics();
    let shop = "shop".parse().expect("an id");
    for worker in [metrics.worker(), metrics.worker()] {
        let tally = worker.application(&shop);
        tally.request(AnsweredBy::Application, Ending::of(204), Duration::from_micros(70));
        tally.upstream(Duration::from_millis(3));
        tally.upstream_failed("upstream_refused");
        assert!(Arc::ptr_eq(&tally, &worker.application(&shop)), "found again, not made again");
        worker.own().request(AnsweredBy::Portero, Ending::of(401), Duration::from_millis(30));
    }
    let text = metrics.text(Present::default());
    let line = |series| value(&text, series);
    assert_eq!(
        line(r#"portero_requests_total{application="shop",by="application",status="2xx"}"#),
        Some(2.0),
        "{text}"
    );
    assert_eq!(line(r#"portero_requests_total{application="portero",by="portero",status="4xx"}"#), Some(2.0));
    assert_eq!(line(r#"portero_gate_duration_seconds_bucket{le="0.00005",application="shop"}"#), Some(0.0), "{text}");
    assert_eq!(line(r#"portero_gate_duration_seconds_bucket{le="0.0001",application="shop"}"#), Some(2.0));
    assert_eq!(line(r#"portero_gate_duration_seconds_bucket{le="+Inf",application="shop"}"#), Some(2.0));
    assert_eq!(line(r#"portero_upstream_duration_seconds_sum{application="shop"}"#), Some(0.006));
    assert_eq!(line(r#"portero_upstream_failures_total{application="shop",code="upstream_refused"}"#), Some(2.0));
}

#[test]
fn an_application_that_bears_porteros_name_spoils_nothing() {
    let metrics = metrics();
    let worker = metrics.worker();
    worker.application(&OWN.parse().expect("an id")).request(AnsweredBy::Application, Ending::Success, Duration::ZERO);
    worker.own().request(AnsweredBy::Portero, Ending::Success, Duration::ZERO);
    let text = metrics.text(Present { applications: vec![(OWN.into(), Servers::default())], ..Present::default() });
    let mut series: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(s, _)| s)
        .collect();
    let all = series.len();
    series.sort_unstable();
    series.dedup();
    assert_eq!(series.len(), all, "no series twice");
    assert_eq!(value(&text, r#"portero_gate_duration_seconds_count{application="portero"}"#), Some(2.0));
}

#[test]
fn a_store_that_failed_is_not_writable_any_more() {
    let metrics = metrics();
    metrics.committed(3, Ok(Duration::from_millis(2)));
    let text = metrics.text(Present::default());
    assert_eq!(value(&text, "portero_store_writable"), Some(1.0), "{text}");
    assert_eq!(value(&text, "portero_store_verbs_total"), Some(3.0));
    assert_eq!(value(&text, "portero_store_commit_duration_seconds_count"), Some(1.0));
    metrics.committed(1, Err("store_disk_full"));
    let text = metrics.text(Present::default());
    assert_eq!(value(&text, "portero_store_writable"), Some(0.0));
    assert_eq!(value(&text, r#"portero_store_errors_total{code="store_disk_full"}"#), Some(1.0));
    assert_eq!(value(&text, "portero_store_verbs_total"), Some(3.0), "what failed is not on the disk");
}

#[test]
fn a_reload_that_failed_shows_until_one_succeeds() {
    let metrics = metrics();
    let later = "2026-03-01T13:00:00Z".parse().expect("a moment");
    let series = |name: &str| {
        let text = metrics.text(Present::default());
        value(&text, &format!(r#"{name}{{what="configuration"}}"#)).expect("it is there")
    };
    let start = series("portero_reload_success_timestamp_seconds");
    metrics.reloaded(Reload::Configuration, later, false);
    assert_eq!((series("portero_reload_failed"), series("portero_reload_failures_total")), (1.0, 1.0));
    assert_eq!(series("portero_reload_success_timestamp_seconds"), start);
    metrics.reloaded(Reload::Configuration, later, true);
    assert_eq!((series("portero_reload_failed"), series("portero_reload_failures_total")), (0.0, 1.0));
    assert_eq!(series("portero_reload_success_timestamp_seconds"), start + 3600.0);
}

#[test]
fn what_is_known_elsewhere_is_told_as_it_stands() {
    let metrics = metrics();
    metrics.attempt(AuditAction::SignIn, AuditReason::WrongPassword);
    metrics.malformed("several-hosts");
    for outcome in [Ok(()), Ok(()), Err(MailFailureReason::Refused)] {
        metrics.mail_tried(outcome);
    }
    let present = Present {
        sessions: 7,
        connections: (5, 10_000),
        connections_turned_away: 3,
        passwords_waiting: 2,
        passwords_rejected: 1,
        certificate_ends: Some("2027-01-01T00:00:00Z".parse().expect("a moment")),
        mail: Some((4, 1)),
        resident_bytes: Some(4096),
        open_files: None,
        ..Present::default()
    };
    let text = metrics.text(present);
    for (series, expected) in [
        (r#"portero_build_info{version="1.2.3"}"#, 1.0),
        (r#"portero_attempts_total{action="sign_in",outcome="wrong_password"}"#, 1.0),
        (r#"portero_malformed_requests_total{reason="several-hosts"}"#, 1.0),
        ("portero_connections_turned_away_total", 3.0),
        ("portero_mail_delivered_total", 2.0),
        (r#"portero_mail_failures_total{reason="refused"}"#, 1.0),
        ("portero_mail_waiting", 4.0),
        ("portero_mail_dead", 1.0),
        ("portero_sessions_in_memory", 7.0),
        ("portero_connections_open", 5.0),
        ("portero_connections_limit", 10_000.0),
        ("portero_passwords_waiting", 2.0),
        ("portero_passwords_rejected_total", 1.0),
        ("portero_certificate_not_after_timestamp_seconds", 1_798_761_600.0),
        ("process_resident_memory_bytes", 4096.0),
        ("process_start_time_seconds", 1_772_366_400.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in\n{text}");
    }
    assert!(!text.contains("process_open_fds"), "what is not known is not said");
}
