//! What is taken in from a file, what is refused with its line, and who may take in what.

use std::io::Write;
use std::time::Duration;

use super::*;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::user::{Role, Status};
use crate::flows::administer::testing::{House, organization, user};
use crate::flows::administer::{Actor, FRESH, NewUser, Request, users_as_csv};

const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm";

/// The answer to a request to take in `text`.
async fn import(
    house: &House,
    text: impl AsRef<[u8]>,
    change: impl FnOnce(&mut UserFile),
) -> Result<ImportView, AdministerError> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_ref()).expect("written");
    let source = UserFileSource::Path(file.path().to_owned());
    let mut request = UserFile { source, format: UserFileFormat::Csv, organization: None, dry_run: false };
    change(&mut request);
    match house.ask(Request::ImportUsers(request)).await? {
        Answer::Imported(told) => Ok(told),
        other => panic!("another answer: {other:?}"),
    }
}

fn in_acme(file: &mut UserFile) {
    file.organization = Some("acme".parse().expect("a key"));
}

fn htpasswd(file: &mut UserFile) {
    in_acme(file);
    file.format = UserFileFormat::Htpasswd;
}

fn faults(outcome: Result<ImportView, AdministerError>) -> Vec<(u64, String)> {
    match outcome {
        Err(AdministerError::FaultyFile(faults)) => {
            faults.faults.into_iter().map(|(line, fault)| (line, fault.to_string())).collect()
        }
        other => panic!("no faults: {other:?}"),
    }
}

fn users(house: &House) -> Vec<User> {
    house.memory.state().users.values().cloned().collect()
}

#[tokio::test]
async fn a_row_is_taken_in_with_all_that_it_says() {
    let house = House::with_ana().await;
    let text = format!(
        "\u{feff}Organization,username,name,email,role,groups,applications,password_hash\r\n\
         ACME,Zoe,\"Zoë, the \"\"Z\"\"\",z@acme.example;zoe@home.example,Admin,staff; night shift,billing,{HASH}\r\n\
         acme,leo,,,,,,\r\n"
    );
    let told = import(&house, text, |_| {}).await.expect("taken in");
    assert_eq!((told.users, told.without_password, told.without_address), (2, 1, 1));
    assert_eq!(
        told.organizations.into_iter().map(|(key, n)| (key.to_string(), n)).collect::<Vec<_>>(),
        [("acme".to_owned(), 2)]
    );
    let users = users(&house);
    let [_, leo, zoe] = &users[..] else { panic!("three users") };
    assert_eq!((zoe.username.as_str(), zoe.name.as_str(), zoe.role), ("zoe", "Zoë, the \"Z\"", Role::Admin));
    assert_eq!(zoe.emails.iter().map(ToString::to_string).collect::<Vec<_>>(), ["z@acme.example", "zoe@home.example"]);
    assert_eq!(zoe.groups.iter().map(ToString::to_string).collect::<Vec<_>>(), ["night shift", "staff"]);
    assert!(zoe.applications.contains(&"billing".parse().expect("an id")));
    let password = zoe.password.as_ref().expect("a password");
    assert_eq!((password.hash.as_phc(), password.changed_at), (HASH, zoe.created_at));
    assert_eq!((leo.name.as_str(), leo.password.is_none(), leo.role), ("leo", true, Role::User));
    let state = house.memory.state();
    let [event] = &state.events[..] else { panic!("one event for the file") };
    assert_eq!((event.action, event.reason), (AuditAction::ImportUsers, AuditReason::Ok));
}

#[tokio::test]
async fn every_fault_of_a_file_is_told_with_its_line_and_nothing_is_taken_in() {
    let house = House::with_ana().await;
    let text = format!(
        "username;name;email;role;organization;password_hash\n\
         zoe;Zoe;z@acme.example;;acme;{HASH}\n\
         a b;;nobody;root;acme;secret\n\
         ana;;;;acme;\n\
         \"li\nly\";;;;acme;\n\
         leo;;;;nowhere;\n\
         ZOE;;;;Acme;\n\
         one;two\n\
         mia;;;;;\n"
    );
    let found = faults(import(&house, text, |_| {}).await);
    let expected = [
        (3, "username \"a b\""),
        (3, "email \"nobody\""),
        (3, "role: \"root\" is none; write user, admin or operator"),
        (3, "password_hash: its scheme is not one"),
        (4, "there is already a user acme/ana"),
        (5, "username \"li\\nly\""),
        (7, "there is no organization nowhere"),
        (8, "the user acme/zoe stands on line 2, too"),
        (9, "the row has 2 fields, and the heading 6"),
        (10, "the row names no organization"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, what), (at, start)) in found.iter().zip(expected) {
        assert_eq!(*line, at, "{what}");
        assert!(what.starts_with(start), "{what}");
        assert!(!what.contains("secret"), "what stands where a hash should may be a password");
    }
    assert_eq!(users(&house).len(), 1);
    let state = house.memory.state();
    let [event] = &state.events[..] else { panic!("one event for the refusal") };
    assert_eq!((event.action, event.reason), (AuditAction::ImportUsers, AuditReason::Invalid));
}

