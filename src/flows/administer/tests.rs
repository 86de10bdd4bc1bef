//! Each act says what came of it, does nothing that it refuses, and leaves its event in the trail.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use secrecy::ExposeSecret;

use super::testing::{House, TEMPORARY, TEMPORARY_LIFETIME, named, organization, user};
use super::*;
use crate::domain::Timestamp;
use crate::domain::audit::AuditAction;
use crate::domain::ids::SecretHash;
use crate::domain::organization::{MAX_DEPTH, OrganizationChange, OrganizationSettings, PasswordRules};
use crate::domain::search::SearchPlace;
use crate::domain::user::{MAX_EMAILS, Role, Status};

/// The trail since it was last looked at, as action, reason, organization and username.
fn trail(house: &House) -> Vec<(AuditAction, AuditReason, String, String)> {
    let events = std::mem::take(&mut house.memory.state().events);
    let told = |text: Option<String>| text.unwrap_or_default();
    events
        .into_iter()
        .map(|event| (event.action, event.reason, told(event.organization), told(event.username)))
        .collect()
}

fn event(
    action: AuditAction,
    reason: AuditReason,
    organization: &str,
    username: &str,
) -> (AuditAction, AuditReason, String, String) {
    (action, reason, organization.into(), username.into())
}

async fn refusal(house: &House, request: Request) -> AdministerError {
    house.ask(request).await.expect_err("a refusal")
}

async fn view(house: &House, request: Request) -> UserView {
    match house.ask(request).await.expect("it is done") {
        Answer::User(user) => *user,
        other => panic!("a user, not {other:?}"),
    }
}

fn emails(number: usize) -> Vec<crate::domain::names::EmailAddress> {
    (0..number).map(|n| format!("ana{n}@acme.example").parse().expect("an address")).collect()
}

fn edit(reference: &str) -> EditUser {
    EditUser { user: named(reference), name: None, role: None, applications: None, groups: None }
}

/// Opens a session for `acme/ana` and returns its token.
async fn session_of_ana(house: &House) -> SecretHash {
    let ana = view(house, Request::ShowUser(named("acme/ana"))).await;
    let token = SecretHash::from_digest([7; 32]);
    house.memory.state().tokens.insert(ana.id, vec![token]);
    token
}

// A1
#[tokio::test]
async fn an_organization_keeps_its_key_as_written_and_is_found_by_the_canonical_one() {
    let house = House::empty();
    let Answer::Organization(added) =
        house.ask(Request::AddOrganization(organization(" GAÑ&850101AB1 ", None))).await.expect("added")
    else {
        panic!("an organization");
    };
    assert_eq!((added.key.as_str(), added.written_key.as_str()), ("gañ&850101ab1", "GAÑ&850101AB1"));
    assert_eq!(trail(&house), [event(AuditAction::AddOrganization, AuditReason::Ok, "gañ&850101ab1", "")]);
    let Answer::Organizations(all) = house.ask(Request::ListOrganizations).await.expect("listed") else {
        panic!("organizations");
    };
    assert_eq!(all, [added]);
}

// A1
#[tokio::test]
async fn an_organization_that_cannot_be_is_refused_with_its_reason() {
    let house = House::with_ana().await;
    for (key, parent, code, reason) in [
        ("ACME", None, "organization_taken", AuditReason::Taken),
        ("sales", Some("nobody"), "unknown_parent", AuditReason::UnknownOrganization),
        ("x", None, "invalid_name", AuditReason::Invalid),
    ] {
        let error = refusal(&house, Request::AddOrganization(organization(key, parent))).await;
        assert_eq!(error.code(), code);
        let [(action, told, ..)] = &trail(&house)[..] else { panic!("one event for {code}") };
        assert_eq!((*action, *told), (AuditAction::AddOrganization, reason));
    }
    assert_eq!(house.memory.state().organizations.len(), 1);
}

// A1
#[tokio::test]
async fn the_tree_of_organizations_has_a_limit() {
    let house = House::empty();
    let mut parent: Option<String> = None;
    for level in 0..MAX_DEPTH {
        let key = format!("level{level}");
        house.ask(Request::AddOrganization(organization(&key, parent.as_deref()))).await.expect("added");
        parent = Some(key);
    }
    let error = refusal(&house, Request::AddOrganization(organization("deeper", parent.as_deref()))).await;
    assert_eq!(error.code(), "too_deep");
}

