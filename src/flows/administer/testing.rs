//! A small house in memory to administer, for tests of the acts and of whoever calls them. What it remembers is in `memory`, the
//! rest of what administration asks for in `services`.

mod memory;
mod services;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Actor, AdministerError, Administrator, Answer, NewOrganization, NewUser, Person, Proof, Request, UserRef};
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, ParseContext};
use crate::domain::ids::SessionId;
use crate::domain::user::Role;
use crate::random::SeededRandom;
use memory::Memory;

/// What the house's temporary passwords are.
pub(crate) const TEMPORARY: &str = "Temporal#42";

/// How long they are valid.
pub(crate) const TEMPORARY_LIFETIME: Duration = Duration::from_secs(86_400);

/// The actor of the tests.
pub(crate) const ACTOR: Actor = Actor::CommandLine { uid: 1000 };

/// An administrator and what is behind it.
pub(crate) struct House {
    pub(crate) administrator: Arc<Administrator>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) clock: Arc<ManualClock>,
}

impl House {
    /// An empty one.
    pub(crate) fn empty() -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-03T12:00:00Z".parse().expect("a moment")));
        let memory = Arc::new(Memory::new(Arc::clone(&clock)));
        let administrator = Administrator {
            accounts: Arc::clone(&memory) as _,
            trail: Arc::clone(&memory) as _,
            secrets: Arc::clone(&memory) as _,
            counters: Arc::clone(&memory) as _,
            keys: Arc::clone(&memory) as _,
            archives: Arc::clone(&memory) as _,
            mail: Arc::clone(&memory) as _,
            people: Arc::clone(&memory) as _,
            servers: Arc::clone(&memory) as _,
            config: Arc::new(config),
            sessions: Arc::clone(&memory) as _,
            clock: Arc::clone(&clock) as _,
            random: Arc::new(SeededRandom::new(1)),
            trials: Default::default(),
            rights: Default::default(),
        };
        Self { administrator: Arc::new(administrator), memory, clock }
    }

    /// One with the organization `acme` and the user `acme/ana`, and a trail that begins now.
    pub(crate) async fn with_ana() -> Self {
        let house = Self::empty();
        house.ask(Request::AddOrganization(organization("acme", None))).await.expect("acme is added");
        house.ask(Request::AddUser(Box::new(user("acme/ana")))).await.expect("ana is added");
        house.memory.state().events.clear();
        house
    }

    /// Whom `reference` names, signed in so long ago.
    pub(crate) fn person(&self, reference: &str, ago: Duration) -> Actor {
        let UserRef { organization, username } = named(reference);
        let mut state = self.memory.state();
        let user = state.users.get(&(organization, username)).expect("somebody").id;
        let number = u8::try_from(state.proofs.len()).expect("few") + 1;
        let session = SessionId::from_random([number; 16]);
        let proof = Proof { authenticated_at: self.clock.now() - ago, confirmed_at: None };
        state.proofs.insert((user, session), proof);
        Actor::Person(Person { user, session, address: "192.0.2.7".parse().expect("an address") })
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, AdministerError> {
        self.administrator.perform(ACTOR, request).await
    }
}

/// An installation with two applications.
fn config() -> Arc<Config> {
    let app = |id: &str| {
        format!(
            "[[app]]\nid = \"{id}\"\nname = \"{id}\"\nhost = \"{id}.localhost\"\nupstream = [\"http://127.0.0.1:9\"]\n"
        )
    };
    let text = format!("{}{}", app("billing"), app("crm"));
    Arc::new(Config::parse(&text, ParseContext::new("test", Path::new("/"))).expect("a sound file"))
}

/// A request for an organization.
pub(crate) fn organization(key: &str, parent: Option<&str>) -> NewOrganization {
    NewOrganization {
        key: key.into(),
        name: format!("The {key}").parse().expect("a name"),
        parent: parent.map(|key| key.parse().expect("a key")),
    }
}

/// A request for a user with nothing but a name.
pub(crate) fn user(reference: &str) -> NewUser {
    NewUser {
        user: named(reference),
        name: "Ana Martínez".parse().expect("a name"),
        emails: Vec::new(),
        role: Role::User,
        applications: Default::default(),
        groups: Default::default(),
        password: None,
    }
}

pub(crate) fn named(reference: &str) -> UserRef {
    reference.parse().expect("a user")
}
