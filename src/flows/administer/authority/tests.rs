use std::sync::atomic::Ordering;

use super::*;
use crate::clock::Clock;
use crate::domain::audit::AuditAction;
use crate::domain::organization::RulesEdit;
use crate::flows::administer::testing::{House, named, organization, user};
use crate::flows::administer::{Answer, AuditQuery, EditOrganization, UserPage, UserSearch};

const NOW: Duration = Duration::ZERO;
const LONG_AGO: Duration = FRESH;

/// `acme` above `norte` above `sala`; `zeta` beside them. Everybody is in the group `staff` of the own organization.
async fn house() -> House {
    let house = House::empty();
    for (key, parent) in [("acme", None), ("norte", Some("acme")), ("sala", Some("norte")), ("zeta", None)] {
        house.ask(Request::AddOrganization(organization(key, parent))).await.expect("added");
    }
    for (reference, role) in [
        ("acme/ada", Role::User),
        ("acme/boss", Role::Admin),
        ("acme/olga", Role::Operator),
        ("norte/jefa", Role::Admin),
        ("norte/par", Role::Admin),
        ("norte/ana", Role::User),
        ("norte/oper", Role::Operator),
        ("sala/sol", Role::User),
        ("sala/sara", Role::Admin),
        ("zeta/zoe", Role::Admin),
        ("zeta/zed", Role::User),
    ] {
        let new =
            NewUser { role, emails: vec![address("x@example.com")], groups: groups(&["staff"]), ..user(reference) };
        house.ask(Request::AddUser(Box::new(new))).await.expect("added");
    }
    house.memory.state().events.clear();
    house
}

fn address(text: &str) -> crate::domain::names::EmailAddress {
    text.parse().expect("an address")
}

fn groups(names: &[&str]) -> BTreeSet<GroupName> {
    names.iter().map(|name| name.parse().expect("a group")).collect()
}

fn apps(names: &[&str]) -> BTreeSet<ApplicationId> {
    names.iter().map(|name| name.parse().expect("an application")).collect()
}

fn edit(reference: &str) -> EditUser {
    EditUser { user: named(reference), name: None, role: None, applications: None, groups: None }
}

/// Every verb that acts on a user, with its name.
fn verbs(reference: &str) -> Vec<(&'static str, Request)> {
    let user = || named(reference);
    let renamed = EditUser { name: Some("Other Name".parse().expect("a name")), ..edit(reference) };
    vec![
        ("rename", Request::EditUser(Box::new(renamed))),
        ("role", Request::EditUser(Box::new(EditUser { role: Some(Role::User), ..edit(reference) }))),
        ("apps", Request::EditUser(Box::new(EditUser { applications: Some(apps(&["crm"])), ..edit(reference) }))),
        ("groups", Request::EditUser(Box::new(EditUser { groups: Some(groups(&["staff"])), ..edit(reference) }))),
        ("unlock", Request::Unlock(user())),
        ("recover", Request::StartRecovery(user())),
        ("end sessions", Request::EndSessions(user())),
        (
            "emails",
            Request::SetEmails {
                user: user(),
                emails: vec![address("new@example.com")],
                reason: Some("the old one is gone".into()),
            },
        ),
        ("deactivate", Request::Deactivate(user())),
        ("activate", Request::Activate(user())),
        ("remove", Request::RemoveUser(user())),
    ]
}

fn looks(reference: &str) -> Vec<(&'static str, Request)> {
    let audit = AuditQuery {
        user: Some(named(reference)),
        action: None,
        reason: None,
        since: Timestamp::MIN,
        after: None,
        limit: 9,
    };
    vec![
        ("show", Request::ShowUser(named(reference))),
        ("account", Request::ShowAccount(named(reference))),
        ("audit", Request::Audit(audit)),
    ]
}

async fn told(house: &House, actor: Actor, request: Request) -> Result<(), &'static str> {
    house.administrator.perform(actor, request).await.map(drop).map_err(|error| error.code())
}

