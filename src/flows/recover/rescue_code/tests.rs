//! A code is good once, for its own account and hour, however many try it; asking for one tells nothing of anybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;

use super::*;
use crate::clock::Clock;
use crate::domain::ids::UserId;
use crate::domain::names::EmailAddress;
use crate::domain::user::{Password, Status};
use crate::flows::sign_in;
use crate::random::{Random, SeededRandom};
use crate::testing::{PASSWORD, RULES, World, credentials, origin};

fn request(username: &str) -> Request {
    Request { organization: "acme".into(), username: username.into(), address: "192.0.2.7".parse().expect("one") }
}

async fn ask(world: &World, username: &str) -> Asked {
    world.recover().send_rescue_codes(request(username), &Config::default()).await.expect("a working store")
}

async fn try_code(world: &World, username: &str, code: &str) -> Tried {
    world.recover().use_rescue_code(request(username), code.into(), &Config::default()).await.expect("a working store")
}

fn with_addresses(user: &mut User) {
    user.emails = ["ana@acme.example", "ana@casa.example"].map(|text| text.parse().expect("an address")).into();
}

/// The code in a mail: the only line of three groups.
fn code_in(text: &str) -> String {
    let is_code = |line: &&str| line.split('-').map(str::len).collect::<Vec<_>>() == [4, 4, 4];
    text.lines().map(str::trim).find(is_code).expect("a code").to_owned()
}

/// The codes that were mailed, by address.
async fn codes(world: &World) -> Vec<(EmailAddress, String)> {
    world.mailed().await.into_iter().map(|(to, _, text)| (to, code_in(&text))).collect()
}

async fn sign_in(world: &World, password: &str) -> sign_in::Outcome {
    world.sign_in().attempt(credentials("acme", "ana", password), origin("b"), RULES).await.expect("a working store")
}

async fn change(world: &World, user: UserId, change: UserChange) {
    world.store.change_user(user, change, world.clock.now()).await.expect("changed");
}

/// A code that is none of these, for the mailbox of the first.
fn another(code: &str) -> String {
    let last = if code.ends_with('7') { '8' } else { '7' };
    format!("{}{last}", &code[..code.len() - 1])
}

// R2, R3, rule 5
#[tokio::test(start_paused = true)]
async fn each_address_gets_a_code_of_its_own_and_nothing_else_changes() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    assert_eq!(ask(&world, "ANA").await, Asked::Heard);
    let mailed = world.mailed().await;
    let [(first, subject, one), (second, _, two)] = &mailed[..] else { panic!("two messages: {mailed:?}") };
    assert_eq!([first.as_str(), second.as_str()], ["ana@acme.example", "ana@casa.example"]);
    assert_ne!(code_in(one), code_in(two));
    assert!(!subject.contains(&code_in(one)));
    let link = "/_portero/recover/rescue-code?organization=ACME&username=ana";
    assert!(one.contains(&format!("{}{link}", Config::default().portal.origin)), "{one}");
    let now = world.store.user(ana.id).await.expect("a store").expect("there");
    assert_eq!((now.credential_version, now.password), (ana.credential_version, ana.password));
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::SignedIn { .. }));
}

// R2, R3, R4
#[tokio::test(start_paused = true)]
async fn any_of_the_codes_typed_in_any_way_is_exchanged_once_and_the_trail_says_whose_it_was() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    ask(&world, "ana").await;
    let codes = codes(&world).await;
    let typed = codes[1].1.to_lowercase().replace('-', " ");
    assert_eq!(try_code(&world, "Ana", &typed).await, Tried::Redeemed);
    let event = world.store.audit(None, 1).await.expect("a trail").remove(0);
    assert_eq!((event.action, event.reason), (AuditAction::UseRescueCode, AuditReason::Ok));
    assert_eq!(event.mailbox.as_deref(), Some("a•••@c•••.example (2)"));
    let mailed = world.mailed().await;
    assert_eq!(mailed.iter().map(|(to, ..)| to.as_str()).collect::<Vec<_>>(), ["ana@acme.example", "ana@casa.example"]);
    let secret = |text: &str| {
        let found = text.lines().map(str::trim).find(|line| line.chars().count() == 16 && !line.contains(' '));
        found.expect("a temporary password").to_owned()
    };
    assert_eq!(secret(&mailed[0].2), secret(&mailed[1].2));
    assert!(matches!(sign_in(&world, &secret(&mailed[0].2)).await, sign_in::Outcome::MustChange { .. }));
    for (_, code) in &codes {
        assert_eq!(try_code(&world, "ana", code).await, Tried::Wrong, "used up with the other");
    }
    assert_eq!(world.mailed().await, []);
}

// R3
#[tokio::test(start_paused = true)]
async fn a_newer_request_voids_the_older_codes_and_an_hour_ends_them() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    ask(&world, "ana").await;
    let old = codes(&world).await.remove(0).1;
    ask(&world, "ana").await;
    let new = codes(&world).await.remove(0).1;
    assert_eq!(try_code(&world, "ana", &old).await, Tried::Wrong);
    world.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(try_code(&world, "ana", &new).await, Tried::Wrong);
    assert_eq!(world.last_reason().await, AuditReason::WrongCode);
    ask(&world, "ana").await;
    let newest = codes(&world).await.remove(0).1;
    world.clock.advance(Duration::from_secs(60 * 60 - 1));
    assert_eq!(try_code(&world, "ana", &newest).await, Tried::Redeemed);
}

