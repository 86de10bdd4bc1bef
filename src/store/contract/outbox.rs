//! Laws of the outbox.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::samples::{at, hash};
use super::{Law, race};
use crate::domain::Timestamp;
use crate::domain::ids::{MailId, UserId};
use crate::domain::mail::{Mail, MailFailure, MailFailureReason, MailKind, MailState};
use crate::store::{ClaimedMail, MailCount, NewMail, Store};

pub(super) const LAWS: &[Law] = &[
    Law { name: "a message that was put in is handed out with its body, once", run: |s| Box::pin(handed_out(s)) },
    Law { name: "messages come in the order in which they are due, and not before", run: |s| Box::pin(order(s)) },
    Law { name: "a delivered message loses its body and is never handed out again", run: |s| Box::pin(delivered(s)) },
    Law { name: "a failed message comes again when it is due", run: |s| Box::pin(failed(s)) },
    Law { name: "a dead message waits for somebody to retry or drop it", run: |s| Box::pin(dead(s)) },
    Law { name: "an outdated message loses its body when it dies", run: |s| Box::pin(outdated(s)) },
    Law { name: "a dropped message is never handed out", run: |s| Box::pin(dropped(s)) },
    Law { name: "a hold that is over goes to another, and the late one settles nothing", run: |s| Box::pin(late(s)) },
    Law { name: "what was sent was sent, however late it is told", run: |s| Box::pin(late_delivery(s)) },
    Law { name: "of many deliverers one gets each message", run: |s| Box::pin(one_deliverer(s)) },
    Law { name: "the next due moment knows of holds", run: |s| Box::pin(next_due(s)) },
    Law { name: "messages about a user are found, newest first, until they are purged", run: |s| Box::pin(about(s)) },
    Law { name: "what was settled long ago is purged, what waits is not", run: |s| Box::pin(purge(s)) },
];

fn id(seed: u64) -> MailId {
    MailId::from_random(hash(seed).as_bytes()[..16].try_into().expect("16 bytes"))
}

fn body(seed: u64) -> Vec<u8> {
    format!("sealed {seed}").into_bytes()
}

fn message(seed: u64, due: i64) -> NewMail {
    let to = "ana@example.com".parse().expect("an address");
    NewMail { mail: Mail::new(id(seed), to, MailKind::Invitation, at(due), None), sealed: body(seed) }
}

fn failure(second: i64) -> MailFailure {
    MailFailure::new(at(second), MailFailureReason::Connect, "refused")
}

async fn claim(store: &Arc<dyn Store>, now: i64, until: i64, limit: usize) -> Vec<ClaimedMail> {
    store.claim_mail(at(now), at(until), limit).await.expect("claimed")
}

