//! A new password is judged as a whole, set once, told to all, and ends every session; the old one cannot be guessed here.

use super::*;
use crate::domain::Timestamp;
use crate::domain::ids::{SessionId, UserId};
use crate::domain::recovery::TemporaryPassword;
use crate::flows::sign_in;
use crate::testing::{PASSWORD, RULES, World, browser_hash, credentials, origin, policy};

const NEW: &str = "Nube-Clara#99";

fn typed(old: &str, new: &str, confirmation: &str) -> NewPassword {
    NewPassword { old: old.into(), new: new.into(), confirmation: confirmation.into() }
}

fn signed_in(user: UserId) -> Entitled {
    Entitled::SignedIn(Acting { session: SessionId::from_random([7; 16]), user })
}

async fn change(world: &World, entitled: &Entitled, typed: NewPassword) -> Outcome {
    let address = "192.0.2.7".parse().expect("an address");
    let browser = browser_hash("browser");
    world.change_password().attempt(entitled, typed, &policy(), address, browser).await.expect("a working store")
}

async fn sign_in(world: &World, password: &str) -> sign_in::Outcome {
    let credentials = credentials("acme", "ana", password);
    world.sign_in().attempt(credentials, origin("browser"), RULES).await.expect("a working store")
}

fn faults(outcome: Outcome) -> Faults {
    match outcome {
        Outcome::Rejected(faults) => faults,
        other => panic!("not rejected: {other:?}"),
    }
}

// E2, E3, E7
#[tokio::test]
async fn all_that_is_wrong_is_named_at_once() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let own = signed_in(ana.id);
    let found = faults(change(&world, &own, typed("wrong", "short", "other")).await);
    assert!(found.wrong_old && found.mismatch);
    assert_eq!(found.unmet.len(), 4, "length, upper case, digit, special: {:?}", found.unmet);
    let common = faults(change(&world, &own, typed(PASSWORD, "Password1!", "Password1!")).await);
    assert_eq!(common, Faults { unmet: vec![Unmet::Common], ..Faults::default() });
    let reused = faults(change(&world, &own, typed(PASSWORD, PASSWORD, PASSWORD)).await);
    assert_eq!(reused.unmet, [Unmet::Reused(5)]);
    let endless = "A1#".repeat(300_000);
    let long = faults(change(&world, &own, typed(PASSWORD, &endless, &endless)).await);
    assert_eq!(long.unmet, [Unmet::TooLong]);
}

// E3
#[tokio::test]
async fn the_last_five_passwords_cannot_be_used_again_and_the_sixth_can() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let own = signed_in(ana.id);
    let passwords = [PASSWORD, "Nube-Uno#11", "Nube-Dos#22", "Nube-Tres#33", "Nube-Seis#66"];
    for pair in passwords.windows(2) {
        assert_eq!(change(&world, &own, typed(pair[0], pair[1], pair[1])).await, Outcome::Changed);
    }
    let reused = faults(change(&world, &own, typed(passwords[4], PASSWORD, PASSWORD)).await);
    assert_eq!(reused.unmet, [Unmet::Reused(5)]);
    assert_eq!(change(&world, &own, typed(passwords[4], NEW, NEW)).await, Outcome::Changed);
    assert_eq!(change(&world, &own, typed(NEW, PASSWORD, PASSWORD)).await, Outcome::Changed);
}

// E4, L4
#[tokio::test]
async fn a_change_ends_every_session_and_what_was_half_finished() {
    let world = World::new().await;
    let hash = world.hash_of("ABCDefgh#2345678").await;
    let later = Timestamp::from_second(4_000_000_000).expect("in range");
    let ana = world
        .add("ana", |user| {
            user.temporary = Some(TemporaryPassword { hash, expires_at: later, tries_left: 5 });
        })
        .await;
    let sign_in::Outcome::SignedIn { token, .. } = sign_in(&world, PASSWORD).await else { panic!("not in") };
    let sign_in::Outcome::MustChange { ticket } = sign_in(&world, "ABCDefgh#2345678").await else { panic!("not held") };
    let flow = world.change_password();
    let pending = flow.pending(&ticket, &browser_hash("browser")).await.expect("a store").expect("a ticket");
    let entitled = Entitled::Pending(pending);
    let lasting = faults(change(&world, &entitled, typed(PASSWORD, NEW, NEW)).await);
    assert!(lasting.wrong_old, "the old password is the one that led here");
    let same = "ABCDefgh#2345678";
    let kept = faults(change(&world, &entitled, typed(same, same, same)).await);
    assert_eq!(kept.unmet, [Unmet::Reused(5)], "a temporary password never becomes the lasting one");
    assert_eq!(change(&world, &entitled, typed(same, NEW, NEW)).await, Outcome::Changed);
    assert!(world.sessions.find(&token.hash(), "login.example.com").await.expect("a store").is_none());
    assert_eq!(change(&world, &entitled, typed(same, "Nube-Dos#22", "Nube-Dos#22")).await, Outcome::Void);
    assert_eq!(flow.pending(&ticket, &browser_hash("browser")).await.expect("a store"), None);
    assert!(matches!(sign_in(&world, same).await, sign_in::Outcome::Refused), "it worked once");
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::Refused));
    assert!(matches!(sign_in(&world, NEW).await, sign_in::Outcome::SignedIn { .. }));
    assert!(world.store.user(ana.id).await.expect("a store").expect("ana").temporary.is_none());
}

