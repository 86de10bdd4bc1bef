//! Who gets in, who has to change the password first, and who is told nothing; how guessing is slowed.

use std::time::Duration;

use super::admit::CHANGE_LIFETIME;
use super::*;
use crate::config::ThrottleConfig;
use crate::domain::organization::{OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::recovery::TemporaryPassword;
use crate::domain::user::{Status, User, UserChange};
use crate::flows::change_password::{Entitled, NewPassword};
use crate::passwords::{adopt, is_outdated};
use crate::testing::{LIMITS, PASSWORD, RULES, World, browser_hash, credentials, origin, policy};

async fn attempt(world: &World, organization: &str, username: &str, password: &str) -> Outcome {
    let credentials = credentials(organization, username, password);
    world.sign_in().attempt(credentials, origin("browser"), RULES).await.expect("a working store")
}

fn token(outcome: Outcome) -> Token {
    match outcome {
        Outcome::SignedIn { token, .. } => token,
        other => panic!("not signed in: {other:?}"),
    }
}

// L2
#[tokio::test]
async fn every_spelling_of_the_names_signs_in_to_the_same_account() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    for (organization, username) in [("acme", "ana"), ("ACME", "ANA"), (" Acme ", "Ａna ")] {
        let token = token(attempt(&world, organization, username, PASSWORD).await);
        let live = world.sessions.find(&token.hash(), "login.example.com").await.expect("a store").expect("a session");
        assert_eq!(live.person.id, ana.id);
    }
}

// L6, L7
#[tokio::test]
async fn whoever_is_not_let_in_is_told_the_same_and_the_audit_trail_tells_why() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    world.add("eva", |user| user.status = Status::Deactivated).await;
    world.add("leo", |user| user.password = None).await;
    let cases = [
        ("nobody", "ana", PASSWORD, AuditReason::UnknownOrganization),
        ("no/key", "ana", PASSWORD, AuditReason::UnknownOrganization),
        ("acme", "zoe", PASSWORD, AuditReason::UnknownUser),
        ("acme", "no name", PASSWORD, AuditReason::UnknownUser),
        ("acme", "ana", "wrong", AuditReason::WrongPassword),
        ("acme", "eva", PASSWORD, AuditReason::Deactivated),
        ("acme", "eva", "wrong", AuditReason::Deactivated),
        ("acme", "leo", "", AuditReason::NoPassword),
    ];
    for (organization, username, password, reason) in cases {
        let outcome = attempt(&world, organization, username, password).await;
        assert!(matches!(outcome, Outcome::Refused), "{organization}/{username}: {outcome:?}");
        assert_eq!(world.last_reason().await, reason, "{organization}/{username}");
    }
    assert_eq!(world.store.audit(None, 100).await.expect("a trail").len(), cases.len(), "one event each");
}

// L4
#[tokio::test]
async fn a_right_password_on_an_expired_account_leads_to_its_change_and_nowhere_else() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    world.clock.advance(Duration::from_secs(60 * 24 * 3600 - 1));
    token(attempt(&world, "acme", "ana", PASSWORD).await);
    // Signing in was a sign of life: the sixty days began again.
    world.clock.advance(Duration::from_secs(60 * 24 * 3600));
    let outcome = attempt(&world, "acme", "ana", PASSWORD).await;
    let Outcome::MustChange { ticket } = outcome else { panic!("{outcome:?}") };
    assert_eq!(world.last_reason().await, AuditReason::PasswordExpired);
    let change = world.change_password();
    let pending = change.pending(&ticket, &browser_hash("browser")).await.expect("a store").expect("a ticket");
    assert_eq!((pending.user, pending.cause), (ana.id, ChangeCause::Expired));
    assert_eq!(change.pending(&ticket, &browser_hash("another")).await.expect("a store"), None, "bound to the browser");
    world.clock.advance(CHANGE_LIFETIME);
    assert_eq!(change.pending(&ticket, &browser_hash("browser")).await.expect("a store"), None, "and to its time");
    let wrong = attempt(&world, "acme", "ana", "wrong").await;
    assert!(matches!(wrong, Outcome::Refused), "a wrong password says nothing of expiry: {wrong:?}");
}

