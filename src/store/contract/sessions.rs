//! Laws of sessions.

use std::sync::Arc;

use super::accounts::settle_writes;
use super::samples::{at, hash, session, session_id, set_password, settle, token, user, user_id};
use super::{Law, race};
use crate::domain::session::EndReason;
use crate::domain::user::UserChange;
use crate::store::{OpenSessionError, Store};

pub(super) const LAWS: &[Law] = &[
    Law { name: "a session is found by each of its tokens", run: |s| Box::pin(found_by_token(s)) },
    Law { name: "a session is not opened on changed credentials", run: |s| Box::pin(stale(s)) },
    Law { name: "a new session ends the one that it replaces", run: |s| Box::pin(replaces(s)) },
    Law { name: "a session ends once and is remembered", run: |s| Box::pin(ends_once(s)) },
    Law { name: "ending a user's sessions spares the one excepted", run: |s| Box::pin(ends_all_but_one(s)) },
    Law { name: "a session that ended takes no more tokens", run: |s| Box::pin(no_token_after_the_end(s)) },
    Law { name: "live sessions are listed newest first", run: |s| Box::pin(newest_first(s)) },
    Law { name: "last seen never goes back and stops at the end", run: |s| Box::pin(touch(s)) },
    Law { name: "old sessions are purged with their tokens", run: |s| Box::pin(purge(s)) },
    Law { name: "more old sessions than fit one step are all purged", run: |s| Box::pin(purge_many(s)) },
    Law { name: "no session outlives a deactivation it races", run: |s| Box::pin(races_deactivation(s)) },
    Law { name: "no session outlives a password change it races", run: |s| Box::pin(races_password(s)) },
    Law { name: "of many who end one session one gets its tokens", run: |s| Box::pin(one_ends(s)) },
];

async fn found_by_token(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let opened = session(10, ana.id, 1);
    store.open_session(opened.clone(), token(20, 10), 0, None).await.expect("opened");
    assert!(store.add_session_token(token(21, 10)).await.expect("added"));
    for seed in [20, 21] {
        let found = store.session_by_token(&hash(seed)).await.expect("read");
        assert_eq!(found, Some((opened.clone(), token(seed, 10))));
    }
    assert_eq!(store.session_by_token(&hash(22)).await.expect("read"), None);
    assert!(!store.add_session_token(token(23, 99)).await.expect("asked"), "no such session");
}

async fn stale(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.change_user(ana.id, set_password(0, "hash"), at(1)).await.expect("changed");
    let open = |seed, user, version| store.open_session(session(seed, user, 1), token(seed, seed), version, None);
    assert!(matches!(open(10, ana.id, 0).await, Err(OpenSessionError::Stale)));
    assert!(matches!(open(11, user_id(2), 0).await, Err(OpenSessionError::Stale)));
    open(12, ana.id, 1).await.expect("opened");
    store.change_user(ana.id, UserChange::Deactivate, at(2)).await.expect("changed");
    for version in [1, 2] {
        assert!(matches!(open(13, ana.id, version).await, Err(OpenSessionError::Stale)));
    }
    for seed in [10, 11, 13] {
        assert_eq!(store.session_by_token(&hash(seed)).await.expect("read"), None);
    }
}

async fn replaces(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    let refused = store.open_session(session(11, ana.id, 2), token(21, 11), 9, Some(session_id(10))).await;
    assert!(refused.is_err());
    assert_eq!(store.sessions_of(ana.id).await.expect("read").len(), 1, "a refused session replaces nothing");
    let opened = session(11, ana.id, 2);
    let replaced = store.open_session(opened.clone(), token(21, 11), 0, Some(session_id(10))).await;
    assert_eq!(replaced.expect("opened"), [hash(20)]);
    assert_eq!(store.sessions_of(ana.id).await.expect("read"), [opened]);
    let (old, _) = store.session_by_token(&hash(20)).await.expect("read").expect("remembered");
    assert_eq!(old.ended.expect("ended").reason, EndReason::Replaced);
    let again = store.open_session(session(12, ana.id, 3), token(22, 12), 0, Some(session_id(10))).await;
    assert_eq!(again.expect("opened"), [], "what has ended is not replaced again");
}

async fn ends_once(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    let first = store.end_session(session_id(10), EndReason::SignedOut, at(5)).await.expect("ended");
    let second = store.end_session(session_id(10), EndReason::Revoked, at(6)).await.expect("asked");
    let third = store.end_session(session_id(99), EndReason::Revoked, at(6)).await.expect("asked");
    assert_eq!((first, second, third), (vec![hash(20)], vec![], vec![]));
    let (session, _) = store.session_by_token(&hash(20)).await.expect("read").expect("remembered");
    let ending = session.ended.expect("ended");
    assert_eq!((ending.at, ending.reason), (at(5), EndReason::SignedOut));
}

async fn ends_all_but_one(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    for seed in [10, 11, 12] {
        store.open_session(session(seed, ana.id, 1), token(seed, seed), 0, None).await.expect("opened");
    }
    let end = |except| store.end_sessions_of(ana.id, except, EndReason::Revoked, at(5));
    let mut ended = end(Some(session_id(11))).await.expect("ended");
    ended.sort();
    let mut expected = [hash(10), hash(12)];
    expected.sort();
    assert_eq!(ended, expected);
    assert_eq!(store.sessions_of(ana.id).await.expect("read"), [session(11, ana.id, 1)]);
    assert_eq!(end(None).await.expect("ended"), [hash(11)]);
    assert_eq!(end(None).await.expect("asked"), []);
}

