//! What fits and what does not.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::user::{Role, Status};

fn user(username: &str, name: &str, emails: &[&str]) -> User {
    User {
        id: UserId::from_random([7; 16]),
        organization: "acme".parse().expect("a key"),
        username: username.parse().expect("a username"),
        name: name.parse().expect("a name"),
        emails: emails.iter().map(|email| email.parse().expect("an address")).collect(),
        role: Role::User,
        applications: BTreeSet::new(),
        groups: BTreeSet::new(),
        status: Status::Active,
        language: None,
        created_at: Timestamp::UNIX_EPOCH,
        password: None,
        password_history: Vec::new(),
        temporary: None,
        credential_version: 0,
        recovery: Default::default(),
        warned: None,
    }
}

fn fits(wanted: &str, user: &User) -> bool {
    Wanted::read(wanted).expect("words").fits(&Known::of(user))
}

#[test]
fn a_person_is_found_by_name_username_and_address_whatever_the_case_and_accents() {
    let ana = user("amtz.01", "Ana María Martínez-O’Brien", &["Ana.Mtz@Example.com", "jefa@sur.example"]);
    for wanted in [
        "mart",
        "MÁRT",
        "marti\u{301}nez",
        "ana",
        "Maria",
        "o'brien",
        "O’Bri",
        "brien",
        "martinez-o",
        "AMTZ",
        "amtz.01",
        "ana.mtz@exa",
        "jefa@SUR",
        "ana mart",
        "mart   ana",
        "Martínez, Ana",
        "jefa@sur.example; amtz",
        "ａｎａ",
    ] {
        assert!(fits(wanted, &ana), "{wanted}");
    }
    for wanted in ["nez", "01", "mtz", "example.com", "sur.example", "ana pedro", "anamaria", "martínezo", "ana@"] {
        assert!(!fits(wanted, &ana), "{wanted}");
    }
}

#[test]
fn letters_that_are_more_than_accents_are_typed_as_people_type_them() {
    for (name, wanted) in [
        ("Søren Ægir", "soren aegir"),
        ("Łukasz Weiß", "lukasz weiss"),
        ("Νίκος", "ΝΊΚΟΣ"),
        ("İbrahim Işık", "ibrahim isik"),
        ("Нина Йошкина", "йошк"),
        ("김민수", "김민"),
        ("Núñez", "nunez"),
    ] {
        assert!(fits(wanted, &user("x", name, &[])), "{name}");
    }
}

#[test]
fn a_text_without_a_word_asks_for_nothing() {
    for nothing in ["", "  ", " , ;", "\u{0}\u{1}", "\u{301}"] {
        assert_eq!(Wanted::read(nothing), None, "{nothing:?}");
    }
    assert_eq!(Wanted::read("Ana ANA áná ana, b\u{0}c").expect("words").words(), ["ana", "b", "c"]);
}

#[test]
fn folding_what_is_folded_changes_nothing() {
    for letter in '\0'..=char::MAX {
        let once = fold(&letter.to_string());
        assert_eq!(fold(&once), once, "{letter:?}");
    }
}

proptest! {
    #[test]
    fn everybody_is_found_by_every_known_word_and_by_the_own_username_and_name(
        username in "[a-z0-9ñü]{1,5}([.,_-][a-zñ]{1,5})?",
        name in "\\S[^\\pC]{0,60}\\S",
        address in "[a-zA-Z.]{1,9}[a-z]@[a-z]{1,9}\\.mx",
    ) {
        prop_assume!(address.parse::<crate::domain::names::EmailAddress>().is_ok());
        prop_assume!(name.parse::<crate::domain::names::DisplayName>().is_ok());
        let user = user(&username, &name, &[&address]);
        let known = Known::of(&user);
        for word in known.words() {
            prop_assert!(!word.contains('\0') && !word.is_empty());
            prop_assert_eq!(known.first(word), Some(word));
        }
        prop_assert!(fits(&username, &user) && fits(&address, &user) && fits(&address.to_uppercase(), &user));
        if let Some(wanted) = Wanted::read(&name) {
            prop_assert!(wanted.fits(&known), "{:?} {:?}", wanted, known);
        }
    }

    #[test]
    fn a_place_is_read_back_as_it_was_written(lead in 0_usize..9, word in "[^\\pC]{0,20}", username in "[a-zñ.]{1,9}") {
        let place = SearchPlace { lead, word, username: username.parse().expect("a username") };
        prop_assert_eq!(place.to_string().parse(), Ok(place));
    }
}

#[test]
fn what_is_no_place_of_this_search_does_not_lead_it() {
    for wrong in ["", "ana", "1/ana", "x/ana/ana", "-1/ana/ana", "0//ana"] {
        assert!(wrong.parse::<SearchPlace>().is_err(), "{wrong:?}");
    }
    let wanted = Wanted::read("ana mart").expect("words");
    let place = |text: &str| text.parse::<SearchPlace>().expect("a place");
    assert_eq!(wanted.lead(&place("1/ana/martinez/x")), Some("mart"));
    assert_eq!(wanted.lead(&place("0/ana/martinez")), None);
    assert_eq!(wanted.lead(&place("2/ana/martinez")), None);
}
