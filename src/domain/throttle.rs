//! The arithmetic of throttling: what a counter is and how long the next attempt has to wait.
//!
//! An attempt is counted *before* it is judged, in one atomic step of the store, so parallel guesses are counted exactly.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;
use super::ids::SecretHash;

/// A moment so far ahead of the present one was written by a clock that has been set back since. Less is two requests that
/// overtook each other.
const SET_BACK: Duration = Duration::from_secs(60);

/// What is being counted. The kinds never share a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CounterKind {
    /// Passwords tried for one account, by browsers that are not known to it.
    AccountPassword,
    /// Passwords tried for one account by one browser that has signed in to it before.
    KnownBrowserPassword,
    /// Passwords tried from one client address.
    AddressPassword,
    /// Captchas answered wrongly from one client address.
    AddressCaptcha,
    /// What could have been a temporary password, tried for an account that has none.
    NoTemporaryPassword,
    /// Requests and tries of recovery from one client address.
    AddressRecovery,
    /// Recovery messages asked for in the name of one account.
    AccountRecovery,
    /// What could have been a rescue code or an answer, tried for an account that has none.
    NoRecoverySecret,
    /// What could be a temporary password, tried from one client address for one account that is closed to passwords.
    ClosedAccountTemporary,
}

impl CounterKind {
    /// The byte that begins its keys in the store. Never change one.
    pub const fn tag(self) -> u8 {
        match self {
            Self::AccountPassword => 1,
            Self::KnownBrowserPassword => 2,
            Self::AddressPassword => 3,
            Self::AddressCaptcha => 4,
            Self::NoTemporaryPassword => 5,
            Self::AddressRecovery => 6,
            Self::AccountRecovery => 7,
            Self::NoRecoverySecret => 8,
            Self::ClosedAccountTemporary => 9,
        }
    }
}

/// Names one counter: its kind and a digest of whose it is (canonical name or address), so that the store holds no names that
/// were merely tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CounterKey {
    /// What is counted.
    pub kind: CounterKind,
    /// Digest of the account or address.
    pub subject: SecretHash,
}

/// How attempts are slowed: `free` of them at once, then a wait that doubles from `first_wait` to `longest_wait`. A counter
/// that rests for `forget_after` starts again from nothing. One that `closes_after` so many attempts lets none through after
/// that, until it is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ladder {
    /// Attempts that need not wait.
    pub free: u32,
    /// The wait after the first attempt beyond those.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// Rest after which everything is forgotten.
    pub forget_after: Duration,
    /// The attempt that is the last one; `None` for a counter that never closes.
    pub closes_after: Option<u32>,
}

/// A counter as the store keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Attempts counted since it was last forgotten or cleared.
    pub attempts: u32,
    /// When the last one was counted.
    pub last_at: Timestamp,
    /// No attempt is let through before.
    pub open_at: Timestamp,
    /// Whether it is closed until then, rather than waiting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

impl Counter {
    /// The counter without its last attempt, which turned out to be none to slow. `None` if there was no other.
    pub fn forgive(self) -> Option<Self> {
        let attempts = self.attempts.checked_sub(1).filter(|attempts| *attempts > 0)?;
        // The wait before that attempt was over when it was let through.
        Some(Self { attempts, open_at: self.last_at, closed: false, ..self })
    }
}

/// What came of asking for an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Go on; this is attempt number `number` (from 1).
    Go {
        /// Which attempt this is.
        number: u32,
    },
    /// Too soon; nothing was counted.
    Wait {
        /// When the next attempt will be let through.
        until: Timestamp,
    },
    /// Go on; this is the last attempt before a counter closes.
    Last {
        /// Until when it will be closed.
        until: Timestamp,
    },
    /// A counter is closed; nothing was counted.
    Closed {
        /// Until when.
        until: Timestamp,
    },
}

impl Attempt {
    /// Whether the attempt may go on.
    pub const fn may_go_on(self) -> bool {
        matches!(self, Self::Go { .. } | Self::Last { .. })
    }
}

