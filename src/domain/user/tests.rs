//! A change of an account ends what it must, voids what it must, and loses to one that was faster.

use std::time::Duration;

use super::*;
use crate::domain::ids::SecretHash;
use crate::domain::recovery::{RescueCode, RescueCodes, ResetLink};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_phc(text.to_owned())
}

fn user() -> User {
    User {
        id: UserId::from_random([1; 16]),
        organization: "acme".parse().expect("a key"),
        username: "ana".parse().expect("a username"),
        name: "Ana".parse().expect("a name"),
        emails: Vec::new(),
        role: Role::User,
        applications: BTreeSet::new(),
        groups: BTreeSet::new(),
        status: Status::Active,
        language: None,
        created_at: at(0),
        password: None,
        password_history: Vec::new(),
        temporary: None,
        credential_version: 0,
        recovery: Default::default(),
        warned: None,
    }
}

fn set_password(user: &mut User, text: &str) -> Result<Option<EndReason>, ChangeRefused> {
    let password = Password { hash: hash(text), changed_at: at(1) };
    let expected_version = user.credential_version;
    user.apply(UserChange::SetPassword { password, expected_version, remember: 3 })
}

#[test]
fn a_new_password_ends_sessions_and_remembers_the_old_ones() {
    let mut user = user();
    for text in ["a", "b", "c", "d"] {
        assert_eq!(set_password(&mut user, text), Ok(Some(EndReason::PasswordChanged)));
    }
    assert_eq!(user.password_history, [hash("c"), hash("b")], "three remembered, the present one included");
    assert_eq!(user.credential_version, 4);
}

#[test]
fn a_password_set_by_someone_faster_wins() {
    let mut user = user();
    assert!(set_password(&mut user, "a").is_ok());
    let late = UserChange::SetPassword {
        password: Password { hash: hash("b"), changed_at: at(2) },
        expected_version: 0,
        remember: 3,
    };
    assert_eq!(user.apply(late), Err(ChangeRefused::StaleCredentials));
    assert_eq!(user.password.map(|password| password.hash), Some(hash("a")));
}

#[test]
fn rights_that_change_end_sessions_and_rights_that_stay_do_not() {
    let mut user = user();
    assert_eq!(user.apply(UserChange::SetRole(Role::Admin)), Ok(Some(EndReason::RightsChanged)));
    assert_eq!(user.apply(UserChange::SetRole(Role::Admin)), Ok(None));
    assert_eq!(user.apply(UserChange::Deactivate), Ok(Some(EndReason::Deactivated)));
}

#[test]
fn a_temporary_password_has_five_tries_and_an_end() {
    let mut user = user();
    let temporary = TemporaryPassword::new(hash("t"), at(0), Duration::from_secs(60));
    assert_eq!(user.apply(UserChange::SetTemporaryPassword(temporary.clone())), Ok(None));
    for _ in 0..5 {
        assert_eq!(user.apply(UserChange::TryTemporaryPassword { at: at(1) }), Ok(None));
    }
    let sixth = user.apply(UserChange::TryTemporaryPassword { at: at(1) });
    assert_eq!(sixth, Err(ChangeRefused::NoTemporaryPassword));
    assert_eq!(user.apply(UserChange::SetTemporaryPassword(temporary)), Ok(None));
    let late = user.apply(UserChange::TryTemporaryPassword { at: at(60) });
    assert_eq!(late, Err(ChangeRefused::NoTemporaryPassword));
}

// rule 2
#[test]
fn codes_and_links_are_handed_out_for_the_addresses_of_an_open_account_alone() {
    let codes = |address: &str| {
        let code = RescueCode { sent_to: address.parse().expect("an address"), hash: hash("code") };
        UserChange::Recovery(RecoveryChange::OfferRescueCodes(RescueCodes::new(vec![code], at(0), HOUR)))
    };
    let link = |address: &str| {
        let link = ResetLink::new(SecretHash::from_digest([7; 32]), address.parse().expect("an address"), at(0), HOUR);
        UserChange::Recovery(RecoveryChange::OfferResetLink(link))
    };
    let mut ana = user();
    ana.emails = vec!["ana@acme.example".parse().expect("an address")];
    for offer in [codes("former@acme.example"), link("former@acme.example")] {
        assert_eq!(ana.apply(offer), Err(ChangeRefused::StaleCredentials));
    }
    assert!(ana.recovery.is_empty());
    for offer in [codes("ana@acme.example"), link("ana@acme.example")] {
        assert_eq!(ana.apply(offer), Ok(None));
    }
    ana.apply(UserChange::Deactivate).expect("closed");
    assert!(ana.recovery.is_empty());
    for offer in [codes("ana@acme.example"), link("ana@acme.example")] {
        assert_eq!(ana.apply(offer), Err(ChangeRefused::StaleCredentials));
    }
}
