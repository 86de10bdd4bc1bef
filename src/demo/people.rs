//! The people of the demo.

use secrecy::{ExposeSecret, SecretString};

use crate::domain::user::Role;
use crate::flows::administer::{
    Actor, AdministerError, Administrator, Answer, NewOrganization, NewUser, Request, UserRef,
};

/// Somebody to sign in as.
pub(super) struct Guest {
    pub(super) organization: &'static str,
    pub(super) username: &'static str,
    pub(super) password: String,
    pub(super) role: &'static str,
}

/// How somebody is made.
struct Sketch {
    organization: &'static str,
    username: &'static str,
    name: &'static str,
    email: &'static str,
    role: Role,
    applications: &'static [&'static str],
    groups: &'static [&'static str],
    /// `None` for a temporary password.
    password: Option<&'static str>,
    told: &'static str,
}

const ORGANIZATIONS: [(&str, &str, Option<&str>); 2] =
    [("ACME", "Seguros Acme", None), ("Norte", "Delegación Norte", Some("acme"))];

const PEOPLE: [Sketch; 4] = [
    Sketch {
        organization: "acme",
        username: "ana",
        name: "Ana Núñez",
        email: "ana@acme.example",
        role: Role::User,
        applications: &["billing"],
        groups: &["accounting", "staff"],
        password: Some("Farol-Verde#7"),
        told: "user, assigned to Facturación",
    },
    Sketch {
        organization: "norte",
        username: "luis",
        name: "Luis Ortega",
        email: "luis@norte.example",
        role: Role::Admin,
        applications: &["billing"],
        groups: &["staff"],
        password: Some("Puente-Largo#8"),
        told: "admin of an organization below; no reports",
    },
    Sketch {
        organization: "acme",
        username: "olga",
        name: "Olga Prieto",
        email: "olga@acme.example",
        role: Role::Operator,
        applications: &[],
        groups: &["staff"],
        password: Some("Nube-Clara#9"),
        told: "operator; no application assigned",
    },
    Sketch {
        organization: "acme",
        username: "eva",
        name: "Eva Sáenz",
        email: "eva@acme.example",
        role: Role::User,
        applications: &["billing"],
        groups: &[],
        password: None,
        told: "user with a temporary password: must choose her own",
    },
];

/// Adds organizations and people; those who are there from an earlier start stay as they are.
pub(super) async fn invite(administrator: &Administrator) -> Result<Vec<Guest>, AdministerError> {
    let actor = Actor::CommandLine { uid: rustix::process::getuid().as_raw() };
    for (key, name, parent) in ORGANIZATIONS {
        let new = NewOrganization { key: key.to_owned(), name: known(name), parent: parent.map(known) };
        match administrator.perform(actor, Request::AddOrganization(new)).await {
            Ok(_) | Err(AdministerError::OrganizationTaken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let mut guests = Vec::new();
    for sketch in &PEOPLE {
        let new = NewUser {
            user: UserRef { organization: known(sketch.organization), username: known(sketch.username) },
            name: known(sketch.name),
            emails: vec![known(sketch.email)],
            role: sketch.role,
            applications: sketch.applications.iter().map(|id| known(id)).collect(),
            groups: sketch.groups.iter().map(|group| known(group)).collect(),
            password: sketch.password.map(SecretString::from),
        };
        let made = match administrator.perform(actor, Request::AddUser(Box::new(new))).await {
            Ok(Answer::UserAdded { temporary_password, .. }) => temporary_password,
            Ok(_) | Err(AdministerError::UsernameTaken(_)) => None,
            Err(error) => return Err(error),
        };
        let password = match (sketch.password, &made) {
            (Some(password), _) => password.to_owned(),
            (None, Some(temporary)) => temporary.expose_secret().to_owned(),
            (None, None) => "(as before)".to_owned(),
        };
        let Sketch { organization, username, told: role, .. } = *sketch;
        guests.push(Guest { organization, username, password, role });
    }
    Ok(guests)
}

/// Parses one of the constants above.
#[allow(clippy::expect_used, reason = "constants of this file; a test parses them all")]
fn known<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the demo's own names are valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::{ApplicationId, DisplayName, EmailAddress, GroupName, OrganizationKey, Username};

    #[test]
    fn every_name_of_the_demo_is_valid() {
        for (key, name, parent) in ORGANIZATIONS {
            let _: (OrganizationKey, DisplayName) = (known(key), known(name));
            let _: Option<OrganizationKey> = parent.map(known);
        }
        for sketch in &PEOPLE {
            let _: (OrganizationKey, Username) = (known(sketch.organization), known(sketch.username));
            let _: (DisplayName, EmailAddress) = (known(sketch.name), known(sketch.email));
            let _: Vec<ApplicationId> = sketch.applications.iter().map(|id| known(id)).collect();
            let _: Vec<GroupName> = sketch.groups.iter().map(|group| known(group)).collect();
        }
    }
}
