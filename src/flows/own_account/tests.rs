//! What is settled about the own account takes the password where something is given away, and touches nobody else's.

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::domain::audit::AuditReason;
use crate::domain::ids::SessionId;
use crate::domain::recovery::{AnswerFault, Question, SecretQuestion};
use crate::flows::sign_in;
use crate::testing::{LIMITS, PASSWORD, RULES, World, credentials, origin};

fn address() -> IpAddr {
    "192.0.2.7".parse().expect("one")
}

fn acting(user: &User) -> Acting {
    Acting { session: SessionId::from_random([7; 16]), user: user.id }
}

fn with_address(user: &mut User) {
    user.emails = vec!["ana@acme.example".parse().expect("an address")];
}

fn choice(question: Question, answer: &str) -> Option<QuestionChoice> {
    Some(QuestionChoice { question, answer: SecretString::from(answer) })
}

fn first_pet() -> Question {
    Question::Catalogue("first-pet".to_owned())
}

async fn set(world: &World, user: &User, choice: Option<QuestionChoice>, password: &str) -> QuestionOutcome {
    world.own_account().set_question(acting(user), choice, password.into(), address()).await.expect("a working store")
}

async fn question(world: &World, user: &User) -> Option<SecretQuestion> {
    world.store.user(user.id).await.expect("a store").expect("there").recovery.question
}

/// Signs in from a browser of that name; the session it got.
async fn sign_in(world: &World, user: &User, browser: &str) -> (SessionId, crate::random::Token) {
    let outcome = world.sign_in().attempt(credentials("acme", "ana", PASSWORD), origin(browser), RULES).await;
    let Ok(sign_in::Outcome::SignedIn { token, .. }) = outcome else { panic!("not signed in: {outcome:?}") };
    let newest = world.store.session_by_token(&token.hash()).await.expect("a store").expect("a session").0;
    assert_eq!(newest.user, user.id);
    (newest.id, token)
}

async fn is_open(world: &World, token: &crate::random::Token) -> bool {
    world.sessions.find(&token.hash(), "login.example.com").await.expect("a store").is_some()
}

// Q1
#[tokio::test]
async fn a_question_is_set_and_removed_with_the_password_and_every_address_is_told() {
    let world = World::new().await;
    let ana = world.add("ana", with_address).await;
    assert_eq!(set(&world, &ana, choice(first_pet(), "Duque"), PASSWORD).await, QuestionOutcome::Saved);
    let stored = question(&world, &ana).await.expect("a question");
    assert_eq!(stored.question, first_pet());
    assert!(world.hasher.verify(&"duque".into(), Some(&stored.answer)).await.expect("a hasher"), "normalized");
    let own = Question::Own("  ¿Qué barco tuvo Nino?  ".to_owned());
    assert_eq!(set(&world, &ana, choice(own, "La Perla"), PASSWORD).await, QuestionOutcome::Saved);
    let stored = question(&world, &ana).await.expect("a question");
    assert_eq!(stored.question, Question::Own("¿Qué barco tuvo Nino?".to_owned()));
    assert_eq!(set(&world, &ana, None, PASSWORD).await, QuestionOutcome::Saved);
    assert_eq!(question(&world, &ana).await, None);
    assert_eq!(world.mailed().await.len(), 3);
    assert_eq!(world.last_reason().await, AuditReason::Ok);
}

// Q1, Q3
#[tokio::test]
async fn all_that_is_wrong_is_named_and_nothing_is_saved() {
    let world = World::new().await;
    let ana = world.add("ana", with_address).await;
    let own = |text: &str| Question::Own(text.to_owned());
    let cases = [
        (Question::Catalogue("no such".into()), "Duque", QuestionFault::Question),
        (own(""), "Duque", QuestionFault::Question),
        (own("?"), "Duque", QuestionFault::Question),
        (own("One line\nand another?"), "Duque", QuestionFault::Question),
        (own(&"long ".repeat(41)), "Duque", QuestionFault::Question),
        (first_pet(), "", QuestionFault::Answer(AnswerFault::TooShort)),
        (first_pet(), "Mascota", QuestionFault::Answer(AnswerFault::Obvious)),
        (first_pet(), "Núñez", QuestionFault::Answer(AnswerFault::Obvious)),
        (first_pet(), "acme", QuestionFault::Answer(AnswerFault::Obvious)),
        (first_pet(), PASSWORD, QuestionFault::Answer(AnswerFault::Obvious)),
        (own("Is it Duque?"), "duque", QuestionFault::Answer(AnswerFault::Obvious)),
        (first_pet(), &"Duque ".repeat(20), QuestionFault::Answer(AnswerFault::TooLong)),
    ];
    for (question, answer, fault) in cases {
        let faults = QuestionFaults { wrong_password: false, fault: Some(fault) };
        let told = format!("{question:?} {answer:?}");
        assert_eq!(
            set(&world, &ana, choice(question, answer), PASSWORD).await,
            QuestionOutcome::Rejected(faults),
            "{told}"
        );
        assert_eq!(world.last_reason().await, AuditReason::Invalid, "{told}");
    }
    let wrong = QuestionFaults { wrong_password: true, fault: None };
    for attempt in [choice(first_pet(), "Duque"), None] {
        assert_eq!(set(&world, &ana, attempt, "guess").await, QuestionOutcome::Rejected(wrong));
        assert_eq!(world.last_reason().await, AuditReason::WrongPassword);
    }
    assert_eq!((question(&world, &ana).await, world.mailed().await), (None, vec![]));
}

