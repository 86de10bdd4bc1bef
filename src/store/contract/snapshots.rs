//! Laws of snapshots.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::samples::{at, event, hash, key, organization, session, session_id, settle, token, user, user_id};
use super::{Law, race};
use crate::domain::ids::MailId;
use crate::domain::mail::{Mail, MailKind};
use crate::domain::organization::Organization;
use crate::domain::session::EndReason;
use crate::domain::throttle::{CounterKey, CounterKind, Ladder};
use crate::domain::user::{Status, UserChange};
use crate::store::archive::Record;
use crate::store::{NewMail, Snapshot, Store};

pub(super) const LAWS: &[Law] = &[
    Law { name: "a snapshot of an empty store is empty", run: |s| Box::pin(empty(s)) },
    Law { name: "a snapshot holds everything that is durable", run: |s| Box::pin(everything(s)) },
    Law { name: "a snapshot is of one moment, whatever is changed while it is read", run: |s| Box::pin(one_moment(s)) },
    Law { name: "of no verb of a crowd is there a half in a snapshot", run: |s| Box::pin(no_halves(s)) },
];

/// All that is left of a snapshot.
pub(super) fn drain(mut snapshot: Box<dyn Snapshot>) -> Vec<Record> {
    let mut records = Vec::new();
    loop {
        let next = snapshot.next().expect("read");
        if next.is_empty() {
            return records;
        }
        records.extend(next);
    }
}

async fn taken(store: &Arc<dyn Store>) -> Vec<Record> {
    drain(store.snapshot().await.expect("taken"))
}

/// Adds the users `seeds` at once, so that they share syncs.
async fn crowd(store: &Arc<dyn Store>, seeds: std::ops::Range<u64>) {
    race(seeds.map(|seed| {
        let store = store.clone();
        async move { store.add_user(user(seed, "acme", &format!("u{seed:04}"))).await.expect("added") }
    }))
    .await;
}

async fn empty(store: Arc<dyn Store>) {
    assert_eq!(taken(&store).await, []);
}

async fn everything(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let part = organization("a-part", Some("acme"));
    store.add_organization(part.clone()).await.expect("added");
    store.note_activity(vec![(ana.id, at(7))]).await.expect("noted");
    let (opened, first) = (session(1, ana.id, 5), token(1, 1));
    store.open_session(opened.clone(), first.clone(), 0, None).await.expect("opened");
    store.touch_sessions(vec![(opened.id, at(8))]).await.expect("touched");
    let counted = CounterKey { kind: CounterKind::AddressPassword, subject: hash(3) };
    let second = std::time::Duration::from_secs(1);
    let ladder = Ladder { free: 3, first_wait: second, longest_wait: second, forget_after: second, closes_after: None };
    store.attempt(&[(counted, ladder)], at(9)).await.expect("counted");
    store.ensure_signing_key(key("k", 1)).await.expect("added");
    store.append_audit(event(4, Some(ana.id), "ana")).await.expect("written");
    let mail = Mail::new(
        MailId::from_random([1; 16]),
        "ana@x.mx".parse().expect("an address"),
        MailKind::Invitation,
        at(5),
        None,
    );
    store.enqueue_mail(vec![NewMail { mail: mail.clone(), sealed: vec![7, 0, 255] }]).await.expect("put in");
    let counter = store.counter(&counted).await.expect("read").expect("counted");
    let acme = store.organization(&ana.organization).await.expect("read").expect("there");
    assert_eq!(
        taken(&store).await,
        [
            Record::Organization(part),
            Record::Organization(acme),
            Record::User(Box::new(ana.clone())),
            Record::Activity { user: ana.id, at: at(7) },
            Record::Session(opened.clone()),
            Record::SessionSeen { session: opened.id, at: at(8) },
            Record::SessionToken(first),
            Record::Counter { counter_kind: counted.kind.tag(), subject: counted.subject, counter },
            Record::SigningKey(key("k", 1)),
            Record::AuditEvent(event(4, Some(ana.id), "ana")),
            Record::Mail(Box::new(mail.clone())),
            Record::MailBody { mail: mail.id, sealed: vec![7, 0, 255] },
        ]
    );
}

async fn one_moment(store: Arc<dyn Store>) {
    settle(&store).await;
    crowd(&store, 2..1500).await;
    store.open_session(session(1, user_id(1), 5), token(1, 1), 0, None).await.expect("opened");
    let before = taken(&store).await;
    let mut snapshot = store.snapshot().await.expect("taken");
    let mut read = snapshot.next().expect("read");
    read.extend(snapshot.next().expect("read"));
    // Some of what is changed has been read already, some has not; some is changed twice, some is new and goes again.
    race((1..1500).step_by(3).map(|seed| {
        let store = store.clone();
        async move {
            store.change_user(user_id(seed), UserChange::Deactivate, at(9)).await.expect("changed");
            store.change_user(user_id(seed), UserChange::Activate, at(9)).await.expect("changed");
            store.remove_user(user_id(seed + 1), at(9)).await.expect("removed");
            store.add_user(user(seed + 5000, "acme", &format!("n{seed:04}"))).await.expect("added");
            store.append_audit(event(9, None, "new")).await.expect("written");
        }
    }))
    .await;
    store.remove_user(user_id(5001), at(9)).await.expect("removed");
    store.end_session(session_id(1), EndReason::SignedOut, at(9)).await.expect("ended");
    let other = Organization { name: "Another".parse().expect("a name"), ..organization("zeta", None) };
    store.add_organization(other).await.expect("added");
    read.extend(drain(snapshot));
    assert_eq!(read, before);
    assert_ne!(taken(&store).await, before);
}

async fn no_halves(store: Arc<dyn Store>) {
    settle(&store).await;
    crowd(&store, 2..600).await;
    race((2..600).map(|seed| {
        let store = store.clone();
        async move {
            store.open_session(session(seed, user_id(seed), 1), token(seed, seed), 0, None).await.expect("opened");
        }
    }))
    .await;
    let done = Arc::new(AtomicBool::new(false));
    let writing = {
        let (store, done) = (store.clone(), done.clone());
        tokio::spawn(async move {
            race((2..600).map(|seed| {
                let store = store.clone();
                async move { store.change_user(user_id(seed), UserChange::Deactivate, at(2)).await.expect("changed") }
            }))
            .await;
            done.store(true, Ordering::SeqCst);
        })
    };
    loop {
        let last = done.load(Ordering::SeqCst);
        let snapshot = store.snapshot().await.expect("taken");
        let records = tokio::task::spawn_blocking(|| drain(snapshot)).await.expect("read");
        // Deactivating ends the session in the same step.
        let closed = |record: &&Record| matches!(record, Record::User(user) if user.status == Status::Deactivated);
        let ended = |record: &&Record| matches!(record, Record::Session(session) if session.ended.is_some());
        assert_eq!(records.iter().filter(closed).count(), records.iter().filter(ended).count());
        if last {
            break;
        }
    }
    writing.await.expect("ends");
}
