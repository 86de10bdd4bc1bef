//! A right answer opens one new password in one browser, five wrong ones close the question, and nothing tells who has one.

use std::sync::Arc;

use super::*;
use crate::clock::Clock;
use crate::domain::organization::{OrganizationChange, OrganizationSettings};
use crate::domain::password::Unmet;
use crate::domain::recovery::SecretQuestion;
use crate::domain::user::Status;
use crate::flows::sign_in;
use crate::passwords::PasswordHasher;
use crate::testing::{PASSWORD, RULES, World, browser_hash, credentials, origin};

const NEW: &str = "Nube-Clara#99";

fn request(username: &str) -> Request {
    Request { organization: "acme".into(), username: username.into(), address: "192.0.2.7".parse().expect("one") }
}

fn typed(new: &str, confirmation: &str) -> Typed {
    Typed { new: new.into(), confirmation: confirmation.into() }
}

/// Ana, with an address and the answer "Duque".
async fn with_question(world: &World, username: &str, question: Question) -> User {
    let hash = world.hash_of("duque").await;
    world
        .add(username, |user| {
            user.emails = vec![format!("{username}@acme.example").parse().expect("an address")];
            user.recovery.question = Some(SecretQuestion::new(question, hash, user.created_at));
        })
        .await
}

fn first_pet() -> Question {
    Question::Catalogue("first-pet".to_owned())
}

async fn answer(world: &World, username: &str, answer: &str) -> Answered {
    let browser = browser_hash("b");
    let config = Config::default();
    world.recover().answer(request(username), &answer.into(), browser, &config).await.expect("a working store")
}

async fn save(world: &World, username: &str, proof: Option<&Token>, browser: &str, typed: Typed) -> QuestionUsed {
    let (browser, config) = (browser_hash(browser), Config::default());
    world.recover().use_question(request(username), proof, typed, browser, &config).await.expect("a working store")
}

async fn asked(world: &World, username: &str) -> AskedQuestion {
    let asked = world.recover().question(&request(username), &Config::default()).await.expect("a working store");
    asked.expect("not too often")
}

fn right(answered: Answered) -> Token {
    match answered {
        Answered::Right(token) => token,
        other => panic!("{other:?}"),
    }
}

async fn signs_in(world: &World, password: &str) -> bool {
    let outcome = world.sign_in().attempt(credentials("acme", "ana", password), origin("s"), RULES).await;
    matches!(outcome, Ok(sign_in::Outcome::SignedIn { .. }))
}

async fn settle(world: &World, change: impl FnOnce(&mut OrganizationSettings)) {
    let key = "acme".parse().expect("a key");
    let mut settings = world.store.organization(&key).await.expect("a store").expect("there").settings;
    change(&mut settings);
    let change = OrganizationChange::SetRules(settings);
    world.store.change_organization(&key, change).await.expect("a store").expect("there");
}

// Q2, Q3
#[tokio::test]
async fn a_right_answer_opens_a_new_password_once_and_signs_nobody_in() {
    let world = World::new().await;
    let ana = with_question(&world, "ana", first_pet()).await;
    let proof = right(answer(&world, "ANA", " DÚQUE ").await);
    assert_eq!(world.last_reason().await, AuditReason::Ok);
    assert_eq!(world.mailed().await.len(), 1, "every use is told");
    assert!(signs_in(&world, PASSWORD).await, "nothing has changed yet");
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Saved);
    assert_eq!(world.mailed().await.len(), 1);
    assert_eq!(world.store.sessions_of(ana.id).await.expect("a store"), [], "every session ended, none was opened");
    assert!(!signs_in(&world, PASSWORD).await);
    assert!(signs_in(&world, NEW).await);
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed("Otra-Mas#99", "Otra-Mas#99")).await, QuestionUsed::Void);
}

// Q2
#[tokio::test]
async fn a_new_password_is_judged_like_any_other_and_the_way_stays_open_meanwhile() {
    let world = World::new().await;
    with_question(&world, "ana", first_pet()).await;
    let proof = right(answer(&world, "ana", "Duque").await);
    for (new, confirmation, mismatch, unmet) in [
        ("", "", false, 4),
        ("corta", "otra", true, 4),
        (NEW, "otra", true, 0),
        (PASSWORD, PASSWORD, false, 1),
        ("Acme-Segura#99", "Acme-Segura#99", false, 1),
    ] {
        let used = save(&world, "ana", Some(&proof), "b", typed(new, confirmation)).await;
        let QuestionUsed::Rejected(faults) = used else { panic!("{new}: {used:?}") };
        assert_eq!((faults.mismatch, faults.unmet.len()), (mismatch, unmet), "{new} {:?}", faults.unmet);
        assert!(new != PASSWORD || faults.unmet == [Unmet::Reused(5)]);
    }
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Saved);
}

