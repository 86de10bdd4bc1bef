//! Counters of attempts.

use async_trait::async_trait;

use super::records::{Draft, Entry, Records, decode};
use super::{SledStore, keys};
use crate::domain::Timestamp;
use crate::domain::throttle::{Attempt, Counter, CounterKey, Ladder};
use crate::store::{StoreError, Throttle};

#[async_trait]
impl Throttle for SledStore {
    async fn attempt(&self, keys: &[(CounterKey, Ladder)], now: Timestamp) -> Result<Attempt, StoreError> {
        let keys = keys.to_vec();
        self.committer.commit(move |draft| attempt(draft, &keys, now)).await
    }

    async fn counter(&self, key: &CounterKey) -> Result<Option<Counter>, StoreError> {
        self.records.get(&keys::counter(key))
    }

    async fn clear_attempts(&self, keys: &[CounterKey], forgiven: &[CounterKey]) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.iter().map(keys::counter).collect();
        let forgiven: Vec<_> = forgiven.iter().map(keys::counter).collect();
        self.committer
            .commit(move |draft| {
                for key in keys {
                    // Most were never counted: nothing to write then.
                    if draft.records().raw(&key)?.is_some() {
                        draft.remove(key);
                    }
                }
                for key in forgiven {
                    if let Some(counter) = draft.records().get::<Counter>(&key)? {
                        match counter.forgive() {
                            Some(counter) => draft.put(key, &counter)?,
                            None => draft.remove(key),
                        }
                    }
                }
                Ok(())
            })
            .await
    }

    async fn purge_attempts(&self, before: Timestamp) -> Result<u64, StoreError> {
        let is_old = move |_: &Records, (key, value): &Entry| Ok(decode::<Counter>(key, value)?.last_at < before);
        self.purge(keys::COUNTER, is_old, |draft, (key, _)| {
            draft.remove(key.clone());
            Ok(())
        })
        .await
    }
}

fn attempt(draft: &mut Draft<'_>, keys: &[(CounterKey, Ladder)], now: Timestamp) -> Result<Attempt, StoreError> {
    let mut counted = Vec::new();
    let mut highest = 0;
    let (mut longest, mut closing, mut closed) = (None, None, None);
    for (key, ladder) in keys {
        let key = keys::counter(key);
        let (counter, attempt) = ladder.attempt(draft.records().get(&key)?, now);
        counted.extend(counter.map(|counter| (key, counter)));
        match attempt {
            Attempt::Go { number } => highest = highest.max(number),
            Attempt::Last { until } => closing = closing.max(Some(until)),
            Attempt::Wait { until } => longest = longest.max(Some(until)),
            Attempt::Closed { until } => closed = closed.max(Some(until)),
        }
    }
    if let Some(until) = closed {
        return Ok(Attempt::Closed { until });
    }
    if let Some(until) = longest {
        return Ok(Attempt::Wait { until });
    }
    for (key, counter) in counted {
        draft.put(key, &counter)?;
    }
    Ok(closing.map_or(Attempt::Go { number: highest }, |until| Attempt::Last { until }))
}
