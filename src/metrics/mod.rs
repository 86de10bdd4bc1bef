//! What is counted for those who operate Portero, and the text a scraper reads. One question above all: is it us, or the
//! application?
//!
//! Every worker counts for itself ([`Worker`]), so a request waits for no cache line that another core writes; a scrape adds the
//! workers up. What is known elsewhere (sessions in memory, the hasher's queue, open connections) is not counted here but
//! handed over at the scrape, as [`Present`]. Labels come from closed sets: ids of the configuration, classes of status, stable
//! codes; never from a request.
//!
//! Neighbours: `server` counts requests, `app` hands over what sign-ins, the store and the mail did, and serves the text.

mod histogram;
mod text;
mod worker;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::mail::MailFailureReason;

pub use histogram::Histogram;
pub use worker::{AnsweredBy, Ending, Tally, Worker};

use histogram::Totals;
use worker::Sum;

/// The name under which Portero's own pages are counted.
pub const OWN: &str = "portero";

/// All that is counted in this process.
#[derive(Debug)]
pub struct Metrics {
    version: &'static str,
    started: Timestamp,
    workers: Mutex<Vec<Arc<Worker>>>,
    attempts: Counts<(&'static str, &'static str)>,
    malformed: Counts<&'static str>,
    store_errors: Counts<&'static str>,
    commits: Histogram,
    verbs: AtomicU64,
    writable: AtomicBool,
    mail_delivered: AtomicU64,
    mail_failures: Counts<&'static str>,
    configuration: Reloads,
    certificate: Reloads,
}

/// What is known elsewhere, at the moment of a scrape.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// The applications that are configured, so that each is there with zeros before its first request; and of its servers,
    /// how many there are and how many of them are left out for a while.
    pub applications: Vec<(String, Servers)>,
    /// Sessions in memory.
    pub sessions: u64,
    /// Open connections, and how many there may be.
    pub connections: (u64, u64),
    /// Connections that were closed at once, for there were so many from the same address.
    pub connections_turned_away: u64,
    /// Passwords that wait to be checked.
    pub passwords_waiting: u64,
    /// Passwords that found no place to wait.
    pub passwords_rejected: u64,
    /// Messages that wait and messages that were given up, if the store tells.
    pub mail: Option<(u64, u64)>,
    /// When the certificate in use ends.
    pub certificate_ends: Option<Timestamp>,
    /// Memory in use and open files, if the system tells.
    pub resident_bytes: Option<u64>,
    /// See there.
    pub open_files: Option<u64>,
}

/// The servers of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Servers {
    /// All of them.
    pub configured: u64,
    /// Those that could not be connected to a moment ago.
    pub left_out: u64,
}

/// What can be taken up anew while running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// `config.toml`
    Configuration,
    /// The certificate and its key.
    Certificate,
}

#[derive(Debug)]
struct Reloads {
    /// Seconds since the epoch.
    last_success: AtomicI64,
    failures: AtomicU64,
    last_failed: AtomicBool,
}

impl Metrics {
    /// Nothing counted yet, in a process that starts at `now`.
    pub fn new(version: &'static str, now: Timestamp) -> Self {
        let reloads = || Reloads {
            last_success: AtomicI64::new(now.as_second()),
            failures: AtomicU64::new(0),
            last_failed: AtomicBool::new(false),
        };
        Self {
            version,
            started: now,
            workers: Mutex::default(),
            attempts: Counts::default(),
            malformed: Counts::default(),
            store_errors: Counts::default(),
            commits: Histogram::default(),
            verbs: AtomicU64::new(0),
            writable: AtomicBool::new(true),
            mail_delivered: AtomicU64::new(0),
            mail_failures: Counts::default(),
            configuration: reloads(),
            certificate: reloads(),
        }
    }

    /// The counters of one more worker.
    pub fn worker(&self) -> Arc<Worker> {
        let worker = Arc::new(Worker::default());
        lock(&self.workers).push(Arc::clone(&worker));
        worker
    }

    /// Somebody tried something that is written into the audit trail.
    pub fn attempt(&self, action: AuditAction, reason: AuditReason) {
        self.attempts.add((action.code(), reason.code()));
    }

    /// A request was refused before it was a request, for a reason out of a closed set.
    pub fn malformed(&self, reason: &'static str) {
        self.malformed.add(reason);
    }

    /// The store could not say what it was asked.
    pub fn store_failed(&self, code: &'static str) {
        self.store_errors.add(code);
    }

    /// The store brought a group of verbs to the disk, or failed to. After a failure it takes no more.
    pub fn committed(&self, verbs: usize, outcome: Result<Duration, &'static str>) {
        match outcome {
            Ok(took) => {
                self.commits.observe(took);
                self.verbs.fetch_add(u64::try_from(verbs).unwrap_or(u64::MAX), Relaxed);
            }
            Err(code) => {
                self.writable.store(false, Relaxed);
                self.store_failed(code);
            }
        }
    }

    /// A message was handed over, or a try of one failed.
    pub fn mail_tried(&self, outcome: Result<(), MailFailureReason>) {
        match outcome {
            Ok(()) => {
                self.mail_delivered.fetch_add(1, Relaxed);
            }
            Err(reason) => self.mail_failures.add(reason.as_str()),
        }
    }

    /// Something was taken up anew at `at`, or could not be.
    pub fn reloaded(&self, what: Reload, at: Timestamp, taken: bool) {
        let reloads = match what {
            Reload::Configuration => &self.configuration,
            Reload::Certificate => &self.certificate,
        };
        reloads.last_failed.store(!taken, Relaxed);
        if taken {
            reloads.last_success.store(at.as_second(), Relaxed);
        } else {
            reloads.failures.fetch_add(1, Relaxed);
        }
    }

    /// Everything, in the OpenMetrics text format.
    pub fn text(&self, present: Present) -> String {
        text::write(self, present)
    }

    /// The workers, added up by application.
    fn applications(&self, present: &Present) -> BTreeMap<String, Sum> {
        let mut sums: BTreeMap<String, Sum> =
            present.applications.iter().map(|(id, _)| (id.clone(), Sum::default())).collect();
        // An application may bear Portero's name; then they share a line rather than spoil the text.
        sums.entry(OWN.to_owned()).or_default();
        for worker in &*lock(&self.workers) {
            worker.add_to(&mut sums);
        }
        sums
    }

    fn commit_totals(&self) -> Totals {
        let mut totals = Totals::default();
        totals.add(&self.commits);
        totals
    }
}

/// Counters by a key out of a closed set, for what happens too seldom to be worth an index.
#[derive(Debug)]
struct Counts<K>(Mutex<BTreeMap<K, u64>>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Copy> Counts<K> {
    fn add(&self, key: K) {
        *lock(&self.0).entry(key).or_default() += 1;
    }

    fn read(&self) -> BTreeMap<K, u64> {
        lock(&self.0).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Counters are whole after every statement, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