// R3, rule 3
#[tokio::test(start_paused = true)]
async fn five_wrong_tries_at_once_or_in_turn_end_a_code_and_what_cannot_be_one_costs_none() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    ask(&world, "ana").await;
    let code = codes(&world).await.remove(0).1;
    for _ in 0..9 {
        assert_eq!(try_code(&world, "ana", "1234").await, Tried::Wrong);
    }
    let wrong = another(&code);
    let tried = join_all((0..4).map(|_| try_code(&world, "ana", &wrong))).await;
    assert!(tried.iter().all(|tried| *tried == Tried::Wrong));
    assert_eq!(try_code(&world, "ana", &code).await, Tried::Redeemed, "the fifth");
    world.mailed().await;
    ask(&world, "ana").await;
    let code = codes(&world).await.remove(0).1;
    join_all((0..20).map(|_| try_code(&world, "ana", &wrong))).await;
    assert_eq!(try_code(&world, "ana", &code).await, Tried::Wrong);
}

// R3, rule 2
#[tokio::test(start_paused = true)]
async fn of_many_who_use_one_code_at_once_exactly_one_wins() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    for _ in 0..3 {
        ask(&world, "ana").await;
        let code = codes(&world).await.remove(0).1;
        let tried = join_all((0..5).map(|_| try_code(&world, "ana", &code))).await;
        assert_eq!(tried.iter().filter(|tried| **tried == Tried::Redeemed).count(), 1, "{tried:?}");
        assert_eq!(world.mailed().await.len(), 2, "one temporary password, to each address");
    }
}

// rule 2
#[tokio::test(start_paused = true)]
async fn a_code_dies_with_any_change_of_password_address_or_status_and_opens_no_other_account() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    world.add("beto", with_addresses).await;
    let hash = world.hash_of("Nube-Clara#99").await;
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
        ask(&world, "ana").await;
        let code = codes(&world).await.remove(0).1;
        assert_eq!(try_code(&world, "beto", &code).await, Tried::Wrong);
        for one in all {
            change(&world, ana.id, one).await;
        }
        assert_eq!(try_code(&world, "ana", &code).await, Tried::Wrong);
    }
}

// R5, L5
#[tokio::test(start_paused = true)]
async fn it_lifts_what_was_tried_at_the_account() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    while !matches!(sign_in(&world, "wrong").await, sign_in::Outcome::Deactivated { .. }) {}
    ask(&world, "ana").await;
    let code = codes(&world).await.remove(0).1;
    assert_eq!(try_code(&world, "ana", &code).await, Tried::Redeemed);
    assert!(matches!(sign_in(&world, PASSWORD).await, sign_in::Outcome::SignedIn { .. }));
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
        ("beto", AuditReason::NoEmail, AuditReason::WrongCode),
        ("closed", AuditReason::Deactivated, AuditReason::Deactivated),
        ("nobody", AuditReason::UnknownUser, AuditReason::UnknownUser),
        ("no name!", AuditReason::UnknownUser, AuditReason::UnknownUser),
    ];
    for (username, asked, tried) in cases {
        assert_eq!(ask(&world, username).await, Asked::Heard, "{username}");
        assert_eq!(world.last_reason().await, asked, "{username}");
        assert_eq!(try_code(&world, username, "A1B0-C2D3-E4F5").await, Tried::Wrong, "{username}");
        assert_eq!(world.last_reason().await, tried, "{username}");
    }
    assert_eq!(world.mailed().await, []);
}

/// Counts what is drawn: each hash has a salt of its own, and each sign of a code is drawn.
struct Counting(AtomicUsize, SeededRandom);

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fetch_add(1, Ordering::Relaxed);
        self.1.fill(buffer);
    }
}

// rule 1
#[tokio::test(start_paused = true)]
async fn as_much_is_made_and_hashed_for_everybody() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    world.add("beto", |_| {}).await;
    for username in ["ana", "beto", "nobody"] {
        let counting = Arc::new(Counting(AtomicUsize::new(0), SeededRandom::new(3)));
        let recover = Recover { random: Arc::clone(&counting) as _, ..world.recover() };
        recover.send_rescue_codes(request(username), &Config::default()).await.expect("heard");
        assert_eq!(counting.0.load(Ordering::Relaxed), MAX_EMAILS * (12 + 1), "{username}");
    }
}

// rule 3
#[tokio::test(start_paused = true)]
async fn a_flood_of_requests_stops_sending_and_leaves_the_last_codes_good() {
    let world = World::new().await;
    world.add("ana", with_addresses).await;
    for _ in 0..4 {
        ask(&world, "ana").await;
    }
    assert_eq!(world.mailed().await.len(), 4 * 2);
    ask(&world, "ana").await;
    let code = codes(&world).await.remove(0).1;
    for _ in 0..4 {
        assert_eq!(ask(&world, "ana").await, Asked::Heard);
        assert_eq!(world.last_reason().await, AuditReason::Throttled);
    }
    assert_eq!(world.mailed().await, []);
    assert_eq!(try_code(&world, "ana", &code).await, Tried::Redeemed);
}