async fn no_token_after_the_end(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    store.end_session(session_id(10), EndReason::SignedOut, at(2)).await.expect("ended");
    assert!(!store.add_session_token(token(21, 10)).await.expect("asked"));
    assert_eq!(store.session_by_token(&hash(21)).await.expect("read"), None);
}

async fn newest_first(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    for (seed, second) in [(10, 5), (11, 9), (12, 7)] {
        store.open_session(session(seed, ana.id, second), token(seed, seed), 0, None).await.expect("opened");
    }
    let ids: Vec<_> = store.sessions_of(ana.id).await.expect("read").iter().map(|session| session.id).collect();
    assert_eq!(ids, [session_id(11), session_id(12), session_id(10)]);
}

async fn touch(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 5), token(20, 10), 0, None).await.expect("opened");
    let seen = async |seconds: &[i64]| {
        let seen = seconds.iter().map(|second| (session_id(10), at(*second))).collect();
        store.touch_sessions(seen).await.expect("touched");
        settle_writes(&store).await;
        store.session_by_token(&hash(20)).await.expect("read").expect("there").0.last_seen_at
    };
    assert_eq!(seen(&[4]).await, at(5));
    assert_eq!(seen(&[8, 9, 7]).await, at(9));
    assert_eq!(seen(&[6]).await, at(9));
    assert_eq!(store.sessions_of(ana.id).await.expect("read")[0].last_seen_at, at(9));
    store.end_session(session_id(10), EndReason::SignedOut, at(10)).await.expect("ended");
    assert_eq!(seen(&[20]).await, at(9), "what it was is remembered, and stays so");
}

async fn purge(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    // 10 was seen long ago, 11 was touched since, 12 ended long ago, 13 ended just now, 14 is new.
    for (seed, second) in [(10, 1), (11, 1), (12, 60), (13, 60), (14, 60)] {
        store.open_session(session(seed, ana.id, second), token(seed, seed), 0, None).await.expect("opened");
    }
    store.touch_sessions(vec![(session_id(11), at(50))]).await.expect("touched");
    store.end_session(session_id(12), EndReason::SignedOut, at(2)).await.expect("ended");
    store.end_session(session_id(13), EndReason::SignedOut, at(70)).await.expect("ended");
    assert_eq!(store.purge_sessions(at(50)).await.expect("purged"), 2);
    for (seed, there) in [(10, false), (11, true), (12, false), (13, true), (14, true)] {
        assert_eq!(store.session_by_token(&hash(seed)).await.expect("read").is_some(), there, "{seed}");
    }
    assert_eq!(store.sessions_of(ana.id).await.expect("read").len(), 2);
    assert_eq!(store.purge_sessions(at(50)).await.expect("purged"), 0);
}

async fn purge_many(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let opened = race((0..700).map(|seed| {
        let store = store.clone();
        let second = if seed % 7 == 0 { 60 } else { 1 };
        async move { store.open_session(session(seed, ana.id, second), token(seed, seed), 0, None).await.is_ok() }
    }))
    .await;
    assert!(opened.into_iter().all(|opened| opened));
    assert_eq!(store.purge_sessions(at(50)).await.expect("purged"), 600);
    assert_eq!(store.sessions_of(ana.id).await.expect("read").len(), 100);
}

async fn races_deactivation(store: Arc<dyn Store>) {
    settle(&store).await;
    for round in 100..120 {
        let bea = user(round, "acme", &format!("bea{round}"));
        store.add_user(bea.clone()).await.expect("added");
        race((0..12).map(|n| {
            let store = store.clone();
            async move {
                if n == 6 {
                    store.change_user(bea.id, UserChange::Deactivate, at(2)).await.expect("deactivated");
                } else {
                    let seed = round * 100 + n;
                    let opened = store.open_session(session(seed, bea.id, 1), token(seed, seed), 0, None).await;
                    assert!(matches!(opened, Ok(_) | Err(OpenSessionError::Stale)));
                }
            }
        }))
        .await;
        assert_eq!(store.sessions_of(bea.id).await.expect("read"), []);
        for seed in (0..12).map(|n| round * 100 + n) {
            let found = store.session_by_token(&hash(seed)).await.expect("read");
            assert!(found.is_none_or(|(session, _)| session.ended.is_some()));
        }
    }
}

async fn races_password(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    for version in 0..20 {
        let tokens = race((0..12).map(|n| {
            let store = store.clone();
            async move {
                let seed = 1000 + version * 100 + n;
                if n == 6 {
                    let change = set_password(version, &format!("hash {version}"));
                    return store.change_user(ana.id, change, at(2)).await.expect("changed").ended;
                }
                let opened = store.open_session(session(seed, ana.id, 1), token(seed, seed), version, None).await;
                opened.map_or(Vec::new(), |_| Vec::new())
            }
        }))
        .await;
        assert_eq!(store.sessions_of(ana.id).await.expect("read"), []);
        for hash in tokens.concat() {
            let (session, _) = store.session_by_token(&hash).await.expect("read").expect("remembered");
            assert_eq!(session.ended.expect("ended").reason, EndReason::PasswordChanged);
        }
    }
}

async fn one_ends(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    let tokens = race((0..50).map(|_| {
        let store = store.clone();
        async move { store.end_session(session_id(10), EndReason::SignedOut, at(5)).await.expect("asked") }
    }))
    .await;
    assert_eq!(tokens.concat(), [hash(20)]);
}
