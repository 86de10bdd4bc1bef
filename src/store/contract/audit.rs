//! Laws of the audit trail.

use std::sync::Arc;

use super::samples::{at, event, user_id};
use super::{Law, race};
use crate::domain::audit::{AuditEvent, AuditPlace};
use crate::store::Store;

pub(super) const LAWS: &[Law] = &[
    Law { name: "events come back newest first", run: |s| Box::pin(newest_first(s)) },
    Law { name: "events of one user come back alone", run: |s| Box::pin(of_one_user(s)) },
    Law { name: "events of one moment keep the order they came in", run: |s| Box::pin(same_moment(s)) },
    Law { name: "the trail is paged through oldest first, from a moment on", run: |s| Box::pin(oldest_first(s)) },
    Law { name: "a purge removes what is older and nothing else", run: |s| Box::pin(purge(s)) },
    Law { name: "no event of a crowd is lost", run: |s| Box::pin(crowd(s)) },
];

async fn names(store: &Arc<dyn Store>, user: Option<u64>, limit: usize) -> Vec<String> {
    let events = store.audit(user.map(user_id), limit).await.expect("read");
    events.into_iter().map(|event| event.username.expect("named")).collect()
}

async fn newest_first(store: Arc<dyn Store>) {
    // A clock may be set back, and moments before 1970 are moments, too.
    for (second, name) in [(5, "c"), (-3, "a"), (9, "d"), (0, "b")] {
        store.append_audit(event(second, None, name)).await.expect("written");
    }
    assert_eq!(names(&store, None, 99).await, ["d", "c", "b", "a"]);
    assert_eq!(names(&store, None, 2).await, ["d", "c"]);
    let newest = store.audit(None, 1).await.expect("read");
    assert_eq!(newest, [event(9, None, "d")]);
}

async fn of_one_user(store: Arc<dyn Store>) {
    for (second, user, name) in [(1, Some(1), "a"), (2, Some(2), "b"), (3, None, "c"), (4, Some(1), "d")] {
        store.append_audit(event(second, user.map(user_id), name)).await.expect("written");
    }
    assert_eq!(names(&store, Some(1), 99).await, ["d", "a"]);
    assert_eq!(names(&store, Some(1), 1).await, ["d"]);
    assert_eq!(names(&store, Some(2), 99).await, ["b"]);
    assert_eq!(names(&store, Some(3), 99).await, [""; 0]);
}

async fn same_moment(store: Arc<dyn Store>) {
    for name in ["a", "b", "c"] {
        store.append_audit(event(1, Some(user_id(1)), name)).await.expect("written");
    }
    assert_eq!(names(&store, None, 99).await, ["c", "b", "a"]);
    assert_eq!(names(&store, Some(1), 99).await, ["c", "b", "a"]);
}

async fn oldest_first(store: Arc<dyn Store>) {
    for (second, name) in [(5, "c"), (-3, "a"), (9, "e"), (5, "d"), (0, "b")] {
        store.append_audit(event(second, None, name)).await.expect("written");
    }
    let page = async |since: i64, after, limit| store.audit_since(at(since), after, limit).await.expect("read");
    let named = |page: &[(AuditPlace, AuditEvent)]| -> String {
        page.iter().filter_map(|(_, event)| event.username.as_deref()).collect()
    };
    assert_eq!(named(&page(-9, None, 99).await), "abcde");
    assert_eq!(named(&page(0, None, 99).await), "bcde", "the moment itself is in it");
    assert_eq!(named(&page(6, None, 99).await), "e");
    assert_eq!(named(&page(10, None, 99).await), "");
    let (mut after, mut seen) = (None, String::new());
    loop {
        let next = page(-3, after, 2).await;
        seen += &named(&next);
        let Some((place, event)) = next.last() else { break };
        assert_eq!(place.at, event.at);
        after = Some(*place);
    }
    assert_eq!(seen, "abcde", "each once, also those of one moment");
    let first = page(-3, None, 1).await[0].0;
    assert_eq!(named(&page(5, Some(first), 99).await), "cde", "a place before the moment changes nothing");
}

async fn purge(store: Arc<dyn Store>) {
    race((0..600).map(|second| {
        let store = store.clone();
        async move { store.append_audit(event(second, Some(user_id(1)), &second.to_string())).await.expect("written") }
    }))
    .await;
    assert_eq!(store.purge_audit(at(-5)).await.expect("purged"), 0);
    assert_eq!(store.purge_audit(at(597)).await.expect("purged"), 597);
    assert_eq!(names(&store, None, 999).await, ["599", "598", "597"]);
    assert_eq!(names(&store, Some(1), 999).await, ["599", "598", "597"]);
    assert_eq!(store.purge_audit(at(597)).await.expect("purged"), 0);
}

async fn crowd(store: Arc<dyn Store>) {
    race((0..300).map(|n| {
        let store = store.clone();
        async move { store.append_audit(event(n % 3, Some(user_id(1)), &n.to_string())).await.expect("written") }
    }))
    .await;
    let mut seen: Vec<i64> =
        names(&store, Some(1), 999).await.iter().map(|name| name.parse().expect("a number")).collect();
    seen.sort_unstable();
    assert_eq!(seen, (0..300).collect::<Vec<_>>());
}
