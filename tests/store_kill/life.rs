//! One user's life, step by step: what the child writes, and how it must look after each step.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portero::domain::Timestamp;
use portero::domain::audit::{AuditAction, AuditEvent, AuditReason};
use portero::domain::ids::{SecretHash, SessionId, UserId};
use portero::domain::names::{OrganizationKey, Username};
use portero::domain::organization::Organization;
use portero::domain::password::PasswordHash;
use portero::domain::session::{AuthenticationMethod, EndReason, Session, SessionOrigin, SessionToken};
use portero::domain::throttle::{Attempt, CounterKey, CounterKind, Ladder};
use portero::domain::user::{Password, Role, Status, User, UserChange};
use portero::random::digest_parts;
use portero::store::sled::SledStore;
use portero::store::{Accounts, AddOrganizationError, AddUserError, AuditTrail, Sessions, Throttle};

const COUNTING: Ladder = Ladder {
    free: u32::MAX,
    first_wait: Duration::ZERO,
    longest_wait: Duration::ZERO,
    forget_after: Duration::from_secs(3600),
    closes_after: None,
};

/// Names one life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Life {
    pub(crate) round: u64,
    pub(crate) lane: u64,
    pub(crate) number: u64,
}

/// Adds the organization that everybody lives in.
pub(crate) async fn found(store: &Arc<SledStore>) {
    let organization = Organization {
        key: organization(),
        written_key: "ACME".to_owned(),
        name: "Acme".parse().expect("a name"),
        parent: None,
        created_at: moment(),
        settings: Default::default(),
    };
    match store.add_organization(organization).await {
        Ok(()) | Err(AddOrganizationError::Taken) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Reads what [`Life::acknowledged`] wrote.
pub(crate) fn parse(line: &str) -> Option<(Life, usize)> {
    let numbers: Vec<u64> =
        line.strip_prefix("ack ")?.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [round, lane, number, step] = numbers[..] else { return None };
    Some((Life { round, lane, number }, usize::try_from(step).ok()?))
}

/// Checks that exactly those are listed who are in the middle of their lives, in order.
pub(crate) async fn listed_as(store: &Arc<SledStore>, lives: &[(Life, usize)]) -> Result<(), String> {
    let expected: BTreeSet<_> =
        lives.iter().filter(|(life, step)| life.is_there(*step)).map(|(life, _)| life.username()).collect();
    let listed = store.users(None, None, usize::MAX).await.map_err(|error| error.to_string())?;
    let listed: Vec<_> = listed.into_iter().map(|user| user.username).collect();
    ensure(listed == expected.into_iter().collect::<Vec<_>>(), "the list of users is right")
}

impl Life {
    pub(crate) const fn next(self) -> Self {
        Self { number: self.number + 1, ..self }
    }

    /// Two of three are removed in the end.
    pub(crate) const fn last_step(self) -> usize {
        if self.number.is_multiple_of(3) { 7 } else { 8 }
    }

    pub(crate) fn acknowledged(self, step: usize) -> String {
        format!("ack {} {} {} {step}", self.round, self.lane, self.number)
    }

    /// The first step, which may fail.
    pub(crate) async fn begin(self, store: &Arc<SledStore>) -> Result<(), AddUserError> {
        store.add_user(self.user()).await
    }

    /// Does what step `step` is about.
    pub(crate) async fn take(self, store: &Arc<SledStore>, step: usize) {
        match step {
            1 => self.begin(store).await.expect("added"),
            2 => assert!(
                store.open_session(self.session(1), self.token(1, 1), 0, None).await.expect("opened").is_empty()
            ),
            3 => assert!(store.add_session_token(self.token(1, 2)).await.expect("added")),
            4 => {
                let opened = store.open_session(self.session(2), self.token(2, 3), 0, Some(self.session(1).id)).await;
                assert_eq!(opened.expect("opened").len(), 2);
            }
            5 => assert_eq!(self.count(store).await, Attempt::Go { number: 1 }),
            6 => store.append_audit(self.event()).await.expect("written"),
            7 => {
                let hash = PasswordHash::from_phc("hash".to_owned());
                let password = Password { hash, changed_at: moment() };
                let change = UserChange::SetPassword { password, expected_version: 0, remember: 5 };
                assert_eq!(store.change_user(self.id(), change, moment()).await.expect("changed").ended.len(), 1);
            }
            8 => assert!(store.remove_user(self.id(), moment()).await.expect("removed").is_some()),
            other => panic!("there is no step {other}"),
        }
    }

    /// Whether the store holds what it must after `step`, and nothing of a later step.
    pub(crate) async fn stands_at(self, store: &Arc<SledStore>, step: usize) -> Result<(), String> {
        let there = self.is_there(step);
        let user = store.user(self.id()).await.map_err(|error| error.to_string())?;
        let named = store.user_by_name(&organization(), &self.username()).await.map_err(|error| error.to_string())?;
        ensure(user == named, "id and name lead to the same")?;
        ensure(user.is_some() == there, "the user is there or not")?;
        if let Some(user) = user {
            ensure(user.password.is_some() == (step >= 7), "the password is set or not")?;
            ensure(user.credential_version == u64::from(step >= 7), "the version is right")?;
        }

        let first = (step >= 4).then_some(EndReason::Replaced);
        let second = (step >= 7).then_some(EndReason::PasswordChanged);
        self.token_opens(store, 1, (there && step >= 2).then_some((1, first))).await?;
        self.token_opens(store, 2, (there && step >= 3).then_some((1, first))).await?;
        self.token_opens(store, 3, (there && step >= 4).then_some((2, second))).await?;
        let live = store.sessions_of(self.id()).await.map_err(|error| error.to_string())?;
        let expected = match step {
            2 | 3 => vec![self.session(1)],
            4..=6 => vec![self.session(2)],
            _ => Vec::new(),
        };
        ensure(live == expected, "the list of sessions is right")?;

        let events = store.audit(Some(self.id()), 9).await.map_err(|error| error.to_string())?;
        let expected = if step >= 6 { vec![self.event()] } else { Vec::new() };
        ensure(events == expected, "the audit trail is right")
    }

    /// What cannot be looked at without writing: the counter, and whether the name is free. For the end of a life or
    /// the end of a round: the counter is another one afterwards.
    pub(crate) async fn left_no_trace_but(self, store: &Arc<SledStore>, step: usize) -> Result<(), String> {
        // Step 5 shows nowhere else, so after step 4 it may have been done or not.
        let numbers = if step >= 5 { 2..=2 } else { 1..=(1 + u32::from(step == 4)) };
        let Attempt::Go { number } = self.count(store).await else { return Err("a count never waits".to_owned()) };
        ensure(numbers.contains(&number), "the attempts are counted")?;
        if !self.is_there(step) {
            let heir = Self { round: self.round + 1_000_000, ..self };
            let added = store.add_user(User { id: heir.id(), ..self.user() }).await;
            ensure(
                added.is_ok() || step == 0 && store.organization(&organization()).await.is_ok_and(|o| o.is_none()),
                "the name is free",
            )?;
            store.remove_user(heir.id(), moment()).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn token_opens(
        self,
        store: &Arc<SledStore>,
        token: u8,
        expected: Option<(u8, Option<EndReason>)>,
    ) -> Result<(), String> {
        let hash = self.hash(token);
        let found = store.session_by_token(&hash).await.map_err(|error| error.to_string())?;
        let found =
            found.map(|(session, token)| (session.id, token.session, session.ended.map(|ending| ending.reason)));
        let expected = expected.map(|(session, ended)| (self.session(session).id, self.session(session).id, ended));
        ensure(found == expected, &format!("token {token} opens what it should"))
    }

    async fn count(self, store: &Arc<SledStore>) -> Attempt {
        let key = CounterKey { kind: CounterKind::AccountPassword, subject: self.hash(0) };
        store.attempt(&[(key, COUNTING)], moment()).await.expect("counted")
    }

    const fn is_there(self, step: usize) -> bool {
        step >= 1 && step < 8
    }

    fn hash(self, what: u8) -> SecretHash {
        let numbers = [self.round, self.lane, self.number].map(u64::to_le_bytes).concat();
        digest_parts(&[&numbers, &[what]])
    }

    fn bytes(self, what: u8) -> [u8; 16] {
        self.hash(what).as_bytes()[..16].try_into().expect("16 bytes")
    }

    fn id(self) -> UserId {
        UserId::from_random(self.bytes(100))
    }

    fn username(self) -> Username {
        format!("u{}-{}-{}", self.round, self.lane, self.number).parse().expect("a username")
    }

    fn user(self) -> User {
        User {
            id: self.id(),
            organization: organization(),
            username: self.username(),
            name: "Ana".parse().expect("a name"),
            emails: Vec::new(),
            role: Role::User,
            applications: BTreeSet::new(),
            groups: BTreeSet::new(),
            status: Status::Active,
            language: None,
            created_at: moment(),
            password: None,
            password_history: Vec::new(),
            temporary: None,
            credential_version: 0,
            recovery: Default::default(),
            warned: None,
        }
    }

    fn session(self, which: u8) -> Session {
        Session {
            id: SessionId::from_random(self.bytes(200 + which)),
            user: self.id(),
            authenticated_at: moment(),
            methods: vec![AuthenticationMethod::Pwd],
            last_seen_at: moment(),
            origin: SessionOrigin { address: [192, 0, 2, 1].into(), user_agent: "Browser".to_owned() },
            ended: None,
        }
    }

    fn token(self, session: u8, which: u8) -> SessionToken {
        SessionToken { hash: self.hash(which), session: self.session(session).id, host: "app.example.com".to_owned() }
    }

    fn event(self) -> AuditEvent {
        AuditEvent {
            at: moment(),
            action: AuditAction::SignIn,
            reason: AuditReason::Ok,
            address: None,
            organization: None,
            username: Some(self.username().as_str().to_owned()),
            user: Some(self.id()),
            session: None,
            actor: None,
            mailbox: None,
            note: None,
        }
    }
}

fn organization() -> OrganizationKey {
    "acme".parse().expect("a key")
}

const fn moment() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn ensure(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("not so: {what}")) }
}
