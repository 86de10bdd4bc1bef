//! Whose passwords expire is told with the day, and what expires on one day is spread without harm to anybody.

use super::*;
use crate::domain::organization::{OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::password::PasswordHash;
use crate::domain::user::Password;
use crate::flows::administer::Request;
use crate::flows::administer::testing::{House, user};

/// A house with twenty people in `acme` whose passwords were all set now.
async fn house() -> House {
    let house = House::with_ana().await;
    for number in 0..19 {
        house.ask(Request::AddUser(Box::new(user(&format!("acme/user{number:02}"))))).await.expect("added");
    }
    let now = house.memory.state().users.values().map(|user| user.created_at).max().expect("users");
    for user in house.memory.state().users.values_mut() {
        user.password = Some(Password { hash: PasswordHash::from_phc("$argon2id$".to_owned()), changed_at: now });
    }
    house
}

async fn expiring(house: &House, days: u32) -> Vec<ExpiringView> {
    let page = ExpiringPage { organization: None, after: None, days };
    match house.ask(Request::ListExpiring(page)).await.expect("listed") {
        Answer::Expiring { users, after: None } => users,
        other => panic!("another answer: {other:?}"),
    }
}

async fn spread(house: &House, days: u32) -> Result<SpreadView, AdministerError> {
    let organization = "acme".parse().expect("a key");
    match house.ask(Request::SpreadExpiry(SpreadExpiry { organization, days })).await? {
        Answer::Spread(told) => Ok(told),
        other => panic!("another answer: {other:?}"),
    }
}

async fn modern(house: &House) {
    let rules = OrganizationSettings { password_rules: Some(PasswordRules::Modern), ..Default::default() };
    let acme = "acme".parse().expect("a key");
    let changed = house.administrator.accounts.change_organization(&acme, OrganizationChange::SetRules(rules)).await;
    changed.expect("a store").expect("acme");
}

// E6
#[tokio::test]
async fn whose_passwords_expire_soon_is_told_with_day_and_days() {
    let house = house().await;
    assert_eq!(expiring(&house, 14).await, []);
    house.clock.advance(DAY * 46);
    let all = expiring(&house, 14).await;
    assert_eq!(all.len(), 20);
    assert!(all.iter().all(|user| user.days == 14), "{all:?}");
    assert_eq!(expiring(&house, 13).await, []);
    house.ask(Request::Deactivate("acme/ana".parse().expect("a user"))).await.expect("closed");
    assert_eq!(expiring(&house, 14).await.len(), 19, "a closed account is no concern");
    house.clock.advance(DAY * 14);
    assert_eq!(expiring(&house, 14).await, [], "what has expired does not expire soon");
    modern(&house).await;
    assert_eq!(expiring(&house, 9999).await, []);
}

// E6
#[tokio::test]
async fn what_was_set_on_one_day_is_made_to_expire_evenly_over_many() {
    let house = house().await;
    let told = spread(&house, 30).await.expect("spread");
    assert_eq!((told.moved, told.left), (20, 0));
    let all = expiring(&house, 60).await;
    let mut days: Vec<u32> = all.iter().map(|user| user.days).collect();
    days.sort_unstable();
    assert!((31..=32).contains(&days[0]), "from a month from now on: {days:?}");
    assert_eq!(days[19], 60, "and nobody later than before");
    assert!(days.windows(2).all(|pair| (1..=2).contains(&(pair[1] - pair[0]))), "{days:?}");
    let last = all.iter().map(|user| user.expires_at).max();
    assert_eq!(told.last, last);
}

// E6
#[tokio::test]
async fn nobody_is_left_without_time_for_warnings_and_nothing_is_prolonged() {
    let house = house().await;
    house.clock.advance(DAY * 40);
    let told = spread(&house, 30).await.expect("spread");
    assert_eq!((told.moved, told.left), (20, 0));
    let days: Vec<u32> = expiring(&house, 60).await.iter().map(|user| user.days).collect();
    assert_eq!((days.iter().min(), days.iter().max()), (Some(&15), Some(&20)), "{days:?}");
    house.clock.advance(DAY * 10);
    let told = spread(&house, 30).await.expect("spread");
    assert_eq!((told.moved, told.left), (0, 20));
}

#[tokio::test]
async fn there_is_nothing_to_spread_where_nothing_expires_or_over_more_days_than_there_are() {
    let house = house().await;
    assert!(matches!(spread(&house, 60).await, Err(AdministerError::SpreadTooFar(60))));
    modern(&house).await;
    assert!(matches!(spread(&house, 30).await, Err(AdministerError::NothingExpires(_))));
}
