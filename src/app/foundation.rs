//! What a server and a lone command both stand on: the open store, the master key, the hasher, time and randomness.

use std::io;
use std::sync::Arc;

use super::archive::Writing;
use tokio::sync::Notify;

use super::ports::{Counters, Deaf, Letters, Present, Ring, Secrets};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::flows::administer::Administrator;
use crate::keys::{KeyError, Keys, MasterKey};
use crate::mail::{Deliverer, MailRoom};
use crate::metrics::Metrics;
use crate::passwords::{CommonPasswords, PasswordHasher};
use crate::random::{Random, SystemRandom};
use crate::server::router::RouteError;
use crate::server::{ServeError, TlsError};
use crate::sessions::SessionObserver;
use crate::store::sled::SledStore;
use crate::store::{Store, StoreError};
use crate::templates::{TemplateError, Templates};

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

/// What to do when the master key's file is gone, and the store holds what it sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LostKey {
    /// Nothing: a server could not sign, and whoever kept the file had better put it back.
    Refuse,
    /// Make another, and say so: `portero key rotate` needs one.
    Replace,
}

/// The ground a server or a command stands on.
pub(super) struct Foundation {
    /// The open store.
    pub(super) store: Arc<dyn Store>,
    /// Seals secrets at rest.
    pub(super) master: Arc<MasterKey>,
    /// Checks passwords.
    pub(super) hasher: Arc<PasswordHasher>,
    /// The commonest passwords.
    pub(super) common: Arc<CommonPasswords>,
    /// Time.
    pub(super) clock: Arc<dyn Clock>,
    /// Randomness.
    pub(super) random: Arc<dyn Random>,
    /// What is counted.
    pub(super) metrics: Arc<Metrics>,
    engine: Arc<SledStore>,
}

