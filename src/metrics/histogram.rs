//! How long things take, in fixed steps, without a lock: the crate's own histogram takes one for every observation.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The steps, in microseconds: fine where a gate works, coarse where an application does.
const STEPS: [u64; 18] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000,
];
/// The steps, and one for what is past the last.
const BUCKETS: usize = STEPS.len() + 1;

/// Counts durations by step.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let step = STEPS.partition_point(|step| Duration::from_micros(*step) < took);
        if let Some(bucket) = self.buckets.get(step) {
            bucket.fetch_add(1, Relaxed);
        }
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}

/// Histograms added up.
#[derive(Debug, Default)]
pub(super) struct Totals {
    buckets: [u64; BUCKETS],
    nanos: u64,
}

impl Totals {
    pub(super) fn add(&mut self, histogram: &Histogram) {
        for (total, bucket) in self.buckets.iter_mut().zip(&histogram.buckets) {
            *total += bucket.load(Relaxed);
        }
        self.nanos = self.nanos.wrapping_add(histogram.nanos.load(Relaxed));
    }

    /// How many. Taken from the buckets, so that the text never contradicts itself.
    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    pub(super) fn seconds(&self) -> f64 {
        Duration::from_nanos(self.nanos).as_secs_f64()
    }

    /// Upper bounds in seconds, each with the number in its step alone.
    pub(super) fn steps(&self) -> Vec<(f64, u64)> {
        let bounds = STEPS.iter().map(|step| Duration::from_micros(*step).as_secs_f64());
        bounds.chain([f64::INFINITY]).zip(self.buckets).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_step_that_holds_it() {
        let histogram = Histogram::default();
        for micros in [0, 50, 51, 30_000_000, 30_000_001] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut totals = Totals::default();
        totals.add(&histogram);
        let steps = totals.steps();
        assert_eq!((steps[0].1, steps[1].1, steps[17], steps[18]), (2, 1, (30.0, 1), (f64::INFINITY, 1)));
        assert_eq!((totals.count(), totals.seconds()), (5, 60.000_102));
    }
}
