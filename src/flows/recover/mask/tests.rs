//! A masked address does not tell whether there is an account: those made up look the same and stay the same.

use std::collections::BTreeSet;

use super::*;
use crate::domain::organization::{OrganizationChange, OrganizationSettings};
use crate::domain::user::Status;
use crate::testing::World;

async fn mask(world: &World, organization: &str, username: &str) -> String {
    let request = Request {
        organization: organization.into(),
        username: username.into(),
        address: "192.0.2.7".parse().expect("an address"),
    };
    match world.recover().masked_address(request, &Config::default()).await.expect("a working store") {
        Masked::Shown(mask) => mask,
        Masked::Throttled(_) => panic!("throttled"),
    }
}

fn address(user: &mut User, address: &str) {
    user.emails.push(address.parse().expect("an address"));
}

// K1
#[tokio::test(start_paused = true)]
async fn the_main_address_is_masked_and_whoever_has_none_to_show_gets_a_stable_invented_one() {
    let world = World::new().await;
    world
        .add("ramona", |user| {
            address(user, "Ramona@empresa.mx");
            address(user, "casa@hogar.example");
        })
        .await;
    world.add("beto", |_| {}).await;
    world
        .add("closed", |user| {
            address(user, "x@secreta.example");
            user.status = Status::Deactivated;
        })
        .await;
    assert_eq!(mask(&world, "acme", "RAMONA").await, "r•••@e•••.mx");
    for name in ["beto", "closed", "nobody", "no such name!"] {
        let shown = mask(&world, "acme", name).await;
        assert_eq!(mask(&world, "acme", name).await, shown, "{name}");
        assert!(!shown.contains("@s•••.example") || name != "closed", "{shown}");
        let (local, domain) = shown.split_once('@').expect("an address");
        assert_eq!((local.chars().count(), domain.starts_with(char::is_alphabetic)), (4, true), "{shown}");
    }
    let elsewhere: BTreeSet<String> = [mask(&world, "nowhere", "a").await, mask(&world, "nowhere", "b").await].into();
    assert_eq!(elsewhere.len(), 2, "another for each name");
}

// K1
#[tokio::test(start_paused = true)]
async fn an_invented_mask_looks_like_those_of_the_organization_and_outlives_who_comes_and_goes() {
    let world = World::new().await;
    for name in ["ana", "beto", "carla"] {
        world.add(name, |user| address(user, &format!("{name}@nortena.mx"))).await;
    }
    let names = ["diego", "elena", "felipe", "gloria"];
    let mut before = Vec::new();
    for name in names {
        let initial = &name[..1];
        let shown = mask(&world, "acme", name).await;
        assert_eq!(shown, format!("{initial}•••@n•••.mx"));
        before.push(shown);
    }
    world.add("hilda", |user| address(user, "hilda@nortena.mx")).await;
    for (name, before) in names.into_iter().zip(before) {
        assert_eq!(mask(&world, "acme", name).await, before);
    }
}

// K1
#[tokio::test]
async fn a_newcomer_of_other_habits_changes_few_answers_and_an_unknown_organization_has_habits_too() {
    let world = World::new().await;
    let habit = |domain, named| Habit { domain, top: "mx".into(), named };
    let few = [habit('a', true), habit('a', true), habit('a', true)];
    let more = [habit('a', true), habit('a', true), habit('a', true), habit('b', false)];
    let names: Vec<[u8; 2]> = (0..400u16).map(u16::to_le_bytes).collect();
    let drawn = |habits: &[Habit], name: &[u8; 2]| draw(&world.master, name, habits, Some('x'));
    let changed = names.iter().filter(|name| drawn(&few, name) != drawn(&more, name)).count();
    assert!((60..140).contains(&changed), "about a quarter: {changed}");
    let unknown = made_up_habits(&world.master, "nowhere");
    assert_eq!(unknown, made_up_habits(&world.master, "nowhere"));
    let tops: BTreeSet<String> = names.iter().map(|name| drawn(&unknown, name).top).collect();
    assert!(tops.len() <= 2, "one domain, and a provider: {tops:?}");
    let others: BTreeSet<Vec<Habit>> = ('a'..='z').map(|key| made_up_habits(&world.master, &key.to_string())).collect();
    assert!(others.len() > 10);
}

// Q4
#[tokio::test(start_paused = true)]
async fn where_links_are_not_allowed_no_address_is_shown() {
    let world = World::new().await;
    world.add("ramona", |user| address(user, "z@zeta.example")).await;
    world.add("carla", |user| address(user, "carla@nortena.mx")).await;
    assert_eq!(mask(&world, "acme", "ramona").await, "z•••@z•••.example");
    let rules =
        OrganizationSettings { recovery_methods: Some([RecoveryMethod::RescueCode].into()), ..Default::default() };
    let key = "acme".parse().expect("a key");
    world.store.change_organization(&key, OrganizationChange::SetRules(rules)).await.expect("a store");
    assert!(!mask(&world, "acme", "ramona").await.starts_with("z•••"));
}

// rule 3
#[tokio::test(start_paused = true)]
async fn looking_at_many_masks_from_one_address_is_slowed() {
    let world = World::new().await;
    let request = || Request {
        organization: "acme".into(),
        username: "ana".into(),
        address: "192.0.2.7".parse().expect("an address"),
    };
    let (recover, config) = (world.recover(), Config::default());
    for _ in 0..100 {
        assert!(matches!(recover.masked_address(request(), &config).await, Ok(Masked::Shown(_))));
    }
    assert!(matches!(recover.masked_address(request(), &config).await, Ok(Masked::Throttled(_))));
}
