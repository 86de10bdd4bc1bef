//! The new mailbox confirms, the old ones stop, and one of them wins, once; until then the address stays.

use super::*;
use crate::clock::Clock;
use crate::domain::ids::SessionId;
use crate::domain::password::PasswordHash;
use crate::domain::user::Password;
use crate::testing::{PASSWORD, World};

const NEW: &str = "ana@nueva.example";

fn address() -> IpAddr {
    "192.0.2.7".parse().expect("one")
}

fn acting(user: &User) -> Acting {
    Acting { session: SessionId::from_random([7; 16]), user: user.id }
}

fn with_addresses(user: &mut User) {
    user.emails =
        vec!["ana@acme.example".parse().expect("an address"), "ana@casa.example".parse().expect("an address")];
}

async fn ask(world: &World, user: &User, new: &str, password: &str) -> Asked {
    world.change_email().ask(acting(user), new, password.into(), address()).await.expect("a working store")
}

async fn use_link(world: &World, link: Link, token: &str) -> Used {
    world.change_email().use_link(link, token, address()).await.expect("a working store")
}

/// The links in what was mailed: confirm, then stop.
fn links(mailed: &[(EmailAddress, String, String)]) -> (String, Vec<(String, String)>) {
    let find = |path: &str| {
        let mark = format!("/_portero/email/{path}?token=");
        let found = mailed.iter().filter_map(|(to, _, text)| {
            let token = text.split(mark.as_str()).nth(1)?.split_whitespace().next()?;
            Some((to.to_string(), token.to_owned()))
        });
        found.collect::<Vec<_>>()
    };
    let confirm = find("confirm");
    assert_eq!(confirm.len(), 1, "{mailed:?}");
    assert_eq!(confirm[0].0, NEW);
    (confirm[0].1.clone(), find("stop"))
}

async fn emails(world: &World, user: &User) -> Vec<String> {
    let user = world.store.user(user.id).await.expect("a store").expect("there");
    user.emails.iter().map(ToString::to_string).collect()
}

/// Asks for the change and returns the two secrets.
async fn begin(world: &World, user: &User) -> (String, String) {
    assert_eq!(ask(world, user, NEW, PASSWORD).await, Asked::Pending);
    let (confirm, mut stop) = links(&world.mailed().await);
    (confirm, stop.pop().map(|(_, token)| token).unwrap_or_default())
}

// M1, M2, M3
#[tokio::test]
async fn the_old_address_stays_until_the_owner_of_the_new_one_confirms() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    assert_eq!(ask(&world, &ana, NEW, PASSWORD).await, Asked::Pending);
    let mailed = world.mailed().await;
    let (confirm, stop) = links(&mailed);
    let warned: Vec<&str> = stop.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!((mailed.len(), warned), (3, vec!["ana@acme.example", "ana@casa.example"]));
    assert_eq!(emails(&world, &ana).await, ["ana@acme.example", "ana@casa.example"]);
    let about = world.change_email().look(Link::Confirm, &confirm).await.expect("a store").expect("open");
    assert_eq!((about.username.as_str(), about.new.as_str()), ("ana", NEW));
    assert_eq!(emails(&world, &ana).await, ["ana@acme.example", "ana@casa.example"], "looking changes nothing");

    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Done);
    assert_eq!(emails(&world, &ana).await, [NEW, "ana@casa.example"]);
    let told: Vec<String> = world.mailed().await.into_iter().map(|(to, ..)| to.to_string()).collect();
    assert_eq!(told, ["ana@acme.example", "ana@casa.example", NEW], "all of the old ones, and the new one");
    assert_eq!(world.last_reason().await, AuditReason::Ok);
}

// M2
#[tokio::test]
async fn a_confirmation_works_once_and_nothing_stops_it_afterwards() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let (confirm, stop) = begin(&world, &ana).await;
    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Done);
    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Void);
    assert_eq!(use_link(&world, Link::Stop, &stop).await, Used::Void);
    assert_eq!(world.last_reason().await, AuditReason::WrongLink);
    assert_eq!(emails(&world, &ana).await[0], NEW);
}

// M2
#[tokio::test]
async fn either_old_mailbox_stops_it_and_so_does_the_person() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let (confirm, stop) = begin(&world, &ana).await;
    assert_eq!(use_link(&world, Link::Stop, &stop).await, Used::Done);
    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Void);
    let (confirm, _) = begin(&world, &ana).await;
    assert!(world.change_email().withdraw(acting(&ana), address()).await.expect("a store"));
    assert!(!world.change_email().withdraw(acting(&ana), address()).await.expect("a store"));
    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Void);
    assert_eq!(emails(&world, &ana).await, ["ana@acme.example", "ana@casa.example"]);
}

// M2
#[tokio::test]
async fn of_many_who_confirm_and_stop_at_once_exactly_one_wins() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let (confirm, stop) = begin(&world, &ana).await;
    let racers = (0..12).map(|number| {
        let (link, token) = if number % 2 == 0 { (Link::Confirm, &confirm) } else { (Link::Stop, &stop) };
        use_link(&world, link, token)
    });
    let used = futures_util::future::join_all(racers).await;
    assert_eq!(used.iter().filter(|used| **used == Used::Done).count(), 1, "{used:?}");
}