// L4, T2
#[tokio::test]
async fn a_temporary_password_opens_its_change_alone_and_leaves_the_lasting_one_as_it_is() {
    let world = World::new().await;
    let hash = world.hash_of("ABCDefgh#2345678").await;
    let lifetime = Duration::from_secs(24 * 3600);
    let now = world.clock.now();
    world.add("ana", |user| user.temporary = Some(TemporaryPassword::new(hash, now, lifetime))).await;
    token(attempt(&world, "acme", "ana", PASSWORD).await);
    for _ in 0..4 {
        let outcome = attempt(&world, "acme", "ana", "WRONGefgh#2345678").await;
        assert!(matches!(outcome, Outcome::Refused), "{outcome:?}");
    }
    let outcome = attempt(&world, "acme", "ana", "ABCDefgh#2345678").await;
    assert!(matches!(outcome, Outcome::MustChange { .. }), "{outcome:?}");
    assert_eq!(world.last_reason().await, AuditReason::TemporaryPassword);
    let sixth = attempt(&world, "acme", "ana", "ABCDefgh#2345678").await;
    assert!(matches!(sixth, Outcome::Refused), "five tries: {sixth:?}");
    token(attempt(&world, "acme", "ana", PASSWORD).await);
}

// L8
#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_what_the_browser_had_begun() {
    let world = World::new().await;
    let hash = world.hash_of("ABCDefgh#2345678").await;
    let now = world.clock.now();
    let temporary = TemporaryPassword::new(hash, now, Duration::from_secs(3600));
    world.add("ana", |user| user.temporary = Some(temporary)).await;
    let Outcome::MustChange { ticket } = attempt(&world, "acme", "ana", "ABCDefgh#2345678").await else {
        panic!("a temporary password leads to the change")
    };
    let first = token(attempt(&world, "acme", "ana", PASSWORD).await);
    let pending = world.change_password().pending(&ticket, &browser_hash("browser")).await.expect("a store");
    assert_eq!(pending, None, "half-finished sign-ins die");
    let live = world.sessions.find(&first.hash(), "login.example.com").await.expect("a store").expect("a session");
    let again = Origin { replaces: Some(live.id), ..origin("browser") };
    let second = world.sign_in().attempt(credentials("acme", "ana", PASSWORD), again, RULES).await.expect("a store");
    let second = token(second);
    assert_ne!(first.hash(), second.hash());
    let old = world.sessions.find(&first.hash(), "login.example.com").await.expect("a store");
    assert!(old.is_none(), "the session before it ended");
    assert!(world.sessions.find(&second.hash(), "login.example.com").await.expect("a store").is_some());
    assert!(world.sessions.find(&second.hash(), "billing.example.com").await.expect("a store").is_none());
}

// L5, L6, rule 3
#[tokio::test]
async fn the_tenth_failure_deactivates_a_name_whoever_has_it_for_a_day_and_over_a_restart() {
    let mut world = World::new().await;
    world.add("ana", |_| {}).await;
    world.add("eva", |user| user.status = Status::Deactivated).await;
    world.add("leo", |user| user.password = None).await;
    for (organization, name) in [("acme", "ana"), ("acme", "eva"), ("acme", "leo"), ("acme", "zoe"), ("nada", "ana")] {
        for number in 0..9 {
            let spelling = if number % 2 == 0 { name.to_uppercase() } else { name.to_owned() };
            let outcome = attempt(&world, organization, &spelling, "wrong").await;
            assert!(matches!(outcome, Outcome::Refused), "{name} {number}: {outcome:?}");
        }
        let tenth = attempt(&world, organization, name, "wrong").await;
        assert!(matches!(tenth, Outcome::Deactivated { wait: None }), "{name}: {tenth:?}");
        assert_eq!(world.last_reason().await, AuditReason::DeactivatedForSecurity, "{name}");
        world = world.restart();
        for password in [PASSWORD, "wrong"] {
            let later = attempt(&world, organization, name, password).await;
            assert!(matches!(later, Outcome::Deactivated { wait: Some(86_400 | 86_401) }), "{name}: {later:?}");
            assert_eq!(world.last_reason().await, AuditReason::Throttled, "{name}");
        }
    }
    world.clock.advance(Duration::from_secs(12 * 3600));
    let flooded = attempt(&world, "acme", "ana", "wrong").await;
    assert!(
        matches!(flooded, Outcome::Deactivated { wait: Some(43_200 | 43_201) }),
        "no flood prolongs it: {flooded:?}"
    );
    world.clock.advance(Duration::from_secs(12 * 3600));
    token(attempt(&world, "acme", "ana", PASSWORD).await);
    token(attempt(&world, "acme", "ana", PASSWORD).await);
}

