//! Random lives of accounts, held against a small model of what the flows rely on: which secrets are alive, under which version
//! of the credentials, which sessions go on, and whether strangers may try a password. The model knows nothing of hashes, records or
//! counters; the real parts are the domain's changes, the store on its disk and the throttle.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use crate::config::ThrottleConfig;
use crate::domain::Timestamp;
use crate::domain::ids::{SecretHash, SessionId};
use crate::domain::names::EmailAddress;
use crate::domain::password::PasswordHash;
use crate::domain::recovery::{
    EmailChange, Question, RescueCode, RescueCodes, ResetLink, SecretQuestion, TemporaryPassword,
};
use crate::domain::session::{AuthenticationMethod, EndReason, Session, SessionOrigin, SessionToken};
use crate::domain::throttle::Attempt;
use crate::domain::user::{MAX_EMAILS, Password, RecoveryChange, Status, User, UserChange};
use crate::random::digest;
use crate::store::OpenSessionError;
use crate::testing::World;
use crate::throttle::{PasswordAttempt, Throttling, account_subject, closed_until};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60;
const FAILURES: u32 = 5;
const NUMBERS: ThrottleConfig = ThrottleConfig { deactivate_after: FAILURES };
const TRIES: u8 = 5;
/// Minutes that secrets live.
const TEMPORARY: u64 = DAY;
const CODES: u64 = 60;
const LINK: u64 = 30;
const CHANGE: u64 = 60;

/// Something that happens to an account. A `stale` one was judged under an older version; `other` names a secret that was never
/// handed out.
#[derive(Debug, Clone)]
enum Event {
    SignIn { stale: bool },
    SignOut,
    Guess { right: bool },
    Unlock,
    SetPassword { stale: bool },
    OfferTemporary,
    TryTemporary,
    OfferCodes,
    TryCode,
    RedeemCode { other: bool },
    OfferLink,
    UseLink { other: bool },
    SetQuestion { some: bool, stale: bool },
    TryQuestion,
    ReopenQuestion,
    OfferChange { stale: bool },
    Confirm { other: bool },
    Stop { other: bool },
    SetEmails { many: bool },
    SetGroups { different: bool },
    Deactivate,
    Activate,
    Wait { minutes: u64 },
}

fn event() -> impl Strategy<Value = Event> {
    use Event::*;
    let often = |odd: f64| prop::bool::weighted(odd);
    prop_oneof![
        4 => often(0.2).prop_map(|stale| SignIn { stale }),
        1 => Just(SignOut),
        6 => often(0.1).prop_map(|right| Guess { right }),
        1 => Just(Unlock),
        2 => often(0.3).prop_map(|stale| SetPassword { stale }),
        3 => Just(OfferTemporary),
        4 => Just(TryTemporary),
        3 => Just(OfferCodes),
        4 => Just(TryCode),
        2 => often(0.3).prop_map(|other| RedeemCode { other }),
        3 => Just(OfferLink),
        2 => often(0.3).prop_map(|other| UseLink { other }),
        2 => (often(0.8), often(0.2)).prop_map(|(some, stale)| SetQuestion { some, stale }),
        4 => Just(TryQuestion),
        1 => Just(ReopenQuestion),
        3 => often(0.2).prop_map(|stale| OfferChange { stale }),
        2 => often(0.3).prop_map(|other| Confirm { other }),
        1 => often(0.3).prop_map(|other| Stop { other }),
        1 => often(0.3).prop_map(|many| SetEmails { many }),
        1 => often(0.5).prop_map(|different| SetGroups { different }),
        1 => Just(Deactivate),
        2 => Just(Activate),
        3 => prop_oneof![Just(1), Just(31), Just(61), Just(DAY / 2), Just(DAY)].prop_map(|minutes| Wait { minutes }),
    ]
}

/// What ought to be. Moments are minutes since the life began; a secret is its number and until when it lives.
#[derive(Debug, Default)]
struct Model {
    now: u64,
    made: u64,
    version: u64,
    closed: bool,
    sessions: Vec<u64>,
    temporary: Option<(u64, u8)>,
    codes: Option<(u64, u64, u8)>,
    link: Option<(u64, u64)>,
    change: Option<(u64, u64)>,
    question: Option<u8>,
    groups: u64,
    failures: u32,
    last_failure: u64,
}

