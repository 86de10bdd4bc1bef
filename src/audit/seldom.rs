//! Remembers which events were written down a moment ago, so that what nothing else slows down cannot fill the disk.
//!
//! Whatever can be repeated without end (entering where one may not, sending a stale form) is written once in [`WINDOW`] for
//! each source; a source has room for [`MOST_EVENTS`] different ones. In memory alone: a restart forgets.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;

/// An event like one of these that is no older is not written again.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Different events of one source in a window.
const MOST_EVENTS: usize = 20;
/// Sources that are remembered. While there are more at once, newcomers are not written down.
const MOST_SOURCES: usize = 10_000;

/// What was written of late, by source.
#[derive(Debug, Default)]
pub(super) struct Seldom {
    written: Mutex<HashMap<SecretHash, Vec<(SecretHash, Timestamp)>>>,
}

impl Seldom {
    /// Whether `event` of `source` is to be written down at `now`; it is then remembered as written.
    pub(super) fn is_due(&self, source: SecretHash, event: SecretHash, now: Timestamp) -> bool {
        // A list is whole after every statement, so a panic elsewhere leaves nothing half done.
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that is set back makes nothing recent for longer than the window.
        let recent = |at: &Timestamp| now.duration_since(*at).unsigned_abs() < WINDOW;
        if written.len() >= MOST_SOURCES && !written.contains_key(&source) {
            written.retain(|_, events| events.iter().any(|(_, at)| recent(at)));
            if written.len() >= MOST_SOURCES {
                return false;
            }
        }
        let events = written.entry(source).or_default();
        events.retain(|(_, at)| recent(at));
        if events.len() >= MOST_EVENTS || events.iter().any(|(known, _)| *known == event) {
            return false;
        }
        events.push((event, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::digest;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn name(number: usize) -> SecretHash {
        digest(&number.to_le_bytes())
    }

    #[test]
    fn an_event_is_due_once_in_ten_minutes_for_each_source() {
        let seldom = Seldom::default();
        assert!(seldom.is_due(name(1), name(1), at(0)));
        assert!(!seldom.is_due(name(1), name(1), at(599)));
        assert!(seldom.is_due(name(1), name(2), at(599)), "another event");
        assert!(seldom.is_due(name(2), name(1), at(599)), "another source");
        assert!(seldom.is_due(name(1), name(1), at(600)));
        assert!(!seldom.is_due(name(1), name(1), at(1)), "the clock was set back");
    }

    #[test]
    fn neither_ever_new_events_nor_ever_new_sources_are_written_without_end() {
        let seldom = Seldom::default();
        let written = (0..1_000).filter(|event| seldom.is_due(name(0), name(*event), at(0))).count();
        assert_eq!(written, MOST_EVENTS);
        let sources = (1..2 * MOST_SOURCES).filter(|source| seldom.is_due(name(*source), name(0), at(0))).count();
        assert_eq!(sources, MOST_SOURCES - 1);
        assert!(seldom.is_due(name(usize::MAX), name(0), at(600)), "the others have been forgotten by then");
    }
}