// Q2: rule 4
#[tokio::test]
async fn no_step_can_be_skipped_and_a_proof_serves_one_browser_one_account_and_fifteen_minutes() {
    let world = World::new().await;
    let ana = with_question(&world, "ana", first_pet()).await;
    with_question(&world, "eva", first_pet()).await;
    assert_eq!(save(&world, "ana", None, "b", typed(NEW, NEW)).await, QuestionUsed::Void);
    let invented = world.random.token();
    assert_eq!(save(&world, "ana", Some(&invented), "b", typed(NEW, NEW)).await, QuestionUsed::Void);
    let proof = right(answer(&world, "ana", "Duque").await);
    assert_eq!(save(&world, "eva", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Void, "another account");
    assert_eq!(save(&world, "ana", Some(&proof), "thief", typed(NEW, NEW)).await, QuestionUsed::Void);
    world.clock.advance(PROOF_LIFETIME);
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Void, "too late");
    assert_eq!(world.last_reason().await, AuditReason::BadForm);

    let proof = right(answer(&world, "ana", "Duque").await);
    let change = UserChange::SetEmails(vec!["ana@nueva.example".parse().expect("an address")]);
    world.store.change_user(ana.id, change, world.clock.now()).await.expect("a change");
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Void, "other credentials");
    assert!(signs_in(&world, PASSWORD).await);
}

// Q2: rule 4
#[tokio::test]
async fn of_two_tabs_that_save_at_once_one_wins() {
    let world = World::new().await;
    with_question(&world, "ana", first_pet()).await;
    let proof = right(answer(&world, "ana", "Duque").await);
    let (one, other) = tokio::join!(
        save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)),
        save(&world, "ana", Some(&proof), "b", typed("Otra-Mas#99", "Otra-Mas#99")),
    );
    let saved = [&one, &other].into_iter().filter(|used| **used == QuestionUsed::Saved).count();
    assert_eq!(saved, 1, "{one:?} {other:?}");
}

// Q3
#[tokio::test]
async fn five_wrong_answers_close_the_question_until_the_next_sign_in() {
    let world = World::new().await;
    with_question(&world, "ana", first_pet()).await;
    for _ in 0..5 {
        assert!(matches!(answer(&world, "ana", "Firulais").await, Answered::Wrong));
    }
    assert!(matches!(answer(&world, "ana", "Duque").await, Answered::Wrong), "closed");
    assert_eq!(asked(&world, "ana").await, asked(&world, "ana").await);
    assert!(matches!(asked(&world, "ana").await, AskedQuestion::Catalogue(shown) if shown.name == "first-pet"));
    assert!(signs_in(&world, PASSWORD).await);
    right(answer(&world, "ana", "Duque").await);
}

// Q3
#[tokio::test]
async fn of_many_who_answer_at_once_no_more_than_five_are_judged() {
    let world = World::new().await;
    let ana = with_question(&world, "ana", first_pet()).await;
    let racers = (0..20).map(|number| {
        let (world, guess) = (&world, format!("guess{number}"));
        async move { answer(world, "ana", &guess).await }
    });
    let answered = futures_util::future::join_all(racers).await;
    assert!(answered.iter().all(|answered| matches!(answered, Answered::Wrong)));
    let user = world.store.user(ana.id).await.expect("a store").expect("there");
    assert_eq!(user.recovery.question.expect("one").tries_left, 0);
    assert!(matches!(answer(&world, "ana", "Duque").await, Answered::Wrong));
}

// Q2: rule 1
#[tokio::test]
async fn a_name_without_a_question_is_shown_one_that_never_changes() {
    let world = World::new().await;
    world.add("beto", |_| {}).await;
    let mut shown = std::collections::BTreeSet::new();
    for number in 0..40 {
        let name = format!("nobody{number}");
        let AskedQuestion::Catalogue(question) = asked(&world, &name).await else { panic!("made up") };
        assert_eq!(asked(&world, &name.to_uppercase()).await, AskedQuestion::Catalogue(question), "any spelling");
        shown.insert(question.name);
    }
    assert!(shown.len() > 3, "names differ: {shown:?}");
    let before = asked(&world, "beto").await;
    assert!(matches!(answer(&world, "beto", "Duque").await, Answered::Wrong));
    assert!(matches!(answer(&world, "nobody1", "Duque").await, Answered::Wrong));
    assert_eq!(world.last_reason().await, AuditReason::UnknownUser);
    let world = world.restart();
    assert_eq!(asked(&world, "beto").await, before, "after a restart, too");
    assert_eq!(world.mailed().await, []);
}

