//! What memory knows of a session is what the store knows, over changes, limits, hosts and restarts.

use std::sync::OnceLock;
use std::sync::Weak;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use super::*;
use crate::domain::session::{EndReason, SessionToken};
use crate::domain::user::UserChange;
use crate::flows::sign_in::Outcome;
use crate::random::{Token, digest};
use crate::testing::{LIMITS, PASSWORD, RULES, World, credentials, origin};

const HOST: &str = "login.example.com";

async fn signed_in(world: &World) -> Token {
    let credentials = credentials("acme", "ana", PASSWORD);
    match world.sign_in().attempt(credentials, origin("browser"), RULES).await.expect("a working store") {
        Outcome::SignedIn { token, .. } => token,
        other => panic!("not signed in: {other:?}"),
    }
}

/// Deactivates a user from another thread, as a command does while a request is being served.
fn deactivate(store: &Arc<dyn Store>, user: UserId, at: Timestamp) {
    let store = Arc::clone(store);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(store.change_user(user, UserChange::Deactivate, at)).expect("a change");
    });
    thread.join().expect("no panic");
}

#[tokio::test]
async fn a_look_up_that_a_change_overtook_is_made_again() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    let here: Arc<OnceLock<Weak<LiveSessions>>> = Arc::default();
    let looks = Arc::new(AtomicUsize::new(0));
    let (there, count, store, now) =
        (Arc::clone(&here), Arc::clone(&looks), Arc::clone(&world.store), world.clock.now());
    // What is prepared has been read already: the change comes between reading and caching.
    let overtaken = move |_: &Session, person: &Arc<Person>| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            deactivate(&store, person.id, now);
            there.get().and_then(Weak::upgrade).expect("still there").user_changed(person.id);
        }
        Some(())
    };
    let sessions = Arc::new(LiveSessions::new(Arc::clone(&world.store), world.clock(), LIMITS, overtaken));
    here.set(Arc::downgrade(&sessions)).expect("set once");
    assert!(sessions.find(&token.hash(), HOST).await.expect("a store").is_none(), "the old state lets nobody in");
    assert_eq!(looks.load(Ordering::SeqCst), 1, "the second look ended at the account");
    assert!(sessions.find(&token.hash(), HOST).await.expect("a store").is_none(), "nor was it cached");
    assert_eq!(sessions.former_holder(&token.hash(), HOST).await.expect("a store"), Some(ana.id));
}

#[tokio::test]
async fn a_session_that_nothing_can_be_prepared_of_lets_nobody_in() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    let refused: LiveSessions = LiveSessions::new(Arc::clone(&world.store), world.clock(), LIMITS, |_, _| None);
    assert!(refused.find(&token.hash(), HOST).await.expect("a store").is_none());
}

#[tokio::test]
async fn what_is_known_of_a_changed_user_is_read_anew() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    let named = async || {
        let live = world.sessions.find(&token.hash(), HOST).await.expect("a store").expect("a session");
        live.person.name.to_string()
    };
    assert_eq!(named().await, "Ana Núñez");
    let rename = UserChange::SetName("Ana Gil".parse().expect("a name"));
    world.store.change_user(ana.id, rename, world.clock.now()).await.expect("a change");
    assert_eq!(named().await, "Ana Núñez", "as it was when it was looked up");
    world.sessions.user_changed(ana.id);
    assert_eq!(named().await, "Ana Gil");
}

#[tokio::test]
async fn shorter_limits_hold_for_sessions_that_are_open_already() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    assert!(world.sessions.find(&token.hash(), HOST).await.expect("a store").is_some());
    world.clock.advance(LIMITS.idle / 2);
    world.sessions.set_limits(SessionLimits { idle: LIMITS.idle / 2, ..LIMITS });
    assert!(world.sessions.find(&token.hash(), HOST).await.expect("a store").is_none());
}

#[tokio::test]
async fn a_session_in_use_on_one_host_is_alive_on_all() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let outcome = world.sign_in().attempt(credentials("acme", "ana", PASSWORD), origin("browser"), RULES).await;
    let Ok(Outcome::SignedIn { token, .. }) = outcome else { panic!("{outcome:?}") };
    let portal = "login.example.com";
    let live = world.sessions.find(&token.hash(), portal).await.expect("a store").expect("a session");
    let other = SessionToken { hash: digest(b"other"), session: live.id, host: "shop.example.com".to_owned() };
    assert!(world.store.add_session_token(other.clone()).await.expect("a store"));
    for _ in 0..4 {
        world.clock.advance(LIMITS.idle - std::time::Duration::from_secs(1));
        let found = world.sessions.find(&other.hash, "shop.example.com").await.expect("a store");
        assert!(found.is_some());
    }
    assert!(world.sessions.find(&token.hash(), portal).await.expect("a store").is_some());
}

#[tokio::test]
async fn what_goes_on_in_the_name_of_a_session_ends_at_its_absolute_limit_and_with_a_change_of_the_person() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    let find = async || world.sessions.find(&token.hash(), HOST).await.expect("a store");
    let first = find().await.expect("signed in");
    world.sessions.user_changed(ana.id);
    assert!(first.end.has_come());
    let second = find().await.expect("still signed in");
    world.sessions.write_behind().await.expect("a store");
    assert!(!second.end.has_come());
    world.clock.advance(LIMITS.absolute);
    world.sessions.write_behind().await.expect("a store");
    assert!(second.end.has_come());
}

// E1
#[tokio::test]
async fn every_request_on_any_host_counts_as_activity_to_the_quarter_hour_and_survives_a_restart() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let token = signed_in(&world).await;
    let live = world.sessions.find(&token.hash(), HOST).await.expect("a store").expect("a session");
    let ana = live.person.id;
    let shop = digest(b"shop");
    let added = SessionToken { hash: shop, session: live.id, host: "shop.example.com".to_owned() };
    assert!(world.store.add_session_token(added).await.expect("a store"));
    let noted = async || world.store.last_activity(ana).await.expect("a store").expect("activity");
    // 12:00 to 12:25, on the application's host alone, in steps below the idle limit.
    for _ in 0..5 {
        world.clock.advance(Duration::from_secs(5 * 60));
        world.sessions.find(&shop, "shop.example.com").await.expect("a store").expect("a session");
        world.sessions.write_behind().await.expect("a store");
    }
    // Whatever is told comes after what was noted before it.
    let nobody = SessionId::from_random([9; 16]);
    world.store.end_session(nobody, EndReason::Revoked, world.clock.now()).await.expect("a store");
    let quarter = world.clock.now() - Duration::from_secs(10 * 60);
    assert_eq!(noted().await, quarter, "12:15, when the quarter began");
    let world = world.restart();
    assert_eq!(world.store.last_activity(ana).await.expect("a store"), Some(quarter));
}
