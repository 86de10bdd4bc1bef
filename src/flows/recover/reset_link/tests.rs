//! A link sets a password once, unless the account changed since; asking for one tells nothing of anybody.

use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::clock::Clock;
use crate::domain::ids::UserId;
use crate::domain::organization::{OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::password::Unmet;
use crate::flows::sign_in;
use crate::testing::{PASSWORD, RULES, World, credentials, origin};

const NEW: &str = "Nube-Clara#99";

fn request(username: &str) -> Request {
    Request { organization: "acme".into(), username: username.into(), address: "192.0.2.7".parse().expect("one") }
}

async fn ask(world: &World, username: &str) -> Asked {
    world.recover().send_reset_link(request(username), &Config::default()).await.expect("a working store")
}

async fn opens(world: &World, token: &str) -> bool {
    world.recover().reset_link_opens(token, &Config::default()).await.expect("a working store")
}

async fn reset(world: &World, token: &str, new: &str, confirmation: &str) -> Reset {
    let address = "192.0.2.7".parse().expect("an address");
    let (new, confirmation) = (new.into(), confirmation.into());
    world.recover().reset(token, new, confirmation, address, &Config::default()).await.expect("a working store")
}

fn with_addresses(user: &mut User) {
    user.emails = ["ana@acme.example", "ana@casa.example"].map(|text| text.parse().expect("an address")).into();
}

/// The token of the only link that was mailed.
async fn token(world: &World) -> String {
    let mailed = world.mailed().await;
    let [(to, subject, text)] = &mailed[..] else { panic!("one message: {mailed:?}") };
    assert_eq!(to.as_str(), "ana@acme.example", "the main address");
    let start = format!("{}/_portero/reset?token=", Config::default().portal.origin);
    let token = text.lines().find_map(|line| line.trim().strip_prefix(&start)).expect("a link").to_owned();
    assert!(!subject.contains(&token));
    token
}

async fn linked(world: &World, username: &str) -> String {
    assert_eq!(ask(world, username).await, Asked::Heard);
    token(world).await
}

async fn sign_in(world: &World, password: &str) -> sign_in::Outcome {
    world.sign_in().attempt(credentials("acme", "ana", password), origin("b"), RULES).await.expect("a working store")
}

async fn change(world: &World, user: UserId, change: UserChange) {
    world.store.change_user(user, change, world.clock.now()).await.expect("changed");
}

// K2, E4, E5, L5
#[tokio::test(start_paused = true)]
async fn a_link_sets_the_password_once_ends_every_session_and_tells_every_address() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let sign_in::Outcome::SignedIn { token: session, .. } = sign_in(&world, PASSWORD).await else { panic!("not in") };
    while !matches!(sign_in(&world, "wrong").await, sign_in::Outcome::Deactivated { .. }) {}
    let link = linked(&world, "ANA").await;
    let before = world.store.user(ana.id).await.expect("a store").expect("there");
    assert_eq!((before.credential_version, &before.password), (0, &ana.password), "asking changes nothing");
    for _ in 0..3 {
        assert!(opens(&world, &link).await, "looking uses nothing up");
    }
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Saved);
    let told: Vec<_> = world.mailed().await.into_iter().map(|(to, ..)| to.to_string()).collect();
    assert_eq!(told, ["ana@acme.example", "ana@casa.example"]);
    assert!(world.sessions.find(&session.hash(), "login.example.com").await.expect("a store").is_none());
    assert!(!opens(&world, &link).await);
    assert_eq!(reset(&world, &link, "Nube-Dos#22", "Nube-Dos#22").await, Reset::Void);
    assert_eq!(world.last_reason().await, AuditReason::WrongLink);
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::Refused));
    assert!(matches!(sign_in(&world, NEW).await, sign_in::Outcome::SignedIn { .. }), "and nothing is locked");
}

// K2, E3
#[tokio::test(start_paused = true)]
async fn a_password_that_is_not_accepted_does_not_use_the_link_up() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    let link = linked(&world, "ana").await;
    let rejected = |mismatch, unmet| Reset::Rejected(NewFaults { mismatch, unmet });
    assert_eq!(reset(&world, &link, NEW, "other").await, rejected(true, vec![]));
    assert_eq!(reset(&world, &link, "Password1!", "Password1!").await, rejected(false, vec![Unmet::Common]));
    assert_eq!(reset(&world, &link, PASSWORD, PASSWORD).await, rejected(false, vec![Unmet::Reused(5)]));
    assert_eq!(world.last_reason().await, AuditReason::Policy);
    let Reset::Rejected(faults) = reset(&world, &link, "", "").await else { panic!("an empty password") };
    assert!(!faults.unmet.is_empty());
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Saved);
}

// K2, rule 2
#[tokio::test(start_paused = true)]
async fn of_many_who_use_one_link_at_once_exactly_one_wins() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    let link = linked(&world, "ana").await;
    let passwords: Vec<String> = (0..8).map(|racer| format!("Nube-Clara#{racer}9")).collect();
    let outcomes = join_all(passwords.iter().map(|new| reset(&world, &link, new, new))).await;
    let winners: Vec<usize> = (0..8).filter(|racer| outcomes[*racer] == Reset::Saved).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Reset::Saved | Reset::Void)));
    assert!(matches!(sign_in(&world, &passwords[winners[0]]).await, sign_in::Outcome::SignedIn { .. }));
    assert_eq!(world.mailed().await.len(), 2, "told once");
}