impl Foundation {
    /// Opens what the configuration names. Where the master key's file is gone although the store needs it, `lost_key` decides.
    ///
    /// # Errors
    /// [`StartError`]
    pub(super) fn open(config: &Config, lost_key: LostKey) -> Result<Self, StartError> {
        let engine = SledStore::open(&config.store.path, config.store.cache)?;
        look_for_master_key(config, &engine, lost_key)?;
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
    ///
    /// # Errors
    /// [`StartError::Templates`]
    pub(super) fn administrator(
        &self,
        config: &Arc<Config>,
        live: Option<Live>,
    ) -> Result<Arc<Administrator>, StartError> {
        let (keys, sessions, mail) = match live {
            Some(live) => (Some(live.keys), live.sessions, live.mail),
            None => (None, Arc::new(Deaf) as Arc<dyn SessionObserver>, self.lone_mail_room(config)?),
        };
        Ok(Arc::new(Administrator {
            accounts: Arc::clone(&self.store) as _,
            trail: Arc::clone(&self.store) as _,
            secrets: Arc::new(Secrets::new(self, Arc::clone(&mail.config))),
            counters: Arc::new(Counters {
                store: Arc::clone(&self.store),
                clock: Arc::clone(&self.clock),
                config: Arc::clone(&mail.config),
            }),
            keys: Arc::new(Ring::new(self, keys)),
            archives: Arc::new(Writing::new(self)),
            config: Arc::clone(&mail.config),
            servers: Arc::new(Letters(Arc::clone(&mail))),
            mail: Arc::new(Letters(mail)),
            people: Arc::new(Present { store: Arc::clone(&self.store), clock: Arc::clone(&self.clock) }),
            sessions,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            trials: Default::default(),
            rights: Default::default(),
        }))
    }

    /// Takes messages in; `templates` and `config` tell what is in force, and `wake` is what the deliverer waits for.
    pub(super) fn mail_room(
        &self,
        templates: Arc<dyn Fn() -> Arc<Templates> + Send + Sync>,
        config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
        wake: Arc<Notify>,
    ) -> MailRoom {
        MailRoom {
            store: Arc::clone(&self.store) as _,
            master: Arc::clone(&self.master),
            templates,
            config,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            wake,
        }
    }

    /// Sends what is in the outbox.
    pub(super) fn deliverer(&self, room: &MailRoom) -> Deliverer {
        let counting = Arc::clone(&self.metrics);
        Deliverer {
            store: Arc::clone(&self.store) as _,
            accounts: Arc::clone(&self.store) as _,
            master: Arc::clone(&self.master),
            config: Arc::clone(&room.config),
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            wake: Arc::clone(&room.wake),
            counting: Box::new(move |outcome| counting.mail_tried(outcome)),
        }
    }

    /// For a command without a server: what it puts in is delivered when one runs. A fault in a sysadmin's templates keeps nobody from
    /// administering.
    fn lone_mail_room(&self, config: &Arc<Config>) -> Result<Arc<MailRoom>, StartError> {
        let templates = Templates::load(config.portal.templates.as_deref()).or_else(|error| {
            tracing::warn!(%error, "messages are written with the built-in templates");
            Templates::load(None)
        });
        let (templates, config) = (Arc::new(templates?), Arc::clone(config));
        let templates = Arc::new(move || Arc::clone(&templates));
        Ok(Arc::new(self.mail_room(templates, Arc::new(move || Arc::clone(&config)), Arc::default())))
    }

    /// Writes what is left and closes the store.
    pub(super) fn close(&self) {
        self.engine.close();
    }
}

/// That a new master key is not made in silence beside a store that the old one belongs to.
fn look_for_master_key(config: &Config, engine: &SledStore, lost: LostKey) -> Result<(), StartError> {
    let (folder, path) = (&config.store.path, MasterKey::file(&config.store.path));
    let is_gone = config.store.master_key.is_none() && path.try_exists().is_ok_and(|there| !there);
    if !is_gone || !engine.holds_signing_keys()? {
        return Ok(());
    }
    match lost {
        LostKey::Refuse => Err(KeyError::LostMasterKey { path }.into()),
        LostKey::Replace => {
            tracing::warn!(
                "the master key {} was not there, and a new one is made, but the store {} holds what the old one sealed; put the old one back in its place, or, if it is lost for good, run `portero key rotate`, and then type the passwords of mail servers again with `portero org mail-server`",
                path.display(),
                folder.display()
            );
            Ok(())
        }
    }
}

/// What is in memory while a server runs.
pub(super) struct Live {
    /// Signing keys.
    pub(super) keys: Arc<Keys>,
    /// Sessions.
    pub(super) sessions: Arc<dyn SessionObserver>,
    /// The outbox.
    pub(super) mail: Arc<MailRoom>,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::ParseContext;

    #[test]
    fn no_master_key_is_made_in_silence_beside_what_the_lost_one_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config::parse("", ParseContext::new("config.toml", folder.path())).expect("in order");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let load = |open: &Foundation| {
            runtime.block_on(Keys::load(&*open.store, &open.master, &*open.clock, &*open.random)).map(drop)
        };
        // A store without signing keys, such as one that was just made, needs no former key.
        for _ in 0..2 {
            let first = Foundation::open(&config, LostKey::Refuse).expect("opens");
            first.close();
            fs::remove_file(MasterKey::file(&config.store.path)).expect("it is there");
        }
        let first = Foundation::open(&config, LostKey::Refuse).expect("opens");
        load(&first).expect("the first signing key");
        first.close();
        drop(first);
        let path = MasterKey::file(&config.store.path);
        let kept = fs::read(&path).expect("it is there");
        fs::remove_file(&path).expect("removed");
        let refused = Foundation::open(&config, LostKey::Refuse).map(drop).expect_err("refused").to_string();
        assert!(refused.contains(&path.display().to_string()) && refused.contains("portero key rotate"), "{refused}");
        assert!(!path.exists());
        let other = Foundation::open(&config, LostKey::Replace).expect("for `portero key rotate`");
        let wrong = load(&other).expect_err("sealed by another").to_string();
        assert!(wrong.contains(&path.display().to_string()) && wrong.contains("portero key rotate"), "{wrong}");
        other.close();
        drop(other);
        fs::write(&path, kept).expect("put back");
        let back = Foundation::open(&config, LostKey::Refuse).expect("opens");
        load(&back).expect("the same key");
        back.close();
    }
}
