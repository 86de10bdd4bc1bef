//! For tests alone: a small world with a real store, a clock that stands still, and people in it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;

use crate::audit::Audit;
use crate::clock::{Clock, ManualClock};
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::audit::AuditReason;
use crate::domain::ids::{SecretHash, UserId};
use crate::domain::names::EmailAddress;
use crate::domain::organization::Organization;
use crate::domain::password::{ExpiryRules, PasswordHash, PasswordPolicy};
use crate::domain::session::SessionLimits;
use crate::domain::user::{Password, Role, Status, User};
use crate::flows::Letters;
use crate::flows::change_email::ChangeEmail;
use crate::flows::change_password::ChangePassword;
use crate::flows::own_account::OwnAccount;
use crate::flows::recover::Recover;
use crate::flows::sign_in::{Credentials, Origin, SignIn};
use crate::flows::sign_out::SignOut;
use crate::keys::MasterKey;
use crate::mail::{MailRoom, read_sealed};
use crate::passwords::{CommonPasswords, PasswordHasher};
use crate::random::{Random, SeededRandom, digest};
use crate::sessions::{LiveSessions, SessionObserver};
use crate::store::Store;
use crate::store::sled::SledStore;
use crate::templates::Templates;
use crate::throttle::Throttling;

/// The password of everybody in the world who has one.
pub(crate) const PASSWORD: &str = "Trueno-Lejano#42";
/// Sixty days without a request.
pub(crate) const RULES: ExpiryRules = ExpiryRules {
    inactive: Some(Duration::from_secs(60 * 24 * 60 * 60)),
    max_age: None,
    zone: jiff::tz::TimeZone::UTC,
};
/// Half an hour, half a day.
pub(crate) const LIMITS: SessionLimits =
    SessionLimits { idle: Duration::from_secs(1800), absolute: Duration::from_secs(12 * 3600) };

/// A world of its own for one test.
pub(crate) struct World {
    pub(crate) engine: Arc<SledStore>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) master: Arc<MasterKey>,
    pub(crate) hasher: Arc<PasswordHasher>,
    pub(crate) sessions: Arc<LiveSessions>,
    hash: PasswordHash,
    folder: TempDir,
}