#[tokio::test]
async fn faults_are_told_as_file_line_and_what() {
    let house = House::with_ana().await;
    let refused = import(&house, "username\nana\n", in_acme).await.expect_err("taken").to_string();
    let (first, rest) = refused.split_once('\n').expect("two lines");
    assert_eq!(first, "nothing was taken in: the file has 1 fault");
    assert!(rest.contains(":2: there is already a user acme/ana; "), "{rest}");
    assert!(rest.starts_with('/'), "{rest}");
}

#[tokio::test]
async fn a_heading_that_is_not_understood_is_told_before_any_row() {
    let house = House::with_ana().await;
    for (text, what) in [
        ("username,colour,shoes\nx,y,z\n", &["no column \"colour\"", "no column \"shoes\""][..]),
        ("name\nx\n", &["does not name the column username"]),
        ("username,email,emails\nx,,\n", &["\"emails\" stands twice"]),
        ("", &["does not name the column username"]),
    ] {
        let found = faults(import(&house, text, in_acme).await);
        assert_eq!(found.len(), what.len(), "{found:?}");
        assert!(found.iter().zip(what).all(|((line, told), what)| *line == 1 && told.contains(what)), "{found:?}");
    }
    assert_eq!(faults(import(&house, "username\n", in_acme).await), [(0, "there is nobody in the file".to_owned())]);
    let broken = faults(import(&house, b"username\nok\n\xff\xfe\nana\n", in_acme).await);
    assert_eq!(broken.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 4], "it goes on behind what is not UTF-8");
}

#[tokio::test]
async fn a_file_of_apache_is_taken_in_as_htpasswd_wrote_it() {
    let house = House::with_ana().await;
    let text = format!(
        "# old\n\nleo:$apr1$nCoRNC71$gcd/LdbJdbEOp4xjLGPmt/\r\nzoe:{HASH}\nmia:{{SHA}}UwfydvLOb+4YM+PyqlunVUf81WQ="
    );
    let told = import(&house, text, htpasswd).await.expect("taken in");
    assert_eq!((told.users, told.without_password), (3, 0));
    let wrong =
        faults(import(&house, "max:rl.3StKT.4T8M\nsecret\nleo:{SHA}UwfydvLOb+4YM+PyqlunVUf81WQ=\n", htpasswd).await);
    assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(wrong.iter().all(|(_, what)| !what.contains("secret") && !what.contains("rl.3")), "{wrong:?}");
}

#[tokio::test]
async fn looking_only_takes_nothing_in_and_leaves_no_event() {
    let house = House::with_ana().await;
    let dry = |file: &mut UserFile| {
        in_acme(file);
        file.dry_run = true;
    };
    let told = import(&house, "username\nzoe\n", dry).await.expect("could be");
    assert!(told.dry_run && told.users == 1);
    assert_eq!(faults(import(&house, "username\nana\n", dry).await).len(), 1);
    assert_eq!(users(&house).len(), 1);
    assert!(house.memory.state().events.is_empty());
}

#[tokio::test]
async fn a_file_that_is_not_there_or_named_from_nowhere_is_refused() {
    let house = House::with_ana().await;
    house.ask(Request::AddOrganization(organization("zeta", None))).await.expect("added");
    let missing = import(&house, "", |file| file.source = UserFileSource::Path("/nowhere/people.csv".into())).await;
    assert!(matches!(missing, Err(AdministerError::Unreadable { .. })), "{missing:?}");
    let relative = import(&house, "", |file| file.source = UserFileSource::Path("people.csv".into())).await;
    assert!(matches!(relative, Err(AdministerError::RelativePath(_))), "{relative:?}");
}

/// The answer to a person who sends `text` for `acme`.
async fn sent(house: &House, actor: Actor, text: impl Into<Vec<u8>>) -> Result<ImportView, AdministerError> {
    let source = UserFileSource::Sent { name: "staff.csv".into(), bytes: text.into() };
    let organization = Some("acme".parse().expect("a key"));
    let file = UserFile { source, format: UserFileFormat::Csv, organization, dry_run: false };
    match house.administrator.perform(actor, Request::ImportUsers(file)).await? {
        Answer::Imported(told) => Ok(told),
        other => panic!("another answer: {other:?}"),
    }
}