/// Takes hold of the one message that is due.
async fn only(store: &Arc<dyn Store>, now: i64) -> ClaimedMail {
    let mut claimed = claim(store, now, now + 10, 9).await;
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn state(store: &Arc<dyn Store>, seed: u64) -> MailState {
    store.mail(id(seed)).await.expect("read").expect("there").state
}

async fn about(store: Arc<dyn Store>) {
    let (ana, eva) = (UserId::from_random([1; 16]), UserId::from_random([2; 16]));
    for (seed, due, user) in
        [(1, 10, Some(ana)), (2, 30, Some(ana)), (3, 20, Some(eva)), (4, 20, Some(ana)), (5, 5, None)]
    {
        let mut new = message(seed, due);
        new.mail.user = user;
        store.enqueue_mail(vec![new]).await.expect("put in");
    }
    let found = |user, limit| {
        let store = Arc::clone(&store);
        async move {
            let mails = store.mail_about(user, limit).await.expect("read");
            mails.into_iter().map(|mail| mail.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(found(ana, 9).await, [id(2), id(4), id(1)]);
    assert_eq!(found(ana, 2).await, [id(2), id(4)]);
    assert_eq!(found(eva, 9).await, [id(3)]);
    store.drop_mail(id(4), at(40)).await.expect("dropped");
    assert_eq!(found(ana, 9).await, [id(2), id(4), id(1)], "however it ended");
    store.purge_mail(at(50), at(50)).await.expect("purged");
    assert_eq!(found(ana, 9).await, [id(2), id(1)]);
}

async fn handed_out(store: Arc<dyn Store>) {
    assert_eq!(claim(&store, 99, 100, 9).await, []);
    store.enqueue_mail(vec![message(1, 5), message(2, 5)]).await.expect("put in");
    let claimed = claim(&store, 5, 10, 9).await;
    let mut bodies: Vec<_> = claimed.iter().map(|claimed| claimed.sealed.clone()).collect();
    bodies.sort();
    assert_eq!(bodies, [body(1), body(2)]);
    assert!(claimed.iter().all(|claimed| claimed.claim.id == claimed.mail.id));
    assert_eq!(claim(&store, 6, 10, 9).await, []);
    let open = store.open_mail(9).await.expect("read");
    assert_eq!((open.waiting.len(), open.dead.len()), (2, 0), "what is under way is still open");
    assert_eq!(store.mail(id(3)).await.expect("read"), None);
}

async fn order(store: Arc<dyn Store>) {
    for (seed, due) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        store.enqueue_mail(vec![message(seed, due)]).await.expect("put in");
    }
    assert_eq!(claim(&store, 9, 100, 9).await, []);
    let ids = |claimed: Vec<ClaimedMail>| claimed.iter().map(|claimed| claimed.claim.id).collect::<Vec<_>>();
    assert_eq!(ids(claim(&store, 30, 100, 2).await), [id(2), id(3)]);
    assert_eq!(ids(claim(&store, 30, 100, 9).await), [id(1)]);
    let listed: Vec<_> = store.open_mail(9).await.expect("read").waiting.iter().map(|mail| mail.id).collect();
    assert_eq!(listed, [id(2), id(3), id(1), id(4)]);
}

async fn delivered(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5)]).await.expect("put in");
    let held = only(&store, 5).await;
    assert!(store.mail_delivered(held.claim, at(6)).await.expect("told"));
    assert_eq!(state(&store, 1).await, MailState::Delivered { at: at(6) });
    assert!(!store.mail_delivered(held.claim, at(7)).await.expect("told"), "once");
    assert!(!store.mail_failed(held.claim, failure(7), Some(at(8))).await.expect("told"));
    assert_eq!(store.retry_mail(id(1), at(8)).await.expect("asked"), None);
    assert_eq!(store.drop_mail(id(1), at(8)).await.expect("asked"), None);
    assert_eq!(state(&store, 1).await, MailState::Delivered { at: at(6) });
    assert_eq!(claim(&store, 99, 100, 9).await, []);
    assert_eq!(store.open_mail(9).await.expect("read").waiting, []);
}

async fn failed(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5)]).await.expect("put in");
    let held = only(&store, 5).await;
    assert!(store.mail_failed(held.claim, failure(6), Some(at(20))).await.expect("told"));
    let mail = store.mail(id(1)).await.expect("read").expect("there");
    assert_eq!((mail.tries, mail.failure, mail.state), (1, Some(failure(6)), MailState::Waiting { due: at(20) }));
    assert_eq!(claim(&store, 19, 30, 9).await, []);
    let again = only(&store, 20).await;
    assert_eq!(again.sealed, body(1));
    assert!(store.mail_failed(again.claim, failure(21), Some(at(30))).await.expect("told"));
    let sooner = store.retry_mail(id(1), at(22)).await.expect("asked").expect("retried");
    assert_eq!((sooner.tries, sooner.state), (0, MailState::Waiting { due: at(22) }));
    assert_eq!(only(&store, 22).await.sealed, body(1));
}

async fn dead(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5), message(2, 5)]).await.expect("put in");
    for held in claim(&store, 5, 9, 9).await {
        assert!(store.mail_failed(held.claim, failure(6), None).await.expect("told"));
    }
    assert_eq!(claim(&store, 99, 100, 9).await, []);
    let open = store.open_mail(9).await.expect("read");
    assert_eq!((open.waiting.len(), open.dead.len()), (0, 2));
    assert_eq!(store.open_mail(1).await.expect("read").dead.len(), 1);
    let count = store.count_mail().await.expect("counted");
    assert_eq!(count, MailCount { waiting: open.waiting.len() as u64, dead: open.dead.len() as u64 });
    store.retry_mail(id(1), at(50)).await.expect("asked").expect("retried");
    assert_eq!(only(&store, 50).await.sealed, body(1));
    let gone = store.drop_mail(id(2), at(51)).await.expect("asked").expect("dropped");
    assert_eq!(gone.state, MailState::Dropped { at: at(51) });
    assert_eq!(store.open_mail(9).await.expect("read").dead, []);
    assert_eq!(store.retry_mail(id(2), at(52)).await.expect("asked"), None);
    assert_eq!(store.retry_mail(id(3), at(52)).await.expect("asked"), None);
}

async fn outdated(store: Arc<dyn Store>) {
    let mut short = message(1, 5);
    short.mail.useful_until = Some(at(10));
    store.enqueue_mail(vec![short]).await.expect("put in");
    let held = only(&store, 5).await;
    assert!(store.mail_failed(held.claim, failure(10), None).await.expect("told"));
    assert_eq!(state(&store, 1).await, MailState::Dead { at: at(10) });
    assert_eq!(store.retry_mail(id(1), at(11)).await.expect("asked"), None, "there is nothing left to send");
    assert!(store.drop_mail(id(1), at(12)).await.expect("asked").is_some());
}