impl World {
    /// A world with the organization `acme`, its part `norte`, and nobody in it.
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let engine = SledStore::open(folder.path(), 1 << 20).expect("a store");
        let store: Arc<dyn Store> = Arc::clone(&engine) as Arc<dyn Store>;
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a moment");
        let clock = Arc::new(ManualClock::at(start));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(42));
        let master = Arc::new(MasterKey::load_or_create(folder.path(), None, &*random).expect("a key"));
        let hasher = Arc::new(PasswordHasher::start(2, 64).expect("threads"));
        let hash = hasher.hash(&SecretString::from(PASSWORD), &*random).await.expect("a hash");
        let sessions = live_sessions(&store, &clock);
        let world = Self { engine, store, clock, random, master, hasher, sessions, hash, folder };
        for (key, parent) in [("acme", None), ("norte", Some("acme"))] {
            let organization = Organization {
                key: key.parse().expect("a key"),
                written_key: key.to_uppercase(),
                name: key.parse().expect("a name"),
                parent: parent.map(|parent| parent.parse().expect("a key")),
                created_at: start,
                settings: Default::default(),
            };
            world.store.add_organization(organization).await.expect("room for it");
        }
        world
    }

    /// Puts somebody into `acme`; `change` makes them other than plain.
    pub(crate) async fn add(&self, username: &str, change: impl FnOnce(&mut User)) -> User {
        let now = self.clock.now();
        let mut user = User {
            id: UserId::from_random(self.random.bytes()),
            organization: "acme".parse().expect("a key"),
            username: username.parse().expect("a username"),
            name: "Ana Núñez".parse().expect("a name"),
            emails: Vec::new(),
            role: Role::User,
            applications: Default::default(),
            groups: Default::default(),
            status: Status::Active,
            language: None,
            created_at: now,
            password: Some(Password { hash: self.hash.clone(), changed_at: now }),
            password_history: Vec::new(),
            temporary: None,
            credential_version: 0,
            recovery: Default::default(),
            warned: None,
        };
        change(&mut user);
        self.store.add_user(user.clone()).await.expect("a free name");
        user
    }

    pub(crate) async fn hash_of(&self, password: &str) -> PasswordHash {
        self.hasher.hash(&SecretString::from(password), &*self.random).await.expect("a hash")
    }

    pub(crate) fn audit(&self) -> Arc<Audit> {
        Arc::new(Audit::new(Arc::clone(&self.store), self.clock()))
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as Arc<dyn Clock>
    }

    pub(crate) fn throttling(&self) -> Arc<Throttling> {
        Arc::new(Throttling::new(Arc::clone(&self.store), self.clock(), Box::new(|| Config::default().throttle)))
    }

    fn observer(&self) -> Arc<dyn SessionObserver> {
        Arc::clone(&self.sessions) as Arc<dyn SessionObserver>
    }

    /// An observer that closes the store as soon as it hears that a session ended: the worst moment for it.
    pub(crate) fn closing_observer(&self) -> Arc<dyn SessionObserver> {
        Arc::new(Closing(Arc::clone(&self.engine)))
    }

    pub(crate) fn sign_in(&self) -> SignIn {
        SignIn {
            store: Arc::clone(&self.store),
            hasher: Arc::clone(&self.hasher),
            throttling: self.throttling(),
            audit: self.audit(),
            clock: self.clock(),
            random: Arc::clone(&self.random),
            observer: self.observer(),
        }
    }

    pub(crate) fn change_password(&self) -> ChangePassword {
        ChangePassword {
            store: Arc::clone(&self.store),
            hasher: Arc::clone(&self.hasher),
            common: Arc::new(CommonPasswords::embedded()),
            throttling: self.throttling(),
            letters: self.letters(),
            audit: self.audit(),
            clock: self.clock(),
            random: Arc::clone(&self.random),
            observer: self.observer(),
        }
    }

    pub(crate) fn recover(&self) -> Recover {
        Recover {
            store: Arc::clone(&self.store),
            hasher: Arc::clone(&self.hasher),
            common: Arc::new(CommonPasswords::embedded()),
            throttling: self.throttling(),
            audit: self.audit(),
            letters: self.letters(),
            clock: self.clock(),
            random: Arc::clone(&self.random),
            observer: self.observer(),
            master: Arc::clone(&self.master),
        }
    }

    pub(crate) fn own_account(&self) -> OwnAccount {
        OwnAccount {
            store: Arc::clone(&self.store),
            hasher: Arc::clone(&self.hasher),
            throttling: self.throttling(),
            letters: self.letters(),
            audit: self.audit(),
            clock: self.clock(),
            random: Arc::clone(&self.random),
            observer: self.observer(),
        }
    }

    pub(crate) fn change_email(&self) -> ChangeEmail {
        ChangeEmail { own: self.own_account() }
    }

    /// A mail room with the default configuration.
    pub(crate) fn letters(&self) -> Letters {
        let config = Arc::new(Config::default());
        let templates = Arc::new(Templates::load(None).expect("templates"));
        Letters::new(Arc::new(MailRoom {
            store: Arc::clone(&self.store) as _,
            master: Arc::clone(&self.master),
            templates: Arc::new(move || Arc::clone(&templates)),
            config: Arc::new(move || Arc::clone(&config)),
            clock: self.clock(),
            random: Arc::clone(&self.random),
            wake: Arc::default(),
        }))
    }

    /// Takes everything out of the outbox: to whom, and subject and text.
    pub(crate) async fn mailed(&self) -> Vec<(EmailAddress, String, String)> {
        let (now, until) = (self.clock.now(), self.clock.now() + Duration::from_secs(60));
        let mut read = Vec::new();
        for held in self.store.claim_mail(now, until, 100).await.expect("an outbox") {
            let (subject, text) = read_sealed(&held.sealed, held.mail.id, &self.master);
            self.store.mail_delivered(held.claim, now).await.expect("an outbox");
            read.push((held.mail.to, subject, text));
        }
        read.sort();
        read
    }

    pub(crate) fn sign_out(&self) -> SignOut {
        SignOut { store: Arc::clone(&self.store), audit: self.audit(), clock: self.clock(), observer: self.observer() }
    }

    /// The newest audit reason.
    pub(crate) async fn last_reason(&self) -> AuditReason {
        self.store.audit(None, 1).await.expect("a trail").first().expect("an event").reason
    }

    /// Closes the store and opens it again, as a restart does: what was only in memory is gone.
    pub(crate) fn restart(self) -> Self {
        let Self { engine, store, clock, random, master, hasher, sessions, hash, folder } = self;
        drop(sessions);
        drop(store);
        engine.close();
        drop(engine);
        let engine = SledStore::open(folder.path(), 1 << 20).expect("the same store");
        let store: Arc<dyn Store> = Arc::clone(&engine) as Arc<dyn Store>;
        let sessions = live_sessions(&store, &clock);
        Self { engine, store, clock, random, master, hasher, sessions, hash, folder }
    }
}

struct Closing(Arc<SledStore>);

impl SessionObserver for Closing {
    fn forget(&self, _: &[SecretHash]) {
        self.0.close();
    }

    fn user_changed(&self, _: UserId) {}
}

fn live_sessions(store: &Arc<dyn Store>, clock: &Arc<ManualClock>) -> Arc<LiveSessions> {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Arc::new(LiveSessions::new(Arc::clone(store), clock, LIMITS, |_, _| Some(())))
}

/// What somebody types.
pub(crate) fn credentials(organization: &str, username: &str, password: &str) -> Credentials {
    Credentials {
        organization: organization.to_owned(),
        username: username.to_owned(),
        password: SecretString::from(password),
    }
}

/// Where they type it: a browser of this name, never seen before.
pub(crate) fn origin(browser: &str) -> Origin {
    Origin {
        address: "192.0.2.7".parse().expect("an address"),
        user_agent: "Mozilla/5.0".to_owned(),
        host: "login.example.com".to_owned(),
        browser: browser_hash(browser),
        known: None,
        replaces: None,
    }
}

/// The hash that stands for a browser.
pub(crate) fn browser_hash(browser: &str) -> SecretHash {
    digest(browser.as_bytes())
}

/// The default policy.
pub(crate) fn policy() -> PasswordPolicy {
    let special = "!\"#$%&*".chars().collect();
    PasswordPolicy { min_length: 8, uppercase: true, lowercase: false, digit: true, special, history: 5 }
}
