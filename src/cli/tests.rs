//! Each command as it is typed, with what it prints and its exit code, on a house in memory.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::arguments::DemoArguments;
use super::assembly::{Assembly, Examined, Failure, Loaded, OpenError, Opened, TakeIn, TakeInError, TakenIn};
use super::backend::{Backend, Need};
use super::control::{ControlSocket, serve};
use super::*;
use crate::config::{Config, ParseContext};
use crate::flows::administer::testing::{House, TEMPORARY};
use crate::store::StoreError;

/// A program around a house in memory.
struct Bench {
    house: House,
    folder: TempDir,
    /// Somebody else holds the store.
    held: bool,
    /// There is no store yet.
    missing: bool,
    faults: Vec<String>,
    /// What is wrong with the files that the configuration names.
    broken: Vec<&'static str>,
    open: Arc<AtomicBool>,
    opened: Cell<u32>,
    ran: RefCell<Vec<String>>,
}

impl Bench {
    fn new() -> Self {
        let house = runtime().block_on(House::with_ana());
        let folder = TempDir::new().expect("a folder");
        Self {
            house,
            folder,
            held: false,
            missing: false,
            faults: Vec::new(),
            broken: Vec::new(),
            open: Arc::default(),
            opened: Cell::default(),
            ran: RefCell::default(),
        }
    }

    fn config(&self) -> Config {
        let text = "[portal]\ntime_zone = \"America/Mexico_City\"\n[[app]]\nid = \"billing\"\nname = \"Billing\"\npath = \"/billing\"\nupstream = [\"http://127.0.0.1:1\"]\n";
        let mut config = Config::parse(text, ParseContext::new("config.toml", self.folder.path())).expect("in order");
        config.store.path = self.folder.path().to_owned();
        config
    }

    /// Types `line` after `portero`.
    fn type_in(&self, line: &[&str]) -> Told {
        self.type_in_with(line, "")
    }

    fn type_in_with(&self, line: &[&str], input: &str) -> Told {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut terminal = Terminal {
            out: Box::new(&mut out),
            err: Box::new(&mut err),
            input: Box::new(input.as_bytes()),
            interactive: false,
        };
        let code = run(std::iter::once(&"portero").chain(line).map(OsString::from), self, &mut terminal);
        drop(terminal);
        assert!(!self.open.load(Ordering::SeqCst), "the store was let go");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Told { code, out: text(out), err: text(err) }
    }
}

impl Assembly for Bench {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<String>> {
        if self.faults.is_empty() {
            Ok(Loaded { config: self.config(), notices: vec![format!("{}:1:1: worth a look", path.display())] })
        } else {
            Err(self.faults.clone())
        }
    }

    fn examine(&self, path: &Path, _: &Config) -> Examined {
        let line = |text: &&str| format!("{}:2:7: {text}", path.display());
        Examined {
            faults: self.broken.iter().map(line).collect(),
            notices: vec![format!("{}:3:1: worth another look", path.display())],
        }
    }

    fn has_store(&self, _: &Config) -> bool {
        !self.missing
    }

    fn open(&self, config: &Config) -> Result<Opened, OpenError> {
        if self.held {
            let (path, holder) = (config.store.path.clone(), "4711".to_owned());
            return Err(StoreError::Held { path, holder }.into());
        }
        self.opened.set(self.opened.get() + 1);
        self.open.store(true, Ordering::SeqCst);
        let open = Arc::clone(&self.open);
        let close = Box::new(move || open.store(false, Ordering::SeqCst));
        Ok(Opened { administrator: Arc::clone(&self.house.administrator), close })
    }

    fn take_in(&self, _: &Config, from: &mut dyn io::BufRead, wish: &TakeIn) -> Result<TakenIn, TakeInError> {
        let mut text = String::new();
        from.read_to_string(&mut text).expect("text");
        self.ran.borrow_mut().push(format!("{wish:?}"));
        if text.contains("bad") {
            return Err(TakeInError::Lines { lines: vec![(2, "it is bad".to_owned())], more: false });
        }
        let kept_aside = wish.force.then(|| "/data/sled.before-x".into());
        Ok(TakenIn { records: text.lines().count() as u64, kept_aside })
    }

    fn run(&self, path: &Path, _config: Config) -> Result<(), Failure> {
        self.ran.borrow_mut().push(path.display().to_string());
        Err(Box::new(io::Error::other("the port is taken")))
    }

