//! What may be typed is understood as meant, and what may not is refused with what to write.

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::*;
use crate::domain::user::Role;

fn parse(line: &[&str]) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from(std::iter::once(&"portero").chain(line))
}

fn refusal(line: &[&str]) -> String {
    let error = parse(line).expect_err("a usage error");
    assert_eq!(error.exit_code(), 2, "{line:?}");
    error.to_string()
}

#[test]
fn the_declarations_hold_together() {
    Arguments::command().debug_assert();
}

#[test]
fn every_command_takes_the_configuration_file_before_or_after() {
    for line in [
        &["run"][..],
        &["demo"],
        &["check"],
        &["org", "list"],
        &["org", "mail-test", "acme", "--to", "a@x.mx"],
        &["org", "mail-server", "acme", "--none"],
        &["user", "list"],
        &["user", "show", "acme/ana"],
        &["key", "rotate"],
        &["backup", "x"],
        &["restore", "x"],
        &["export", "-"],
        &["import", "-"],
        &["audit"],
    ] {
        let after = [line, &["--config", "x.toml"]].concat();
        assert_eq!(parse(&after).expect("parses").config, PathBuf::from("x.toml"), "{line:?}");
        let before = [&["--config", "x.toml"], line].concat();
        assert_eq!(parse(&before).expect("parses").config, PathBuf::from("x.toml"), "{line:?}");
        assert_eq!(parse(line).expect("parses").config, PathBuf::from("config.toml"), "{line:?}");
    }
}

#[test]
fn a_user_is_described_in_full() {
    let line = [
        "user",
        "add",
        "ACME/Ana",
        "--name",
        "Ana M",
        "--email",
        "a@x.mx",
        "--email",
        "b@x.mx",
        "--role",
        "admin",
        "--app",
        "billing",
        "--group",
        "staff",
        "--password-stdin",
        "--json",
    ];
    let Command::User(UserArguments { json: true, verb: UserVerb::Add(add) }) = parse(&line).expect("parses").command
    else {
        panic!("user add --json");
    };
    assert_eq!(add.user.to_string(), "acme/ana");
    assert_eq!(add.emails.len(), 2);
    assert_eq!(add.role, Role::Admin);
    assert!(add.password_stdin);
}

#[test]
fn malformed_names_are_usage_errors_that_say_what_to_write() {
    for (line, hint) in [
        (&["user", "show", "ana"][..], "a slash and the username, such as acme/ana"),
        (&["user", "show", "acme/"], "ORG/USERNAME"),
        (&["user", "show", "acme/a b"], "a username has 1 to 64"),
        (&["user", "show", "a/ana"], "an organization key has 2 to 32"),
        (&["org", "add", "x", "--name", "X"], "an organization key has 2 to 32"),
        (&["org", "add", "acme", "--name", ""], "a name has 1 to 128"),
        (&["user", "set-email", "acme/ana", "nobody"], "name@example.com"),
        (&["user", "add", "acme/ana", "--name", "A", "--role", "root"], "operator"),
        (&["user", "add", "acme/ana", "--name", "A", "--app", "Billing"], "lower-case"),
        (&["user", "add", "acme/ana", "--name", "A", "--group", "a,b"], "without commas"),
    ] {
        let message = refusal(line);
        assert!(message.contains(hint), "{line:?}: {message}");
    }
}

#[test]
fn an_incomplete_or_contradictory_line_is_a_usage_error() {
    for line in [
        &["org"][..],
        &["user", "add", "acme/ana"],
        &["user", "edit", "acme/ana"],
        &["user", "list", "--expiring", "36h"],
        &["user", "list", "--expiring", "0d"],
        &["user", "import", "people", "--format", "htpasswd"],
        &["user", "spread-expiry", "acme"],
        &["user", "edit", "acme/ana", "--app", "x", "--no-apps"],
        &["user", "set-email", "acme/ana"],
        &["user", "set-email", "acme/ana", "a@x.mx", "--none"],
        &["demo", "--port", "70000"],
        &["run", "--json"],
        &["backup"],
        &["audit", "--since", "yesterday"],
        &["audit", "--since", "2026-11-01T"],
        &["fly"],
        &["org", "set", "acme"],
        &["org", "set", "acme", "--recovery", "telepathy"],
        &["org", "mail-server", "acme"],
        &["org", "mail-server", "acme", "--none", "--host", "x"],
        &["org", "mail-server", "acme", "--host", "x", "--sender", "a@x.mx", "--port", "0"],
        &["org", "mail-test", "acme"],
    ] {
        refusal(line);
    }
    assert_eq!(parse(&["--help"]).expect_err("help").kind(), ErrorKind::DisplayHelp);
    assert_eq!(parse(&["--version"]).expect_err("version").exit_code(), 0);
}