// L5
#[tokio::test]
async fn the_right_password_as_the_tenth_attempt_signs_in_and_begins_the_count_again() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    for _ in 0..2 {
        for _ in 0..9 {
            let outcome = attempt(&world, "acme", "ana", "wrong").await;
            assert!(matches!(outcome, Outcome::Refused), "{outcome:?}");
        }
        token(attempt(&world, "acme", "ana", PASSWORD).await);
    }
}

// L5
#[tokio::test]
async fn a_higher_number_waits_from_the_tenth_failure_on_and_deactivates_in_the_end() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let throttling = Arc::new(Throttling::new(
        Arc::clone(&world.store),
        world.clock(),
        Box::new(|| ThrottleConfig { deactivate_after: 12 }),
    ));
    let flow = SignIn { throttling, ..world.sign_in() };
    let wrong =
        async || flow.attempt(credentials("acme", "ana", "wrong"), origin("browser"), RULES).await.expect("a store");
    for _ in 0..10 {
        assert!(matches!(wrong().await, Outcome::Refused));
    }
    for wait in [30, 60] {
        let early = wrong().await;
        assert!(matches!(early, Outcome::Throttled(seconds) if (wait..=wait + 1).contains(&seconds)), "{early:?}");
        world.clock.advance(Duration::from_secs(wait));
        if wait == 30 {
            assert!(matches!(wrong().await, Outcome::Refused));
        }
    }
    assert!(matches!(wrong().await, Outcome::Deactivated { wait: None }));
    assert!(matches!(wrong().await, Outcome::Deactivated { wait: Some(_) }));
}

// L5, rule 3
#[tokio::test]
async fn a_browser_known_to_the_account_is_spared_by_a_flood_and_its_success_gives_strangers_nothing() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let outcome = attempt(&world, "acme", "ana", PASSWORD).await;
    let Outcome::SignedIn { known, .. } = outcome else { panic!("{outcome:?}") };
    let at_home = async |password: &str| {
        let origin = Origin { known: Some(known.clone()), ..origin("browser") };
        world.sign_in().attempt(credentials("acme", "ana", password), origin, RULES).await.expect("a store")
    };
    for number in 0..50 {
        attempt(&world, "acme", "ana", "wrong").await;
        if number % 5 == 0 {
            token(at_home(PASSWORD).await);
        }
    }
    let stranger = attempt(&world, "acme", "ana", PASSWORD).await;
    assert!(matches!(stranger, Outcome::Deactivated { wait: Some(_) }), "{stranger:?}");
    // Its own guesses wait after ten, and never close anything.
    for number in 0..10 {
        assert!(matches!(at_home("wrong").await, Outcome::Refused), "{number}");
    }
    assert!(matches!(at_home(PASSWORD).await, Outcome::Throttled(30 | 31)));
    world.clock.advance(Duration::from_secs(30));
    token(at_home(PASSWORD).await);
}

// L5, T2
#[tokio::test]
async fn a_way_back_in_is_taken_to_its_end_while_sign_in_is_deactivated_and_opens_it() {
    let world = World::new().await;
    let (temporary, lifetime) = ("ABCDefgh#2345678", Duration::from_secs(24 * 3600));
    let hash = world.hash_of(temporary).await;
    let now = world.clock.now();
    let ana = world.add("ana", |user| user.temporary = Some(TemporaryPassword::new(hash, now, lifetime))).await;
    for _ in 0..20 {
        attempt(&world, "acme", "ana", "wrong").await;
    }
    let elsewhere = async |password: &str| {
        let origin = Origin { address: "192.0.2.8".parse().expect("an address"), ..origin("browser") };
        world.sign_in().attempt(credentials("acme", "ana", password), origin, RULES).await.expect("a store")
    };
    // From one address three are looked at, so that the five tries last.
    for _ in 0..30 {
        let outcome = attempt(&world, "acme", "ana", "WRONGefgh#2345678").await;
        assert!(matches!(outcome, Outcome::Deactivated { wait: Some(_) }), "{outcome:?}");
    }
    let tries =
        world.store.user(ana.id).await.expect("a store").and_then(|user| user.temporary).map(|one| one.tries_left);
    assert_eq!(tries, Some(2));
    let lasting = elsewhere(PASSWORD).await;
    assert!(matches!(lasting, Outcome::Deactivated { wait: Some(_) }), "the lasting one is not looked at: {lasting:?}");
    let outcome = elsewhere(temporary).await;
    let Outcome::MustChange { ticket } = outcome else { panic!("{outcome:?}") };
    let still = elsewhere("wrong").await;
    assert!(matches!(still, Outcome::Deactivated { wait: Some(_) }), "not before it is taken to its end: {still:?}");
    let change = world.change_password();
    let pending = change.pending(&ticket, &browser_hash("browser")).await.expect("a store").expect("a ticket");
    let new = "Otra#Clave2026";
    let typed = NewPassword { old: temporary.into(), new: new.into(), confirmation: new.into() };
    let entitled = Entitled::Pending(pending);
    let changed = change.attempt(&entitled, typed, &policy(), origin("browser").address, browser_hash("browser")).await;
    assert_eq!(changed.expect("a store"), crate::flows::change_password::Outcome::Changed);
    token(elsewhere(new).await);
}