// M2
#[tokio::test]
async fn links_are_worth_nothing_for_another_purpose_another_account_or_later() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let eva = world.add("eva", with_addresses).await;
    let (confirm, stop) = begin(&world, &ana).await;
    let (of_eva, _) = begin(&world, &eva).await;
    let secret = LinkToken::parse(&confirm).expect("a token").secret;
    let forged = LinkToken { user: eva.id, secret }.reveal();
    for (link, token) in [
        (Link::Confirm, stop.as_str()),
        (Link::Stop, confirm.as_str()),
        (Link::Confirm, forged.as_str()),
        (Link::Confirm, ""),
        (Link::Confirm, "nonsense"),
    ] {
        assert_eq!(world.change_email().look(link, token).await.expect("a store"), None);
        assert_eq!(use_link(&world, link, token).await, Used::Void, "{link:?} {token}");
    }
    world.clock.advance(LIFETIME);
    assert_eq!(use_link(&world, Link::Confirm, &of_eva).await, Used::Void, "a day is over");
    assert_eq!(emails(&world, &eva).await[0], "ana@acme.example");
}

// M2
#[tokio::test]
async fn a_newer_request_and_a_change_of_the_password_void_the_links() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let (first, first_stop) = begin(&world, &ana).await;
    let (second, _) = begin(&world, &ana).await;
    assert_eq!(use_link(&world, Link::Confirm, &first).await, Used::Void);
    assert_eq!(use_link(&world, Link::Stop, &first_stop).await, Used::Void);
    let now = world.store.user(ana.id).await.expect("a store").expect("there");
    let hash: PasswordHash = world.hash_of("Otra-Clave#7").await;
    let change = UserChange::SetPassword {
        password: Password { hash, changed_at: world.clock.now() },
        expected_version: now.credential_version,
        remember: 5,
    };
    world.store.change_user(ana.id, change, world.clock.now()).await.expect("a change");
    assert_eq!(use_link(&world, Link::Confirm, &second).await, Used::Void);
    assert_eq!(emails(&world, &ana).await[0], "ana@acme.example");
}

// M1
#[tokio::test]
async fn what_is_no_address_or_the_present_one_is_refused_and_a_wrong_password_named_beside_it() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let long = format!("{}@acme.example", "a".repeat(5000));
    for typed in [
        "ana",
        "ana@",
        "ana@acme.example\r\nBcc: all@acme.example",
        "\r\nana@nueva.example",
        "ana@nueva.example\r\n",
        "añá@nueva.example",
        "ana@ñueva.example",
        "ana@nueva.example, eva@nueva.example",
        "Ana <ana@nueva.example>",
        "ana\0@nueva.example",
        &long,
    ] {
        let faults = EmailFaults { wrong_password: false, address: Some(AddressFault::Malformed) };
        assert_eq!(ask(&world, &ana, typed, PASSWORD).await, Asked::Rejected(faults), "{typed:?}");
    }
    let faults = EmailFaults { wrong_password: true, address: Some(AddressFault::Same) };
    assert_eq!(ask(&world, &ana, "ANA@Acme.example", "wrong").await, Asked::Rejected(faults));
    assert_eq!(world.last_reason().await, AuditReason::WrongPassword);
    assert_eq!(world.mailed().await, []);
}

// M1
#[tokio::test]
async fn an_account_without_an_address_gets_its_first_one_the_same_way() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let (confirm, stop) = begin(&world, &ana).await;
    assert_eq!(stop, "", "there is nobody to warn");
    assert_eq!(use_link(&world, Link::Confirm, &confirm).await, Used::Done);
    assert_eq!(emails(&world, &ana).await, [NEW]);
}

// M1
#[tokio::test]
async fn guessing_the_password_here_is_slowed_and_counted_with_the_other_pages() {
    let world = World::new().await;
    let ana = world.add("ana", with_addresses).await;
    let mut throttled = 0;
    for _ in 0..15 {
        throttled += usize::from(matches!(ask(&world, &ana, NEW, "guess").await, Asked::Throttled(_)));
    }
    assert!(throttled >= 4, "{throttled}");
    assert!(matches!(ask(&world, &ana, NEW, PASSWORD).await, Asked::Throttled(_)));
    let outcome = world.own_account().set_question(acting(&ana), None, PASSWORD.into(), address()).await;
    assert!(matches!(outcome, Ok(crate::flows::own_account::QuestionOutcome::Throttled(_))), "{outcome:?}");
}

// M1
#[tokio::test]
async fn nobody_floods_a_strangers_mailbox_with_confirmations() {
    let world = World::new().await;
    let ana = world.add("ana", |_| {}).await;
    let mut sent = 0;
    for _ in 0..9 {
        sent += usize::from(ask(&world, &ana, NEW, PASSWORD).await == Asked::Pending);
    }
    assert_eq!((sent, world.mailed().await.len()), (5, 5));
}