async fn dropped(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5), message(2, 5)]).await.expect("put in");
    assert!(store.drop_mail(id(1), at(5)).await.expect("asked").is_some());
    let held = only(&store, 5).await;
    assert_eq!(held.claim.id, id(2));
    assert!(store.drop_mail(id(2), at(6)).await.expect("asked").is_some(), "even under way");
    assert!(!store.mail_failed(held.claim, failure(7), Some(at(8))).await.expect("told"));
    assert_eq!(claim(&store, 99, 100, 9).await, []);
}

async fn late(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5)]).await.expect("put in");
    let first = only(&store, 5).await;
    assert_eq!(claim(&store, 14, 30, 9).await, []);
    let second = only(&store, 15).await;
    assert_ne!(first.claim, second.claim);
    assert!(!store.mail_failed(first.claim, failure(16), None).await.expect("told"));
    assert_eq!(state(&store, 1).await, MailState::Waiting { due: at(5) });
    assert_eq!(claim(&store, 17, 30, 9).await, [], "the second hold is untouched");
    assert!(store.mail_failed(second.claim, failure(18), None).await.expect("told"));
}

async fn late_delivery(store: Arc<dyn Store>) {
    store.enqueue_mail(vec![message(1, 5)]).await.expect("put in");
    let first = only(&store, 5).await;
    let second = only(&store, 15).await;
    assert!(store.mail_delivered(first.claim, at(16)).await.expect("told"));
    assert!(!store.mail_failed(second.claim, failure(17), Some(at(18))).await.expect("told"));
    assert_eq!(state(&store, 1).await, MailState::Delivered { at: at(16) });
}

async fn one_deliverer(store: Arc<dyn Store>) {
    let all: Vec<_> = (0..60).map(|seed| message(seed, 5)).collect();
    store.enqueue_mail(all).await.expect("put in");
    let rounds = race((0..20).map(|_| {
        let store = store.clone();
        async move {
            let mut ids = Vec::new();
            for _ in 0..4 {
                for held in claim(&store, 5, 99, 2).await {
                    assert!(store.mail_delivered(held.claim, at(6)).await.expect("told"));
                    ids.push(held.claim.id);
                }
            }
            ids
        }
    }))
    .await;
    let told: Vec<MailId> = rounds.into_iter().flatten().collect();
    let distinct: BTreeSet<MailId> = told.iter().copied().collect();
    assert_eq!((told.len(), distinct.len()), (60, 60));
    assert_eq!(store.open_mail(99).await.expect("read").waiting, []);
}

async fn next_due(store: Arc<dyn Store>) {
    let next = async |now: i64| store.next_mail_due(at(now)).await.expect("read");
    assert_eq!(next(0).await, None);
    store.enqueue_mail(vec![message(1, 5), message(2, 30)]).await.expect("put in");
    assert_eq!(next(0).await, Some(at(5)));
    let held = claim(&store, 5, 20, 9).await.remove(0);
    assert_eq!(next(6).await, Some(at(20)), "the hold ends first");
    assert_eq!(next(21).await, Some(at(5)), "it is over");
    assert!(store.mail_delivered(held.claim, at(22)).await.expect("told"));
    assert_eq!(next(23).await, Some(at(30)));
}

async fn purge(store: Arc<dyn Store>) {
    let mut short = message(4, 1);
    short.mail.useful_until = Some(at(50));
    store.enqueue_mail(vec![message(1, 1), message(2, 1), message(3, 90), short]).await.expect("put in");
    store.drop_mail(id(2), at(2)).await.expect("asked").expect("dropped");
    for held in claim(&store, 3, 30, 9).await {
        if held.claim.id == id(1) {
            assert!(store.mail_delivered(held.claim, at(20)).await.expect("told"));
        } else {
            assert!(store.mail_failed(held.claim, failure(40), None).await.expect("told"));
        }
    }
    assert_eq!(store.purge_mail(at(10), at(40)).await.expect("purged"), 1);
    let left = async |seed| store.mail(id(seed)).await.expect("read").is_some();
    assert!(!left(2).await && left(1).await && left(3).await && left(4).await);
    assert_eq!(store.purge_mail(at(20), at(60)).await.expect("purged"), 0);
    assert_eq!(store.purge_mail(Timestamp::MAX, at(60)).await.expect("purged"), 2);
    assert!(!left(1).await && left(3).await && !left(4).await);
    assert_eq!(store.open_mail(9).await.expect("read").dead, []);
}