// L5, L6
#[tokio::test]
async fn what_could_be_a_temporary_password_of_a_deactivated_name_costs_the_same_whoever_has_it() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    for name in ["ana", "zoe"] {
        for _ in 0..10 {
            attempt(&world, "acme", name, "wrong").await;
        }
        for number in 0..5 {
            let outcome = attempt(&world, "acme", name, "WRONGefgh#2345678").await;
            assert!(matches!(outcome, Outcome::Deactivated { wait: Some(_) }), "{name} {number}: {outcome:?}");
            assert_eq!(world.last_reason().await, AuditReason::Throttled, "{name} {number}");
        }
    }
}

// rule 3
#[tokio::test]
async fn people_who_sign_in_rightly_from_one_address_do_not_slow_each_other() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let address = origin("browser").address;
    for number in 0..101 {
        let outcome = attempt(&world, "acme", "ana", PASSWORD).await;
        assert!(matches!(outcome, Outcome::SignedIn { .. }), "{number}: {outcome:?}");
    }
    assert_eq!(world.throttling().recent_attempts(address, None).await.expect("a store"), 0);
    for guesses in 1..=3 {
        attempt(&world, "acme", "zoe", "wrong").await;
        attempt(&world, "acme", "ana", PASSWORD).await;
        let counted = world.throttling().recent_attempts(address, None).await.expect("a store");
        assert_eq!(counted, guesses, "a success takes back itself, and no guess");
    }
}

// rule 3
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_are_counted_exactly() {
    let world = std::sync::Arc::new(World::new().await);
    world.add("ana", |_| {}).await;
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { attempt(&world, "acme", "ana", "wrong").await })
        })
        .collect();
    let (mut judged, mut closing, mut closed) = (0, 0, 0);
    for task in tasks {
        match task.await.expect("no panic") {
            Outcome::Refused => judged += 1,
            Outcome::Deactivated { wait: None } => closing += 1,
            Outcome::Deactivated { wait: Some(_) } => closed += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((judged, closing, closed), (9, 1, 190), "as many as are free, and not one more");
}

// rule 3
#[tokio::test]
async fn attempts_that_nobody_had_a_hand_free_for_deactivate_nobody() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    for _ in 0..9 {
        attempt(&world, "acme", "ana", "wrong").await;
    }
    let no_hands = Arc::new(PasswordHasher::overloaded());
    let busy = SignIn { hasher: no_hands, ..world.sign_in() };
    for _ in 0..20 {
        let outcome = busy.attempt(credentials("acme", "ana", "wrong"), origin("browser"), RULES).await;
        assert!(matches!(outcome, Err(FlowError::Overloaded(_))), "{outcome:?}");
        assert_eq!(world.last_reason().await, AuditReason::Overloaded);
    }
    let address = origin("browser").address;
    assert_eq!(world.throttling().recent_attempts(address, None).await.expect("a store"), 9);
    token(attempt(&world, "acme", "ana", PASSWORD).await);
}

// L7
#[tokio::test]
async fn a_store_that_fails_is_told_apart_from_too_much_to_do() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    world.engine.close();
    let outcome = world.sign_in().attempt(credentials("acme", "ana", "wrong"), origin("browser"), RULES).await;
    let error = outcome.expect_err("nothing can be counted");
    assert_eq!((error.code(), error.audit_reason()), ("store_closed", AuditReason::StoreFailed));
}