impl Model {
    fn fresh(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn void(&mut self) {
        (self.temporary, self.codes, self.link, self.change) = (None, None, None, None);
        self.version += 1;
    }

    fn new_password(&mut self) {
        self.void();
        self.sessions.clear();
    }

    fn shut_until(&self) -> Option<u64> {
        let until = self.last_failure + DAY;
        (self.failures >= FAILURES && self.now < until).then_some(until)
    }
}

/// A life: the account in the store, and the model of it.
struct Life<'a> {
    world: &'a World,
    throttling: &'a Throttling,
    user: User,
    began: Timestamp,
    model: Model,
}

static LIVES: AtomicU64 = AtomicU64::new(0);

fn name(number: u64) -> SecretHash {
    digest(&number.to_le_bytes())
}

fn phc(number: u64) -> PasswordHash {
    PasswordHash::from_phc(format!("$hash${number}"))
}

fn address(place: usize) -> EmailAddress {
    format!("a{place}@x.mx").parse().expect("an address")
}

/// The address that codes and links go to: no event takes it from the account.
fn second_address() -> EmailAddress {
    address(1)
}

/// A secret that nobody was ever given.
const NOBODYS: u64 = u64::MAX;

impl Life<'_> {
    fn now(&self) -> Timestamp {
        self.began + Duration::from_secs(self.model.now * MINUTE)
    }

    fn number(other: bool, secret: Option<u64>) -> u64 {
        if other { NOBODYS } else { secret.unwrap_or(NOBODYS) }
    }

    /// Lets `event` happen to both, and returns whether each of them took it.
    async fn step(&mut self, event: &Event) -> (bool, bool) {
        use Event::*;
        let at = self.now();
        let minutes = |minutes: u64| Duration::from_secs(minutes * MINUTE);
        let stale = |stale: bool, version: u64| if stale { version + 1 } else { version };
        let model = &mut self.model;
        let (change, expected) = match *event {
            SignIn { stale } => return self.sign_in(stale).await,
            SignOut => return self.sign_out().await,
            Guess { right } => return self.guess(right).await,
            Unlock => {
                (model.failures, model.last_failure) = (0, 0);
                let (organization, username) = (self.user.organization.as_str(), self.user.username.as_str());
                return (self.throttling.lift(organization, username).await.is_ok(), true);
            }
            Wait { minutes: wait } => {
                model.now += wait;
                self.world.clock.advance(minutes(wait));
                return (true, true);
            }
            SetPassword { stale: is_stale } => {
                let password = Password { hash: phc(model.fresh()), changed_at: at };
                let expected_version = stale(is_stale, model.version);
                if !is_stale {
                    model.new_password();
                }
                (UserChange::SetPassword { password, expected_version, remember: 5 }, !is_stale)
            }
            OfferTemporary => {
                let temporary = TemporaryPassword::new(phc(model.fresh()), at, minutes(TEMPORARY));
                model.temporary = Some((model.now + TEMPORARY, TRIES));
                (UserChange::SetTemporaryPassword(temporary), true)
            }
            TryTemporary => {
                let open = model.temporary.filter(|(until, tries)| model.now < *until && *tries > 0);
                model.temporary = open.map(|(until, tries)| (until, tries - 1)).or(model.temporary);
                (UserChange::TryTemporaryPassword { at }, open.is_some())
            }
            OfferCodes => {
                let number = model.fresh();
                let code = RescueCode { sent_to: second_address(), hash: phc(number) };
                if !model.closed {
                    model.codes = Some((number, model.now + CODES, TRIES));
                }
                let codes = RescueCodes::new(vec![code], at, minutes(CODES));
                (UserChange::Recovery(RecoveryChange::OfferRescueCodes(codes)), !model.closed)
            }
            TryCode => {
                let open = model.codes.filter(|(_, until, tries)| model.now < *until && *tries > 0);
                model.codes = open.map(|(number, until, tries)| (number, until, tries - 1)).or(model.codes);
                (UserChange::Recovery(RecoveryChange::TryRescueCode { at }), open.is_some())
            }
            RedeemCode { other } => {
                let number = Self::number(other, model.codes.map(|(number, ..)| number));
                let good = model.codes.is_some_and(|(held, until, _)| held == number && model.now < until);
                if good {
                    (model.codes, model.temporary) = (None, Some((model.now + TEMPORARY, TRIES)));
                }
                let temporary = TemporaryPassword::new(phc(model.fresh()), at, minutes(TEMPORARY));
                let change = RecoveryChange::RedeemRescueCode { hash: phc(number), at, temporary };
                (UserChange::Recovery(change), good)
            }
            OfferLink => {
                let number = model.fresh();
                if !model.closed {
                    model.link = Some((number, model.now + LINK));
                }
                let link = ResetLink::new(name(number), second_address(), at, minutes(LINK));
                (UserChange::Recovery(RecoveryChange::OfferResetLink(link)), !model.closed)
            }
            UseLink { other } => {
                let number = Self::number(other, model.link.map(|(number, _)| number));
                let good = model.link.is_some_and(|(held, until)| held == number && model.now < until);
                if good {
                    model.new_password();
                }
                let password = Password { hash: phc(model.fresh()), changed_at: at };
                let change = RecoveryChange::UseResetLink { hash: name(number), at, password, remember: 5 };
                (UserChange::Recovery(change), good)
            }
            SetQuestion { some, stale: is_stale } => {
                let asked = || SecretQuestion::new(Question::Own("Why?".to_owned()), phc(0), at);
                if !is_stale {
                    model.question = some.then_some(TRIES);
                }
                let expected_version = stale(is_stale, model.version);
                let change = RecoveryChange::SetQuestion { question: some.then(asked), expected_version };
                (UserChange::Recovery(change), !is_stale)
            }
            TryQuestion => {
                let open = model.question.filter(|tries| *tries > 0);
                model.question = open.map(|tries| tries - 1).or(model.question);
                (UserChange::Recovery(RecoveryChange::TryQuestion), open.is_some())
            }
            ReopenQuestion => {
                model.question = model.question.map(|_| TRIES);
                (UserChange::Recovery(RecoveryChange::ReopenQuestion), true)
            }
            OfferChange { stale: is_stale } => {
                let number = model.fresh();
                if !is_stale {
                    model.change = Some((number, model.now + CHANGE));
                }
                let new = format!("new{number}@x.mx").parse().expect("an address");
                let change = EmailChange::new(new, name(number), name(number + 1_000_000), at, minutes(CHANGE));
                let expected_version = stale(is_stale, model.version);
                (UserChange::Recovery(RecoveryChange::OfferEmailChange { change, expected_version }), !is_stale)
            }
            Confirm { other } => {
                let number = Self::number(other, model.change.map(|(number, _)| number));
                let good = model.change.is_some_and(|(held, until)| held == number && model.now < until);
                if good {
                    model.void();
                }
                (UserChange::Recovery(RecoveryChange::ConfirmEmailChange { hash: name(number), at }), good)
            }
            Stop { other } => {
                let number = model.change.map_or(0, |(number, _)| number) + if other { 0 } else { 1_000_000 };
                let good = !other && model.change.is_some_and(|(_, until)| model.now < until);
                if good {
                    model.change = None;
                }
                (UserChange::Recovery(RecoveryChange::StopEmailChange { hash: Some(name(number)), at }), good)
            }
            SetEmails { many } => {
                let count = if many { MAX_EMAILS + 1 } else { 2 };
                let emails = (0..count).map(address).collect();
                if !many {
                    model.void();
                }
                (UserChange::SetEmails(emails), !many)
            }
            SetGroups { different } => {
                if different {
                    model.groups += 1;
                    model.sessions.clear();
                }
                let group = format!("group{}", model.groups).parse().expect("a group");
                (UserChange::SetGroups([group].into()), true)
            }
            Deactivate => {
                model.closed = true;
                model.new_password();
                (UserChange::Deactivate, true)
            }
            Activate => {
                model.closed = false;
                (UserChange::Activate, true)
            }
        };
        let before = self.stored().await;
        let changed = self.world.store.change_user(self.user.id, change, at).await.is_ok();
        if !changed {
            assert_eq!(self.stored().await, before, "a refused change changes nothing");
        }
        (changed, expected)
    }

    async fn sign_in(&mut self, stale: bool) -> (bool, bool) {
        let (at, number) = (self.now(), self.model.fresh());
        let origin = SessionOrigin { address: [192, 0, 2, 1].into(), user_agent: String::new() };
        let id = SessionId::from_random(self.world.random.bytes());
        let methods = vec![AuthenticationMethod::Pwd];
        let session =
            Session { id, user: self.user.id, authenticated_at: at, methods, last_seen_at: at, origin, ended: None };
        let whose = [self.user.id.as_bytes().as_slice(), &number.to_le_bytes()].concat();
        let token = SessionToken { hash: digest(&whose), session: id, host: "login.example.com".to_owned() };
        let version = self.model.version + u64::from(stale);
        let opened = match self.world.store.open_session(session, token, version, None).await {
            Ok(_) => true,
            Err(OpenSessionError::Stale) => false,
            Err(OpenSessionError::Store(error)) => panic!("{error}"),
        };
        let expected = !stale && !self.model.closed;
        if expected {
            self.model.sessions.push(number);
        }
        (opened, expected)
    }

    async fn sign_out(&mut self) -> (bool, bool) {
        let expected = self.model.sessions.pop().is_some();
        let sessions = self.world.store.sessions_of(self.user.id).await.expect("a store");
        let Some(newest) = sessions.first() else { return (false, expected) };
        let ended = self.world.store.end_session(newest.id, EndReason::SignedOut, self.now()).await.expect("a store");
        (!ended.is_empty(), expected)
    }

    /// A stranger's attempt. Taken is one that is looked at.
    async fn guess(&mut self, right: bool) -> (bool, bool) {
        let number = self.model.fresh();
        let attempt = PasswordAttempt {
            account: account_subject(self.user.organization.as_str(), self.user.username.as_str()),
            // Ever another one, or the address would be slowed.
            address: std::net::Ipv6Addr::from(u128::from_be_bytes(
                name(number ^ self.user.id.as_bytes()[0] as u64).as_bytes()[..16].try_into().expect("16 bytes"),
            ))
            .into(),
            known_browser: None,
        };
        let counted = self.throttling.password(attempt).await.expect("a store");
        let model = &mut self.model;
        let expected = model.shut_until().is_none();
        if expected {
            if model.now >= model.last_failure + DAY {
                model.failures = 0;
            }
            (model.failures, model.last_failure) = (model.failures + 1, model.now);
            let last = matches!(counted, Attempt::Last { .. });
            assert_eq!(last, model.failures == FAILURES, "the attempt that closes it: {counted:?}");
            if right {
                model.failures = 0;
                self.throttling.password_was_right(attempt).await.expect("a store");
            }
        }
        (counted.may_go_on(), expected)
    }

    async fn stored(&self) -> User {
        self.world.store.user(self.user.id).await.expect("a store").expect("there")
    }

    /// Compares everything that can be seen.
    async fn compare(&self) {
        let (user, model, now) = (self.stored().await, &self.model, self.now());
        let minutes = |at: Timestamp| at.duration_since(self.began).as_secs().unsigned_abs() / MINUTE;
        assert_eq!(user.credential_version, model.version, "version");
        assert_eq!(user.status == Status::Deactivated, model.closed, "status");
        let temporary = user.temporary.as_ref().map(|one| (minutes(one.expires_at), one.tries_left));
        assert_eq!(temporary, model.temporary, "temporary password");
        let codes = user.recovery.codes.as_ref().map(|codes| (minutes(codes.expires_at), codes.tries_left));
        assert_eq!(codes, model.codes.map(|(_, until, tries)| (until, tries)), "rescue codes");
        let link = user.recovery.link.as_ref().map(|link| (link.hash, minutes(link.expires_at)));
        assert_eq!(link, model.link.map(|(number, until)| (name(number), until)), "reset link");
        let change = user.recovery.email_change.as_ref().map(|change| (change.confirm, minutes(change.expires_at)));
        assert_eq!(change, model.change.map(|(number, until)| (name(number), until)), "change of address");
        assert_eq!(user.recovery.question.map(|question| question.tries_left), model.question, "question");
        let sessions = self.world.store.sessions_of(user.id).await.expect("a store").len();
        assert_eq!(sessions, model.sessions.len(), "sessions");
        let (organization, username) = (user.organization.as_str(), user.username.as_str());
        let shut = closed_until(&*self.world.store, NUMBERS, organization, username, now).await.expect("a store");
        assert_eq!(shut.map(minutes), model.shut_until(), "closed to strangers");
    }
}

async fn live(world: &World, throttling: &Throttling, events: &[Event]) {
    use crate::clock::Clock;

    let name = format!("life{}", LIVES.fetch_add(1, Ordering::Relaxed));
    let user = world
        .add(&name, |user| {
            user.groups = ["group0".parse().expect("a group")].into();
            user.emails = vec![address(0), second_address()];
        })
        .await;
    let mut life = Life { world, throttling, user, began: world.clock.now(), model: Model::default() };
    for (place, event) in events.iter().enumerate() {
        let (real, expected) = life.step(event).await;
        assert_eq!(real, expected, "{place}: {event:?} in {:?}", life.model);
        life.compare().await;
    }
}

// T2, R3, K2, Q3, M2, L5, E4
#[test]
fn an_account_lives_as_the_model_of_it_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let world = runtime.block_on(World::new());
    let throttling = Throttling::new(std::sync::Arc::clone(&world.store), world.clock(), Box::new(|| NUMBERS));
    let config = ProptestConfig { cases: 48, failure_persistence: None, max_shrink_iters: 200, ..Default::default() };
    proptest!(config, |(events in prop::collection::vec(event(), 1..60))| {
        runtime.block_on(live(&world, &throttling, &events));
    });
}
