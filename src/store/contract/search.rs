//! Laws of finding users. They ask for accounts alone, so that whoever stands in for a store in a test can be held to them, too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Law;
use super::samples::{at, organization, user};
use crate::domain::ids::UserId;
use crate::domain::names::{DisplayName, EmailAddress, OrganizationKey};
use crate::domain::search::{Known, SearchPlace, Wanted};
use crate::domain::user::{User, UserChange};
use crate::random::{Random, SeededRandom};
use crate::store::{Accounts, Found};

pub(super) const LAWS: &[Law] = &[
    Law { name: "users are found by username, name and address", run: |s| Box::pin(found(s)) },
    Law { name: "users are found in one organization", run: |s| Box::pin(one_organization(s)) },
    Law { name: "what is found comes once each, page by page, in order", run: |s| Box::pin(found_pages(s)) },
    Law { name: "a search goes on where it stopped whatever changed since", run: |s| Box::pin(goes_on(s)) },
    Law { name: "searches agree with the users after any changes", run: |s| Box::pin(agreement(s)) },
];

/// Holds accounts to the laws of finding users, each on empty ones that `fresh` makes.
pub(crate) async fn hold(fresh: impl Fn() -> Arc<dyn Accounts>) {
    found(fresh()).await;
    one_organization(fresh()).await;
    found_pages(fresh()).await;
    goes_on(fresh()).await;
    agreement(fresh()).await;
}

fn key(text: &str) -> OrganizationKey {
    text.parse().expect("a key")
}

fn wanted(text: &str) -> Wanted {
    Wanted::read(text).expect("words")
}

fn person(seed: u64, organization: &str, username: &str, name: &str, emails: &[&str]) -> User {
    User { name: display(name), emails: addresses(emails), ..user(seed, organization, username) }
}

fn display(name: &str) -> DisplayName {
    name.parse().expect("a name")
}

fn addresses(emails: &[&str]) -> Vec<EmailAddress> {
    emails.iter().map(|email| email.parse().expect("an address")).collect()
}

fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.username.as_str()).collect()
}

/// Everybody who is found, in pages of `limit`.
async fn all(store: &dyn Accounts, organization: &str, text: &str, limit: usize) -> Vec<User> {
    let (organization, wanted) = (key(organization), wanted(text));
    let (mut users, mut after) = (Vec::new(), None);
    loop {
        let Found { users: page, next } = store.find_users(&organization, &wanted, after, limit).await.expect("read");
        assert!(page.len() <= limit);
        users.extend(page);
        after = next;
        if after.is_none() {
            return users;
        }
    }
}

async fn settle(store: &dyn Accounts) {
    for key in ["acme", "acmex"] {
        store.add_organization(organization(key, None)).await.expect("added");
    }
    for user in [
        person(1, "acme", "ana", "Ana Martínez", &["Ana@norte.example", "am@sur.example"]),
        person(2, "acme", "beto", "Alberto Martín-Ruiz", &["beto@norte.example"]),
        person(3, "acme", "zmart", "Zoé Núñez Ana", &[]),
        person(4, "acmex", "ana", "Ana Martínez", &["ana@norte.example"]),
    ] {
        store.add_user(user).await.expect("added");
    }
}

async fn found(store: Arc<dyn Accounts>) {
    settle(&*store).await;
    for (text, expected) in [
        // In the order of the words that fit: the exact one first, "martinez" after "martin-ruiz".
        ("ana", &["ana", "zmart"][..]),
        ("MÁRT", &["beto", "ana"]),
        ("ana mart", &["ana"]),
        ("mart ana", &["ana"]),
        // By "alberto", "am@sur.example" and "ana".
        ("a", &["beto", "ana", "zmart"]),
        ("ruiz", &["beto"]),
        ("nunez ZOE", &["zmart"]),
        ("ana@norte.example", &["ana"]),
        ("AM@", &["ana"]),
        ("zmart", &["zmart"]),
        ("norte", &[]),
        ("ana pedro", &[]),
        ("\u{10FFFF}", &[]),
    ] {
        assert_eq!(names(&all(&*store, "acme", text, 9).await), expected, "{text}");
    }
}

async fn one_organization(store: Arc<dyn Accounts>) {
    settle(&*store).await;
    for organization in ["acme", "acmex"] {
        for text in ["ana mart", "martinez"] {
            let users = all(&*store, organization, text, 9).await;
            assert_eq!(names(&users), ["ana"]);
            assert_eq!(users[0].organization, key(organization));
        }
    }
    assert_eq!(all(&*store, "acm", "ana", 9).await, []);
    assert_eq!(all(&*store, "nobody", "ana", 9).await, []);
}

async fn found_pages(store: Arc<dyn Accounts>) {
    settle(&*store).await;
    let mut expected = Vec::new();
    for number in 0..40 {
        let username = format!("u{:02}", (number * 7) % 40);
        let email = format!("gu{number}@sur.example");
        // Three words of each begin with "gu".
        let user = person(100 + number, "acme", &username, "Guadalupe Guzmán", &[&email]);
        expected.push(username);
        store.add_user(user).await.expect("added");
    }
    // Under "gu0@sur.example", "gu1@…", "gu10@…": addresses come before "guadalupe".
    let mut by_address: Vec<_> =
        (0..40).map(|number| format!("gu{number}@sur.example")).zip(expected.clone()).collect();
    by_address.sort();
    let by_address: Vec<_> = by_address.iter().map(|(_, name)| name.as_str()).collect();
    expected.sort();
    for limit in [1, 7, 40, 99] {
        assert_eq!(names(&all(&*store, "acme", "gu", limit).await), by_address, "{limit}");
        assert_eq!(names(&all(&*store, "acme", "guz gua", limit).await), expected, "{limit}");
        assert_eq!(names(&all(&*store, "acme", "gua u3", limit).await), expected[30..], "{limit}");
    }
    let exact = store.find_users(&key("acme"), &wanted("guz"), None, 40).await.expect("read");
    assert_eq!((exact.users.len(), exact.next), (40, None), "nobody is promised who is not there");
}