// A5 T2
#[tokio::test]
async fn a_user_without_password_gets_a_temporary_one_that_is_told_once() {
    let house = House::with_ana().await;
    let request = NewUser { emails: emails(2), role: Role::Admin, ..user("acme/BETO") };
    let Answer::UserAdded { user: added, temporary_password: Some(told), invited } =
        house.ask(Request::AddUser(Box::new(request))).await.expect("added")
    else {
        panic!("a temporary password");
    };
    assert_eq!(told.expose_secret(), TEMPORARY);
    assert_eq!(invited.as_ref(), added.emails.first(), "an invitation goes to the first address, and to no other");
    let letters: Vec<_> =
        house.memory.state().mail.iter().map(|(mail, told)| (mail.to.clone(), told.clone())).collect();
    assert_eq!(letters, [(added.emails[0].clone(), TEMPORARY.to_owned())]);
    assert_eq!(trail(&house), [event(AuditAction::AddUser, AuditReason::Ok, "acme", "beto")]);

    let stored = house.memory.state().users[&("acme".parse().expect("a key"), "beto".parse().expect("a name"))].clone();
    assert_eq!((stored.id, stored.role, stored.emails.len()), (added.id, Role::Admin, 2));
    assert_eq!(stored.password, None, "a temporary password never becomes the lasting one");
    let temporary = stored.temporary.expect("a temporary password");
    assert_eq!(temporary.expires_at, house.clock.now() + TEMPORARY_LIFETIME);

    house.clock.advance(TEMPORARY_LIFETIME);
    let later = view(&house, Request::ShowUser(named("acme/beto"))).await;
    assert_eq!(later.temporary_password, None, "what is over is not shown as good");
}

// A5
#[tokio::test]
async fn a_user_with_a_chosen_password_has_it_from_the_start() {
    let house = House::with_ana().await;
    let request = NewUser { password: Some("Trueno#42".into()), ..user("acme/beto") };
    let Answer::UserAdded { user: added, temporary_password: None, invited: None } =
        house.ask(Request::AddUser(Box::new(request))).await.expect("added")
    else {
        panic!("no temporary password");
    };
    assert_eq!(added.password, Some(PasswordView { changed_at: house.clock.now() }));
    assert_eq!(added.temporary_password, None);
}

// E3
#[tokio::test]
async fn a_chosen_password_that_the_policy_refuses_is_refused_rule_by_rule() {
    let house = House::with_ana().await;
    let request = NewUser { password: Some("acme".into()), ..user("acme/beto") };
    let error = refusal(&house, Request::AddUser(Box::new(request))).await;
    assert_eq!(error.code(), "password_policy");
    let message = error.to_string();
    for rule in ["8 characters", "upper-case", "a digit", "!\"#$%&*", "the organization's"] {
        assert!(message.contains(rule), "{rule}: {message}");
    }
    assert_eq!(trail(&house), [event(AuditAction::AddUser, AuditReason::Policy, "acme", "beto")]);
    assert_eq!(house.memory.state().users.len(), 1);
}

// A5
#[tokio::test]
async fn a_user_who_cannot_be_is_refused_with_the_reason() {
    let house = House::with_ana().await;
    for (new, code, reason) in [
        (user("nobody/ana"), "unknown_organization", AuditReason::UnknownOrganization),
        (user("acme/ANA"), "username_taken", AuditReason::Taken),
        (NewUser { emails: emails(MAX_EMAILS + 1), ..user("acme/beto") }, "too_many_emails", AuditReason::Invalid),
    ] {
        let (organization, username) = (new.user.organization.to_string(), new.user.username.to_string());
        let error = refusal(&house, Request::AddUser(Box::new(new))).await;
        assert_eq!(error.code(), code);
        assert_eq!(trail(&house), [event(AuditAction::AddUser, reason, &organization, &username)]);
    }
    house.memory.busy.store(true, Ordering::SeqCst);
    let error = refusal(&house, Request::AddUser(Box::new(user("acme/beto")))).await;
    assert_eq!(error.code(), "overloaded");
    assert_eq!(trail(&house), [event(AuditAction::AddUser, AuditReason::Overloaded, "acme", "beto")]);
    assert_eq!(house.memory.state().users.len(), 1);
}

