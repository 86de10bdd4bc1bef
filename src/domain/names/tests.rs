//! Every spelling of a name is one name, and no name carries what would break a header or a line.

use super::*;

fn key(text: &str) -> Result<String, NameError> {
    text.parse::<OrganizationKey>().map(String::from)
}

fn username(text: &str) -> Result<String, NameError> {
    text.parse::<Username>().map(String::from)
}

// L2
#[test]
fn an_organization_key_takes_what_an_rfc_holds_in_any_case() {
    assert_eq!(key("XAXX010101000"), Ok("xaxx010101000".into()));
    assert_eq!(key("Ñ&A010101AB1"), key("ñ&a010101ab1"));
    // Ñ typed as N and a combining tilde is the same key.
    assert_eq!(key("N\u{303}U"), key("ñu"));
    assert_eq!(key(" acme "), Ok("acme".into()));
}

// L2
#[test]
fn an_organization_key_of_another_shape_is_refused() {
    for text in ["", "a", "a/b", "a b", "á1", "-ab", "a\nb", "ab\0c", &"x".repeat(33), &"x".repeat(4096)] {
        assert_eq!(key(text), Err(NameError::OrganizationKey), "{text:?}");
    }
}

// L2
#[test]
fn every_spelling_of_a_username_has_one_canonical_form() {
    assert_eq!(username("Ana"), Ok("ana".into()));
    assert_eq!(username("ＡＮＡ"), Ok("ana".into()));
    assert_eq!(username("JOSÉ"), username("jose\u{301}"));
    assert_eq!(username("Ana"), username(" ana "));
}

// L2
#[test]
fn a_username_that_is_no_username_is_refused() {
    for text in ["", " ", "a b", "a/b", "a\u{0}b", "a\r\nb", "\u{200b}", &"x".repeat(65), &"x".repeat(100_000)] {
        assert_eq!(username(text), Err(NameError::Username), "{text:?}");
    }
}

#[test]
fn an_address_cannot_carry_a_header_line() {
    for text in ["", "a", "a@", "@b.mx", "a@b.mx\r\nBcc: c@d.mx", "a b@c.mx", "a@b@c.mx"] {
        assert!(text.parse::<EmailAddress>().is_err(), "{text:?}");
    }
    assert_eq!("Ana@Example.MX".parse::<EmailAddress>().map(String::from), Ok("Ana@example.mx".into()));
}

#[test]
fn groups_and_names_cannot_split_a_header() {
    assert!("a,b".parse::<GroupName>().is_err());
    assert!("a\nb".parse::<GroupName>().is_err());
    assert!("Ana\r\nX: y".parse::<DisplayName>().is_err());
    assert!("Ana Núñez".parse::<DisplayName>().is_ok());
}

#[test]
fn letters_that_take_two_passes_have_one_canonical_form_or_none() {
    for text in ["Ꭰ", "Ꭰna", "ꭰ"] {
        if let Ok(first) = username(text) {
            assert_eq!(username(&first), Ok(first.clone()), "{text}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn a_canonical_name_is_its_own_canonical_form(text in "\\PC{0,40}") {
        if let Ok(first) = username(&text) {
            proptest::prop_assert_eq!(username(&first), Ok(first.clone()));
        }
        if let Ok(first) = key(&text) {
            proptest::prop_assert_eq!(key(&first), Ok(first.clone()));
        }
    }
}
