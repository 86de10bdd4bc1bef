//! The entries agree with the users after everything that can happen to either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::domain::ids::UserId;
use crate::domain::search::{Known, Wanted};
use crate::domain::user::User;
use crate::random::SeededRandom;
use crate::store::contract::samples::{organization, user};
use crate::store::contract::search::wander;
use crate::store::sled::{Nursery, SledStore, keys};
use crate::store::{Accounts, Found, SCHEMA_VERSION, Snapshots};

const CACHE: u64 = 8 << 20;

fn open(folder: &Path) -> Arc<SledStore> {
    SledStore::open(folder, CACHE).expect("opens")
}

/// The entries there are.
fn entries(store: &SledStore) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let entries = store.records.under(&[keys::WORD]).map(|entry| entry.expect("read"));
    entries.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

/// The entries that there should be.
async fn expected(store: &SledStore) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let users = store.users(None, None, usize::MAX).await.expect("read");
    let entries = users.iter().flat_map(|user| {
        let words: Vec<String> = Known::of(user).words().map(str::to_owned).collect();
        words
            .into_iter()
            .map(|word| (keys::word(&user.organization, &word, &user.username), user.id.as_bytes().to_vec()))
    });
    entries.collect()
}

/// A store in which much was changed.
async fn changed(folder: &Path, seed: u64) -> (Arc<SledStore>, BTreeMap<UserId, User>) {
    let store = open(folder);
    for key in ["acme", "acmex"] {
        store.add_organization(organization(key, None)).await.expect("added");
    }
    let mut present = BTreeMap::new();
    wander(&*store, &mut present, &SeededRandom::new(seed), 150).await;
    (store, present)
}

fn behind_its_back(folder: &Path, change: impl FnOnce(&sled::Db)) {
    let db = loop {
        // The store that was dropped a moment ago may still be letting go.
        if let Ok(db) = sled::open(folder.join("sled")) {
            break db;
        }
    };
    change(&db);
    db.flush().expect("flushed");
}

#[tokio::test]
async fn the_entries_agree_with_the_users_after_any_changes_and_after_a_restore() {
    for seed in 1..=3 {
        let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (store, present) = changed(folder.path(), seed).await;
        let before = entries(&store);
        assert!(before.len() > present.len() && !present.is_empty());
        assert_eq!(before, expected(&store).await);

        let mut nursery = Nursery::begin(other.path(), CACHE).expect("begun");
        let mut snapshot = store.snapshot().await.expect("taken");
        loop {
            let records = snapshot.next().expect("read");
            if records.is_empty() {
                break;
            }
            for record in records {
                nursery.add(1, record).expect("added").expect("fits");
            }
        }
        nursery.settle(crate::domain::Timestamp::UNIX_EPOCH).expect("settled");
        assert_eq!(entries(&open(other.path())), before);
    }
}

#[tokio::test]
async fn a_store_of_an_earlier_version_gets_its_entries_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = changed(folder.path(), 7).await;
    let whole = entries(&store);
    let stale = keys::word(&"acme".parse().expect("a key"), "stale", &"ana".parse().expect("a name"));
    drop(store);
    // As the earlier version left it, with what a crash in the middle of the first try left behind.
    behind_its_back(folder.path(), |db| {
        for key in whole.keys().skip(5) {
            db.remove(key).expect("removed");
        }
        db.insert(&stale, &[7; 16]).expect("written");
        db.insert(keys::SCHEMA, &br#"{"version":1}"#[..]).expect("written");
    });
    let store = open(folder.path());
    assert_eq!(entries(&store), whole);
    assert_eq!(expected(&store).await, whole);
    drop(store);
    // From then on nothing is made anew: what is taken away stays away.
    behind_its_back(folder.path(), |db| {
        let schema = db.get(keys::SCHEMA).expect("read").expect("there");
        assert_eq!(&*schema, format!(r#"{{"version":{SCHEMA_VERSION}}}"#).as_bytes());
        db.remove(whole.keys().next().expect("one")).expect("removed");
    });
    assert_eq!(entries(&open(folder.path())).len(), whole.len() - 1);
}

#[tokio::test]
async fn a_user_who_cannot_be_read_keeps_nobody_else_from_being_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    store.add_organization(organization("acme", None)).await.expect("added");
    for (seed, name) in [(1, "ana"), (2, "bea")] {
        store.add_user(user(seed, "acme", name)).await.expect("added");
    }
    drop(store);
    behind_its_back(folder.path(), |db| {
        db.insert(keys::user(user(1, "acme", "ana").id), &b"{"[..]).expect("written");
        db.insert(keys::SCHEMA, &br#"{"version":1}"#[..]).expect("written");
    });
    let acme = "acme".parse().expect("a key");
    let bea = Wanted::read("bea").expect("words");
    let found = open(folder.path()).find_users(&acme, &bea, None, 9).await.expect("read");
    assert_eq!(found, Found { users: vec![user(2, "acme", "bea")], next: None });
}

#[tokio::test]
async fn a_search_that_finds_few_stops_and_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(folder.path());
    store.add_organization(organization("acme", None)).await.expect("added");
    let crowd = |name: &str, from: u64| -> Vec<User> {
        let name = |seed| if seed % 2_000 == 1_999 { "Ana Zoe".to_owned() } else { name.to_owned() };
        let one = |seed| User {
            name: name(seed).parse().expect("a name"),
            emails: Vec::new(),
            ..user(seed, "acme", &format!("u{seed:05}"))
        };
        (from..from + 4_200).map(one).collect()
    };
    store.add_users([crowd("Ana", 0), crowd("Zoe", 10_000)].concat()).await.expect("added");
    let (acme, wanted) = ("acme".parse().expect("a key"), Wanted::read("zoe ana").expect("words"));
    let (mut after, mut pages, mut users) = (None, 0, BTreeSet::new());
    loop {
        let found = store.find_users(&acme, &wanted, after, 3).await.expect("read");
        users.extend(found.users.into_iter().map(|user| user.username.to_string()));
        pages += 1;
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, 3, "of 4202 entries a page looks at 2048");
    assert_eq!(users, ["u01999", "u03999", "u11999", "u13999"].map(str::to_owned).into());
}