// K2
#[tokio::test(start_paused = true)]
async fn a_link_is_void_when_it_is_older_late_tampered_with_or_of_another_account() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    let beto = world.add("beto", with_addresses).await;
    let old = linked(&world, "ana").await;
    let link = linked(&world, "ana").await;
    let parsed = LinkToken::parse(&link).expect("a token");
    let forged = LinkToken { user: beto.id, secret: parsed.secret }.reveal();
    let nobody = LinkToken::new(UserId::from_random([9; 16]), &*world.random).reveal();
    let mut flipped = link.clone().into_bytes();
    flipped[40] = if flipped[40] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("ASCII");
    for token in [&old, &forged, &nobody, &flipped, "", "x", &link[..63], &format!("{link}A")] {
        assert!(!opens(&world, token).await, "{token}");
        assert_eq!(reset(&world, token, NEW, NEW).await, Reset::Void, "{token}");
    }
    world.clock.advance(Duration::from_secs(30 * 60 - 1));
    assert!(opens(&world, &link).await);
    world.clock.advance(Duration::from_secs(1));
    assert!(!opens(&world, &link).await);
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Void);
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::SignedIn { .. }));
}

// rule 2, Q4
#[tokio::test(start_paused = true)]
async fn a_link_dies_with_any_change_of_password_address_status_or_of_what_is_allowed() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let hash = world.hash_of("Nube-Dos#22").await;
    let changes = [
        vec![UserChange::SetEmails(ana.emails.clone())],
        vec![UserChange::Deactivate, UserChange::Activate],
        vec![UserChange::SetPassword {
            password: Password { hash, changed_at: world.clock.now() },
            expected_version: 2,
            remember: 5,
        }],
    ];
    for all in changes {
        let link = linked(&world, "ana").await;
        for one in all {
            change(&world, ana.id, one).await;
        }
        assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Void);
    }
    let link = linked(&world, "ana").await;
    change(&world, ana.id, UserChange::Deactivate).await;
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Void);
    change(&world, ana.id, UserChange::Activate).await;
    let link = linked(&world, "ana").await;
    let rules = OrganizationSettings { recovery_methods: Some([].into()), ..Default::default() };
    let key = "acme".parse().expect("a key");
    world.store.change_organization(&key, OrganizationChange::SetRules(rules)).await.expect("a store");
    assert!(!opens(&world, &link).await);
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Void);
}

// rule 2
#[tokio::test(start_paused = true)]
async fn setting_the_password_by_a_link_kills_the_rescue_codes() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    world.recover().send_rescue_codes(request("ana"), &Config::default()).await.expect("heard");
    world.mailed().await;
    let link = linked(&world, "ana").await;
    assert_eq!(reset(&world, &link, NEW, NEW).await, Reset::Saved);
    assert!(world.store.user(ana.id).await.expect("a store").expect("there").recovery.is_empty());
}

// rule 1
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_nothing_can_be_and_only_the_trail_tells_why() {
    let world = World::new().await;
    world.add("beto", |_| {}).await;
    world
        .add("closed", |user| {
            with_addresses(user);
            user.status = Status::Deactivated;
        })
        .await;
    let cases = [
        ("beto", AuditReason::NoEmail),
        ("closed", AuditReason::Deactivated),
        ("nobody", AuditReason::UnknownUser),
        ("no name!", AuditReason::UnknownUser),
    ];
    for (username, reason) in cases {
        assert_eq!(ask(&world, username).await, Asked::Heard, "{username}");
        assert_eq!(world.last_reason().await, reason, "{username}");
    }
    assert_eq!(world.mailed().await, []);
}

// rule 3
#[tokio::test(start_paused = true)]
async fn an_address_that_asks_or_tries_without_end_has_to_wait() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    for _ in 0..50 {
        assert_eq!(ask(&world, "ana").await, Asked::Heard);
        assert_eq!(reset(&world, "x", NEW, NEW).await, Reset::Void);
    }
    assert_eq!(world.mailed().await.len(), 5);
    assert!(matches!(ask(&world, "ana").await, Asked::Throttled(_)));
    assert!(matches!(reset(&world, "x", NEW, NEW).await, Reset::Throttled(_)));
}

// E3
#[tokio::test(start_paused = true)]
async fn the_rules_of_the_account_s_organization_hold_on_the_way_back_in_too() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    let modern = OrganizationSettings { password_rules: Some(PasswordRules::Modern), ..Default::default() };
    let acme = "acme".parse().expect("a key");
    world.store.change_organization(&acme, OrganizationChange::SetRules(modern)).await.expect("a store");
    let link = linked(&world, "ana").await;
    let Reset::Rejected(faults) = reset(&world, &link, NEW, NEW).await else { panic!("13 characters are too few") };
    assert_eq!(faults.unmet, [Unmet::TooShort(15)]);
    let long = "una frase larga y clara";
    assert_eq!(reset(&world, &link, long, long).await, Reset::Saved);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_behind_the_new_password_is_not_told_as_if_nothing_had_changed() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    let link = linked(&world, "ana").await;
    let flow = Recover { observer: world.closing_observer(), ..world.recover() };
    let address = "192.0.2.7".parse().expect("an address");
    let outcome = flow.reset(&link, NEW.into(), NEW.into(), address, &Config::default()).await;
    assert_eq!(outcome.expect("it is decided"), Reset::Saved);
    drop(flow);
    let world = world.restart();
    assert!(matches!(sign_in(&world, NEW).await, sign_in::Outcome::SignedIn { .. }));
}