/// `acme` above `norte`, `zeta` beside them, and an admin of `acme` who is in the group `staff`.
async fn branches() -> House {
    let house = House::with_ana().await;
    for (key, parent) in [("norte", Some("acme")), ("zeta", None)] {
        house.ask(Request::AddOrganization(organization(key, parent))).await.expect("added");
    }
    let groups = BTreeSet::from(["staff".parse().expect("a group")]);
    let boss = NewUser { role: Role::Admin, groups, ..user("acme/boss") };
    house.ask(Request::AddUser(Box::new(boss))).await.expect("added");
    house.memory.state().events.clear();
    house
}

// A1, A5
#[tokio::test]
async fn a_person_takes_in_what_that_person_may_give_one_by_one() {
    let house = branches().await;
    let boss = house.person("acme/boss", Duration::ZERO);
    let text = "organization,username,email,role,groups,applications,status\n\
                ,zoe,z@acme.example,admin,staff,crm,\n\
                norte,leo,l@acme.example,,,,deactivated\n";
    let told = sent(&house, boss, text).await.expect("taken in");
    assert_eq!((told.users, told.without_password), (2, 2));
    let leo = users(&house).into_iter().find(|user| user.username.as_str() == "leo").expect("leo");
    assert_eq!((leo.status, leo.organization.as_str()), (Status::Deactivated, "norte"));
}

// A1, A5
#[tokio::test]
async fn a_person_takes_in_no_password_no_right_they_lack_and_nobody_of_another_branch() {
    let house = branches().await;
    let boss = house.person("acme/boss", Duration::ZERO);
    let text = format!(
        "organization,username,email,role,groups,applications,password_hash\n\
         ,one,o@acme.example,operator,,,\n\
         ,two,t@acme.example,,wheel,,\n\
         ,three,t@acme.example,,,nothing,\n\
         ,four,f@acme.example,,,,{HASH}\n\
         ,five,,,,,\n\
         zeta,six,s@acme.example,,,,\n\
         nowhere,seven,s@acme.example,,,,\n\
         ,eight,e@acme.example,,,,\n"
    );
    let Err(AdministerError::FaultyFile(found)) = sent(&house, boss, text).await else { panic!("taken in") };
    let codes: Vec<_> = found.faults.iter().map(|(line, fault)| (*line, fault.code())).collect();
    let expected = [
        (2, "foreign-role"),
        (3, "foreign-group"),
        (4, "unknown-application"),
        (5, "foreign-hash"),
        (6, "no-address"),
        (7, "unknown-organization"),
        (8, "unknown-organization"),
    ];
    assert_eq!(codes, expected);
    assert_eq!(users(&house).len(), 2, "and the last row is not taken in either");
}

// A1
#[tokio::test]
async fn a_person_sends_a_table_for_the_own_branch_after_giving_the_password_and_names_no_file_of_the_machine() {
    let house = branches().await;
    let stale = house.person("acme/boss", FRESH);
    let text = "username,email\nzoe,z@acme.example\n";
    assert!(matches!(sent(&house, stale, text).await, Err(AdministerError::ConfirmFirst)));
    let ana = house.person("acme/ana", Duration::ZERO);
    assert!(matches!(sent(&house, ana, text).await, Err(AdministerError::NotAllowed)));
    let boss = house.person("acme/boss", Duration::ZERO);
    let file = |source, format, key: &str| {
        let organization = Some(key.parse().expect("a key"));
        Request::ImportUsers(UserFile { source, format, organization, dry_run: true })
    };
    let table = || UserFileSource::Sent { name: "staff.csv".into(), bytes: text.into() };
    for (request, code) in [
        (file(UserFileSource::Path("/etc/passwd".into()), UserFileFormat::Csv, "acme"), "not_allowed"),
        (file(table(), UserFileFormat::Htpasswd, "acme"), "not_allowed"),
        (file(table(), UserFileFormat::Csv, "zeta"), "unknown_organization"),
        (Request::ExportUsers("zeta".parse().expect("a key")), "unknown_organization"),
    ] {
        let refused = house.administrator.perform(boss, request).await.expect_err(code);
        assert_eq!(refused.code(), code);
    }
    assert_eq!(users(&house).len(), 2);
}

