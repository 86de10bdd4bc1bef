//! Holds the plan of the house: which room may import which. The plan is in the crate's documentation; here it is law.
#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const GROUND: &[&str] = &["domain"];
const SERVICES: &[&str] = &["domain", "config", "clock", "random", "store"];
const FLOWS: &[&str] = &[
    "domain",
    "config",
    "clock",
    "random",
    "store",
    "keys",
    "passwords",
    "captcha",
    "throttle",
    "audit",
    "sessions",
    "templates",
    "mail",
];
const ANSWERING: &[&str] = &[
    "domain",
    "config",
    "clock",
    "random",
    "store",
    "keys",
    "passwords",
    "captcha",
    "throttle",
    "audit",
    "sessions",
    "templates",
    "wire",
    "flows",
];
const SERVER: &[&str] = &[
    "domain",
    "config",
    "clock",
    "random",
    "store",
    "keys",
    "sessions",
    "templates",
    "metrics",
    "wire",
    "flows",
    "pages",
    "proxy",
];

/// Each room, and what it may import besides itself. A room that is not here may import nothing.
fn plan() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("domain", &[] as &[&str]),
        ("clock", GROUND),
        ("random", GROUND),
        ("config", GROUND),
        ("store", GROUND),
        ("keys", SERVICES),
        ("passwords", SERVICES),
        ("captcha", SERVICES),
        ("throttle", SERVICES),
        ("audit", SERVICES),
        ("sessions", SERVICES),
        ("templates", SERVICES),
        ("mail", &["domain", "config", "clock", "random", "store", "keys", "templates"]),
        ("metrics", SERVICES),
        ("wire", &["domain", "clock", "random"]),
        ("flows", FLOWS),
        ("pages", ANSWERING),
        ("proxy", &["domain", "config", "clock", "wire", "sessions"]),
        ("server", SERVER),
    ])
}

/// They put the rest together, and may import everything.
const ROOF: [&str; 5] = ["app", "cli", "demo", "main", "lib"];

#[test]
fn no_room_imports_what_the_plan_does_not_allow() {
    let plan = plan();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for file in rust_files(Path::new("src")) {
        let room = room_of(&file);
        seen.insert(room.clone());
        if ROOF.contains(&room.as_str()) {
            continue;
        }
        let allowed = plan.get(room.as_str()).copied().unwrap_or_else(|| panic!("the room {room} is not in the plan"));
        let text = std::fs::read_to_string(&file).expect("a readable source file");
        for import in imports(&text) {
            if import != room && !allowed.contains(&import.as_str()) {
                faults.push(format!("{}: {room} may not import {import}", file.display()));
            }
        }
    }
    assert!(seen.len() > ROOF.len(), "the source was found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_concrete_stores_are_known_to_the_roof_alone() {
    for file in rust_files(Path::new("src")) {
        let room = room_of(&file);
        if ROOF.contains(&room.as_str()) || room == "store" {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a readable source file");
        assert!(!without_tests(&text).contains("store::sled"), "{} names the engine", file.display());
    }
}

/// The first part of every `crate::…` path outside of tests.
fn imports(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for piece in without_tests(text).split("crate::").skip(1) {
        let name: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if name.chars().next().is_some_and(|first| first.is_ascii_lowercase()) {
            found.insert(name);
        }
    }
    found
}

/// The code of a file, up to its tests and without comments.
fn without_tests(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn room_of(file: &Path) -> String {
    let first = file.components().nth(1).expect("a file below src");
    let name = first.as_os_str().to_string_lossy();
    name.trim_end_matches(".rs").to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test_file(&path) {
            files.push(path);
        }
    }
    files
}

fn is_test_file(path: &Path) -> bool {
    path.components().any(|part| {
        matches!(
            part.as_os_str().to_str(),
            Some("tests.rs" | "tests" | "testing.rs" | "testing" | "contract.rs" | "contract")
        )
    })
}
