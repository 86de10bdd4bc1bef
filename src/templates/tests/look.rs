//! The stylesheet and the icon.

use super::*;

const CSS: &str = include_str!("../../../templates/portero.css");

/// The custom properties of the light and the dark scheme.
fn colour(name: &str, dark: bool) -> [f64; 3] {
    let (light_part, rest) = CSS.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let dark_part = rest.split("\n}").next().unwrap();
    let read = |part: &str| {
        let value = part.split(&format!(" --{name}: #")).nth(1)?.get(..6)?;
        Some([0, 2, 4].map(|at| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap()) / 255.0))
    };
    let own = if dark { read(dark_part) } else { None };
    own.or_else(|| read(light_part)).unwrap_or_else(|| panic!("no colour {name}"))
}

/// WCAG 2.2's relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(one: &str, other: &str, dark: bool) -> f64 {
    let (one, other) = (luminance(colour(one, dark)), luminance(colour(other, dark)));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_have_enough_contrast_in_both_schemes() {
    const TEXT: f64 = 4.5;
    const SHAPE: f64 = 3.0;
    let pairs = [
        ("ink", "paper", TEXT),
        ("ink", "card", TEXT),
        ("soft", "paper", TEXT),
        ("soft", "card", TEXT),
        ("link", "paper", TEXT),
        ("link", "card", TEXT),
        ("button-ink", "button", TEXT),
        ("button-ink", "button-over", TEXT),
        ("night-ink", "night", TEXT),
        ("bad", "paper", TEXT),
        ("bad", "card", TEXT),
        ("bad", "bad-paper", TEXT),
        ("ink", "bad-paper", TEXT),
        ("warn", "warn-paper", TEXT),
        ("ink", "warn-paper", TEXT),
        ("lamp-ink", "lamp", TEXT),
        ("lamp-ink", "lamp-top", TEXT),
        ("edge", "paper", SHAPE),
        ("edge", "card", SHAPE),
        ("focus", "paper", SHAPE),
        ("focus", "card", SHAPE),
        ("focus", "bad-paper", SHAPE),
        ("lamp", "night", SHAPE),
        ("button", "paper", SHAPE),
        ("button", "card", SHAPE),
    ];
    for dark in [false, true] {
        for (one, other, least) in pairs {
            let ratio = contrast(one, other, dark);
            assert!(ratio >= least, "{one} on {other} (dark: {dark}): {ratio:.2} < {least}");
        }
    }
}

#[test]
fn the_stylesheet_is_small_and_fetches_nothing() {
    let size = CSS.len();
    assert!(size < 20_000, "{size} bytes");
    for banned in ["url(", "@import", "expression("] {
        assert!(!CSS.contains(banned), "{banned}");
    }
    for cared_for in
        ["prefers-color-scheme", "prefers-reduced-motion", "forced-colors", "@media print", ":focus-visible"]
    {
        assert!(CSS.contains(cared_for), "{cared_for}");
    }
}

#[test]
fn assets_are_found_under_the_addresses_that_pages_name_and_nowhere_else() {
    let templates = Templates::load(None).unwrap();
    let html = templates.render(&SignedOutPage { sign_in: "/".into() }, &Frame::default()).unwrap();
    let named: Vec<&str> = attribute(&html, "href").into_iter().filter(|href| href.starts_with(ASSETS_PATH)).collect();
    let types: Vec<&str> = named.iter().map(|path| templates.asset(path).unwrap().content_type).collect();
    assert_eq!(types, ["image/svg+xml", "text/css; charset=utf-8"]);
    for path in ["", ASSETS_PATH, "/_portero/assets/portero.css", "/_portero/assets/../../etc/passwd"] {
        assert_eq!(templates.asset(path), None, "{path}");
    }
}

#[test]
fn assets_that_were_replaced_are_found_until_others_are() {
    let branded = |brand: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("brand.css"), brand).unwrap();
        Templates::load(Some(folder.path())).unwrap()
    };
    let path = |templates: &Templates| templates.assets.stylesheet().to_owned();
    let after = |mut templates: Templates, former: &Templates| {
        templates.hand_out_also(former);
        templates
    };
    let first = branded("a { color: red }");
    let second = after(branded("a { color: green }"), &first);
    assert_eq!(second.asset(&path(&first)), first.asset(&path(&first)));
    assert_ne!(path(&second), path(&first));
    let same = after(branded("a { color: green }"), &second);
    assert!(same.asset(&path(&first)).is_some(), "a reload that changes nothing takes nothing away");
    let third = after(branded("a { color: blue }"), &same);
    assert!(third.asset(&path(&second)).is_some() && third.asset(&path(&first)).is_none());
}
