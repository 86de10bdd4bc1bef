//! The counters of one worker. Only its own thread writes them, and nobody reads them but a scrape.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::histogram::{Histogram, Totals};
use super::{Counts, OWN};
use crate::domain::names::ApplicationId;

/// One worker's counters.
#[derive(Debug, Default)]
pub struct Worker {
    own: Tally,
    applications: ArcSwap<HashMap<ApplicationId, Arc<Tally>>>,
}

/// The requests for one application, or for Portero's own pages. On cache lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Tally {
    requests: [[AtomicU64; Ending::ALL.len()]; AnsweredBy::ALL.len()],
    gate: Histogram,
    upstream: Histogram,
    failures: Counts<&'static str>,
}

/// Who gave the answer, or who was being waited for when the client went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The application.
    Application,
    /// Portero: its own pages, every refusal, and what it says when an application fails.
    Portero,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// 101: the connection speaks another protocol now.
    Switched,
    /// 2xx
    Success,
    /// 3xx
    Redirect,
    /// 4xx
    ClientError,
    /// 5xx
    ServerError,
    /// The client went away before there was an answer.
    Gone,
}

impl AnsweredBy {
    pub(super) const ALL: [Self; 2] = [Self::Application, Self::Portero];

    /// The label.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Portero => "portero",
        }
    }
}

impl Ending {
    pub(super) const ALL: [Self; 6] =
        [Self::Switched, Self::Success, Self::Redirect, Self::ClientError, Self::ServerError, Self::Gone];

    /// The class of a status.
    pub const fn of(status: u16) -> Self {
        match status {
            0..200 => Self::Switched,
            200..300 => Self::Success,
            300..400 => Self::Redirect,
            400..500 => Self::ClientError,
            _ => Self::ServerError,
        }
    }

    /// The label.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Switched => "1xx",
            Self::Success => "2xx",
            Self::Redirect => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Gone => "gone",
        }
    }
}

impl Worker {
    /// The counters of Portero's own pages.
    pub const fn own(&self) -> &Tally {
        &self.own
    }

    /// The counters of an application. `id` must come from the configuration.
    pub fn application(&self, id: &ApplicationId) -> Arc<Tally> {
        if let Some(known) = self.applications.load().get(id) {
            return Arc::clone(known);
        }
        let fresh = Arc::new(Tally::default());
        // Nobody else writes, so what was not there a moment ago is not there now.
        self.applications.rcu(|known| {
            let mut grown = HashMap::clone(known);
            grown.insert(id.clone(), Arc::clone(&fresh));
            grown
        });
        fresh
    }

    pub(super) fn add_to(&self, sums: &mut BTreeMap<String, Sum>) {
        sums.entry(OWN.to_owned()).or_default().add(&self.own);
        for (id, tally) in &**self.applications.load() {
            sums.entry(id.to_string()).or_default().add(tally);
        }
    }
}

impl Tally {
    /// A request is over as far as its head goes; it spent `gate` with us.
    pub fn request(&self, by: AnsweredBy, ending: Ending, gate: Duration) {
        let count = self.requests.get(by as usize).and_then(|row| row.get(ending as usize));
        if let Some(count) = count {
            count.fetch_add(1, Relaxed);
        }
        self.gate.observe(gate);
    }

    /// The application took this long to begin its answer, to fail, or to lose the client's patience.
    pub fn upstream(&self, took: Duration) {
        self.upstream.observe(took);
    }

    /// The application failed.
    pub fn upstream_failed(&self, code: &'static str) {
        self.failures.add(code);
    }
}

/// Tallies added up.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) requests: [[u64; Ending::ALL.len()]; AnsweredBy::ALL.len()],
    pub(super) gate: Totals,
    pub(super) upstream: Totals,
    pub(super) failures: BTreeMap<&'static str, u64>,
}

impl Sum {
    fn add(&mut self, tally: &Tally) {
        for (sums, counts) in self.requests.iter_mut().zip(&tally.requests) {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count.load(Relaxed);
            }
        }
        self.gate.add(&tally.gate);
        self.upstream.add(&tally.upstream);
        for (code, count) in tally.failures.read() {
            *self.failures.entry(code).or_default() += count;
        }
    }
}