#[tokio::test]
async fn a_store_that_fails_behind_the_opened_session_keeps_nobody_out() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let flow = SignIn { observer: world.closing_observer(), ..world.sign_in() };
    let outcome = flow.attempt(credentials("acme", "ana", PASSWORD), origin("browser"), RULES).await;
    let opened = token(outcome.expect("signed in"));
    drop(flow);
    let world = world.restart();
    assert!(world.sessions.find(&opened.hash(), "login.example.com").await.expect("a store").is_some());
}

// L7
#[tokio::test]
async fn a_stale_form_leaves_one_event_and_a_loop_of_them_no_more() {
    let world = World::new().await;
    let flow = world.sign_in();
    let address = origin("browser").address;
    for _ in 0..100 {
        flow.stopped_by_form("acme", "ana", address).await.expect("a store");
    }
    let events = world.store.audit(None, 200).await.expect("a trail");
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].action, events[0].reason), (AuditAction::SignIn, AuditReason::BadForm));
    assert_eq!(events[0].username.as_deref(), Some("ana"));
}

#[tokio::test]
async fn sessions_survive_a_restart_and_end_at_their_limits() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let token = token(attempt(&world, "acme", "ana", PASSWORD).await);
    let host = "login.example.com";
    let world = world.restart();
    assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_some());
    world.clock.advance(LIMITS.idle - Duration::from_secs(1));
    assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_some());
    world.clock.advance(LIMITS.idle - Duration::from_secs(1));
    assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_some(), "each request counts");
    world.sessions.write_behind().await.expect("a store");
    let world = world.restart();
    world.clock.advance(LIMITS.idle - Duration::from_secs(1));
    assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_some(), "written behind");
    world.clock.advance(LIMITS.idle);
    assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_none());
}

#[tokio::test]
async fn a_session_ends_at_once_with_deactivation_and_changed_rights() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let host = "login.example.com";
    let changes = [
        UserChange::SetGroups(["staff".parse().expect("a group")].into()),
        UserChange::SetRole(crate::domain::user::Role::Admin),
        UserChange::SetApplications(["billing".parse().expect("an id")].into()),
        UserChange::Deactivate,
    ];
    for change in changes {
        let token = token(attempt(&world, "acme", "ana", PASSWORD).await);
        assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_some());
        let changed = world.store.change_user(ana.id, change.clone(), world.clock.now()).await.expect("a change");
        world.sessions.forget(&changed.ended);
        assert!(world.sessions.find(&token.hash(), host).await.expect("a store").is_none(), "{change:?}");
        let former = world.sessions.former_holder(&token.hash(), host).await.expect("a store");
        assert_eq!(former, Some(ana.id), "whose it was is remembered");
    }
    assert!(world.store.sessions_of(ana.id).await.expect("a store").is_empty());
}

// E3
#[tokio::test]
async fn where_the_modern_rules_hold_no_password_expires() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let modern = OrganizationSettings { password_rules: Some(PasswordRules::Modern), ..Default::default() };
    let acme = "acme".parse().expect("a key");
    world.store.change_organization(&acme, OrganizationChange::SetRules(modern)).await.expect("a store");
    world.clock.advance(Duration::from_secs(1000 * 24 * 3600));
    token(attempt(&world, "acme", "ana", PASSWORD).await);
}

#[tokio::test]
async fn a_hash_made_elsewhere_is_verified_once_and_then_replaced_by_ours() {
    let world = World::new().await;
    // Made by libcrypt of "Mañana#42".
    let foreign = adopt("$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm").expect("understood");
    let change = |user: &mut User| {
        if let Some(password) = &mut user.password {
            password.hash = foreign.clone();
        }
    };
    let ana = world.add("ana", change).await;
    let hash_now = async || {
        let user = world.store.user(ana.id).await.expect("a store").expect("ana");
        user.password.expect("a password").hash
    };
    assert!(matches!(attempt(&world, "acme", "ana", "Manana#42").await, Outcome::Refused));
    assert_eq!(hash_now().await, foreign, "a wrong password changes nothing");
    let first = token(attempt(&world, "acme", "ana", "Mañana#42").await);
    let ours = hash_now().await;
    assert!(!is_outdated(&ours));
    token(attempt(&world, "acme", "ana", "Mañana#42").await);
    assert_eq!(hash_now().await, ours, "once");
    let live = world.sessions.find(&first.hash(), "login.example.com").await.expect("a store");
    assert!(live.is_some(), "no session ends by it");
    assert!(matches!(attempt(&world, "acme", "ana", "Manana#42").await, Outcome::Refused));
}
