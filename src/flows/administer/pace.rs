//! How often somebody may do what tells about the network that Portero stands in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::Timestamp;
use crate::domain::ids::UserId;

/// So many at once are enough to set a mail server up.
const MOST: u32 = 30;
/// In so long.
const WITHIN: Duration = Duration::from_secs(10 * 60);

/// Counts, for each person, in memory: what is forgotten at a restart was bounded by it.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<UserId, (Timestamp, u32)>>);

impl Pace {
    /// Counts one, if there is room for it.
    pub(super) fn allows(&self, person: UserId, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock set back begins anew.
        let is_on = |since: &Timestamp| Duration::try_from(now.duration_since(*since)).is_ok_and(|age| age < WITHIN);
        counts.retain(|_, (since, _)| is_on(since));
        let (_, count) = counts.entry(person).or_insert((now, 0));
        *count += 1;
        *count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_room_for_some_and_again_later() {
        let (pace, now) = (Pace::default(), Timestamp::UNIX_EPOCH);
        let (ana, leo) = (UserId::from_random([1; 16]), UserId::from_random([2; 16]));
        assert!((0..MOST).all(|_| pace.allows(ana, now)));
        assert!(!pace.allows(ana, now + WITHIN - Duration::from_secs(1)));
        assert!(pace.allows(leo, now));
        assert!(pace.allows(ana, now + WITHIN));
    }
}
