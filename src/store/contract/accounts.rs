//! Laws of organizations and users.

use std::sync::Arc;

use super::samples::{at, hash, organization, session, session_id, set_password, settle, token, user, user_id};
use super::{Law, race};
use crate::domain::organization::MAX_DEPTH;
use crate::domain::session::EndReason;
use crate::domain::user::{ChangeRefused, Role, User, UserChange};
use crate::store::{AddOrganizationError, AddUserError, AddUsersError, ChangeUserError, NotAdded, Store};

pub(super) const LAWS: &[Law] = &[
    Law { name: "organizations come back by key", run: |s| Box::pin(organizations_come_back(s)) },
    Law { name: "an organization needs a parent that exists and a free key", run: |s| Box::pin(parent_and_key(s)) },
    Law { name: "organizations nest no deeper than they may", run: |s| Box::pin(depth(s)) },
    Law { name: "a user comes back by id and by name", run: |s| Box::pin(user_comes_back(s)) },
    Law { name: "a username is unique in its organization only", run: |s| Box::pin(unique_name(s)) },
    Law { name: "an id that exists is not written over", run: |s| Box::pin(unique_id(s)) },
    Law { name: "of many who add one name one wins", run: |s| Box::pin(one_name_wins(s)) },
    Law { name: "many users are added together or not at all", run: |s| Box::pin(many_or_none(s)) },
    Law { name: "users are listed page by page in order", run: |s| Box::pin(pages(s)) },
    Law { name: "a change is carried out, or refused without a trace", run: |s| Box::pin(change_or_refusal(s)) },
    Law { name: "of many who set a password on one version one wins", run: |s| Box::pin(one_password_wins(s)) },
    Law { name: "a change that ends sessions ends all of the user's", run: |s| Box::pin(change_ends_sessions(s)) },
    Law { name: "a removed user is gone with name, sessions and activity", run: |s| Box::pin(removal(s)) },
    Law { name: "activity never goes back", run: |s| Box::pin(activity(s)) },
];

async fn organizations_come_back(store: Arc<dyn Store>) {
    let (acme, sales) = (organization("acme", None), organization("a&ñ", Some("acme")));
    store.add_organization(acme.clone()).await.expect("added");
    store.add_organization(sales.clone()).await.expect("added");
    assert_eq!(store.organization(&sales.key).await.expect("read"), Some(sales.clone()));
    assert_eq!(store.organization(&"other".parse().expect("a key")).await.expect("read"), None);
    assert_eq!(store.organizations().await.expect("read"), [sales, acme]);
}

async fn parent_and_key(store: Arc<dyn Store>) {
    let orphan = store.add_organization(organization("sales", Some("acme"))).await;
    assert!(matches!(orphan, Err(AddOrganizationError::UnknownParent)));
    let itself = store.add_organization(organization("acme", Some("acme"))).await;
    assert!(matches!(itself, Err(AddOrganizationError::UnknownParent)));
    store.add_organization(organization("acme", None)).await.expect("added");
    let twice = store.add_organization(organization("acme", None)).await;
    assert!(matches!(twice, Err(AddOrganizationError::Taken)));
    assert_eq!(store.organizations().await.expect("read").len(), 1);
}

async fn depth(store: Arc<dyn Store>) {
    let mut parent: Option<String> = None;
    for level in 0..MAX_DEPTH {
        let key = format!("level{level}");
        store.add_organization(organization(&key, parent.as_deref())).await.expect("added");
        parent = Some(key);
    }
    let deeper = store.add_organization(organization("deeper", parent.as_deref())).await;
    assert!(matches!(deeper, Err(AddOrganizationError::TooDeep)));
}

async fn user_comes_back(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    assert_eq!(store.user(ana.id).await.expect("read"), Some(ana.clone()));
    assert_eq!(store.user_by_name(&ana.organization, &ana.username).await.expect("read"), Some(ana.clone()));
    assert_eq!(store.user(user_id(2)).await.expect("read"), None);
    let nobody = "anabel".parse().expect("a username");
    assert_eq!(store.user_by_name(&ana.organization, &nobody).await.expect("read"), None);
}

async fn unique_name(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    assert!(matches!(store.add_user(user(2, "acme", "ANA")).await, Err(AddUserError::Taken)));
    assert!(matches!(store.add_user(user(2, "other", "ana")).await, Err(AddUserError::UnknownOrganization)));
    store.add_organization(organization("other", None)).await.expect("added");
    store.add_user(user(2, "other", "ana")).await.expect("added");
    assert_eq!(store.user_by_name(&ana.organization, &ana.username).await.expect("read"), Some(ana));
}

