//! The embedded engine keeps the contract of stores, and what it cannot open or go on with it refuses.

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditEvent, AuditReason};
use crate::domain::ids::{SessionId, UserId};
use crate::domain::organization::Organization;
use crate::domain::user::User;
use crate::store::archive::Record;
use crate::store::{
    Accounts, AddOrganizationError, AddUserError, AuditTrail, SCHEMA_VERSION, Snapshots, Store, contract,
};

const CACHE: u64 = 8 << 20;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn open(folder: &Path) -> Arc<SledStore> {
    SledStore::open(folder, CACHE).expect("opens")
}

fn organization(key: &str) -> Organization {
    Organization {
        key: key.parse().expect("a key"),
        written_key: key.to_owned(),
        name: "Acme".parse().expect("a name"),
        parent: None,
        created_at: Timestamp::UNIX_EPOCH,
        settings: Default::default(),
    }
}

/// Changes a record behind the store's back.
fn tamper(folder: &Path, change: impl FnOnce(&sled::Db)) {
    let db = loop {
        // The store that was dropped a moment ago may still be letting go.
        if let Ok(db) = sled::open(folder.join("sled")) {
            break db;
        }
    };
    change(&db);
    db.flush().expect("flushed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_embedded_engine_keeps_the_laws() {
    contract::hold(|| {
        let folder = folder();
        let store: Arc<dyn Store> = open(folder.path());
        (store, folder)
    })
    .await;
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    drop(store);
    let key = "acme".parse().expect("a key");
    assert_eq!(open(folder.path()).organization(&key).await.expect("read"), Some(organization("acme")));
}

#[tokio::test]
async fn a_closed_store_finishes_what_waits_and_refuses_the_rest() {
    let folder = folder();
    let store = open(folder.path());
    let waiting = store.add_organization(organization("acme"));
    waiting.await.expect("added");
    store.close();
    store.close();
    let late = store.add_organization(organization("late")).await;
    assert!(matches!(late, Err(AddOrganizationError::Store(StoreError::Closed))));
    assert_eq!(store.organizations().await.expect("still read").len(), 1);
}

#[tokio::test]
async fn closing_does_not_wait_for_tasks_of_its_own_thread_that_wait_for_room() {
    let folder = folder();
    let store = open(folder.path());
    let gate = Arc::new(std::sync::Barrier::new(2));
    let behind = gate.clone();
    // The committer stands still until the queue is more than full; then it is closed from the thread that all tasks
    // are on.
    let held = store.clone();
    let mut tasks = vec![tokio::spawn(async move {
        held.committer
            .commit(move |_: &mut Draft<'_>| {
                behind.wait();
                Ok::<_, StoreError>(())
            })
            .await
    })];
    for _ in 0..3000 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move { store.committer.commit(|_: &mut Draft<'_>| Ok(())).await }));
    }
    for _ in 0..3000 {
        tokio::task::yield_now().await;
    }
    gate.wait();
    store.close();
    let (mut done, mut refused) = (0, 0);
    for task in tasks {
        match task.await.expect("ends") {
            Ok(()) => done += 1,
            Err(StoreError::Closed) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(done >= 1024 && refused > 0, "{done} done, {refused} refused");
}

#[tokio::test]
async fn when_the_committer_dies_every_verb_is_refused_and_none_hangs() {
    let folder = folder();
    let store = open(folder.path());
    let broken: Result<(), StoreError> = store.committer.commit(|_: &mut Draft<'_>| panic!("on purpose")).await;
    assert!(matches!(broken, Err(StoreError::Closed)));
    let later = store.add_organization(organization("acme")).await;
    assert!(matches!(later, Err(AddOrganizationError::Store(StoreError::Closed))));
    store.close();
}

#[test]
fn a_second_store_in_one_process_is_refused_at_once_with_the_holder() {
    let folder = folder();
    let first = open(folder.path());
    let error = SledStore::open(folder.path(), CACHE).expect_err("held");
    assert!(matches!(&error, StoreError::Held { holder, .. } if *holder == std::process::id().to_string()), "{error}");
    drop(first);
    open(folder.path());
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = folder();
    drop(open(folder.path()));
    tamper(folder.path(), |db| drop(db.insert("v", format!("{{\"version\":{}}}", SCHEMA_VERSION + 1).as_bytes())));
    let error = SledStore::open(folder.path(), CACHE).expect_err("too new");
    assert!(matches!(error, StoreError::TooNew { found, .. } if found == SCHEMA_VERSION + 1), "{error}");
}

#[test]
fn a_missing_or_damaged_schema_is_refused() {
    for damage in [None, Some(&b"{"[..]), Some(b"{}"), Some(b"\xff")] {
        let folder = folder();
        drop(open(folder.path()));
        tamper(folder.path(), |db| match damage {
            Some(value) => drop(db.insert("v", value)),
            None => drop(db.remove("v")),
        });
        let error = SledStore::open(folder.path(), CACHE).expect_err("damaged");
        assert!(matches!(error, StoreError::Corrupt { what: "schema version", .. }), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_record_is_named_and_spoils_nothing_else() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    drop(store);
    tamper(folder.path(), |db| drop(db.insert("oacme", "{")));
    let store = open(folder.path());
    let read = store.organization(&"acme".parse().expect("a key")).await;
    assert!(matches!(read, Err(StoreError::Corrupt { what: "organization", .. })));
    store.add_organization(organization("other")).await.expect("added");
}

#[test]
fn what_a_crash_while_opening_left_behind_is_cleared_away() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("sled.new")).expect("made");
    std::fs::write(folder.path().join("sled.new/conf"), "half").expect("written");
    drop(open(folder.path()));
    std::fs::write(folder.path().join("sled/snap.FFFFFFFFFFFFFFFF.generating"), "half").expect("written");
    open(folder.path());
}

#[tokio::test]
async fn records_too_large_for_a_page_are_kept_as_well() {
    let folder = folder();
    let store = open(folder.path());
    let event = |second| crate::domain::audit::AuditEvent {
        at: Timestamp::from_second(second).expect("in range"),
        action: crate::domain::audit::AuditAction::SignIn,
        reason: crate::domain::audit::AuditReason::Ok,
        address: None,
        organization: None,
        username: Some(second.to_string().repeat(200 << 10)),
        user: None,
        session: None,
        actor: None,
        mailbox: None,
        note: None,
    };
    for second in 1..5 {
        store.append_audit(event(second)).await.expect("written");
    }
    assert!(std::fs::read_dir(folder.path().join("sled/blobs")).expect("read").count() > 0, "this tests large pages");
    drop(store);
    let events = open(folder.path()).audit(None, 9).await.expect("read");
    assert_eq!(events, [4, 3, 2, 1].map(event));
}

/// What a store holds, as the records of a snapshot.
async fn records(store: &SledStore) -> Vec<Record> {
    let mut snapshot = store.snapshot().await.expect("taken");
    let mut records = Vec::new();
    loop {
        let next = snapshot.next().expect("read");
        if next.is_empty() {
            return records;
        }
        records.extend(next);
    }
}

fn event(second: i64, name: &str, user: Option<UserId>) -> AuditEvent {
    AuditEvent {
        at: Timestamp::from_second(second).expect("in range"),
        action: AuditAction::SignIn,
        reason: AuditReason::Ok,
        address: None,
        organization: None,
        username: Some(name.to_owned()),
        user,
        session: None,
        actor: Some("command line, uid 0".to_owned()),
        mailbox: None,
        note: None,
    }
}

fn now() -> Timestamp {
    "2026-11-03T12:00:00Z".parse().expect("a moment")
}

#[tokio::test]
async fn a_store_made_from_a_snapshot_is_the_same_and_works() {
    let world = crate::testing::World::new().await;
    let ana = world.add("ana", |_| {}).await;
    for second in [3, 1, 3] {
        world.engine.append_audit(event(second, "ana", Some(ana.id))).await.expect("written");
    }
    let before = records(&world.engine).await;
    assert!(before.len() > 4, "{before:?}");
    let folder = folder();
    let mut nursery = Nursery::begin(folder.path(), CACHE).expect("begun");
    assert!(!nursery.is_occupied().expect("looked"));
    for record in before.clone() {
        nursery.add(1, record).expect("added").expect("fits");
    }
    assert!(nursery.unfit().is_empty());
    assert_eq!(nursery.settle(now()).expect("settled"), Settled { before: None });
    let store = open(folder.path());
    assert_eq!(records(&store).await, before);
    // What follows from the records is there, too: the names, and the list of a user's events.
    let found = store.user_by_name(&ana.organization, &ana.username).await.expect("read");
    assert_eq!(found, Some(ana.clone()));
    assert_eq!(store.audit(Some(ana.id), 9).await.expect("read").len(), 3);
    let taken = store.add_user(ana).await;
    assert!(matches!(taken, Err(AddUserError::Taken)));
}

#[tokio::test]
async fn a_nursery_that_comes_to_no_end_leaves_the_store_and_the_folder_as_they_were() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    assert!(matches!(Nursery::begin(folder.path(), CACHE), Err(StoreError::Held { .. })), "while a store is open");
    drop(store);
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).expect("read").map(|entry| entry.expect("read").file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    std::fs::create_dir(folder.path().join("sled.incoming")).expect("left behind by a crash");
    let mut nursery = Nursery::begin(folder.path(), CACHE).expect("begun");
    nursery.add(1, Record::Organization(organization("other"))).expect("added").expect("fits");
    assert!(nursery.is_occupied().expect("looked"));
    drop(nursery);
    assert_eq!(names(), before);
    assert_eq!(open(folder.path()).organizations().await.expect("read"), [organization("acme")]);
}

#[tokio::test]
async fn the_store_that_is_replaced_is_kept_aside_whole() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    drop(store);
    let mut nursery = Nursery::begin(folder.path(), CACHE).expect("begun");
    nursery.add(1, Record::Organization(organization("other"))).expect("added").expect("fits");
    let Settled { before: Some(before) } = nursery.settle(now()).expect("settled") else { panic!("one was there") };
    assert_eq!(open(folder.path()).organizations().await.expect("read"), [organization("other")]);
    let again = self::folder();
    std::fs::rename(before, again.path().join("sled")).expect("moved");
    assert_eq!(open(again.path()).organizations().await.expect("read"), [organization("acme")]);
}

#[test]
fn a_store_that_cannot_be_read_counts_as_one_that_holds_something() {
    let folder = folder();
    drop(open(folder.path()));
    tamper(folder.path(), |db| drop(db.insert("v", "{")));
    let nursery = Nursery::begin(folder.path(), CACHE).expect("begun");
    assert!(nursery.is_occupied().expect("looked"));
}

#[tokio::test]
async fn records_that_do_not_fit_are_refused_and_the_others_stay() {
    let world = crate::testing::World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let folder = folder();
    let mut nursery = Nursery::begin(folder.path(), CACHE).expect("begun");
    let mut add = |record| nursery.add(7, record).expect("no failure").err().map(|unfit| unfit.to_string());
    let child =
        |key: &str, parent: &str| Organization { parent: Some(parent.parse().expect("a key")), ..organization(key) };
    let told = add(Record::User(Box::new(ana.clone()))).expect("refused");
    assert!(told.contains("no organization acme before"), "{told}");
    assert_eq!(add(Record::Organization(child("acme", "zeta"))), None, "a parent may follow");
    assert!(add(Record::Organization(organization("acme"))).is_some_and(|told| told.contains("already")));
    assert_eq!(add(Record::User(Box::new(ana.clone()))), None);
    assert!(add(Record::User(Box::new(ana.clone()))).is_some_and(|told| told.contains("already")));
    let id: UserId = serde_json::from_value("00000000-0000-1000-8000-000000000000".into()).expect("an id");
    let odd = User { id, username: "odd".parse().expect("a name"), ..ana.clone() };
    assert!(add(Record::User(Box::new(odd))).is_some_and(|told| told.contains("version 4")));
    let stranger = UserId::from_random([9; 16]);
    assert!(add(Record::Activity { user: stranger, at: now() }).is_some());
    assert!(add(Record::SessionSeen { session: SessionId::from_random([9; 16]), at: now() }).is_some());
    assert_eq!(add(Record::Organization(child("a1", "a2"))), None);
    assert_eq!(add(Record::Organization(child("a2", "a1"))), None);
    let unfit: Vec<String> = nursery.unfit().into_iter().map(|(_, unfit)| unfit.to_string()).collect();
    assert_eq!(unfit.len(), 3, "{unfit:?}");
    assert!(unfit.iter().any(|told| told.contains("no organization zeta")), "{unfit:?}");
    assert!(unfit.iter().any(|told| told.contains("below itself")), "{unfit:?}");
}

#[tokio::test]
async fn a_snapshot_names_the_kind_of_a_damaged_record() {
    let folder = folder();
    drop(open(folder.path()));
    tamper(folder.path(), |db| drop(db.insert("oacme", "{")));
    let store = open(folder.path());
    let mut snapshot = store.snapshot().await.expect("taken");
    assert!(matches!(snapshot.next(), Err(StoreError::Corrupt { what: "organization", .. })));
}

#[tokio::test]
async fn the_body_of_a_message_is_gone_once_nobody_needs_it() {
    use crate::domain::ids::MailId;
    use crate::domain::mail::{Mail, MailFailure, MailFailureReason, MailKind};
    use crate::store::{NewMail, Outbox};

    let folder = folder();
    let store = open(folder.path());
    let at = |second| crate::domain::Timestamp::from_second(second).expect("in range");
    let to: crate::domain::names::EmailAddress = "ana@example.com".parse().expect("an address");
    let ids: Vec<MailId> = (1..=4).map(|seed| MailId::from_random([seed; 16])).collect();
    for id in &ids {
        let mail = Mail::new(*id, to.clone(), MailKind::Invitation, at(1), Some(at(50)));
        store.enqueue_mail(vec![NewMail { mail, sealed: vec![7; 9] }]).await.expect("put in");
    }
    let claimed = store.claim_mail(at(1), at(9), 9).await.expect("claimed");
    let claim = |id| claimed.iter().find(|claimed| claimed.claim.id == id).expect("held").claim;
    let failure = |second| MailFailure::new(at(second), MailFailureReason::Refused, "no");
    assert!(store.mail_delivered(claim(ids[0]), at(2)).await.expect("told"));
    assert!(store.drop_mail(ids[1], at(2)).await.expect("asked").is_some());
    assert!(store.mail_failed(claim(ids[2]), failure(50), None).await.expect("told"), "outdated by then");
    assert!(store.mail_failed(claim(ids[3]), failure(2), None).await.expect("told"));
    let has_body = || -> Vec<bool> {
        ids.iter().map(|id| store.records.raw(&super::keys::mail_body(*id)).expect("read").is_some()).collect()
    };
    assert_eq!(has_body(), [false, false, false, true]);
    store.purge_mail(at(0), at(50)).await.expect("purged");
    assert_eq!(has_body(), [false; 4], "the dead one's is over, too");
}

/// More than fit into one step.
async fn crowd() -> Vec<User> {
    let ana = crate::testing::World::new().await.add("ana", |_| {}).await;
    let user = |number: u8| User {
        id: UserId::from_random([number; 16]),
        username: format!("user{number:03}").parse().expect("a name"),
        ..ana.clone()
    };
    (1..=200).map(user).collect()
}

#[tokio::test]
async fn users_who_were_set_aside_but_never_whole_are_cleared_away() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    let crowd = crowd().await;
    let before = records(&store).await;
    drop(store);
    tamper(folder.path(), |db| {
        for (number, portion) in (0..).zip(crowd.chunks(64).take(2)) {
            db.insert(keys::intake(number), serde_json::to_vec(portion).expect("JSON")).expect("written");
        }
    });
    let store = open(folder.path());
    assert_eq!(records(&store).await, before);
    assert_eq!(store.records.under(&[keys::INTAKE]).count(), 0);
    store.add_users(crowd.clone()).await.expect("nobody is in their way");
    assert_eq!(store.users(None, None, 999).await.expect("read"), crowd);
}

#[tokio::test]
async fn an_intake_that_was_whole_is_finished_when_the_store_is_opened_again() {
    let crowd = crowd().await;
    // The crash came after so many of four portions had reached their places.
    for done in 0..=4 {
        let folder = folder();
        let store = open(folder.path());
        store.add_organization(organization("acme")).await.expect("added");
        let (in_place, aside) = crowd.split_at((done * 64).min(crowd.len()));
        for user in in_place {
            store.add_user(user.clone()).await.expect("added");
        }
        drop(store);
        tamper(folder.path(), |db| {
            for (number, portion) in (done as u32..).zip(aside.chunks(64)) {
                db.insert(keys::intake(number), serde_json::to_vec(portion).expect("JSON")).expect("written");
            }
            db.insert(keys::INTAKE_WHOLE, &[]).expect("written");
        });
        for _ in 0..2 {
            let store = open(folder.path());
            assert_eq!(store.users(None, None, 999).await.expect("read"), crowd, "{done}");
            assert_eq!(store.records.under(&[keys::INTAKE]).count(), 0);
            assert!(store.records.raw(keys::INTAKE_WHOLE).expect("read").is_none());
        }
    }
}

#[tokio::test]
async fn a_snapshot_holds_all_who_are_taken_in_or_none() {
    let folder = folder();
    let store = open(folder.path());
    store.add_organization(organization("acme")).await.expect("added");
    let crowd = crowd().await;
    let begun = store.snapshot().await.expect("taken");
    let (added, during) = tokio::join!(store.add_users(crowd.clone()), store.snapshot());
    added.expect("added");
    for (mut snapshot, expected) in
        [(begun, 0), (during.expect("taken"), crowd.len()), (store.snapshot().await.expect("taken"), crowd.len())]
    {
        let mut users = 0;
        loop {
            let next = snapshot.next().expect("read");
            if next.is_empty() {
                break;
            }
            users += next.iter().filter(|record| matches!(record, Record::User(_))).count();
        }
        assert_eq!(users, expected);
    }
}
