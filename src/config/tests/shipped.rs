//! The file that is shipped documents every key, and tells the truth about each.

use super::*;

const SHIPPED: &str = include_str!("../../../config.toml");

/// The shipped file with all of its examples in force.
fn with_examples() -> String {
    let example = |line: &'static str| {
        line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c == '[' || c.is_ascii_lowercase()))
    };
    SHIPPED.lines().map(|line| example(line).unwrap_or(line)).collect::<Vec<_>>().join(
        "
",
    )
}

fn surroundings() -> Invented {
    let mut surroundings = Invented::default();
    for name in ["SMTP_PASSWORD", "WIKI_SECRET", "CORP_SECRET"] {
        surroundings.variables.insert(name, "x");
    }
    for name in ["cert.pem", "key.pem", "templates", "master.key"] {
        surroundings.files.insert(name.into(), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    }
    surroundings.files.insert("ca.pem".into(), AUTHORITY);
    surroundings
}

fn read(text: &str) -> Result<Config, ConfigError> {
    let surroundings = surroundings();
    Config::parse(text, ParseContext { folder: Path::new(""), ..context(&surroundings) })
}

#[test]
fn the_shipped_file_says_what_the_defaults_are() {
    let shipped = read(SHIPPED).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(format!("{shipped:#?}"), format!("{:#?}", Config::default()));
}

#[test]
fn every_example_of_the_shipped_file_is_sound() {
    let config = read(&with_examples()).unwrap_or_else(|error| panic!("{error}"));
    assert!(!config.server.tls.is_empty() && config.store.master_key.is_some() && config.portal.templates.is_some());
    assert_eq!((config.applications.len(), config.portal.downloads.len()), (1, 1));
}

#[test]
fn the_example_of_an_application_says_what_its_defaults_are() {
    let config = read(&with_examples()).unwrap_or_else(|error| panic!("{error}"));
    let mut example = config.applications.into_iter().next().expect("there is an example");
    assert_eq!(example.rules.len(), 2);
    example.rules.clear();
    assert!(example.authorities.take().is_some() && example.server_name.take().is_some());
    let least = "[portal]\norigin = \"https://login.example.com\"\n[[app]]\nid = \"billing\"\nname = \"Billing\"\n\
                 host = \"billing.example.com\"\nupstream = [\"http://10.0.0.5:8080\", \"https://10.0.0.6:8443\"]";
    assert_eq!(parsed(least).applications, [example]);
}

/// Asks the parser itself which keys it knows, by writing one that it does not.
#[test]
fn no_key_is_missing_from_the_shipped_file() {
    let text = with_examples();
    let headers: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    let probed =
        text.lines().map(|line| if line.starts_with('[') { format!("{line}\nzzzzzzzzzz = 1") } else { line.into() });
    let probed = format!("zzzzzzzzzz = 1\n{}", probed.collect::<Vec<_>>().join("\n"));
    let error = read(&probed).expect_err("there are unknown keys");
    assert_eq!(error.faults.len(), headers.len() + 1, "{error}");
    for fault in &error.faults {
        let section = fault.message.trim_start_matches('`').trim_end_matches("zzzzzzzzzz` is not a key");
        for key in fault.fix.trim_start_matches("known here: ").split(", ") {
            let full = format!("{section}{key}");
            let written = text.lines().any(|line| line.starts_with(&format!("{key} = ")))
                || headers.iter().any(|header| header.trim_matches(['[', ']']).starts_with(&full));
            // The one key that only a later engine takes is mentioned in words.
            assert!(written || full == "store.url", "`{full}` is missing");
        }
    }
}