    fn demo(&self, arguments: &DemoArguments) -> Result<(), Failure> {
        self.ran.borrow_mut().push(format!("{arguments:?}"));
        Ok(())
    }
}

/// What a command came to.
#[derive(Debug)]
struct Told {
    code: u8,
    out: String,
    err: String,
}

impl Told {
    fn well(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    fn json(self) -> serde_json::Value {
        let out = self.well();
        assert_eq!(out.lines().count(), 1, "one line of JSON: {out}");
        serde_json::from_str(&out).expect("JSON")
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn organizations_are_added_and_listed() {
    let bench = Bench::new();
    let added = bench.type_in(&["org", "add", "Sales", "--name", "Sales & Co", "--parent", "ACME"]).well();
    assert_eq!(added, "key:    Sales\nname:   Sales & Co\nunder:  acme\nadded:  2026-11-03 06:00 CST\n");
    let listed = bench.type_in(&["org", "list"]).well();
    assert_eq!(
        listed,
        "KEY    NAME        UNDER  ADDED\n\
         acme   The acme    -      2026-11-03 06:00 CST\n\
         Sales  Sales & Co  acme   2026-11-03 06:00 CST\n"
    );
    let machine = bench.type_in(&["org", "list", "--json"]).json();
    assert_eq!(machine[1]["key"], "sales");
    assert_eq!(machine[1]["parent"], "acme");
    let again = bench.type_in(&["org", "add", "SALES", "--name", "Sales"]);
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert_eq!(again.err, "portero: there is already an organization sales; choose another key\n");
}

#[test]
fn a_temporary_password_is_printed_once_with_its_life() {
    let bench = Bench::new();
    let told = bench.type_in(&["user", "add", "acme/beto", "--name", "Beto"]);
    assert!(told.err.contains("shown this once"), "{told:?}");
    assert_eq!(
        told.well(),
        format!(
            "user:                acme/beto\nname:                Beto\ntemporary password:  {TEMPORARY}\n\
             valid for:           1 day, until 2026-11-04 06:00 CST\n"
        )
    );
    let machine = bench.type_in(&["user", "add", "acme/caro", "--name", "Caro", "--json"]).json();
    assert_eq!(machine["temporary_password"], TEMPORARY);
    assert_eq!(machine["temporary_password_expires_at"], "2026-11-04T12:00:00Z");
    assert_eq!(machine["user"]["username"], "caro");
    for line in [&["user", "show", "acme/beto"][..], &["user", "list"], &["user", "list", "--json"]] {
        assert!(!bench.type_in(line).well().contains(TEMPORARY), "{line:?}");
    }
}

// E3
#[test]
fn a_password_from_stdin_is_judged_and_never_shown() {
    let bench = Bench::new();
    let line = ["user", "add", "acme/beto", "--name", "Beto", "--password-stdin"];
    let weak = bench.type_in_with(&line, "corta\n");
    assert_eq!((weak.code, weak.out.as_str()), (1, ""));
    assert!(
        weak.err.contains("\n  - use 8 characters or more\n  - add an upper-case letter\n  - add a digit\n"),
        "{weak:?}"
    );
    let none = bench.type_in_with(&line, "");
    assert!(none.code == 1 && none.err.contains("first line"), "{none:?}");
    let told = bench.type_in_with(&[&line[..], &["--json"]].concat(), "Trueno#42\nanother\n").json();
    assert_eq!(told.get("temporary_password"), None);
    assert!(!told.to_string().contains("Trueno"));
    let shown = bench.type_in(&["user", "show", "acme/beto"]).well();
    assert!(shown.contains("password:            set 2026-11-03 06:00 CST\n"), "{shown}");
}

#[test]
fn users_are_listed_in_columns_and_all_of_them() {
    let bench = Bench::new();
    bench.type_in(&["user", "set-email", "acme/ana", "ana@acme.example", "ana@home.example"]).well();
    assert_eq!(
        bench.type_in(&["user", "list", "ACME"]).well(),
        "USER      NAME          ROLE  STATUS  PASSWORD  E-MAIL\n\
         acme/ana  Ana Martínez  user  active  none      ana@acme.example, ana@home.example\n"
    );
    for number in 0..crate::flows::administer::PAGE_LIMIT {
        let mut state = bench.house.memory.state();
        let mut user = state.users.values().next().cloned().expect("ana");
        user.username = format!("u{number}").parse().expect("a username");
        state.users.insert((user.organization.clone(), user.username.clone()), user);
    }
    let all = bench.type_in(&["user", "list", "--json"]).json();
    assert_eq!(all.as_array().map(Vec::len), Some(crate::flows::administer::PAGE_LIMIT + 1));
    assert_eq!(bench.type_in(&["user", "list", "nobody"]).code, 1);
}

// A2 A5
#[test]
fn every_change_of_a_user_says_what_came_of_it() {
    let bench = Bench::new();
    for (line, told) in [
        (&["user", "deactivate", "acme/ana"][..], "acme/ana is deactivated; its sessions ended\n"),
        (&["user", "activate", "ACME/ana"], "acme/ana is active\n"),
        (&["user", "unlock", "acme/ana"], "acme/ana may try to sign in again\n"),
        (&["user", "set-email", "acme/ana", "a@x.mx"], "acme/ana: a@x.mx\n"),
        (&["user", "set-email", "acme/ana", "--none"], "acme/ana: -\n"),
    ] {
        assert_eq!(bench.type_in(line).well(), told);
    }
    let edited = ["user", "edit", "acme/ana", "--role", "admin", "--app", "billing", "--group", "staff", "--json"];
    let edited = bench.type_in(&edited).json();
    assert_eq!(edited["role"], "admin");
    assert_eq!(edited["applications"], serde_json::json!(["billing"]));
    let emptied = bench.type_in(&["user", "edit", "acme/ana", "--no-apps", "--json"]).json();
    assert_eq!((&emptied["applications"], &emptied["groups"]), (&serde_json::json!([]), &serde_json::json!(["staff"])));
    assert_eq!(bench.type_in(&["user", "remove", "acme/ana"]).well(), "acme/ana was removed; its sessions ended\n");
    let gone = bench.type_in(&["user", "show", "acme/ana"]);
    assert_eq!((gone.code, gone.err.as_str()), (1, "portero: there is no user acme/ana; look at the list of users\n"));
}

#[test]
fn an_application_that_is_not_configured_is_pointed_out() {
    let bench = Bench::new();
    let told = bench.type_in(&["user", "edit", "acme/ana", "--app", "billing", "--app", "biling"]);
    assert_eq!(told.err, "portero: the configuration has no application biling; it is assigned all the same\n");
    assert!(told.well().contains("applications:        biling, billing\n"));
}

#[test]
fn keys_are_rotated_and_listed() {
    let bench = Bench::new();
    assert_eq!(bench.type_in(&["key", "rotate", "--json"]).json()["kid"], "key-1");
    bench.type_in(&["key", "rotate"]).well();
    let listed = bench.type_in(&["key", "list"]).well();
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!((lines[1][0], lines[1][1]), ("key-2", "signs"));
    assert_eq!((lines[2][0], lines[2][1]), ("key-1", "published"));
}

#[test]
fn a_configuration_is_checked_as_a_whole() {
    let mut bench = Bench::new();
    let told = bench.type_in(&["check", "--config", "x.toml"]);
    assert_eq!(told.err, "x.toml:1:1: worth a look\nx.toml:3:1: worth another look\n");
    assert_eq!(told.well(), "x.toml: in order\n");
    bench.broken = vec!["no key; write one"];
    let told = bench.type_in(&["check", "--config", "x.toml"]);
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    assert!(told.err.ends_with("x.toml:3:1: worth another look\nx.toml:2:7: no key; write one\n"), "{}", told.err);
    bench.type_in(&["user", "list"]).well();
    bench.opened.set(0);
    bench.faults = vec!["x.toml:1:1: wrong; write right".into(), "x.toml:2:1: wrong too; write right".into()];
    for line in [&["check"][..], &["run"], &["user", "list"]] {
        let told = bench.type_in(line);
        assert_eq!((told.code, told.out.as_str()), (1, ""));
        assert_eq!(told.err, "x.toml:1:1: wrong; write right\nx.toml:2:1: wrong too; write right\n");
    }
    assert_eq!((bench.opened.get(), bench.ran.borrow().len()), (0, 0));
}

#[test]
fn serving_gets_its_arguments_and_tells_why_it_failed() {
    let bench = Bench::new();
    let told = bench.type_in(&["run", "--config", "x.toml"]);
    assert_eq!((told.code, told.err.as_str()), (1, "x.toml:1:1: worth a look\nportero: the port is taken\n"));
    bench.type_in(&["demo", "--port", "9000"]).well();
    assert_eq!(*bench.ran.borrow(), ["x.toml", "DemoArguments { port: 9000, data: None }"]);
}

#[test]
fn wrong_usage_and_asking_for_help_are_told_apart() {
    let bench = Bench::new();
    let wrong = bench.type_in(&["user", "show", "ana"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("acme/ana") && !wrong.err.contains('\x1b'), "{wrong:?}");
    assert_eq!(bench.type_in(&[]).code, 2);
    for line in [&["--help"][..], &["user", "add", "--help"], &["--version"]] {
        let asked = bench.type_in(line);
        assert_eq!(asked.err, "");
        assert!(asked.well().contains("portero"));
    }
    assert_eq!(bench.opened.get(), 0);
}

#[test]
fn while_another_holds_the_store_it_is_asked_over_its_socket() {
    let mut bench = Bench::new();
    bench.held = true;
    let (folder, administrator) = (bench.folder.path().to_owned(), Arc::clone(&bench.house.administrator));
    let shutdown = CancellationToken::new();
    let (stop, (ready, listening)) = (shutdown.clone(), std::sync::mpsc::channel());
    let server = std::thread::spawn(move || {
        runtime().block_on(async {
            let socket = ControlSocket::bind(&folder).expect("bound");
            ready.send(()).expect("heard");
            serve(socket, administrator, stop).await;
        });
    });
    listening.recv().expect("listening");
    let added = bench.type_in(&["user", "add", "acme/beto", "--name", "Beto", "--json"]).json();
    assert_eq!(added["temporary_password"], TEMPORARY);
    let gone = bench.type_in(&["user", "show", "acme/nobody"]);
    assert_eq!(
        (gone.code, gone.err.as_str()),
        (1, "portero: there is no user acme/nobody; look at the list of users\n")
    );
    let weak = ["user", "add", "acme/caro", "--name", "Caro", "--password-stdin"];
    assert!(bench.type_in_with(&weak, "corta\n").err.contains("\n  - add a digit\n"), "the rules come across");
    shutdown.cancel();
    server.join().expect("no panic");
    assert_eq!(bench.opened.get(), 0);
}

#[tokio::test]
async fn a_store_that_is_held_in_silence_is_given_up_in_the_end() {
    let bench = tokio::task::spawn_blocking(Bench::new).await.expect("no panic");
    let bench = Bench { held: true, ..bench };
    let Err(error) = Backend::find(&bench, &bench.config(), Need::Any, Duration::ZERO).await else {
        panic!("nobody to ask")
    };
    let told = chain(&error);
    assert!(told.contains("nobody listens at its control socket") && told.contains("4711"), "{told}");
}

#[tokio::test]
async fn a_store_that_is_let_go_meanwhile_is_opened() {
    struct Leaving(Bench, Cell<u32>);
    impl Assembly for Leaving {
        fn load(&self, path: &Path) -> Result<Loaded, Vec<String>> {
            self.0.load(path)
        }
        fn examine(&self, path: &Path, config: &Config) -> Examined {
            self.0.examine(path, config)
        }
        fn has_store(&self, config: &Config) -> bool {
            self.0.has_store(config)
        }
        fn open(&self, config: &Config) -> Result<Opened, OpenError> {
            self.1.set(self.1.get() + 1);
            let held = || StoreError::Held { path: config.store.path.clone(), holder: "4711".into() };
            if self.1.get() < 3 { Err(held().into()) } else { self.0.open(config) }
        }
        fn take_in(&self, _: &Config, _: &mut dyn io::BufRead, _: &TakeIn) -> Result<TakenIn, TakeInError> {
            unreachable!("nothing is taken in")
        }

        fn run(&self, path: &Path, config: Config) -> Result<(), Failure> {
            self.0.run(path, config)
        }
        fn demo(&self, arguments: &DemoArguments) -> Result<(), Failure> {
            self.0.demo(arguments)
        }
    }
    let leaving = Leaving(tokio::task::spawn_blocking(Bench::new).await.expect("no panic"), Cell::new(0));
    let found = Backend::find(&leaving, &leaving.0.config(), Need::Any, Duration::from_secs(60)).await;
    assert!(matches!(found, Ok(Backend::Direct(_))));
    assert_eq!(leaving.1.get(), 3);
}

#[test]
fn a_faulty_file_does_not_keep_a_running_portero_from_being_asked() {
    let mut bench = Bench::new();
    bench.faults = vec!["x.toml:1:1: wrong; write right".into()];
    let told = bench.type_in(&["health"]);
    let begin = "x.toml:1:1: wrong; write right\nportero: the configuration has faults; the default address 127.0.0.1:9400 is asked";
    assert!(told.err.starts_with(begin), "{}", told.err);
    let told = bench.type_in(&["health", "--address", "127.0.0.1:1"]);
    assert_eq!(told.code, 1);
    assert!(told.err.starts_with("portero: nobody answers at 127.0.0.1:1: "), "{}", told.err);
}

#[test]
fn a_command_that_only_reads_makes_no_store() {
    let mut bench = Bench::new();
    bench.missing = true;
    let path = bench.folder.path().display().to_string();
    for line in [
        "user list",
        "user show acme/ana",
        "org list",
        "org show acme",
        "key list",
        "mail list",
        "audit",
        "export -",
        "backup /tmp/never",
    ] {
        let line: Vec<_> = line.split(' ').collect();
        let told = bench.type_in(&line);
        assert_eq!((told.code, told.out.as_str()), (1, ""), "{line:?}");
        assert!(told.err.starts_with(&format!("portero: there is no store at {path} yet")), "{}", told.err);
    }
    assert_eq!(bench.opened.get(), 0);
    assert_eq!(bench.type_in(&["org", "add", "globex", "--name", "Globex"]).code, 0, "what writes makes one");
}

#[test]
fn the_built_in_templates_are_written_once_and_load_as_they_are() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("looks/own");
    let line = ["templates", "--dir", folder.to_str().expect("text")];
    let told = bench.type_in(&line).well();
    assert!(told.contains(&folder.display().to_string()) && told.contains("portal.templates"), "{told}");
    for name in ["login.html", "mail/layout.html", "en.ftl", "es.ftl", "portero.css", "favicon.svg"] {
        let written = std::fs::read_to_string(folder.join(name)).expect("written");
        assert!(!written.is_empty(), "{name}");
    }
    let loaded = crate::templates::Templates::load(Some(&folder)).expect("as good as the built-in ones");
    assert_eq!(loaded.notices(), &[] as &[String]);
    std::fs::write(folder.join("login.html"), "mine").expect("written");
    let again = bench.type_in(&line);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("is not empty"), "{}", again.err);
    assert_eq!(std::fs::read_to_string(folder.join("login.html")).expect("kept"), "mine");
}

#[test]
fn causes_are_told_once_each() {
    let inner = StoreError::Io(io::Error::other("no such device"));
    let outer = CommandError::Open(OpenError::Store(inner));
    assert_eq!(chain(&outer), "the store cannot be read or written: no such device");
}

#[test]
fn a_backup_tells_where_it_is_and_what_else_to_keep() {
    let bench = Bench::new();
    let file = bench.folder.path().join("house.backup");
    let key = bench.folder.path().join("master.key");
    let lost = bench.type_in(&["backup", file.to_str().expect("text")]);
    assert!(lost.err.contains(&format!("the master key {} is not there!", key.display())), "{lost:?}");
    assert!(!lost.err.contains("Keep as well"), "{lost:?}");
    std::fs::write(&key, "").expect("written");
    let told = bench.type_in(&["backup", file.to_str().expect("text")]);
    assert!(told.err.contains("master.key") && told.err.contains("apart from the backup"), "{told:?}");
    let expected = format!("file:     {}\nof:       2026-11-03 06:00 CST\nrecords:  3\nbytes:    7\n", file.display());
    assert_eq!(told.well(), expected);
    assert_eq!(std::fs::read_to_string(&file).expect("written"), "Backup\n");
    let json = bench.type_in(&["backup", file.to_str().expect("text"), "--json"]).json();
    assert_eq!(json["records"], 3);
}

#[test]
fn an_export_goes_to_a_file_or_to_stdout() {
    let bench = Bench::new();
    assert_eq!(bench.type_in(&["export", "-"]).well(), "Export\n");
    let file = bench.folder.path().join("house.jsonl");
    bench.type_in(&["export", file.to_str().expect("text")]).well();
    assert_eq!(std::fs::read_dir(bench.folder.path()).expect("read").count(), 1, "no temporary file is left");
}

#[test]
fn taking_in_tells_what_was_done_or_which_lines_are_faulty() {
    let bench = Bench::new();
    let told = bench.type_in_with(&["import", "-", "--force"], "one\ntwo\n").well();
    assert!(told.contains("records:     2\nkept aside:  /data/sled.before-x"), "{told}");
    let told = bench.type_in_with(&["import", "-"], "bad\n");
    assert_eq!(
        (told.code, told.err.as_str()),
        (1, "-:2: it is bad\nportero: nothing was taken in: 1 of its lines are faulty\n")
    );
    let missing = bench.type_in(&["restore", "/nowhere/x"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.starts_with("portero: /nowhere/x cannot be read: "), "{missing:?}");
    let told = bench.type_in_with(&["restore", "-", "--new-signing-key", "--json"], "one\n");
    assert!(told.err.contains("makes a new one"), "{told:?}");
    assert_eq!(told.json()["records"], 1);
    let asked = bench.ran.borrow().join(" ");
    assert!(
        asked.contains("Export, force: true") && asked.contains("Backup, force: false, new_signing_key: true"),
        "{asked}"
    );
}

#[test]
fn the_trail_is_told_oldest_first_in_stable_codes() {
    let bench = Bench::new();
    bench.type_in(&["org", "add", "sales", "--name", "Sales"]).well();
    bench.type_in(&["user", "deactivate", "acme/ana"]).well();
    let uid = rustix::process::geteuid().as_raw();
    let told = bench.type_in(&["audit"]).well();
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
    let by = format!("command line, uid {uid}");
    let cells =
        |line: &[&str]| line.iter().filter(|cell| !cell.is_empty()).map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    assert_eq!(cells(&lines[0]), ["2026-11-03 06:00:00 CST", "add_organization", "ok", "sales", &by]);
    assert_eq!(cells(&lines[1]), ["2026-11-03 06:00:00 CST", "change_user", "ok", "acme/ana", &by]);
    assert_eq!(lines.len(), 2);
    let json = bench.type_in(&["audit", "--user", "acme/ana", "--json"]).json();
    assert_eq!((&json["action"], &json["actor"]), (&"change_user".into(), &by.as_str().into()));
    assert_eq!(bench.type_in(&["audit", "--user", "acme/nobody"]).well(), "");
    assert_eq!(bench.type_in(&["audit", "--since", "2027-01-01"]).well(), "");
    let nobody = bench.type_in(&["audit", "--follow"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("no Portero runs"), "{nobody:?}");
}

#[test]
fn undelivered_messages_are_listed_retried_and_dropped() {
    let bench = Bench::new();
    assert_eq!(bench.type_in(&["mail", "retry", "--all"]).well(), "no message\n");
    let told = bench.type_in(&["user", "add", "acme/beto", "--name", "Beto", "--email", "beto@x.mx"]);
    assert_eq!(told.code, 0);
    assert!(told.out.contains(TEMPORARY) && told.err.contains("on its way to beto@x.mx"), "{}", told.err);
    let id = bench.house.memory.state().mail[0].0.id.to_string();
    let listed = bench.type_in(&["mail", "list"]).well();
    let row = listed.lines().nth(1).expect("a row");
    assert!(row.starts_with(&id) && row.contains("waiting") && row.contains("acme/beto"), "{row}");
    assert!(!listed.contains(TEMPORARY));
    let json: serde_json::Value =
        serde_json::from_str(&bench.type_in(&["mail", "list", "--json"]).well()).expect("JSON");
    assert_eq!((&json[0]["status"], &json[0]["to"]), (&"waiting".into(), &"beto@x.mx".into()));
    assert_eq!(bench.type_in(&["mail", "retry", &id]).well(), format!("{id} to beto@x.mx is tried again\n"));
    assert_eq!(bench.type_in(&["mail", "drop", &id]).well(), format!("{id} to beto@x.mx was dropped\n"));
    let again = bench.type_in(&["mail", "drop", &id]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains(&id), "{}", again.err);
    assert_eq!(bench.type_in(&["mail", "drop", "nonsense"]).code, 2);
}