// A5
#[tokio::test]
async fn users_are_listed_page_by_page() {
    let house = House::with_ana().await;
    house.ask(Request::AddOrganization(organization("zeta", None))).await.expect("added");
    for name in ["acme/beto", "acme/caro", "zeta/dani"] {
        house.ask(Request::AddUser(Box::new(user(name)))).await.expect("added");
    }
    let page = |organization: Option<&str>, after: Option<&str>, limit| {
        let organization = organization.map(|key| key.parse().expect("a key"));
        Request::ListUsers(UserPage { organization, after: after.map(named), limit })
    };
    for (request, expected, expect_more) in [
        (page(None, None, 2), vec!["acme/ana", "acme/beto"], true),
        (page(None, Some("acme/beto"), 2), vec!["acme/caro", "zeta/dani"], false),
        (page(Some("zeta"), None, 2), vec!["zeta/dani"], false),
        (page(None, None, 0), vec!["acme/ana"], true),
        (page(None, None, usize::MAX), vec!["acme/ana", "acme/beto", "acme/caro", "zeta/dani"], false),
    ] {
        let Answer::Users { users, more } = house.ask(request).await.expect("listed") else { panic!("users") };
        let names: Vec<String> = users.iter().map(|user| user.reference().to_string()).collect();
        assert_eq!((names, more), (expected.into_iter().map(str::to_owned).collect(), expect_more));
    }
    assert_eq!(refusal(&house, page(Some("nobody"), None, 2)).await.code(), "unknown_organization");
}

// A2
#[tokio::test]
async fn deactivating_ends_the_sessions_at_once_and_activating_opens_the_account() {
    let house = House::with_ana().await;
    let token = session_of_ana(&house).await;
    let ana = view(&house, Request::Deactivate(named("acme/ana"))).await;
    assert_eq!((ana.status, ana.temporary_password), (Status::Deactivated, None));
    assert_eq!(house.memory.state().forgotten_tokens, [token]);
    assert_eq!(view(&house, Request::Activate(named("acme/ana"))).await.status, Status::Active);
    assert_eq!(house.memory.state().changed_users, [ana.id, ana.id]);
    let done = event(AuditAction::ChangeUser, AuditReason::Ok, "acme", "ana");
    assert_eq!(trail(&house), [done.clone(), done]);
}

// L5
#[tokio::test]
async fn unlocking_forgets_the_attempts_of_that_account() {
    let house = House::with_ana().await;
    view(&house, Request::Unlock(named("ACME/ana"))).await;
    assert_eq!(house.memory.state().forgotten_attempts, ["acme/ana"]);
    assert_eq!(trail(&house), [event(AuditAction::ChangeUser, AuditReason::Ok, "acme", "ana")]);
}

// A2
#[tokio::test]
async fn addresses_are_replaced_each_once_and_not_too_many() {
    let house = House::with_ana().await;
    let twice = [emails(2), emails(2)].concat();
    let ana = view(&house, Request::SetEmails { user: named("acme/ana"), emails: twice, reason: None }).await;
    assert_eq!(ana.emails, emails(2));
    let request = Request::SetEmails { user: named("acme/ana"), emails: emails(MAX_EMAILS + 1), reason: None };
    assert_eq!(refusal(&house, request).await.code(), "too_many_emails");
    assert_eq!(view(&house, Request::ShowUser(named("acme/ana"))).await.emails, emails(2));
    let none = view(&house, Request::SetEmails { user: named("acme/ana"), emails: Vec::new(), reason: None }).await;
    assert_eq!(none.emails, []);
}

// A5
#[tokio::test]
async fn an_edit_changes_what_it_names_and_ends_sessions_if_rights_changed() {
    let house = House::with_ana().await;
    let token = session_of_ana(&house).await;
    let renamed = EditUser { name: Some("Ana M.".parse().expect("a name")), ..edit("acme/ana") };
    assert_eq!(view(&house, Request::EditUser(Box::new(renamed))).await.name.as_str(), "Ana M.");
    assert_eq!(house.memory.state().forgotten_tokens, [], "a name is no right");

    let applications = BTreeSet::from(["billing".parse().expect("an id")]);
    let groups = BTreeSet::from(["staff".parse().expect("a group")]);
    let rights = EditUser {
        role: Some(Role::Admin),
        applications: Some(applications.clone()),
        groups: Some(groups.clone()),
        ..edit("acme/ana")
    };
    let ana = view(&house, Request::EditUser(Box::new(rights))).await;
    assert_eq!((ana.name.as_str(), ana.role), ("Ana M.", Role::Admin));
    assert_eq!((ana.applications, ana.groups), (applications, groups));
    assert_eq!(house.memory.state().forgotten_tokens, [token]);

    assert_eq!(refusal(&house, Request::EditUser(Box::new(edit("acme/ana")))).await.code(), "nothing_to_change");
}

// A5
#[tokio::test]
async fn a_removed_user_is_gone_with_the_sessions() {
    let house = House::with_ana().await;
    let token = session_of_ana(&house).await;
    let gone = view(&house, Request::RemoveUser(named("acme/ana"))).await;
    assert_eq!(gone.reference(), named("acme/ana"));
    assert_eq!(house.memory.state().forgotten_tokens, [token]);
    let last = house.memory.state().events.last().cloned().expect("an event");
    assert_eq!((last.action, last.user), (AuditAction::RemoveUser, Some(gone.id)));
    assert_eq!(refusal(&house, Request::ShowUser(named("acme/ana"))).await.code(), "unknown_user");
}

