//! Laws of signing keys.

use std::sync::Arc;

use super::samples::{at, key};
use super::{Law, race};
use crate::store::Store;

pub(super) const LAWS: &[Law] = &[
    Law { name: "of many who start at once one makes the key", run: |s| Box::pin(one_key(s)) },
    Law { name: "a rotation retires what signed before", run: |s| Box::pin(rotation(s)) },
    Law { name: "keys that retired long ago are purged", run: |s| Box::pin(purge(s)) },
];

async fn one_key(store: Arc<dyn Store>) {
    assert_eq!(store.signing_keys().await.expect("read"), []);
    let seen = race((0..50).map(|n| {
        let store = store.clone();
        async move { store.ensure_signing_key(key(&format!("key {n}"), n)).await.expect("ensured") }
    }))
    .await;
    let kept = store.signing_keys().await.expect("read");
    assert_eq!(kept.len(), 1);
    assert!(seen.iter().all(|keys| *keys == kept));
}

async fn rotation(store: Arc<dyn Store>) {
    store.rotate_signing_key(key("a", 1), at(1)).await.expect("rotated");
    store.rotate_signing_key(key("b", 2), at(2)).await.expect("rotated");
    store.rotate_signing_key(key("c", 3), at(3)).await.expect("rotated");
    let keys = store.signing_keys().await.expect("read");
    let told: Vec<_> = keys.iter().map(|key| (key.kid.as_str(), key.retired_at)).collect();
    assert_eq!(told, [("c", None), ("b", Some(at(3))), ("a", Some(at(2)))]);
    assert_eq!(store.ensure_signing_key(key("d", 4)).await.expect("ensured"), keys);
}

async fn purge(store: Arc<dyn Store>) {
    for (n, kid) in (1..).zip(["a", "b", "c"]) {
        store.rotate_signing_key(key(kid, n), at(n)).await.expect("rotated");
    }
    assert_eq!(store.purge_signing_keys(at(3)).await.expect("purged"), 1);
    let keys = store.signing_keys().await.expect("read");
    assert_eq!(keys.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    assert_eq!(store.purge_signing_keys(at(99)).await.expect("purged"), 1, "the one that signs stays");
}