// P4
#[tokio::test]
async fn the_list_holds_the_own_open_sessions_and_ends_one_at_once() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    world.add("eva", |_| {}).await;
    let (here, mine) = sign_in(&world, &ana, "here").await;
    let (there, other) = sign_in(&world, &ana, "there").await;
    let outcome = world.sign_in().attempt(credentials("acme", "eva", PASSWORD), origin("eva"), RULES).await;
    let Ok(sign_in::Outcome::SignedIn { token: of_eva, .. }) = outcome else { panic!("{outcome:?}") };
    let eva = world.store.session_by_token(&of_eva.hash()).await.expect("a store").expect("a session").0.id;

    let acting = Acting { session: here, user: ana.id };
    let own = world.own_account();
    let listed = own.sessions(acting, LIMITS).await.expect("a store");
    let named: Vec<_> = listed.iter().map(|listed| (listed.session.id, listed.this)).collect();
    assert_eq!(named, [(here, true), (there, false)]);
    assert!(is_open(&world, &other).await, "it is in memory");

    assert!(!own.end_session(acting, &eva.to_string(), address()).await.expect("a store"), "another's");
    assert!(!own.end_session(acting, "", address()).await.expect("a store"));
    assert_eq!(world.last_reason().await, AuditReason::Invalid);
    assert!(is_open(&world, &of_eva).await);
    assert!(own.end_session(acting, &there.to_string(), address()).await.expect("a store"));
    assert!(!is_open(&world, &other).await, "forgotten at once");
    assert!(is_open(&world, &mine).await);
}

// P4
#[tokio::test]
async fn all_others_end_at_once_and_those_that_ran_out_are_not_listed() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let (_, old) = sign_in(&world, &ana, "old").await;
    world.clock.advance(LIMITS.idle + Duration::from_secs(1));
    let (here, mine) = sign_in(&world, &ana, "here").await;
    let (_, other) = sign_in(&world, &ana, "other").await;
    let acting = Acting { session: here, user: ana.id };
    assert_eq!(world.own_account().sessions(acting, LIMITS).await.expect("a store").len(), 2);
    assert!(is_open(&world, &other).await);
    world.own_account().end_other_sessions(acting, address()).await.expect("a store");
    assert!(is_open(&world, &mine).await);
    assert!(!is_open(&world, &other).await && !is_open(&world, &old).await);
}

// P4
#[tokio::test]
async fn the_language_is_remembered_and_shows_in_open_sessions() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let (session, token) = sign_in(&world, &ana, "here").await;
    assert!(is_open(&world, &token).await);
    let acting = Acting { session, user: ana.id };
    assert!(world.own_account().set_language(acting, Language::En).await.expect("a store"));
    let live = world.sessions.find(&token.hash(), "login.example.com").await.expect("a store").expect("open");
    assert_eq!(live.person.language, Some(Language::En));
}

// Q3
#[tokio::test]
async fn signing_in_opens_a_closed_question_again() {
    let world = World::new().await;
    let ana = world.add("ana", |user| {
        let hash = user.password.as_ref().expect("one").hash.clone();
        let question = SecretQuestion::new(first_pet(), hash, user.created_at);
        user.recovery.question = Some(SecretQuestion { tries_left: 0, ..question });
    });
    let ana = ana.await;
    let refused = world.sign_in().attempt(credentials("acme", "ana", "guess"), origin("b"), RULES).await;
    assert!(matches!(refused, Ok(sign_in::Outcome::Refused)), "{refused:?}");
    assert_eq!(question(&world, &ana).await.expect("one").tries_left, 0, "a guess opens nothing");
    sign_in(&world, &ana, "here").await;
    assert_eq!(question(&world, &ana).await.expect("one").tries_left, 5);
}