// A5
#[tokio::test]
async fn what_is_exported_is_taken_in_again_and_holds_no_secret() {
    let house = branches().await;
    let text = "username;name;email;role;groups;status\n\
                zoe;\"=cmd|' /C calc'!A0\";z@acme.example,y@acme.example;admin;staff;deactivated\n";
    let boss = house.person("acme/boss", Duration::ZERO);
    sent(&house, boss, text).await.expect("taken in");
    let key = "acme".parse().expect("a key");
    let told = house.administrator.perform(boss, Request::ExportUsers(key)).await.expect("told");
    let Answer::Users { users: told, more: false } = told else { panic!("another answer") };
    let table = String::from_utf8(users_as_csv(&told, true)).expect("text");
    assert!(!table.contains("argon2") && !table.contains(",="), "{table}");
    let before = users(&house);
    for user in &before {
        let user = UserRef { organization: user.organization.clone(), username: user.username.clone() };
        house.ask(Request::RemoveUser(user)).await.expect("removed");
    }
    assert_eq!(import(&house, table, |_| {}).await.expect("taken in").users, 3);
    let kept = |users: &[User]| -> BTreeSet<_> {
        let kept = |user: &User| {
            format!("{} {} {:?} {:?} {:?}", user.username, user.name, user.emails, user.role, user.status)
        };
        users.iter().map(kept).collect()
    };
    assert_eq!(kept(&users(&house)), kept(&before));
    let state = house.memory.state();
    assert!(state.events.iter().any(|event| event.action == AuditAction::ExportUsers && event.actor.is_some()));
}

#[tokio::test]
async fn lines_are_numbered_as_an_editor_numbers_them() {
    let house = House::with_ana().await;
    for (text, line) in [
        ("username\nzoe\n\n\n\n\nana\n", 7),
        ("username\r\nzoe\r\n\r\n\r\nana\r\n", 5),
        ("username\rzoe\r\rana\r", 4),
        ("username,name\nzoe,\"Z\n\no\"\nana,\n", 5),
        ("\u{feff}username\nana\n", 2),
    ] {
        let found = faults(import(&house, text, in_acme).await);
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>().last(), Some(&line), "{text:?}: {found:?}");
    }
}

#[tokio::test]
async fn a_file_that_never_ends_costs_no_more_than_what_is_told_of_it() {
    let house = branches().await;
    let boss = house.person("acme/boss", Duration::ZERO);
    let codes = |outcome: Result<ImportView, AdministerError>| match outcome {
        Err(AdministerError::FaultyFile(found)) => {
            (found.faults.iter().map(|(_, fault)| fault.code()).collect::<BTreeSet<_>>(), found.faults.len())
        }
        other => panic!("taken in: {other:?}"),
    };
    let many = format!("username\n{}", "a\n".repeat(100_000));
    let (told, count) = codes(sent(&house, boss, many.clone()).await);
    assert!(told.contains("too-many-rows") && count <= MOST_FAULTS, "{count}");
    let (told, count) = codes(sent(&house, boss, format!("username,email\n{}", "<,@\n".repeat(MOST_SENT))).await);
    assert!(told.contains("value") && count == MOST_FAULTS, "{count}");
    let wide: String = (0..100_000).map(|n| format!("a{n}@b.example;")).collect();
    let wide = format!("username,email,groups,applications\nzoe,{wide},{wide},{wide}\n");
    let started = std::time::Instant::now();
    let (told, count) = codes(sent(&house, boss, wide).await);
    assert!(told.contains("too-many") && count < 10, "{told:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "a long field is not searched again for each of its values");
    let long = "x".repeat(100_000);
    let Err(AdministerError::FaultyFile(found)) = sent(&house, boss, format!("username,role\n{long},{long}\n")).await
    else {
        panic!("taken in")
    };
    assert!(found.faults.iter().all(|(_, fault)| fault.about().len() < 200 && fault.to_string().len() < 400));
}

// A1
#[tokio::test]
async fn a_right_that_was_lost_while_the_rows_were_read_gives_nothing() {
    let house = branches().await;
    let boss = house.person("acme/boss", Duration::ZERO);
    // Whoever changes rights is at work: the import has been let in, has read its rows, and waits.
    let changing = house.administrator.rights.write().await;
    let import = sent(&house, boss, "username,email,role\nmallory,m@evil.test,admin\n");
    let mut import = Box::pin(import);
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut import).await.is_err(), "it waits");
    for user in house.memory.state().users.values_mut().filter(|user| user.username.as_str() == "boss") {
        user.role = Role::User;
    }
    drop(changing);
    assert!(matches!(import.await, Err(AdministerError::NotAllowed)));
    assert_eq!(users(&house).len(), 2);
}

// A5
#[tokio::test]
async fn the_trail_says_whose_file_it_was_and_who_may_administer_by_it() {
    let house = branches().await;
    let boss = house.person("acme/boss", Duration::ZERO);
    sent(&house, boss, "username,email,role\nzoe,z@acme.example,admin\nleo,l@acme.example,\n").await.expect("taken in");
    let state = house.memory.state();
    let [event] = &state.events[..] else { panic!("one event for the file") };
    assert_eq!(event.note.as_deref(), Some("staff.csv: 2 users, among them admin acme/zoe"));
}
