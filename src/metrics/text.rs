//! Writes everything as OpenMetrics text: the one list of names, units and help.

use std::collections::BTreeMap;
use std::fmt::Error;
use std::sync::atomic::Ordering::Relaxed;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Totals;
use super::worker::Sum;
use super::{AnsweredBy, Ending, Metrics, OWN, Present, Reloads};
use crate::domain::Timestamp;

/// A moment of everything. `total` holds counters, `now` what goes up and down.
#[derive(Debug)]
struct Snapshot {
    version: &'static str,
    sums: BTreeMap<String, Sum>,
    commits: Totals,
    total: Vec<Series>,
    now: Vec<Series>,
}

/// One metric that is a number for each set of labels.
#[derive(Debug)]
struct Series {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    values: Vec<(Vec<(&'static str, String)>, f64)>,
}

type Labels<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn write(metrics: &Metrics, present: Present) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot(metrics, &present)));
    let mut text = String::new();
    if let Err(error) = encode(&mut text, &registry) {
        // A string takes everything; only a value that refuses to be written could get here.
        tracing::error!(%error, "the metrics could not be written");
    }
    text
}

fn snapshot(metrics: &Metrics, present: &Present) -> Snapshot {
    let sums = metrics.applications(present);
    let failures = sums.iter().flat_map(|(id, sum)| {
        sum.failures.iter().map(|(code, count)| (vec![("application", id.clone()), ("code", (*code).into())], *count))
    });
    let attempts = metrics.attempts.read().into_iter().map(|((action, outcome), count)| {
        (vec![("action", action.to_owned()), ("outcome", outcome.to_owned())], count)
    });
    let reloads = [("configuration", &metrics.configuration), ("certificate", &metrics.certificate)];
    let by_reload = |read: fn(&Reloads) -> f64| reloads.map(|(what, it)| (vec![("what", what.to_owned())], read(it)));
    let servers = present.applications.iter().flat_map(|(id, servers)| {
        let row = |state: &str, count: u64| (vec![("application", id.clone()), ("state", state.to_owned())], count);
        [row("up", servers.configured.saturating_sub(servers.left_out)), row("left_out", servers.left_out)]
    });

    let total = vec![
        counts("portero_upstream_failures", "Requests that an application failed, by what went wrong", failures),
        counts("portero_attempts", "Attempts that the audit trail tells of, by how they ended", attempts),
        counts(
            "portero_malformed_requests",
            "Requests refused unread, because two readers could read them in two ways",
            labelled("reason", metrics.malformed.read()),
        ),
        counts(
            "portero_connections_turned_away",
            "Client connections closed at once, for there were as many from their address as there may be",
            single(present.connections_turned_away),
        ),
        counts(
            "portero_passwords_rejected",
            "Passwords that found no place to wait and were not checked",
            single(present.passwords_rejected),
        ),
        counts("portero_store_errors", "Failures of the store", labelled("code", metrics.store_errors.read())),
        counts("portero_store_verbs", "Changes that were brought to the disk", single(metrics.verbs.load(Relaxed))),
        counts("portero_mail_delivered", "Messages handed over", single(metrics.mail_delivered.load(Relaxed))),
        counts(
            "portero_mail_failures",
            "Tries to hand over a message that failed, by what went wrong",
            labelled("reason", metrics.mail_failures.read()),
        ),
        Series {
            name: "portero_reload_failures",
            help: "Times that something changed could not be taken up",
            unit: None,
            values: by_reload(|it| float(it.failures.load(Relaxed))).into(),
        },
    ];
    let mut now = vec![
        counts("portero_upstream_servers", "Servers of an application, by whether requests go to them", servers),
        counts("portero_sessions_in_memory", "Sessions in memory, about", single(present.sessions)),
        counts("portero_connections_open", "Open client connections", single(present.connections.0)),
        counts("portero_connections_limit", "Client connections at once, at most", single(present.connections.1)),
        counts("portero_passwords_waiting", "Passwords that wait to be checked", single(present.passwords_waiting)),
        counts(
            "portero_store_writable",
            "Whether the store takes changes; 0 after a failure, until a restart",
            single(u64::from(metrics.writable.load(Relaxed))),
        ),
        Series {
            name: "portero_reload_success_timestamp",
            help: "When something was last taken up, or the start",
            unit: Some(Unit::Seconds),
            values: by_reload(|it| seconds(it.last_success.load(Relaxed))).into(),
        },
        Series {
            name: "portero_reload_failed",
            help: "Whether what is written now could not be taken up, and the old goes on",
            unit: None,
            values: by_reload(|it| f64::from(u8::from(it.last_failed.load(Relaxed)))).into(),
        },
        moment("process_start_time", "When this process started", metrics.started),
    ];
    now.extend(present.mail.into_iter().flat_map(|(waiting, dead)| {
        [
            counts("portero_mail_waiting", "Messages that wait for a try, or for another one", single(waiting)),
            counts("portero_mail_dead", "Messages that were given up and wait for somebody", single(dead)),
        ]
    }));
    now.extend(
        present
            .certificate_ends
            .map(|ends| moment("portero_certificate_not_after_timestamp", "When the certificate in use ends", ends)),
    );
    now.extend(present.resident_bytes.map(|bytes| Series {
        unit: Some(Unit::Bytes),
        ..counts("process_resident_memory", "Memory in use", single(bytes))
    }));
    now.extend(present.open_files.map(|files| counts("process_open_fds", "Open file descriptors", single(files))));
    Snapshot { version: metrics.version, sums, commits: metrics.commit_totals(), total, now }
}

