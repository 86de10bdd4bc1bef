//! Laws of short-lived entries.

use std::sync::Arc;

use super::samples::{at, hash};
use super::{Law, race};
use crate::store::{EphemeralEntry, Store};

pub(super) const LAWS: &[Law] = &[
    Law { name: "an entry is read often and taken once", run: |s| Box::pin(taken_once(s)) },
    Law { name: "of many who take one entry one gets it", run: |s| Box::pin(one_taker(s)) },
    Law { name: "an entry is gone at its time", run: |s| Box::pin(over(s)) },
    Law { name: "an entry of the same key is replaced, group and all", run: |s| Box::pin(replaced(s)) },
    Law { name: "a group is discarded whole and alone", run: |s| Box::pin(group(s)) },
];

fn entry(key: u64, group: u64, value: &str) -> EphemeralEntry {
    EphemeralEntry { key: hash(key), group: hash(group), value: value.as_bytes().to_vec(), expires_at: at(100) }
}

async fn taken_once(store: Arc<dyn Store>) {
    store.put_ephemeral(entry(1, 9, "form")).await.expect("put");
    for _ in 0..2 {
        assert_eq!(store.peek_ephemeral(&hash(1), at(0)).await.expect("read").as_deref(), Some(&b"form"[..]));
    }
    assert_eq!(store.take_ephemeral(&hash(1), at(0)).await.expect("taken").as_deref(), Some(&b"form"[..]));
    assert_eq!(store.take_ephemeral(&hash(1), at(0)).await.expect("asked"), None);
    assert_eq!(store.peek_ephemeral(&hash(1), at(0)).await.expect("read"), None);
}

async fn one_taker(store: Arc<dyn Store>) {
    for key in 0..20 {
        store.put_ephemeral(entry(key, 9, "form")).await.expect("put");
        let taken = race((0..50).map(|_| {
            let store = store.clone();
            async move { store.take_ephemeral(&hash(key), at(0)).await.expect("asked").is_some() }
        }))
        .await;
        assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
    }
}

async fn over(store: Arc<dyn Store>) {
    store.put_ephemeral(entry(1, 9, "form")).await.expect("put");
    store.put_ephemeral(EphemeralEntry { expires_at: at(200), ..entry(2, 9, "later") }).await.expect("put");
    assert!(store.peek_ephemeral(&hash(1), at(99)).await.expect("read").is_some());
    assert_eq!(store.peek_ephemeral(&hash(1), at(100)).await.expect("read"), None);
    assert_eq!(store.take_ephemeral(&hash(1), at(100)).await.expect("asked"), None);
    assert!(store.take_ephemeral(&hash(2), at(199)).await.expect("asked").is_some());
}

async fn replaced(store: Arc<dyn Store>) {
    store.put_ephemeral(entry(1, 8, "old")).await.expect("put");
    store.put_ephemeral(entry(1, 9, "new")).await.expect("put");
    store.discard_ephemeral_group(&hash(8)).await.expect("discarded");
    assert_eq!(store.take_ephemeral(&hash(1), at(0)).await.expect("taken").as_deref(), Some(&b"new"[..]));
}

async fn group(store: Arc<dyn Store>) {
    for key in 0..6 {
        store.put_ephemeral(entry(key, 100 + key % 2, "form")).await.expect("put");
    }
    store.discard_ephemeral_group(&hash(100)).await.expect("discarded");
    store.discard_ephemeral_group(&hash(999)).await.expect("nothing to discard");
    for key in 0..6 {
        assert_eq!(store.peek_ephemeral(&hash(key), at(0)).await.expect("read").is_some(), key % 2 == 1);
    }
}