// E5, E7
#[tokio::test]
async fn every_registered_address_is_told_of_a_change_and_of_nothing_that_was_refused() {
    let world = World::new().await;
    let addresses = ["ana@acme.example", "ana@casa.example"];
    let ana = world
        .add("ana", |user| user.emails = addresses.map(|address| address.parse().expect("an address")).into())
        .await;
    let own = signed_in(ana.id);
    assert!(faults(change(&world, &own, typed("wrong", NEW, NEW)).await).wrong_old);
    assert_eq!(world.mailed().await, []);
    assert_eq!(change(&world, &own, typed(PASSWORD, NEW, NEW)).await, Outcome::Changed);
    let mailed = world.mailed().await;
    assert_eq!(mailed.iter().map(|(to, ..)| to.as_str()).collect::<Vec<_>>(), addresses);
    for (_, subject, text) in mailed {
        assert_eq!(subject, "Actualización de contraseña");
        assert!(text.contains("192.0.2.7") && text.contains("ana") && !text.contains(NEW), "{text}");
    }
}

// E7, rule 4
#[tokio::test]
async fn of_two_who_change_one_password_at_once_exactly_one_does() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let own = signed_in(ana.id);
    let (one, other) = tokio::join!(
        change(&world, &own, typed(PASSWORD, NEW, NEW)),
        change(&world, &own, typed(PASSWORD, "Nube-Dos#22", "Nube-Dos#22")),
    );
    let changed = [&one, &other].into_iter().filter(|outcome| **outcome == Outcome::Changed).count();
    assert_eq!(changed, 1, "{one:?}, {other:?}");
}

// rule 3
#[tokio::test]
async fn guessing_the_old_password_is_slowed() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let own = signed_in(ana.id);
    for _ in 0..10 {
        assert!(faults(change(&world, &own, typed("wrong", NEW, NEW)).await).wrong_old);
    }
    assert!(matches!(change(&world, &own, typed(PASSWORD, NEW, NEW)).await, Outcome::Throttled(_)));
    assert!(
        matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::SignedIn { .. }),
        "elsewhere nothing is locked"
    );
}

// rule 3
#[tokio::test]
async fn whoever_took_over_a_session_has_no_more_guesses_under_another_browsers_name() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let own = signed_in(ana.id);
    let address = "192.0.2.7".parse().expect("an address");
    let flow = world.change_password();
    let mut guesses = 0;
    for name in 0..20 {
        let browser = browser_hash(&format!("browser {name}"));
        let outcome = flow.attempt(&own, typed("wrong", NEW, NEW), &policy(), address, browser).await;
        guesses += usize::from(matches!(outcome, Ok(Outcome::Rejected(_))));
    }
    assert_eq!(guesses, 10);
}

#[tokio::test]
async fn a_store_that_fails_behind_the_change_is_not_told_as_if_nothing_had_changed() {
    let world = World::new().await;
    let hash = world.hash_of("ABCDefgh#2345678").await;
    let later = Timestamp::from_second(4_000_000_000).expect("in range");
    let temporary = TemporaryPassword { hash, expires_at: later, tries_left: 5 };
    world.add("ana", |user| user.temporary = Some(temporary)).await;
    let sign_in::Outcome::MustChange { ticket } = sign_in(&world, "ABCDefgh#2345678").await else { panic!("not held") };
    let flow = ChangePassword { observer: world.closing_observer(), ..world.change_password() };
    let pending = flow.pending(&ticket, &browser_hash("browser")).await.expect("a store").expect("a ticket");
    let (entitled, address) = (Entitled::Pending(pending), "192.0.2.7".parse().expect("an address"));
    let typed = typed("ABCDefgh#2345678", NEW, NEW);
    let outcome = flow.attempt(&entitled, typed, &policy(), address, browser_hash("browser")).await;
    assert_eq!(outcome.expect("it is decided"), Outcome::Changed);
    drop(flow);
    let world = world.restart();
    assert!(matches!(sign_in(&world, NEW).await, sign_in::Outcome::SignedIn { .. }));
}

// L7
#[tokio::test]
async fn a_change_that_nobody_had_a_hand_free_for_leaves_its_event() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let no_hands = Arc::new(PasswordHasher::overloaded());
    let flow = ChangePassword { hasher: no_hands, ..world.change_password() };
    let address = "192.0.2.7".parse().expect("an address");
    let own = signed_in(ana.id);
    let outcome = flow.attempt(&own, typed(PASSWORD, NEW, NEW), &policy(), address, browser_hash("browser")).await;
    assert!(matches!(outcome, Err(FlowError::Overloaded(_))), "{outcome:?}");
    assert_eq!(world.last_reason().await, AuditReason::Overloaded);
}