async fn unique_id(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    assert!(store.add_user(user(1, "acme", "bea")).await.is_err());
    assert_eq!(store.user(ana.id).await.expect("read"), Some(ana));
    let users = store.users(None, None, 9).await.expect("read");
    assert_eq!(users.len(), 1);
}

async fn one_name_wins(store: Arc<dyn Store>) {
    store.add_organization(organization("acme", None)).await.expect("added");
    let attempts = race((0..50).map(|seed| {
        let store = store.clone();
        async move { (seed, store.add_user(user(seed, "acme", "ana")).await) }
    }))
    .await;
    let winners: Vec<_> = attempts.iter().filter(|(_, result)| result.is_ok()).map(|(seed, _)| *seed).collect();
    assert_eq!(winners.len(), 1);
    assert!(attempts.iter().all(|(_, result)| matches!(result, Ok(()) | Err(AddUserError::Taken))));
    let users = store.users(None, None, 99).await.expect("read");
    assert_eq!(users, [user(winners[0], "acme", "ana")]);
    for (seed, _) in attempts {
        assert_eq!(store.user(user_id(seed)).await.expect("read").is_some(), seed == winners[0]);
    }
}

async fn many_or_none(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let many: Vec<_> = (10..3000).map(|seed| user(seed, "acme", &format!("user{seed:05}"))).collect();
    let with = |wrong: &[User]| [&many[..7], wrong, &many[7..]].concat();
    let all = async || store.users(None, None, 9999).await.expect("read");
    let mut twin = user(3000, "acme", "other");
    twin.id = ana.id;
    for (wrong, expected) in [
        (user(3000, "acme", "ANA"), (7, NotAdded::Taken)),
        (user(3000, "nobody", "ana"), (7, NotAdded::UnknownOrganization)),
        (user(3000, "acme", "USER00012"), (7, NotAdded::Taken)),
        (twin, (7, NotAdded::Taken)),
    ] {
        match store.add_users(with(&[wrong])).await {
            Err(AddUsersError::Refused(refused)) => assert_eq!(refused, [expected]),
            other => panic!("not refused: {other:?}"),
        }
        assert_eq!(all().await, std::slice::from_ref(&ana));
    }
    // The second of two is refused, and every one that is wrong is told.
    match store.add_users(with(&[many[20].clone(), user(3000, "acme", "ana")])).await {
        Err(AddUsersError::Refused(refused)) => {
            assert_eq!(refused, [(8, NotAdded::Taken), (22, NotAdded::Taken)]);
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(all().await, std::slice::from_ref(&ana));
    store.add_users(many.clone()).await.expect("added");
    assert_eq!(all().await, [vec![ana], many.clone()].concat());
    let last = &many[many.len() - 1];
    assert_eq!(store.user_by_name(&last.organization, &last.username).await.expect("read").as_ref(), Some(last));
}

async fn pages(store: Arc<dyn Store>) {
    // One key begins with the other, and one goes on with a byte below the letters.
    let keys = ["ac", "ac-me", "acme"];
    let names = ["a", "a!", "ab", "b", "ñ"];
    let mut expected = Vec::new();
    for (o, key) in keys.into_iter().enumerate() {
        store.add_organization(organization(key, None)).await.expect("added");
        for (n, name) in names.into_iter().enumerate() {
            expected.push(user((o * 10 + n) as u64, key, name));
        }
    }
    for user in expected.iter().rev() {
        store.add_user(user.clone()).await.expect("added");
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.users(None, after.clone(), 4).await.expect("read");
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 4);
        after = Some((last.organization.clone(), last.username.clone()));
        seen.extend(page);
    }
    assert_eq!(seen, expected);

    let ac = &expected[0].organization;
    assert_eq!(store.users(Some(ac), None, 99).await.expect("read"), expected[..5]);
    let after_second = Some((ac.clone(), names[1].parse().expect("a username")));
    assert_eq!(store.users(Some(ac), after_second, 2).await.expect("read"), expected[2..4]);
    let after_missing = Some((ac.clone(), "aa".parse().expect("a username")));
    assert_eq!(store.users(Some(ac), after_missing, 1).await.expect("read"), expected[2..3]);
    let before_all = Some((ac.clone(), "b".parse().expect("a username")));
    assert_eq!(store.users(Some(&expected[14].organization), before_all, 99).await.expect("read"), expected[10..]);
    let past_all = Some((expected[14].organization.clone(), "a".parse().expect("a username")));
    assert_eq!(store.users(Some(ac), past_all, 99).await.expect("read"), []);
    assert_eq!(store.users(None, None, 0).await.expect("read"), []);
}

async fn change_or_refusal(store: Arc<dyn Store>) {
    let mut ana = settle(&store).await;
    let changed = store.change_user(ana.id, set_password(0, "first"), at(1)).await.expect("changed");
    ana.apply(set_password(0, "first")).expect("allowed");
    assert_eq!((&changed.user, changed.ended.len()), (&ana, 0));
    let stale = store.change_user(ana.id, set_password(0, "second"), at(2)).await;
    assert!(matches!(stale, Err(ChangeUserError::Refused(ChangeRefused::StaleCredentials))));
    assert_eq!(store.user(ana.id).await.expect("read"), Some(ana));
    let nobody = store.change_user(user_id(2), UserChange::Activate, at(2)).await;
    assert!(matches!(nobody, Err(ChangeUserError::NotFound)));
}

async fn one_password_wins(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let results = race((0..50).map(|n| {
        let store = store.clone();
        async move { store.change_user(ana.id, set_password(0, &format!("hash {n}")), at(1)).await }
    }))
    .await;
    let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(store.user(ana.id).await.expect("read").as_ref(), Some(&winners[0].user));
}

async fn change_ends_sessions(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    let bea = user(2, "acme", "bea");
    store.add_user(bea.clone()).await.expect("added");
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    assert!(store.add_session_token(token(21, 10)).await.expect("added"));
    store.open_session(session(11, ana.id, 2), token(22, 11), 0, None).await.expect("opened");
    store.open_session(session(12, bea.id, 2), token(23, 12), 0, None).await.expect("opened");

    let mut ended = store.change_user(ana.id, UserChange::SetRole(Role::Admin), at(5)).await.expect("changed").ended;
    ended.sort();
    let mut expected = [hash(20), hash(21), hash(22)];
    expected.sort();
    assert_eq!(ended, expected);
    for seed in [20, 21, 22] {
        let (session, _) = store.session_by_token(&hash(seed)).await.expect("read").expect("remembered");
        let ending = session.ended.expect("ended");
        assert_eq!((ending.at, ending.reason), (at(5), EndReason::RightsChanged));
    }
    assert_eq!(store.sessions_of(ana.id).await.expect("read"), []);
    assert_eq!(store.sessions_of(bea.id).await.expect("read").len(), 1);
    let again = store.change_user(ana.id, UserChange::Deactivate, at(6)).await.expect("changed");
    assert_eq!(again.ended, [], "a session ends once");
}

async fn removal(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    store.open_session(session(10, ana.id, 1), token(20, 10), 0, None).await.expect("opened");
    store.open_session(session(11, ana.id, 1), token(21, 11), 0, None).await.expect("opened");
    store.end_session(session_id(10), EndReason::SignedOut, at(2)).await.expect("ended");
    store.note_activity(vec![(ana.id, at(3))]).await.expect("noted");

    let removed = store.remove_user(ana.id, at(4)).await.expect("removed").expect("was there");
    assert_eq!((removed.user, removed.ended), (ana.clone(), vec![hash(21)]));
    assert_eq!(store.user(ana.id).await.expect("read"), None);
    assert_eq!(store.user_by_name(&ana.organization, &ana.username).await.expect("read"), None);
    assert_eq!(store.users(None, None, 9).await.expect("read"), []);
    assert_eq!(store.last_activity(ana.id).await.expect("read"), None);
    assert_eq!(store.sessions_of(ana.id).await.expect("read"), []);
    for seed in [20, 21] {
        assert_eq!(store.session_by_token(&hash(seed)).await.expect("read"), None);
    }
    assert_eq!(store.remove_user(ana.id, at(5)).await.expect("asked"), None);
    store.note_activity(vec![(ana.id, at(6))]).await.expect("noted");
    store.add_user(user(2, "acme", "ana")).await.expect("the name is free again");
    assert_eq!(store.last_activity(ana.id).await.expect("read"), None, "nobody's activity is not kept");
}

async fn activity(store: Arc<dyn Store>) {
    let ana = settle(&store).await;
    assert_eq!(store.last_activity(ana.id).await.expect("read"), None);
    for (seen, expected) in [(vec![5, 9, 7], 9), (vec![8], 9), (vec![10], 10)] {
        store.note_activity(seen.into_iter().map(|second| (ana.id, at(second))).collect()).await.expect("noted");
        settle_writes(&store).await;
        assert_eq!(store.last_activity(ana.id).await.expect("read"), Some(at(expected)));
    }
}

/// Comes back when every verb before it has been carried out: activity is noted without waiting.
pub(super) async fn settle_writes(store: &Arc<dyn Store>) {
    store.remove_user(user_id(u64::MAX), at(0)).await.expect("asked");
}
