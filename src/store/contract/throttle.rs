//! Laws of counters.

use std::sync::Arc;
use std::time::Duration;

use super::samples::{at, hash};
use super::{Law, race};
use crate::domain::throttle::{Attempt, CounterKey, CounterKind, Ladder};
use crate::store::Store;

pub(super) const LAWS: &[Law] = &[
    Law { name: "attempts are counted apart by kind and subject", run: |s| Box::pin(counted_apart(s)) },
    Law { name: "an attempt counts on every key or on none", run: |s| Box::pin(all_or_none(s)) },
    Law { name: "parallel attempts are counted exactly", run: |s| Box::pin(counted_exactly(s)) },
    Law { name: "of a crowd only the free attempts are let through", run: |s| Box::pin(crowd(s)) },
    Law { name: "of a crowd of 200 exactly the last attempt closes the counter", run: |s| Box::pin(closing(s)) },
    Law {
        name: "what closes a counter goes before what makes it wait, and counts nowhere",
        run: |s| Box::pin(closed(s)),
    },
    Law { name: "a cleared counter starts again", run: |s| Box::pin(cleared(s)) },
    Law { name: "a forgiven attempt was never made, the others were", run: |s| Box::pin(forgiven(s)) },
    Law { name: "counters that rested are purged", run: |s| Box::pin(purged(s)) },
];

const FREE: Ladder = Ladder {
    free: u32::MAX,
    first_wait: Duration::from_secs(1),
    longest_wait: Duration::from_secs(60),
    forget_after: Duration::from_secs(3600),
    closes_after: None,
};
const STRICT: Ladder = Ladder { free: 2, ..FREE };
const CLOSING: Ladder = Ladder { closes_after: Some(10), ..FREE };

fn account(seed: u64) -> CounterKey {
    CounterKey { kind: CounterKind::AccountPassword, subject: hash(seed) }
}

fn address(seed: u64) -> CounterKey {
    CounterKey { kind: CounterKind::AddressPassword, subject: hash(seed) }
}

async fn counted_apart(store: Arc<dyn Store>) {
    for (key, number) in [(account(1), 1), (account(1), 2), (account(2), 1), (address(1), 1), (account(1), 3)] {
        assert_eq!(store.attempt(&[(key, FREE)], at(0)).await.expect("counted"), Attempt::Go { number });
    }
    assert_eq!(store.attempt(&[], at(0)).await.expect("counted"), Attempt::Go { number: 0 });
}

async fn all_or_none(store: Arc<dyn Store>) {
    let both = [(account(1), STRICT), (address(1), FREE)];
    for number in 1..=2 {
        assert_eq!(store.attempt(&both, at(0)).await.expect("counted"), Attempt::Go { number });
    }
    // The account has to wait now; the address must not be counted meanwhile.
    for _ in 0..5 {
        assert_eq!(store.attempt(&both, at(0)).await.expect("asked"), Attempt::Wait { until: at(1) });
    }
    let alone = [(address(1), FREE)];
    assert_eq!(store.attempt(&alone, at(0)).await.expect("counted"), Attempt::Go { number: 3 });
    assert_eq!(store.attempt(&both, at(1)).await.expect("counted"), Attempt::Go { number: 4 });
    // Both have to wait: the longer wait is told.
    let two = [(account(1), STRICT), (account(2), Ladder { free: 1, first_wait: Duration::from_secs(50), ..FREE })];
    assert_eq!(store.attempt(&two[1..], at(1)).await.expect("counted"), Attempt::Go { number: 1 });
    assert_eq!(store.attempt(&two, at(1)).await.expect("asked"), Attempt::Wait { until: at(51) });
}