impl Ladder {
    /// Counts one attempt at `now` against `counter`. Returns the counter to store, unless the attempt has to wait: waiting is
    /// not counted, so a flood cannot push the end of a wait, or of being closed, ahead of itself.
    pub fn attempt(&self, counter: Option<Counter>, now: Timestamp) -> (Option<Counter>, Attempt) {
        let live = counter.filter(|counter| now < counter.last_at + self.forget_after.max(self.longest_wait));
        if let Some(held) = live.and_then(|counter| self.hold(counter, now)) {
            return (None, held);
        }
        let number = live.map_or(0, |counter| counter.attempts).saturating_add(1);
        let closed = self.closes_after.is_some_and(|last| number >= last);
        let open_at = now + if closed { self.forget_after } else { self.wait_after(number) };
        let stored = Counter { attempts: number, last_at: now, open_at, closed };
        (Some(stored), if closed { Attempt::Last { until: open_at } } else { Attempt::Go { number } })
    }

    /// Until when `counter` is closed, if it is at `now`.
    pub fn closed_until(&self, counter: Counter, now: Timestamp) -> Option<Timestamp> {
        match self.hold(counter, now) {
            Some(Attempt::Closed { until }) => Some(until),
            _ => None,
        }
    }

    /// What an attempt at `now` is told that is too soon. The counter may have been written by another ladder: where this one is milder,
    /// a wait ends sooner, and what was closed is not; where it is steeper, the next attempt that goes on meets it. A clock set back must
    /// not turn a wait of seconds into one of years.
    fn hold(&self, counter: Counter, now: Timestamp) -> Option<Attempt> {
        let closed = counter.closed && self.closes_after.is_some_and(|last| counter.attempts >= last);
        let rest = if closed { self.forget_after } else { self.wait_after(counter.attempts) };
        let until = counter.open_at.min(counter.last_at + rest);
        let held = now < until && counter.last_at <= now + SET_BACK;
        held.then_some(if closed { Attempt::Closed { until } } else { Attempt::Wait { until } })
    }