#[tokio::test]
async fn every_act_on_a_user_who_is_not_there_is_refused_and_written_down() {
    let house = House::with_ana().await;
    let nobody = || named("acme/nobody");
    for (request, action) in [
        (Request::Activate(nobody()), AuditAction::ChangeUser),
        (Request::Deactivate(nobody()), AuditAction::ChangeUser),
        (Request::Unlock(nobody()), AuditAction::ChangeUser),
        (Request::SetEmails { user: nobody(), emails: Vec::new(), reason: None }, AuditAction::ChangeUser),
        (
            Request::EditUser(Box::new(EditUser { role: Some(Role::User), ..edit("acme/nobody") })),
            AuditAction::ChangeUser,
        ),
        (Request::RemoveUser(nobody()), AuditAction::RemoveUser),
    ] {
        assert_eq!(refusal(&house, request).await.code(), "unknown_user");
        assert_eq!(trail(&house), [event(action, AuditReason::UnknownUser, "acme", "nobody")]);
    }
    assert_eq!(house.memory.state().forgotten_attempts, Vec::<String>::new());
}

// L5
#[tokio::test]
async fn an_account_that_is_closed_after_too_many_failures_is_shown_so_and_unlocking_opens_it() {
    let house = House::with_ana().await;
    let until = house.clock.now() + std::time::Duration::from_secs(3600);
    house.memory.state().closed.insert("acme/ana".to_owned(), until);
    let ana = view(&house, Request::ShowUser(named("acme/ana"))).await;
    assert_eq!((ana.status, ana.locked_until), (Status::Active, Some(until)));
    assert_eq!(view(&house, Request::Unlock(named("acme/ana"))).await.locked_until, None);
    assert_eq!(view(&house, Request::ShowUser(named("acme/ana"))).await.locked_until, None);
}

#[tokio::test]
async fn a_look_up_that_fails_behind_a_change_is_not_told_as_if_the_change_had_failed() {
    let house = House::with_ana().await;
    house.memory.blind.store(true, Ordering::SeqCst);
    assert_eq!(view(&house, Request::Deactivate(named("acme/ana"))).await.status, Status::Deactivated);
    view(&house, Request::Unlock(named("acme/ana"))).await;
    assert_eq!(
        trail(&house),
        [
            event(AuditAction::ChangeUser, AuditReason::Ok, "acme", "ana"),
            event(AuditAction::ChangeUser, AuditReason::Ok, "acme", "ana")
        ]
    );
    assert_eq!(refusal(&house, Request::ShowUser(named("acme/ana"))).await.code(), "store_closed");
}

#[tokio::test]
async fn rotating_makes_a_key_and_writes_it_down() {
    let house = House::empty();
    house.ask(Request::RotateKey).await.expect("rotated");
    let Answer::Key(key) = house.ask(Request::RotateKey).await.expect("rotated") else { panic!("a key") };
    let Answer::Keys(keys) = house.ask(Request::ListKeys).await.expect("listed") else { panic!("keys") };
    assert_eq!(keys[0], key);
    assert!(keys[1].retired_at.is_some());
    assert_eq!(trail(&house).len(), 2, "looking leaves no event");
}

#[tokio::test]
async fn looking_leaves_no_event() {
    let house = House::with_ana().await;
    let page = UserPage { organization: None, after: None, limit: 10 };
    house.ask(Request::ListOrganizations).await.expect("listed");
    house.ask(Request::ListUsers(page)).await.expect("listed");
    house.ask(Request::ShowUser(named("acme/ana"))).await.expect("shown");
    refusal(&house, Request::ShowUser(named("acme/nobody"))).await;
    assert_eq!(trail(&house), []);
}

#[tokio::test]
async fn a_store_that_fails_is_told_as_such_and_blamed_on_nobody() {
    let house = House::with_ana().await;
    house.memory.broken.store(true, Ordering::SeqCst);
    for request in [
        Request::Deactivate(named("acme/ana")),
        Request::Unlock(named("acme/ana")),
        Request::RemoveUser(named("acme/ana")),
        Request::AddUser(Box::new(user("acme/beto"))),
        Request::AddOrganization(organization("zeta", None)),
        Request::RotateKey,
    ] {
        assert_eq!(refusal(&house, request).await.code(), "store_closed");
    }
    assert_eq!(trail(&house), []);
}

