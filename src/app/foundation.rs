//! What a server and a lone command both stand on: the open store, the master key, the hasher, time and randomness.

use std::io;
use std::sync::Arc;

use super::ports::{Counters, Deaf, Ring, Secrets};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::flows::administer::Administrator;
use crate::keys::{KeyError, Keys, MasterKey};
use crate::metrics::Metrics;
use crate::passwords::{CommonPasswords, PasswordHasher};
use crate::random::{Random, SystemRandom};
use crate::server::router::RouteError;
use crate::server::{ServeError, TlsError};
use crate::sessions::SessionObserver;
use crate::store::sled::SledStore;
use crate::store::{Store, StoreError};
use crate::templates::TemplateError;

/// Passwords that may wait for each hashing thread: about two seconds' worth. Past it, people are asked to come back.
const WAITING_PER_THREAD: usize = 128;

/// Why Portero could not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// See [`StoreError`].
    #[error(transparent)]
    Store(#[from] StoreError),
    /// See [`KeyError`].
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// See [`TemplateError`].
    #[error(transparent)]
    Templates(#[from] TemplateError),
    /// See [`ServeError`].
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// See [`TlsError`].
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// See [`RouteError`].
    #[error(transparent)]
    Route(#[from] RouteError),
    /// See [`crate::cli::control::ControlError`].
    #[error(transparent)]
    Control(#[from] crate::cli::control::ControlError),
    /// The system refuses threads, signals or a runtime.
    #[error("the operating system refuses what Portero needs to run")]
    System(#[from] io::Error),
    /// The captcha cannot be started.
    #[error(transparent)]
    Captcha(#[from] crate::captcha::CaptchaError),
}

/// The ground a server or a command stands on.
pub struct Foundation {
    /// The open store.
    pub store: Arc<dyn Store>,
    /// Seals secrets at rest.
    pub master: Arc<MasterKey>,
    /// Checks passwords.
    pub hasher: Arc<PasswordHasher>,
    /// The commonest passwords.
    pub common: Arc<CommonPasswords>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    engine: Arc<SledStore>,
}

impl Foundation {
    /// Opens what the configuration names.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn open(config: &Config) -> Result<Self, StartError> {
        let engine = SledStore::open(&config.store.path, config.store.cache)?;
        let store: Arc<dyn Store> = Arc::clone(&engine) as Arc<dyn Store>;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let configured = config.store.master_key.as_ref();
        let master = Arc::new(MasterKey::load_or_create(&config.store.path, configured, &*random)?);
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let hasher = Arc::new(PasswordHasher::start(threads, threads * WAITING_PER_THREAD)?);
        let (common, clock) = (Arc::new(CommonPasswords::embedded()), Arc::new(SystemClock));
        let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION"), clock.now()));
        let counting = Arc::clone(&metrics);
        engine.watch(move |verbs, outcome| counting.committed(verbs, outcome));
        Ok(Self { store, master, hasher, common, clock, random, metrics, engine })
    }

    /// What administers the store. With `live`, keys and sessions in memory follow every change at once.
    pub fn administrator(&self, config: &Config, live: Option<Live>) -> Arc<Administrator> {
        let (keys, sessions) = match live {
            Some(live) => (Some(live.keys), live.sessions),
            None => (None, Arc::new(Deaf) as Arc<dyn SessionObserver>),
        };
        Arc::new(Administrator {
            accounts: Arc::clone(&self.store) as _,
            trail: Arc::clone(&self.store) as _,
            secrets: Arc::new(Secrets::new(self, config)),
            counters: Arc::new(Counters { store: Arc::clone(&self.store) }),
            keys: Arc::new(Ring::new(self, keys)),
            sessions,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
        })
    }

    /// Writes what is left and closes the store.
    pub fn close(&self) {
        self.engine.close();
    }
}

/// What is in memory while a server runs.
pub struct Live {
    /// Signing keys.
    pub keys: Arc<Keys>,
    /// Sessions.
    pub sessions: Arc<dyn SessionObserver>,
}
