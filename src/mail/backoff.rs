//! When the next try is: soon at first, then ever later, for three days.

use std::time::Duration;

use crate::random::Random;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(5);
/// No wait is longer.
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);
/// Tries of one message. With the waits between them they take about three days.
pub(super) const TRIES: u32 = 24;

/// How long to wait after `failed` tries; `None` when no more are made. A quarter more or less is left to chance, so that what
/// failed together does not come back together.
pub(super) fn wait(failed: u32, random: &dyn Random) -> Option<Duration> {
    if failed >= TRIES {
        return None;
    }
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
    let chance = 750 + random.below(501);
    Some(doubled.min(LONGEST).saturating_mul(chance) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[test]
    fn waits_double_up_to_six_hours() {
        let random = SeededRandom::new(1);
        for (failed, seconds) in [(1, 5), (2, 10), (3, 20), (10, 2560), (13, 20480), (14, 21600), (23, 21600)] {
            let wait = wait(failed, &random).expect("another try").as_secs_f64();
            let middle = f64::from(seconds);
            assert!((middle * 0.75..=middle * 1.25).contains(&wait), "{failed}: {wait}");
        }
    }

    #[test]
    fn all_tries_take_about_three_days() {
        let random = SeededRandom::new(2);
        let whole: Duration = (1..TRIES).filter_map(|failed| wait(failed, &random)).sum();
        assert!((DAY * 2..DAY * 4).contains(&whole), "{whole:?}");
        assert_eq!(wait(TRIES, &random), None);
        assert_eq!(wait(u32::MAX, &random), None);
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let random = SeededRandom::new(3);
        let waits: std::collections::BTreeSet<_> = (0..50).map(|_| wait(8, &random)).collect();
        assert!(waits.len() > 30);
    }
}