// A1
#[tokio::test]
async fn an_admin_does_everything_to_users_of_the_branch_and_nothing_to_anybody_else() {
    for (target, expected) in [
        ("norte/ana", Ok(())),
        ("sala/sol", Ok(())),
        ("sala/sara", Ok(())),
        ("norte/par", Ok(())),
        ("acme/ada", Err("unknown_user")),
        ("acme/boss", Err("unknown_user")),
        ("acme/olga", Err("unknown_user")),
        ("zeta/zed", Err("unknown_user")),
        ("zeta/zoe", Err("unknown_user")),
        ("norte/oper", Err("not_allowed")),
        ("norte/nobody", Err("unknown_user")),
        ("nowhere/nobody", Err("unknown_user")),
    ] {
        let house = house().await;
        let jefa = house.person("norte/jefa", NOW);
        for (verb, request) in verbs(target) {
            assert_eq!(told(&house, jefa, request).await, expected, "{verb} {target}");
        }
    }
}

// A1
#[tokio::test]
async fn what_an_admin_may_not_see_is_answered_like_what_is_not_there_and_written_down() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    for target in ["acme/ada", "zeta/zed", "zeta/nobody", "nowhere/nobody"] {
        for (verb, request) in looks(target) {
            assert_eq!(told(&house, jefa, request).await, Err("unknown_user"), "{verb} {target}");
        }
    }
    let events = house.memory.state().events.clone();
    assert_eq!(events.len(), 12);
    for event in events {
        assert_eq!((event.action, event.reason), (AuditAction::Look, AuditReason::NotAllowed));
        assert_eq!(event.actor.as_deref(), Some("admin norte/jefa"));
        assert_eq!(event.address, Some("192.0.2.7".parse().expect("an address")));
        assert!(event.session.is_some());
    }
    for target in ["norte/ana", "sala/sol", "norte/oper"] {
        for (verb, request) in looks(target) {
            assert_eq!(told(&house, jefa, request).await, Ok(()), "{verb} {target}");
        }
    }
}

// A1
#[tokio::test]
async fn whoever_has_no_role_a_closed_account_or_no_open_session_may_do_nothing() {
    let house = house().await;
    let ana = house.person("norte/ana", NOW);
    let jefa = house.person("norte/jefa", NOW);
    let closed = house.person("norte/par", NOW);
    house.ask(Request::Deactivate(named("norte/par"))).await.expect("closed");
    let Actor::Person(person) = jefa else { panic!("a person") };
    let stranger = Actor::Person(Person { session: SessionId::from_random([99; 16]), ..person });
    for (who, actor) in [("a user", ana), ("a closed account", closed), ("no session", stranger)] {
        let requests = verbs("norte/ana").into_iter().chain(looks("norte/ana"));
        let own = [("list", Request::ListOrganizations), ("keys", Request::ListKeys)];
        for (verb, request) in requests.chain(own) {
            assert_eq!(told(&house, actor, request).await, Err("not_allowed"), "{who}: {verb}");
        }
    }
    // Rights are those of the moment: what was an admin when the page was shown is none now.
    house
        .ask(Request::EditUser(Box::new(EditUser { role: Some(Role::User), ..edit("norte/jefa") })))
        .await
        .expect("demoted");
    assert_eq!(told(&house, jefa, Request::Unlock(named("norte/ana"))).await, Err("not_allowed"));
}

// A1
#[tokio::test]
async fn nobody_grants_more_than_they_have() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    let change = |edit: EditUser| Request::EditUser(Box::new(edit));
    for (name, request, expected) in [
        ("admin", change(EditUser { role: Some(Role::Admin), ..edit("norte/ana") }), Ok(())),
        ("operator", change(EditUser { role: Some(Role::Operator), ..edit("norte/ana") }), Err("not_allowed")),
        ("known", change(EditUser { applications: Some(apps(&["billing"])), ..edit("norte/ana") }), Ok(())),
        (
            "unknown",
            change(EditUser { applications: Some(apps(&["vault"])), ..edit("norte/ana") }),
            Err("unknown_application"),
        ),
        ("own group", change(EditUser { groups: Some(groups(&["staff"])), ..edit("sala/sol") }), Ok(())),
        (
            "another's group",
            change(EditUser { groups: Some(groups(&["staff", "treasury"])), ..edit("sala/sol") }),
            Err("foreign_group"),
        ),
        ("fewer groups", change(EditUser { groups: Some(groups(&[])), ..edit("sala/sol") }), Ok(())),
    ] {
        assert_eq!(told(&house, jefa, request).await, expected, "{name}");
    }
    // A group that somebody has stays where it is.
    let given = EditUser { groups: Some(groups(&["treasury"])), ..edit("sala/sol") };
    house.ask(change(given.clone())).await.expect("given");
    assert_eq!(told(&house, jefa, change(given)).await, Ok(()));
    let olga = house.person("acme/olga", NOW);
    let promoted = change(EditUser { role: Some(Role::Operator), groups: Some(groups(&["x"])), ..edit("zeta/zed") });
    assert_eq!(told(&house, olga, promoted).await, Ok(()), "an operator may");
}

