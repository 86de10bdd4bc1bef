use super::*;
use crate::domain::organization::{OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::recovery::TemporaryPassword;
use crate::passwords::adopt;
use crate::testing::{LIMITS, PASSWORD, RULES, World, browser_hash, credentials, origin};

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

// rule 3
#[tokio::test]
async fn guesses_are_counted_by_the_canonical_name_also_of_nobody_and_survive_a_restart() {
    let mut world = World::new().await;
    world.add("ana", |_| {}).await;
    for name in ["ana", "zoe"] {
        for number in 0..10 {
            let spelling = if number % 2 == 0 { name.to_uppercase() } else { name.to_owned() };
            let outcome = attempt(&world, "acme", &spelling, "wrong").await;
            assert!(matches!(outcome, Outcome::Refused), "{name} {number}: {outcome:?}");
        }
        world = world.restart();
        let outcome = attempt(&world, "acme", name, PASSWORD).await;
        assert!(matches!(outcome, Outcome::Throttled(30 | 31)), "{name}: {outcome:?}");
    }
    assert_eq!(world.last_reason().await, AuditReason::Throttled);
    world.clock.advance(Duration::from_secs(31));
    token(attempt(&world, "acme", "ana", PASSWORD).await);
    token(attempt(&world, "acme", "ana", PASSWORD).await);
}

// rule 3
#[tokio::test]
async fn a_browser_known_to_the_account_is_spared_by_a_flood_from_elsewhere() {
    let world = World::new().await;
    world.add("ana", |_| {}).await;
    let outcome = attempt(&world, "acme", "ana", PASSWORD).await;
    let Outcome::SignedIn { known, .. } = outcome else { panic!("{outcome:?}") };
    for _ in 0..11 {
        attempt(&world, "acme", "ana", "wrong").await;
    }
    assert!(matches!(attempt(&world, "acme", "ana", PASSWORD).await, Outcome::Throttled(_)));
    let at_home = Origin { known: Some(known), ..origin("browser") };
    let outcome = world.sign_in().attempt(credentials("acme", "ana", PASSWORD), at_home, RULES).await;
    token(outcome.expect("a store"));
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
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let world = std::sync::Arc::clone(&world);
            tokio::spawn(async move { matches!(attempt(&world, "acme", "ana", "wrong").await, Outcome::Refused) })
        })
        .collect();
    let mut judged = 0;
    for task in tasks {
        judged += usize::from(task.await.expect("no panic"));
    }
    assert_eq!(judged, 10, "as many as are free, and not one more");
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