    /// How long the next attempt waits after attempt `number`.
    pub fn wait_after(&self, number: u32) -> Duration {
        if number < self.free {
            return Duration::ZERO;
        }
        let doublings = (number - self.free).min(31);
        self.first_wait.saturating_mul(1 << doublings).min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LADDER: Ladder = Ladder {
        free: 3,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(60),
        forget_after: Duration::from_secs(600),
        closes_after: None,
    };
    const CLOSING: Ladder = Ladder { closes_after: Some(5), ..LADDER };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn the_first_attempts_are_free_and_then_the_wait_doubles_to_its_limit() {
        let waits: Vec<u64> = (1..=10).map(|number| LADDER.wait_after(number).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(LADDER.wait_after(u32::MAX).as_secs(), 60);
    }

    #[test]
    fn an_attempt_that_must_wait_is_not_counted() {
        let mut counter = None;
        for number in 1..=3 {
            let (stored, attempt) = LADDER.attempt(counter, at(0));
            assert_eq!(attempt, Attempt::Go { number });
            counter = stored;
        }
        assert_eq!(LADDER.attempt(counter, at(0)), (None, Attempt::Wait { until: at(1) }));
        assert_eq!(LADDER.attempt(counter, at(1)).1, Attempt::Go { number: 4 });
    }

    #[test]
    fn a_clock_set_back_prolongs_no_wait_and_forgets_no_attempt() {
        let counter = Counter { attempts: 9, last_at: at(100_000), open_at: at(100_060), closed: false };
        let (stored, attempt) = LADDER.attempt(Some(counter), at(5));
        assert_eq!(attempt, Attempt::Go { number: 10 });
        assert_eq!(stored.expect("counted").open_at, at(65));
        let overtaken = Counter { attempts: 9, last_at: at(5), open_at: at(65), closed: false };
        assert_eq!(LADDER.attempt(Some(overtaken), at(4)).1, Attempt::Wait { until: at(65) });
    }

    #[test]
    fn a_counter_that_rested_starts_again() {
        let counter = Counter { attempts: 9, last_at: at(0), open_at: at(60), closed: false };
        assert_eq!(LADDER.attempt(Some(counter), at(599)).1, Attempt::Go { number: 10 });
        assert_eq!(LADDER.attempt(Some(counter), at(600)).1, Attempt::Go { number: 1 });
    }

    // L5
    #[test]
    fn a_ladder_that_closes_waits_as_ever_and_then_lets_nothing_through_until_it_is_forgotten() {
        let (mut counter, mut now) = (None, 0);
        for number in 1..=4 {
            let (stored, attempt) = CLOSING.attempt(counter, at(now));
            assert_eq!(attempt, Attempt::Go { number });
            (counter, now) = (stored, stored.expect("counted").open_at.as_second());
        }
        assert_eq!(now, 3, "a wait of one second after the third attempt, of two after the fourth");
        let (stored, attempt) = CLOSING.attempt(counter, at(now));
        assert_eq!(attempt, Attempt::Last { until: at(603) });
        for later in [3, 100, 602] {
            assert_eq!(
                CLOSING.attempt(stored, at(later)),
                (None, Attempt::Closed { until: at(603) }),
                "nothing is counted"
            );
            assert_eq!(CLOSING.closed_until(stored.expect("counted"), at(later)), Some(at(603)));
        }
        assert_eq!(CLOSING.closed_until(stored.expect("counted"), at(603)), None);
        assert_eq!(CLOSING.attempt(stored, at(603)).1, Attempt::Go { number: 1 });
    }

    // L5
    #[test]
    fn a_counter_that_stands_is_judged_by_the_numbers_that_hold_now() {
        let raised = Ladder { free: 6, closes_after: Some(7), ..CLOSING };
        let closed = Counter { attempts: 5, last_at: at(0), open_at: at(600), closed: true };
        assert_eq!(CLOSING.attempt(Some(closed), at(1)).1, Attempt::Closed { until: at(600) });
        let (stored, attempt) = raised.attempt(Some(closed), at(1));
        assert_eq!(attempt, Attempt::Go { number: 6 }, "opened, and what was counted still counts");
        assert_eq!(raised.attempt(stored, at(1)), (None, Attempt::Wait { until: at(2) }));
        assert_eq!(raised.attempt(stored, at(2)).1, Attempt::Last { until: at(602) });
        assert_eq!((raised.closed_until(closed, at(1)), CLOSING.closed_until(closed, at(1))), (None, Some(at(600))));

        let lowered = Ladder { closes_after: Some(2), ..CLOSING };
        let standing = Counter { attempts: 4, last_at: at(0), open_at: at(2), closed: false };
        assert_eq!(lowered.attempt(Some(standing), at(1)).1, Attempt::Wait { until: at(2) }, "a wait stays a wait");
        let (stored, attempt) = lowered.attempt(Some(standing), at(2));
        assert_eq!(attempt, Attempt::Last { until: at(602) }, "whoever is past the new number closes with the next");
        assert_eq!(lowered.attempt(stored, at(3)).1, Attempt::Closed { until: at(602) });
        assert_eq!(CLOSING.attempt(stored, at(3)).1, Attempt::Closed { until: at(602) }, "five are five here, too");
    }

    // L5
    #[test]
    fn a_forgiven_last_attempt_opens_again_what_it_closed() {
        let counter = Counter { attempts: 4, last_at: at(0), open_at: at(0), closed: false };
        let (stored, _) = CLOSING.attempt(Some(counter), at(1));
        let forgiven = stored.and_then(Counter::forgive);
        assert_eq!(forgiven, Some(Counter { attempts: 4, last_at: at(1), open_at: at(1), closed: false }));
        assert!(matches!(CLOSING.attempt(forgiven, at(1)).1, Attempt::Last { .. }));
    }
}