// A1
#[tokio::test]
async fn nobody_changes_the_own_rights_addresses_or_account() {
    let house = house().await;
    for own in ["norte/jefa", "acme/olga"] {
        let actor = house.person(own, NOW);
        for (verb, request) in verbs(own) {
            let expected = match verb {
                "rename" | "unlock" | "recover" | "end sessions" => Ok(()),
                _ => Err("oneself"),
            };
            assert_eq!(told(&house, actor, request).await, expected, "{own}: {verb}");
        }
    }
}

// A1
#[tokio::test]
async fn new_users_are_made_in_the_branch_with_an_address_and_no_chosen_password() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    let emails = || vec![address("new@example.com")];
    let add = |new: NewUser| Request::AddUser(Box::new(new));
    for (name, request, expected) in [
        ("in the branch", add(NewUser { emails: emails(), ..user("sala/new") }), Ok(())),
        ("above", add(NewUser { emails: emails(), ..user("acme/new") }), Err("unknown_organization")),
        ("a taken name above", add(NewUser { emails: emails(), ..user("acme/ada") }), Err("unknown_organization")),
        ("nowhere", add(NewUser { emails: emails(), ..user("nowhere/new") }), Err("unknown_organization")),
        ("an operator", add(NewUser { emails: emails(), role: Role::Operator, ..user("sala/op") }), Err("not_allowed")),
        ("without address", add(user("sala/none")), Err("no_address")),
        (
            "with a password",
            add(NewUser { emails: emails(), password: Some("Chosen-By#1".into()), ..user("sala/pw") }),
            Err("not_allowed"),
        ),
        (
            "with a foreign group",
            add(NewUser { emails: emails(), groups: groups(&["treasury"]), ..user("sala/grp") }),
            Err("foreign_group"),
        ),
    ] {
        assert_eq!(told(&house, jefa, request).await, expected, "{name}");
    }
    let request = add(NewUser { emails: emails(), ..user("sala/two") });
    let answer = house.administrator.perform(jefa, request).await.expect("added");
    let Answer::UserAdded { temporary_password, invited, .. } = answer else { panic!("a user") };
    assert!(temporary_password.is_none() && invited.is_some(), "only its reader learns it");
}

// A1, A3
#[tokio::test]
async fn organizations_are_seen_and_changed_in_the_branch_alone() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    let key = |text: &str| text.parse::<OrganizationKey>().expect("a key");
    for (place, below, expected) in [
        ("norte", "one", Ok(())),
        ("sala", "two", Ok(())),
        ("acme", "three", Err("unknown")),
        ("zeta", "four", Err("unknown")),
        ("nowhere", "five", Err("unknown")),
    ] {
        let rename = EditOrganization {
            organization: key(place),
            name: Some("New".parse().expect("a name")),
            rules: Some(Box::new(RulesEdit::default())),
        };
        let page = UserPage { organization: Some(key(place)), after: None, limit: 9 };
        let search = UserSearch { organization: key(place), words: "a".into(), after: None, limit: 9 };
        for (verb, request) in [
            ("show", Request::ShowOrganization(key(place))),
            ("edit", Request::EditOrganization(Box::new(rename))),
            ("mail server", Request::SetMailServer { organization: key(place), server: None }),
            ("mail test", Request::TestMail { organization: key(place), to: None }),
            ("users", Request::ListUsers(page)),
            ("find users", Request::FindUsers(search)),
            ("add below", Request::AddOrganization(organization(below, Some(place)))),
        ] {
            let outcome = told(&house, jefa, request).await;
            let outcome = outcome.map_err(|code| code.split('_').next().unwrap_or_default());
            assert_eq!(outcome, expected, "{verb} {place}");
        }
    }
    let answer = house.administrator.perform(jefa, Request::ListOrganizations).await.expect("listed");
    let Answer::Organizations(seen) = answer else { panic!("organizations") };
    let seen: Vec<&str> = seen.iter().map(|one| one.key.as_str()).collect();
    assert_eq!(seen, ["norte", "one", "sala", "two"]);
    for request in [
        Request::AddOrganization(organization("root", None)),
        Request::ListUsers(UserPage { organization: None, after: None, limit: 9 }),
        Request::TestMail { organization: key("norte"), to: Some(address("victim@example.com")) },
        Request::ListKeys,
        Request::RotateKey,
        Request::ListMail,
    ] {
        assert_eq!(told(&house, jefa, request).await, Err("not_allowed"));
    }
    let olga = house.person("acme/olga", NOW);
    assert_eq!(told(&house, olga, Request::AddOrganization(organization("root", None))).await, Ok(()));
    assert_eq!(told(&house, olga, Request::ShowOrganization(key("zeta"))).await, Ok(()));
}

