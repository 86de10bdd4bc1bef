//! What came out: medians over the rounds, as a table for people and as JSON for machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::footprint::Footprint;
use crate::peers::Peer;
use crate::sign_ins::SignIns;
use crate::wrk::Run;
use crate::{Arguments, Failure};

/// One turn of one proxy.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measured {
    /// Processor time a request took.
    pub(crate) cpu_micros: f64,
    pub(crate) per_second: f64,
    pub(crate) p50_micros: f64,
    pub(crate) p99_micros: f64,
}

impl Measured {
    /// `spent` is the processor time of the whole run.
    pub(crate) fn new(run: &Run, spent: Duration) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "no run has 2^52 requests")]
        let requests = run.requests as f64;
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        Self {
            cpu_micros: micros(spent) / requests,
            per_second: requests / run.took.as_secs_f64(),
            p50_micros: micros(run.p50),
            p99_micros: micros(run.p99),
        }
    }
}

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    rounds: usize,
    seconds: u64,
    connections: usize,
    pub(crate) generator: &'static str,
    measured: BTreeMap<&'static str, Vec<Measured>>,
    summary: Vec<Line>,
    pub(crate) not_measured: Vec<(&'static str, String)>,
    /// Resident memory of Portero in KiB: just started, and after the load.
    memory_idle: u64,
    pub(crate) memory_after: u64,
    pub(crate) sign_ins: Option<SignIns>,
    pub(crate) footprint: Option<Footprint>,
}

/// One proxy over all rounds.
#[derive(Debug, Clone, Serialize)]
struct Line {
    name: &'static str,
    /// Processor time to nginx's in the same round: median, least, most.
    ratio: [f64; 3],
    cpu_micros: f64,
    per_second: f64,
    p50_micros: f64,
    p99_micros: f64,
}

impl Report {
    /// Nothing measured yet.
    pub(crate) fn new(arguments: &Arguments, memory_idle: u64) -> Self {
        Self {
            rounds: arguments.rounds,
            seconds: arguments.seconds,
            connections: arguments.connections,
            generator: "",
            measured: BTreeMap::new(),
            summary: Vec::new(),
            not_measured: Vec::new(),
            memory_idle,
            memory_after: memory_idle,
            sign_ins: None,
            footprint: None,
        }
    }

    /// Adds a proxy's next round.
    pub(crate) fn add(&mut self, name: &'static str, measured: Measured) {
        self.measured.entry(name).or_default().push(measured);
    }

    /// Makes the summary and tells it.
    pub(crate) fn markdown(&mut self) -> String {
        self.summarise();
        let mut text = String::new();
        // Writing to a string does not fail.
        if !self.summary.is_empty() {
            let _ = writeln!(
                text,
                "\n{} rounds of {} s, {} connections, {}; medians\n\n\
                 | proxy | CPU/request ÷ nginx (least–most) | CPU µs/request | requests/s | p50 ms | p99 ms |\n|---|---|---|---|---|---|",
                self.rounds, self.seconds, self.connections, self.generator
            );
        }
        for line in &self.summary {
            let [ratio, least, most] = line.ratio;
            let (p50, p99) = (line.p50_micros / 1e3, line.p99_micros / 1e3);
            let _ = writeln!(
                text,
                "| {} | **{ratio:.2}** ({least:.2}–{most:.2}) | {:.1} | {:.0} | {p50:.2} | {p99:.2} |",
                line.name, line.cpu_micros, line.per_second
            );
        }
        for (name, reason) in &self.not_measured {
            let _ = writeln!(text, "\nnot measured: {name} ({reason})");
        }
        let _ = writeln!(
            text,
            "\nPortero's memory: {:.1} MiB just started, {:.1} MiB afterwards",
            mebibytes(self.memory_idle),
            mebibytes(self.memory_after)
        );
        if let Some(sign_ins) = &self.sign_ins {
            let SignIns { threads, bare, whole, quiet, flooded } = sign_ins;
            let _ = writeln!(
                text,
                "\n| | per second | CPU ms each |\n|---|---|---|\n\
                 | Argon2id alone, {threads} threads | {:.1} | {:.1} |\n| whole sign-ins | {:.1} | {:.1} |\n\n\
                 | proxied requests | p50 ms | p99 ms |\n|---|---|---|\n\
                 | while nobody signs in | {:.2} | {:.2} |\n| during a flood of sign-ins | {:.2} | {:.2} |",
                bare.per_second,
                bare.cpu_ms,
                whole.per_second,
                whole.cpu_ms,
                quiet.p50_ms,
                quiet.p99_ms,
                flooded.p50_ms,
                flooded.p99_ms
            );
        }
        if let Some(footprint) = &self.footprint {
            text.push_str(&footprint.markdown());
        }
        text
    }

    /// Keeps everything for machines.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("load.json"), serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }

    fn summarise(&mut self) {
        let Some(nginx) = self.measured.get(Peer::Nginx.name()) else { return };
        let line = |peer: &Peer| {
            let all = self.measured.get(peer.name())?;
            let ratios = sorted(all.iter().zip(nginx).map(|(one, nginx)| one.cpu_micros / nginx.cpu_micros));
            let over_rounds = |value: fn(&Measured) -> f64| median(&sorted(all.iter().map(value)));
            Some(Line {
                name: peer.name(),
                ratio: [median(&ratios), *ratios.first()?, *ratios.last()?],
                cpu_micros: over_rounds(|one| one.cpu_micros),
                per_second: over_rounds(|one| one.per_second),
                p50_micros: over_rounds(|one| one.p50_micros),
                p99_micros: over_rounds(|one| one.p99_micros),
            })
        };
        self.summary = Peer::ALL.iter().filter_map(line).collect();
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted {
        [] => f64::NAN,
        _ if sorted.len() % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[allow(clippy::cast_precision_loss, reason = "memory is less than 2^52 KiB")]
fn mebibytes(kibibytes: u64) -> f64 {
    kibibytes as f64 / 1024.0
}
