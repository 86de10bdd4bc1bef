//! A password given again counts for its own session and for five minutes, and cannot be guessed here.

use std::time::Duration;

use super::*;
use crate::domain::session::{Session, SessionOrigin, SessionToken};
use crate::random::digest;
use crate::testing::{PASSWORD, World};

fn confirm(world: &World) -> Confirm {
    Confirm {
        store: Arc::clone(&world.store),
        hasher: Arc::clone(&world.hasher),
        throttling: world.throttling(),
        audit: world.audit(),
        clock: world.clock(),
    }
}

fn address() -> IpAddr {
    "192.0.2.7".parse().expect("an address")
}

/// Somebody who signed in just now.
async fn signed_in(world: &World, name: &str, number: u8) -> Acting {
    let user = world.add(name, |_| {}).await;
    let (id, now) = (SessionId::from_random([number; 16]), world.clock().now());
    let session = Session {
        id,
        user: user.id,
        authenticated_at: now,
        methods: Vec::new(),
        last_seen_at: now,
        origin: SessionOrigin { address: address(), user_agent: String::new() },
        ended: None,
    };
    let token = SessionToken { hash: digest(&[number]), session: id, host: "portal".into() };
    world.store.open_session(session, token, user.credential_version, None).await.expect("opened");
    Acting { session: id, user: user.id }
}

#[tokio::test]
async fn a_password_given_again_counts_for_its_session_and_five_minutes() {
    let world = World::new().await;
    let confirm = confirm(&world);
    let (ana, eva) = (signed_in(&world, "ana", 1).await, signed_in(&world, "eva", 2).await);
    assert!(confirm.is_fresh(ana).await.expect("read"), "signing in proves it, too");
    world.clock.advance(FRESH);
    assert!(!confirm.is_fresh(ana).await.expect("read"));
    let given = confirm.attempt(ana, &SecretString::from(PASSWORD), address()).await.expect("judged");
    assert_eq!(given, Confirmed::Yes);
    assert!(confirm.is_fresh(ana).await.expect("read"));
    assert!(!confirm.is_fresh(eva).await.expect("read"), "another session gains nothing");
    let stolen = Acting { user: eva.user, ..ana };
    assert!(!confirm.is_fresh(stolen).await.expect("read"), "nor another person by this session's name");
    world.clock.advance(FRESH - Duration::from_secs(1));
    assert!(confirm.is_fresh(ana).await.expect("read"));
    world.clock.advance(Duration::from_secs(1));
    assert!(!confirm.is_fresh(ana).await.expect("read"));
}

#[tokio::test]
async fn guessing_is_slowed_and_proves_nothing() {
    let world = World::new().await;
    let confirm = confirm(&world);
    let ana = signed_in(&world, "ana", 1).await;
    world.clock.advance(FRESH);
    let guess = SecretString::from("Not-The#One1");
    let mut slowed = false;
    for _ in 0..12 {
        match confirm.attempt(ana, &guess, address()).await.expect("judged") {
            Confirmed::Wrong => assert!(!slowed),
            Confirmed::Throttled(seconds) => slowed = seconds > 0,
            other => panic!("{other:?}"),
        }
    }
    assert!(slowed);
    let right = confirm.attempt(ana, &SecretString::from(PASSWORD), address()).await.expect("judged");
    assert!(matches!(right, Confirmed::Throttled(_)), "whoever guessed waits, also with the right one");
    assert!(!confirm.is_fresh(ana).await.expect("read"));
}