// Q2: rule 1
#[tokio::test]
async fn a_closed_account_keeps_its_question_and_opens_nothing() {
    let world = World::new().await;
    let ana = with_question(&world, "ana", Question::Own("¿Qué barco tuvo Nino?".into())).await;
    let own = AskedQuestion::Own("¿Qué barco tuvo Nino?".into());
    assert_eq!(asked(&world, "ana").await, own);
    world.store.change_user(ana.id, UserChange::Deactivate, world.clock.now()).await.expect("a change");
    assert_eq!(world.store.user(ana.id).await.expect("a store").expect("there").status, Status::Deactivated);
    assert_eq!(asked(&world, "ana").await, own);
    assert!(matches!(answer(&world, "ana", "Duque").await, Answered::Wrong));
    assert_eq!(world.last_reason().await, AuditReason::Deactivated);
}

// Q4
#[tokio::test]
async fn an_organization_may_do_without_it() {
    let world = World::new().await;
    with_question(&world, "ana", Question::Own("¿Qué barco tuvo Nino?".into())).await;
    let proof = right(answer(&world, "ana", "Duque").await);
    settle(&world, |settings| settings.recovery_methods = Some([RecoveryMethod::ResetLink].into())).await;
    assert!(matches!(asked(&world, "ana").await, AskedQuestion::Catalogue(_)), "a made-up one");
    assert!(matches!(answer(&world, "ana", "Duque").await, Answered::Wrong));
    assert_eq!(world.last_reason().await, AuditReason::MethodNotAllowed);
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Void);
}

// Q4
#[tokio::test]
async fn where_the_mailbox_must_be_proved_too_a_right_answer_mails_a_link_and_opens_nothing() {
    let world = World::new().await;
    let ana = with_question(&world, "ana", first_pet()).await;
    settle(&world, |settings| settings.question_needs_mailbox = Some(true)).await;
    assert!(matches!(answer(&world, "ana", "Firulais").await, Answered::Wrong));
    assert_eq!(world.mailed().await, []);
    assert!(matches!(answer(&world, "ana", "Duque").await, Answered::LinkSent));
    let mailed = world.mailed().await;
    let with_link = mailed.iter().filter(|(_, _, text)| text.contains("/_portero/reset?token=")).count();
    assert_eq!((mailed.len(), with_link), (2, 1), "{mailed:?}");
    let user = world.store.user(ana.id).await.expect("a store").expect("there");
    assert_eq!(user.recovery.link.expect("a link").sent_to.as_str(), "ana@acme.example");
}

// Q2: rule 3
#[tokio::test]
async fn a_recovery_lifts_the_deactivation_by_failures() {
    let world = World::new().await;
    with_question(&world, "ana", first_pet()).await;
    for _ in 0..12 {
        assert!(!signs_in(&world, "guess").await);
    }
    assert!(!signs_in(&world, PASSWORD).await, "closed after too many failures");
    let proof = right(answer(&world, "ana", "Duque").await);
    assert_eq!(save(&world, "ana", Some(&proof), "b", typed(NEW, NEW)).await, QuestionUsed::Saved);
    assert!(signs_in(&world, NEW).await);
}

#[tokio::test]
async fn an_answer_that_nobody_had_a_hand_free_for_leaves_its_event() {
    let world = World::new().await;
    with_question(&world, "ana", first_pet()).await;
    let proof = right(answer(&world, "ana", "Duque").await);
    let (browser, config) = (browser_hash("b"), Config::default());
    let flow = || Recover { hasher: Arc::new(PasswordHasher::overloaded()), ..world.recover() };
    let answered = flow().answer(request("ana"), &"Duque".into(), browser, &config).await;
    assert!(matches!(answered, Err(FlowError::Overloaded(_))));
    assert_eq!(world.last_reason().await, AuditReason::Overloaded);
    let saved = flow().use_question(request("ana"), Some(&proof), typed(NEW, NEW), browser, &config).await;
    assert!(matches!(saved, Err(FlowError::Overloaded(_))), "{saved:?}");
    assert_eq!(world.last_reason().await, AuditReason::Overloaded);
}