async fn counted_exactly(store: Arc<dyn Store>) {
    let results = race((0..200).map(|_| {
        let store = store.clone();
        async move { store.attempt(&[(account(1), FREE), (address(1), FREE)], at(0)).await.expect("counted") }
    }))
    .await;
    let mut numbers: Vec<_> = results
        .into_iter()
        .map(|result| match result {
            Attempt::Go { number } => number,
            other => panic!("{other:?}"),
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
}

async fn crowd(store: Arc<dyn Store>) {
    let results = race((0..50).map(|_| {
        let store = store.clone();
        async move { store.attempt(&[(account(1), STRICT)], at(0)).await.expect("asked") }
    }))
    .await;
    let through = results.iter().filter(|result| matches!(result, Attempt::Go { .. })).count();
    assert_eq!(through, 2);
}

async fn closing(store: Arc<dyn Store>) {
    let results = race((0..200).map(|_| {
        let store = store.clone();
        async move { store.attempt(&[(account(1), CLOSING), (address(1), FREE)], at(0)).await.expect("asked") }
    }))
    .await;
    let count = |wanted: Attempt| results.iter().filter(|result| **result == wanted).count();
    assert_eq!(results.iter().filter(|result| matches!(result, Attempt::Go { .. })).count(), 9);
    assert_eq!(count(Attempt::Last { until: at(3600) }), 1);
    assert_eq!(count(Attempt::Closed { until: at(3600) }), 190);
    let counter = store.counter(&account(1)).await.expect("asked").expect("counted");
    assert_eq!((counter.attempts, counter.closed), (10, true));
    assert_eq!(store.counter(&address(1)).await.expect("asked").expect("counted").attempts, 10);
}

async fn closed(store: Arc<dyn Store>) {
    let strict = [(account(1), Ladder { closes_after: Some(1), ..FREE }), (address(1), Ladder { free: 1, ..FREE })];
    assert_eq!(store.attempt(&strict, at(0)).await.expect("counted"), Attempt::Last { until: at(3600) });
    for second in [0, 1, 3599] {
        assert_eq!(store.attempt(&strict, at(second)).await.expect("asked"), Attempt::Closed { until: at(3600) });
    }
    assert_eq!(store.counter(&address(1)).await.expect("asked").expect("counted").attempts, 1);
    store.clear_attempts(&[account(1)], &[]).await.expect("cleared");
    assert_eq!(store.attempt(&strict[1..], at(1)).await.expect("counted"), Attempt::Go { number: 2 });
}

async fn cleared(store: Arc<dyn Store>) {
    store.attempt(&[(account(1), FREE), (address(1), FREE)], at(0)).await.expect("counted");
    store.clear_attempts(&[account(1), account(2)], &[]).await.expect("cleared");
    let first = Attempt::Go { number: 1 };
    assert_eq!(store.attempt(&[(account(1), FREE)], at(0)).await.expect("counted"), first);
    assert_eq!(store.attempt(&[(address(1), FREE)], at(0)).await.expect("counted"), Attempt::Go { number: 2 });
}

async fn forgiven(store: Arc<dyn Store>) {
    let strict = [(account(1), STRICT)];
    for number in 1..=2 {
        assert_eq!(store.attempt(&strict, at(0)).await.expect("counted"), Attempt::Go { number });
    }
    store.clear_attempts(&[], &[account(1), account(2)]).await.expect("forgiven");
    assert_eq!(store.attempt(&strict, at(0)).await.expect("counted"), Attempt::Go { number: 2 });
    assert_eq!(store.attempt(&strict, at(0)).await.expect("asked"), Attempt::Wait { until: at(1) });
    for _ in 0..3 {
        store.clear_attempts(&[], &[account(1)]).await.expect("forgiven");
    }
    assert_eq!(store.counter(&account(1)).await.expect("asked"), None, "nothing is left to forgive");
}

async fn purged(store: Arc<dyn Store>) {
    store.attempt(&[(account(1), FREE), (account(2), FREE)], at(0)).await.expect("counted");
    store.attempt(&[(account(2), FREE)], at(50)).await.expect("counted");
    assert_eq!(store.purge_attempts(at(50)).await.expect("purged"), 1);
    assert_eq!(store.attempt(&[(account(1), FREE)], at(50)).await.expect("counted"), Attempt::Go { number: 1 });
    assert_eq!(store.attempt(&[(account(2), FREE)], at(50)).await.expect("counted"), Attempt::Go { number: 3 });
}