// A5
#[tokio::test]
async fn the_trail_shows_an_admin_the_branch_alone() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    for target in ["norte/ana", "sala/sol", "acme/ada", "zeta/zed"] {
        house.ask(Request::Unlock(named(target))).await.expect("unlocked");
    }
    house.ask(Request::RotateKey).await.expect("rotated");
    let all = AuditQuery { user: None, action: None, reason: None, since: Timestamp::MIN, after: None, limit: 99 };
    let answer = house.administrator.perform(jefa, Request::Audit(all)).await.expect("told");
    let Answer::Audit { events, .. } = answer else { panic!("events") };
    let named: Vec<_> = events.iter().filter_map(|one| one.event.organization.as_deref()).collect();
    assert_eq!(named, ["norte", "sala"]);
}

#[tokio::test]
async fn harmful_acts_ask_for_the_password_again_once_it_is_five_minutes_old() {
    let house = house().await;
    let jefa = house.person("norte/jefa", LONG_AGO);
    for (verb, request) in verbs("norte/ana") {
        let expected = match verb {
            "rename" | "unlock" | "recover" | "activate" => Ok(()),
            _ => Err("confirm_first"),
        };
        assert_eq!(told(&house, jefa, request).await, expected, "{verb}");
    }
    let Actor::Person(person) = jefa else { panic!("a person") };
    let confirmed_at = Some(house.clock.now());
    house
        .memory
        .state()
        .proofs
        .entry((person.user, person.session))
        .and_modify(|proof| proof.confirmed_at = confirmed_at);
    assert_eq!(told(&house, jefa, Request::Deactivate(named("norte/ana"))).await, Ok(()));
    house.clock.advance(FRESH);
    assert_eq!(told(&house, jefa, Request::Deactivate(named("norte/ana"))).await, Err("confirm_first"));
}

// A2
#[tokio::test]
async fn addresses_are_set_with_a_reason_that_is_written_down_and_the_old_ones_are_warned() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    let set = |reason: Option<&str>| Request::SetEmails {
        user: named("norte/ana"),
        emails: vec![address("area@example.com")],
        reason: reason.map(str::to_owned),
    };
    for missing in [None, Some(""), Some("  \n")] {
        assert_eq!(told(&house, jefa, set(missing)).await, Err("no_reason"));
    }
    house.memory.state().events.clear();
    house.memory.state().mail.clear();
    assert_eq!(told(&house, jefa, set(Some("left the\r\ncompany"))).await, Ok(()));
    let state = house.memory.state();
    assert_eq!(state.events[0].note.as_deref(), Some("left the company"));
    let warned: Vec<&str> = state.mail.iter().map(|(mail, _)| mail.to.as_str()).collect();
    assert_eq!(warned, ["x@example.com"]);
}

#[tokio::test]
async fn a_store_that_fails_allows_nothing() {
    let house = house().await;
    let jefa = house.person("norte/jefa", NOW);
    house.memory.broken.store(true, Ordering::SeqCst);
    assert_eq!(told(&house, jefa, Request::Deactivate(named("norte/ana"))).await, Err("store_closed"));
}