fn counts(
    name: &'static str,
    help: &'static str,
    values: impl IntoIterator<Item = (Vec<(&'static str, String)>, u64)>,
) -> Series {
    let values = values.into_iter().map(|(labels, count)| (labels, float(count))).collect();
    Series { name, help, unit: None, values }
}

fn single(value: u64) -> [(Vec<(&'static str, String)>, u64); 1] {
    [(Vec::new(), value)]
}

fn labelled(
    label: &'static str,
    counts: BTreeMap<&'static str, u64>,
) -> impl Iterator<Item = (Vec<(&'static str, String)>, u64)> {
    counts.into_iter().map(move |(value, count)| (vec![(label, value.to_owned())], count))
}

fn moment(name: &'static str, help: &'static str, at: Timestamp) -> Series {
    Series { name, help, unit: Some(Unit::Seconds), values: vec![(Vec::new(), seconds(at.as_second()))] }
}

/// A scraper reads floats; past 2^53 nobody misses a one.
const fn float(count: u64) -> f64 {
    count as f64
}

const fn seconds(count: i64) -> f64 {
    count as f64
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let help = "The version that runs";
        let mut build = encoder.encode_descriptor("portero_build", help, None, MetricType::Info)?;
        build.encode_info(&[("version", self.version)])?;
        self.requests(&mut encoder)?;
        let help = "From a request's arrival until it is handed to the application, or answered by Portero";
        durations(&mut encoder, "portero_gate_duration", help, self.sums.iter().map(|(id, sum)| (&**id, &sum.gate)))?;
        let help = "From handing a request to the application until the head of its answer, its failure, or the \
                    client's leaving";
        let upstream = self.sums.iter().map(|(id, sum)| (&**id, &sum.upstream));
        let upstream = upstream.filter(|(id, totals)| *id != OWN || totals.count() > 0);
        durations(&mut encoder, "portero_upstream_duration", help, upstream)?;

        let unit = Unit::Seconds;
        let help = "Bringing a group of changes to the disk";
        let histogram = MetricType::Histogram;
        let mut commits = encoder.encode_descriptor("portero_store_commit_duration", help, Some(&unit), histogram)?;
        let totals = &self.commits;
        commits.encode_histogram::<NoLabelSet>(totals.seconds(), totals.count(), &totals.steps(), None)?;

        for (kind, all) in [(MetricType::Counter, &self.total), (MetricType::Gauge, &self.now)] {
            for series in all {
                let mut metric = encoder.encode_descriptor(series.name, series.help, series.unit.as_ref(), kind)?;
                for (labels, value) in &series.values {
                    let labels: Labels<'_> = labels.iter().map(|(name, value)| (*name, &**value)).collect();
                    if labels.is_empty() {
                        number(&mut metric, kind, *value)?;
                    } else {
                        number(&mut metric.encode_family(&labels)?, kind, *value)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Snapshot {
    fn requests(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        let help = "Requests by application, by who answered (or was waited for), and by class of status; gone: the \
                    client left before there was an answer";
        let mut requests = encoder.encode_descriptor("portero_requests", help, None, MetricType::Counter)?;
        for (id, sum) in &self.sums {
            for (by, row) in AnsweredBy::ALL.iter().zip(&sum.requests) {
                // Nobody but Portero answers for its own pages.
                if id == OWN && *by == AnsweredBy::Application && row.iter().all(|count| *count == 0) {
                    continue;
                }
                for (ending, count) in Ending::ALL.iter().zip(row) {
                    let labels = [("application", &**id), ("by", by.code()), ("status", ending.code())];
                    requests.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(count, None)?;
                }
            }
        }
        Ok(())
    }
}

fn number(metric: &mut MetricEncoder<'_>, kind: MetricType, value: f64) -> Result<(), Error> {
    match kind {
        MetricType::Counter => metric.encode_counter::<NoLabelSet, f64, f64>(&value, None),
        _ => metric.encode_gauge(&value),
    }
}

fn durations<'a>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = (&'a str, &'a Totals)>,
) -> Result<(), Error> {
    let unit = Unit::Seconds;
    let mut metric = encoder.encode_descriptor(name, help, Some(&unit), MetricType::Histogram)?;
    for (id, totals) in rows {
        let labels = [("application", id)];
        let mut metric = metric.encode_family(&labels)?;
        metric.encode_histogram::<NoLabelSet>(totals.seconds(), totals.count(), &totals.steps(), None)?;
    }
    Ok(())
}
