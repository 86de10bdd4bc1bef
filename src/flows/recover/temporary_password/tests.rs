//! A temporary password goes to the address that was named, and nothing else changes, whoever asks and however often.

use std::sync::Arc;

use super::*;
use crate::domain::user::{Status, User};
use crate::flows::sign_in;
use crate::passwords::PasswordHasher;
use crate::testing::{PASSWORD, RULES, World, credentials, origin};

async fn ask(world: &World, username: &str, email: &str) -> Asked {
    let request =
        Request { organization: "acme".into(), username: username.into(), address: "192.0.2.7".parse().expect("one") };
    world.recover().send_temporary_password(request, email, &Config::default()).await.expect("a working store")
}

fn with_address(user: &mut User) {
    user.emails =
        vec!["ana@acme.example".parse().expect("an address"), "ana@casa.example".parse().expect("an address")];
}

/// The secret in a mail: the only line of 16 signs that stands by itself.
fn secret(text: &str) -> String {
    let found = text.lines().map(str::trim).find(|line| line.chars().count() == 16 && !line.contains(' '));
    found.expect("a temporary password").to_owned()
}

async fn sign_in(world: &World, password: &str) -> sign_in::Outcome {
    world.sign_in().attempt(credentials("acme", "ana", password), origin("b"), RULES).await.expect("a working store")
}

// T1, T2, T3
#[tokio::test]
async fn it_is_mailed_to_the_address_that_was_named_and_changes_nothing_else() {
    let world = World::new().await;
    let ana = world.add("ana", with_address).await;
    assert_eq!(ask(&world, "ANA", " ANA@casa.example").await, Asked::Heard);
    let mailed = world.mailed().await;
    let [(to, subject, text)] = &mailed[..] else { panic!("one message: {mailed:?}") };
    assert_eq!(to.as_str(), "ana@casa.example");
    let secret = secret(text);
    assert!(!subject.contains(&secret));
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::SignedIn { .. }), "the lasting one goes on");
    assert!(matches!(sign_in(&world, &secret).await, sign_in::Outcome::MustChange { .. }));
    let now = world.store.user(ana.id).await.expect("a store").expect("there");
    assert_eq!((now.credential_version, now.password), (ana.credential_version, ana.password));
}

// T2
#[tokio::test]
async fn a_newer_one_voids_the_older() {
    let world = World::new().await;
    world.add("ana", with_address).await;
    for _ in 0..2 {
        ask(&world, "ana", "ana@acme.example").await;
    }
    let mailed = world.mailed().await;
    let mut good = 0;
    for (_, _, text) in &mailed {
        good += usize::from(matches!(sign_in(&world, &secret(text)).await, sign_in::Outcome::MustChange { .. }));
    }
    assert_eq!((mailed.len(), good), (2, 1));
}

// T1
#[tokio::test]
async fn nothing_is_sent_for_what_does_not_belong_together_and_only_the_trail_tells_why() {
    let world = World::new().await;
    world.add("ana", with_address).await;
    world.add("beto", |_| {}).await;
    world
        .add("closed", |user| {
            with_address(user);
            user.status = Status::Deactivated;
        })
        .await;
    let cases = [
        ("ana", "beto@acme.example", AuditReason::WrongEmail),
        ("ana", "no address", AuditReason::WrongEmail),
        ("beto", "ana@acme.example", AuditReason::NoEmail),
        ("closed", "ana@acme.example", AuditReason::Deactivated),
        ("nobody", "ana@acme.example", AuditReason::UnknownUser),
    ];
    for (username, email, reason) in cases {
        assert_eq!(ask(&world, username, email).await, Asked::Heard, "{username} {email}");
        assert_eq!(world.last_reason().await, reason, "{username} {email}");
    }
    assert_eq!(world.mailed().await, []);
}

// T2
#[tokio::test]
async fn a_flood_of_requests_stops_sending_and_leaves_the_last_one_good() {
    let world = World::new().await;
    world.add("ana", with_address).await;
    for _ in 0..9 {
        assert_eq!(ask(&world, "ana", "ana@acme.example").await, Asked::Heard);
    }
    assert_eq!(world.last_reason().await, AuditReason::Throttled);
    let mailed = world.mailed().await;
    assert_eq!(mailed.len(), 5);
    let mut good = 0;
    for (_, _, text) in &mailed {
        good += usize::from(matches!(sign_in(&world, &secret(text)).await, sign_in::Outcome::MustChange { .. }));
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_request_that_nobody_had_a_hand_free_for_leaves_its_event() {
    let world = World::new().await;
    world.add("ana", with_address).await;
    let flow = Recover { hasher: Arc::new(PasswordHasher::overloaded()), ..world.recover() };
    let request =
        Request { organization: "acme".into(), username: "ana".into(), address: "192.0.2.7".parse().expect("one") };
    let asked = flow.send_temporary_password(request, "ana@acme.example", &Config::default()).await;
    assert!(matches!(asked, Err(FlowError::Overloaded(_))), "{asked:?}");
    assert_eq!(world.last_reason().await, AuditReason::Overloaded);
}
