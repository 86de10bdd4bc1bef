//! Durations and sizes as people write them: `90s`, `1h30m`, `64KiB`.

use std::time::Duration;

/// The longest duration any key takes: ten years. It keeps every sum of a moment and a duration within the calendar.
pub(super) const LONGEST: Duration = Duration::from_hours(24 * 3650);

/// From longest to shortest, in milliseconds; the order in which a combination must have them.
const DURATION_UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

const SIZE_UNITS: [(&str, u64); 8] = [
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads a duration: whole numbers with units (`ms`, `s`, `m`, `h`, `d`, `w`), each unit at most once and the longest first.
/// `None` for anything else.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (mut rest, mut units, mut total) = (text, DURATION_UNITS.as_slice(), 0_u64);
    while !rest.is_empty() || text.is_empty() {
        let (amount, unit, after) = amount_and_unit(rest)?;
        let place = units.iter().position(|(name, _)| *name == unit)?;
        total = total.checked_add(amount.checked_mul(units[place].1)?)?;
        units = &units[place + 1..];
        rest = after;
    }
    Some(Duration::from_millis(total))
}

/// The shortest text that [`parse_duration`] reads as `duration`, down to milliseconds. Weeks are given in days.
pub(super) fn format_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".into();
    }
    let mut text = String::new();
    for (unit, millis) in &DURATION_UNITS[1..] {
        let amount = rest / millis;
        rest %= millis;
        if amount > 0 {
            text.push_str(&format!("{amount}{unit}"));
        }
    }
    text
}

/// Reads a number of bytes: a whole number with a unit (`B`, `kB`, `MB`, `GB`; `KiB`, `MiB`, `GiB`). `None` for anything else.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let (amount, unit, after) = amount_and_unit(text)?;
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    if after.is_empty() { amount.checked_mul(*bytes) } else { None }
}

/// The text that [`parse_size`] reads as `bytes`, in the largest binary unit that divides it.
pub(super) fn format_size(bytes: u64) -> String {
    let fits = |(_, unit): &&(&str, u64)| bytes >= *unit && bytes.is_multiple_of(*unit);
    let binary = SIZE_UNITS[5..].iter().rev().find(fits);
    match binary {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Splits `12abc34…` into 12, `abc` and the rest.
fn amount_and_unit(text: &str) -> Option<(u64, &str, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (amount, rest) = text.split_at(digits);
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(letters);
    Some((amount.parse().ok()?, unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_numbers_with_units_longest_first() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert_eq!(seconds("1w2d"), Some(9.0 * 86_400.0));
        assert_eq!(seconds("1m500ms"), Some(60.5));
        for wrong in
            ["", "90", "s", "1.5h", "-1s", "1 h", " 1h", "1h ", "30m1h", "1h1h", "1H", "1é", "99999999999999999999s"]
        {
            assert_eq!(parse_duration(wrong), None, "{wrong:?}");
        }
        assert_eq!(parse_duration("18446744073709551615w"), None, "too many to count");
    }

    #[test]
    fn sizes_are_a_whole_number_with_a_unit() {
        assert_eq!(parse_size("64KiB"), Some(65_536));
        assert_eq!(parse_size("1MB"), Some(1_000_000));
        assert_eq!(parse_size("512B"), Some(512));
        for wrong in ["", "64", "KiB", "64K", "1.5MB", "64 KiB", "1MiB1KiB", "18446744073709551615GiB"] {
            assert_eq!(parse_size(wrong), None, "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_duration_is_read_back_as_it_was_written(millis in 0..LONGEST.as_millis() as u64) {
            let duration = Duration::from_millis(millis);
            proptest::prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }

        #[test]
        fn a_size_is_read_back_as_it_was_written(bytes in 0..u64::MAX) {
            proptest::prop_assert_eq!(parse_size(&format_size(bytes)), Some(bytes));
        }

        #[test]
        fn reading_units_never_panics(text in ".{0,40}") {
            parse_duration(&text);
            parse_size(&text);
        }
    }
}