#[tokio::test]
async fn a_change_that_could_not_be_written_down_is_told_to_have_happened() {
    let house = House::with_ana().await;
    house.memory.mute.store(true, Ordering::SeqCst);
    assert_eq!(refusal(&house, Request::Deactivate(named("acme/ana"))).await.code(), "not_audited");
    assert_eq!(view(&house, Request::ShowUser(named("acme/ana"))).await.status, Status::Deactivated);
    let error = refusal(&house, Request::Activate(named("acme/nobody"))).await;
    assert_eq!(error.code(), "unknown_user", "a refusal stays what it is");
}

#[test]
fn requests_and_answers_survive_the_journey_and_show_no_secret() {
    let new = NewUser { password: Some("Trueno#42".into()), ..user("acme/ana") };
    let request = Request::AddUser(Box::new(new));
    assert!(!format!("{request:?}").contains("Trueno"));
    let sent = serde_json::to_string(&request).expect("JSON");
    let Request::AddUser(read) = serde_json::from_str(&sent).expect("a request") else { panic!("add_user") };
    assert_eq!(read.password.as_ref().map(ExposeSecret::expose_secret), Some("Trueno#42"));
    assert_eq!(read.user, named("acme/ana"));

    let key = KeyView { kid: "k".into(), created_at: Timestamp::UNIX_EPOCH, retired_at: None };
    let sent = serde_json::to_string(&Answer::Keys(vec![key.clone()])).expect("JSON");
    let Answer::Keys(read) = serde_json::from_str(&sent).expect("an answer") else { panic!("keys") };
    assert_eq!(read, [key]);
}

#[test]
fn a_request_with_a_malformed_name_or_an_unknown_field_is_none() {
    for text in [
        r#"{"show_user":"ana"}"#,
        r#"{"show_user":"acme/a b"}"#,
        r#"{"list_users":{"organization":null,"after":null,"limit":1,"all":true}}"#,
        r#"{"fly":null}"#,
    ] {
        assert!(serde_json::from_str::<Request>(text).is_err(), "{text}");
    }
}

// E3
#[tokio::test]
async fn where_the_modern_rules_hold_a_long_password_without_digits_and_signs_is_enough() {
    let house = House::with_ana().await;
    let rules = OrganizationSettings { password_rules: Some(PasswordRules::Modern), ..Default::default() };
    let acme = "acme".parse().expect("a key");
    let long = || Box::new(NewUser { password: Some("mula lejana de trueno".into()), ..user("acme/beto") });
    assert_eq!(refusal(&house, Request::AddUser(long())).await.code(), "password_policy");
    let changed = house.administrator.accounts.change_organization(&acme, OrganizationChange::SetRules(rules)).await;
    changed.expect("a store").expect("acme");
    let short = NewUser { password: Some("Trueno#42".into()), ..user("acme/beto") };
    assert_eq!(refusal(&house, Request::AddUser(Box::new(short))).await.code(), "password_policy");
    house.ask(Request::AddUser(long())).await.expect("added");
}

#[tokio::test]
async fn the_house_in_memory_finds_users_as_every_store_does() {
    crate::store::contract::search::hold(|| House::empty().memory).await;
}

// A5
#[tokio::test]
async fn users_are_found_page_by_page_in_one_organization() {
    let house = House::with_ana().await;
    house.ask(Request::AddOrganization(organization("zeta", None))).await.expect("added");
    for name in ["acme/beto", "acme/caro", "zeta/ana"] {
        house.ask(Request::AddUser(Box::new(user(name)))).await.expect("added");
    }
    let find = async |place: &str, words: &str, after: Option<SearchPlace>, limit| {
        let organization = place.parse().expect("a key");
        let search = UserSearch { organization, words: words.into(), after, limit };
        let answer = house.ask(Request::FindUsers(search)).await?;
        let Answer::Found { users, next } = answer else { panic!("users") };
        let names: Vec<String> = users.iter().map(|user| user.reference().to_string()).collect();
        Ok::<_, AdministerError>((names, next))
    };
    // Everybody is called Ana Martínez.
    let (first, next) = find("acme", "MART ana", None, 2).await.expect("found");
    assert_eq!(first, ["acme/ana", "acme/beto"]);
    assert_eq!(find("acme", "MART ana", next, 2).await.expect("found"), (vec!["acme/caro".into()], None));
    assert_eq!(find("zeta", "mart", None, usize::MAX).await.expect("found"), (vec!["zeta/ana".into()], None));
    assert_eq!(find("acme", " , ", None, 9).await.expect("found"), (vec![], None));
    assert_eq!(find("nobody", "ana", None, 9).await.expect_err("refused").code(), "unknown_organization");
}
