//! Whoever has a password that expires is warned in time and once, and nobody else is.

use super::*;
use crate::domain::language::Language;
use crate::domain::organization::{OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::password::PasswordHash;
use crate::domain::user::Password;
use crate::testing::{RULES, World};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn warnings(world: &World) -> ExpiryWarnings {
    let config = Arc::new(Config::default());
    ExpiryWarnings {
        store: Arc::clone(&world.store),
        letters: world.letters(),
        audit: world.audit(),
        config: Arc::new(move || Arc::clone(&config)),
        clock: world.clock(),
    }
}

/// One round; the texts of what it mailed.
async fn round(world: &World) -> Vec<String> {
    warnings(world).round().await.expect("a working store");
    world.mailed().await.into_iter().map(|(_, _, text)| text).collect()
}

fn with_address(user: &mut User) {
    user.language = Some(Language::En);
    user.emails = vec!["ana@acme.test".parse().expect("an address")];
}

// E6
#[tokio::test]
async fn whoever_stays_away_is_warned_once_at_14_7_3_and_1_days_and_no_restart_changes_that() {
    let mut world = World::new().await;
    world.add("ana", with_address).await;
    let mut told = Vec::new();
    // From noon to half past ten in the evening of the same day, then the next noon.
    for day in 0..=61 {
        for later in [DAY * 7 / 16, DAY * 9 / 16] {
            for text in round(&world).await {
                told.push((day, text));
            }
            assert_eq!(round(&world).await, [""; 0], "once");
            world.clock.advance(later);
        }
        if day % 10 == 6 {
            world = world.restart();
        }
    }
    let days: Vec<_> = told.iter().map(|(day, _)| *day).collect();
    assert_eq!(days, [46, 53, 57, 59]);
    for ((_, text), left) in told.iter().zip(["in 14 days", "in 7 days", "in 3 days", "in one day"]) {
        assert!(text.contains(left), "{left}: {text}");
    }
    let events = world.store.audit(None, 99).await.expect("a trail");
    assert_eq!(events.iter().filter(|event| event.action == AuditAction::WarnOfExpiry).count(), 4);
}

// E6
#[tokio::test]
async fn after_a_while_without_portero_only_the_most_urgent_warning_is_given() {
    let world = World::new().await;
    world.add("ana", with_address).await;
    world.clock.advance(DAY * 50);
    let [text] = &round(&world).await[..] else { panic!("one warning") };
    assert!(text.contains("in 10 days"), "{text}");
    world.clock.advance(DAY * 8);
    let [text] = &round(&world).await[..] else { panic!("one warning") };
    assert!(text.contains("in 2 days"), "{text}");
    world.clock.advance(DAY * 2 - Duration::from_secs(1));
    let [text] = &round(&world).await[..] else { panic!("one warning") };
    assert!(text.contains("expires today"), "{text}");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(round(&world).await, [""; 0], "it has expired: there is nothing to warn of");
}

// E1 E6
#[tokio::test]
async fn being_here_or_a_new_password_begins_it_anew() {
    let world = World::new().await;
    let ana = world.add("ana", with_address).await;
    world.clock.advance(DAY * 55);
    assert_eq!(round(&world).await.len(), 1);
    world.store.note_activity(vec![(ana.id, world.clock.now())]).await.expect("a store");
    for day in 0..45 {
        assert_eq!(round(&world).await, [""; 0], "day {day}");
        world.clock.advance(DAY);
    }
    world.clock.advance(DAY * 2);
    assert_eq!(round(&world).await.len(), 1);
    let password = Password { hash: world.hash_of("Nube-Clara#99").await, changed_at: world.clock.now() };
    let change = UserChange::SetPassword { password, expected_version: 0, remember: 5 };
    world.store.change_user(ana.id, change, world.clock.now()).await.expect("a store");
    assert_eq!(round(&world).await, [""; 0]);
}

// E6
#[tokio::test]
async fn whoever_cannot_be_written_to_or_has_nothing_that_expires_is_left_alone() {
    let world = World::new().await;
    world.add("none", |_| {}).await;
    world
        .add("closed", |user| {
            with_address(user);
            user.status = Status::Deactivated;
        })
        .await;
    world
        .add("new", |user| {
            with_address(user);
            user.password = None;
        })
        .await;
    world
        .add("modern", |user| {
            with_address(user);
            user.organization = "norte".parse().expect("a key");
        })
        .await;
    let modern = OrganizationSettings { password_rules: Some(PasswordRules::Modern), ..Default::default() };
    let key = "norte".parse().expect("a key");
    world.store.change_organization(&key, OrganizationChange::SetRules(modern)).await.expect("a store");
    for _ in 0..61 {
        assert_eq!(round(&world).await, [""; 0]);
        world.clock.advance(DAY);
    }
}

// E6
#[tokio::test]
async fn what_expires_together_is_mailed_over_the_day() {
    let world = World::new().await;
    let hash = PasswordHash::from_phc("$argon2id$".to_owned());
    for number in 0..96 {
        world
            .add(&format!("user{number}"), |user| {
                with_address(user);
                user.password = Some(Password { hash: hash.clone(), changed_at: user.created_at });
            })
            .await;
    }
    // From noon to the midnight before the day of the first warning.
    world.clock.advance(DAY * 45 + HOUR * 12);
    let mut mailed = Vec::new();
    for _ in 0..24 {
        mailed.push(round(&world).await.len());
        world.clock.advance(HOUR);
    }
    assert_eq!(mailed.iter().sum::<usize>(), 96, "everybody, on the day: {mailed:?}");
    assert!(mailed.iter().all(|&hour| hour <= 16), "not all at once: {mailed:?}");
    assert_eq!(mailed[23], 0, "the last hour is for whoever was not reached: {mailed:?}");
}

// E6
#[tokio::test]
async fn a_limit_of_days_warns_only_of_days_that_are_fewer() {
    let world = World::new().await;
    let ana = world.add("ana", with_address).await;
    for (limit, expected) in [(90, &[14, 7, 3, 1][..]), (14, &[7, 3, 1]), (10, &[7, 3, 1]), (3, &[1]), (1, &[])] {
        let rules = ExpiryRules { inactive: Some(DAY * limit), ..RULES };
        let mut given = Vec::new();
        let mut user = ana.clone();
        for hours in 0..limit * 24 {
            if let Some(due) = due(&user, None, &rules, ana.created_at + HOUR * hours) {
                given.push(due.note.days);
                user.warned = Some(due.note);
            }
        }
        assert_eq!(given, expected, "{limit} days");
    }
}

// E6
#[tokio::test]
async fn of_several_rounds_at_once_one_warns() {
    let world = World::new().await;
    for name in ["ana", "beto", "carla"] {
        world.add(name, with_address).await;
    }
    world.clock.advance(DAY * 53 + DAY / 2);
    let rounds: Vec<ExpiryWarnings> = (0..4).map(|_| warnings(&world)).collect();
    for done in futures_util::future::join_all(rounds.iter().map(ExpiryWarnings::round)).await {
        done.expect("a working store");
    }
    assert_eq!(world.mailed().await.len(), 3, "each of three people once");
}

// E6
#[tokio::test]
async fn the_warnings_of_a_page_are_brought_to_the_disk_together() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let world = World::new().await;
    for number in 0..200 {
        world
            .add(&format!("user{number}"), |user| {
                with_address(user);
                user.password =
                    Some(Password { hash: PasswordHash::from_phc("$".into()), changed_at: user.created_at });
            })
            .await;
    }
    world.clock.advance(DAY * 50);
    let (verbs, syncs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, times) = (Arc::clone(&verbs), Arc::clone(&syncs));
    world.engine.watch(move |verbs, _| {
        counted.fetch_add(verbs, Ordering::SeqCst);
        times.fetch_add(1, Ordering::SeqCst);
    });
    assert_eq!(warnings(&world).round().await.expect("a working store").warned, 200);
    let (verbs, syncs) = (verbs.load(Ordering::SeqCst), syncs.load(Ordering::SeqCst));
    assert!(verbs >= 400, "each is a step of its own, and so is its event: {verbs}");
    assert!(syncs <= verbs / 8, "{syncs} syncs for {verbs} steps");
}
