use std::io::Write;

use super::*;
use crate::domain::audit::{AuditAction, AuditReason};
use crate::domain::user::Role;
use crate::flows::administer::Request;
use crate::flows::administer::testing::{House, organization};

const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuHZpvB32Oy42t2k7E0rxE0TOCj8djbLm";

/// The answer to a request to take in `text`.
async fn import(
    house: &House,
    text: impl AsRef<[u8]>,
    change: impl FnOnce(&mut UserFile),
) -> Result<ImportView, AdministerError> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text.as_ref()).expect("written");
    let mut request =
        UserFile { path: file.path().to_owned(), format: UserFileFormat::Csv, organization: None, dry_run: false };
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
        Err(AdministerError::FaultyFile(faults)) => faults.faults,
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
    let missing = import(&house, "", |file| file.path = "/nowhere/people.csv".into()).await;
    assert!(matches!(missing, Err(AdministerError::Unreadable { .. })), "{missing:?}");
    let relative = import(&house, "", |file| file.path = "people.csv".into()).await;
    assert!(matches!(relative, Err(AdministerError::RelativePath(_))), "{relative:?}");
}