async fn goes_on(store: Arc<dyn Accounts>) {
    settle(&*store).await;
    let (acme, mart) = (key("acme"), wanted("mart"));
    let first = store.find_users(&acme, &mart, None, 1).await.expect("read");
    assert_eq!(names(&first.users), ["beto"]);
    store.remove_user(first.users[0].id, at(1)).await.expect("removed");
    let second = store.find_users(&acme, &mart, first.next.clone(), 1).await.expect("read");
    assert_eq!((names(&second.users), second.next), (vec!["ana"], None));
    // A place of another search is none: that begins at its beginning.
    let other = store.find_users(&acme, &wanted("ana"), first.next, 9).await.expect("read");
    assert_eq!(names(&other.users), ["ana", "zmart"]);
    let past = SearchPlace { lead: 0, word: "martz".into(), username: "a".parse().expect("a name") };
    assert_eq!(store.find_users(&acme, &mart, Some(past), 9).await.expect("read"), Found::default());
}

async fn agreement(store: Arc<dyn Accounts>) {
    let random = SeededRandom::new(11);
    let mut present = BTreeMap::new();
    for key in ["acme", "acmex"] {
        store.add_organization(organization(key, None)).await.expect("added");
    }
    for _ in 0..8 {
        wander(&*store, &mut present, &random, 40).await;
        for organization in ["acme", "acmex"] {
            for text in ["a", "an", "ana", "mart", "ruiz", "ana m", "m a", "b@", "p1", "p z", "nu zo", "o'b", "b"] {
                let wanted = wanted(text);
                let fits = |user: &&User| user.organization == key(organization) && wanted.fits(&Known::of(user));
                let expected: BTreeSet<_> = present.values().filter(fits).map(|user| user.username.clone()).collect();
                let users = all(&*store, organization, text, 5).await;
                let found: BTreeSet<_> = users.iter().map(|user| user.username.clone()).collect();
                assert_eq!((users.len(), &found), (expected.len(), &expected), "{organization} {text}");
                assert!(users.iter().all(|user| present.get(&user.id) == Some(user)));
            }
        }
    }
}

/// Carries out so many random changes of users in `acme` and `acmex`: adds one or a crowd, renames, replaces addresses, removes. `present`
/// is who is there.
pub(crate) async fn wander(
    store: &dyn Accounts,
    present: &mut BTreeMap<UserId, User>,
    random: &dyn Random,
    steps: usize,
) {
    let below = |bound: usize| random.below(u32::try_from(bound).expect("few")) as usize;
    let pick = |words: &[&str]| words[below(words.len())].to_owned();
    let name = || {
        let first = pick(&["Ana", "Ánna", "Beto", "Zoé", "O’Brien", "Martina"]);
        let last = pick(&["Martínez", "Martín-Ruiz", "Núñez Ana", "Zubiría", "M", "Ana Ana"]);
        display(&format!("{first} {last}"))
    };
    let emails = || {
        let one = || pick(&["ana@sur.example", "B@norte.example", "mart@sur.example", "zoe@x.example"]);
        let emails: BTreeSet<String> = (0..below(4)).map(|_| one()).collect();
        addresses(&emails.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let fresh = |number: u64| {
        let place = pick(&["acme", "acmex"]);
        let username = format!("{}{number}", pick(&["p", "ana", "müller"]));
        User { name: name(), emails: emails(), ..user(1_000 + number, &place, &username) }
    };
    let mut ids: Vec<_> = present.keys().copied().collect();
    for _ in 0..steps {
        let number = u64::from(random.below(u32::MAX));
        let some = (!ids.is_empty()).then(|| below(ids.len()));
        match (below(20), some) {
            (0, _) => {
                let crowd: Vec<User> = (0..70).map(|more| fresh(number * 100 + more)).collect();
                store.add_users(crowd.clone()).await.expect("added");
                ids.extend(crowd.iter().map(|user| user.id));
                present.extend(crowd.into_iter().map(|user| (user.id, user)));
            }
            (1..=5, Some(place)) => {
                let change = UserChange::SetName(name());
                let changed = store.change_user(ids[place], change, at(1)).await.expect("changed");
                present.insert(ids[place], changed.user);
            }
            (6..=10, Some(place)) => {
                let change = UserChange::SetEmails(emails());
                let changed = store.change_user(ids[place], change, at(1)).await.expect("changed");
                present.insert(ids[place], changed.user);
            }
            (11..=14, Some(place)) => {
                let id = ids.swap_remove(place);
                store.remove_user(id, at(1)).await.expect("removed").expect("there");
                present.remove(&id);
            }
            _ => {
                let user = fresh(number * 100);
                store.add_user(user.clone()).await.expect("added");
                ids.push(user.id);
                present.insert(user.id, user);
            }
        }
    }
}
