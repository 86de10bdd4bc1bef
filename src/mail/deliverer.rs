//! The way out: takes hold of what is due, tries each message once, and says what became of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::letter::Letter;
use super::server::{self, Servers};
use super::transport::{SEND, Transport, Undelivered};
use super::{backoff, mime};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::mail::{MailFailure, MailFailureReason};
use crate::keys::MasterKey;
use crate::random::Random;
use crate::store::{Accounts, ClaimedMail, Outbox, StoreError};

/// Messages under way at once.
const AT_ONCE: usize = 8;
/// How long a message is held: longer than one try takes.
const HOLD: Duration = Duration::from_secs(SEND.as_secs() + 30);
/// How often to look without being woken: another Portero may have put something into the same store.
const LOOK: Duration = Duration::from_secs(30);
/// The shortest rest, so that a store in trouble is not asked without end.
const BREATH: Duration = Duration::from_millis(100);
/// How long messages under way may take to finish when Portero stops.
const GRACE: Duration = Duration::from_secs(10);

/// Delivers. Any number of them may share a store.
pub struct Deliverer {
    /// Where messages wait.
    pub store: Arc<dyn Outbox>,
    /// Whose mail server sends.
    pub accounts: Arc<dyn Accounts>,
    /// Opens their seals.
    pub master: Arc<MasterKey>,
    /// The configuration as it is now.
    pub config: Arc<dyn Fn() -> Arc<Config> + Send + Sync>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For waits.
    pub random: Arc<dyn Random>,
    /// Wakes it when there is something new.
    pub wake: Arc<Notify>,
    /// Is told of every try, to count it.
    pub counting: Counting,
}

/// Is told how a try ended.
type Counting = Box<dyn Fn(Result<(), MailFailureReason>) + Send + Sync>;

impl Deliverer {
    /// Delivers until `stop`; then what is under way is finished, or left for the next start.
    pub async fn run(self, stop: CancellationToken) {
        let mut door = Door::new((self.config)());
        let servers = Servers::default();
        let mut under_way = FuturesUnordered::new();
        loop {
            door.follow((self.config)());
            let due = self.due(AT_ONCE - under_way.len()).await.unwrap_or_else(|error| {
                tracing::error!(code = error.code(), %error, "the outbox cannot be read; it is tried again");
                Vec::new()
            });
            for claimed in due {
                under_way.push(self.deliver(claimed, door.clone(), &servers));
            }
            let pause = if under_way.len() < AT_ONCE { self.pause().await } else { LOOK };
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.wake.notified() => {}
                Some(()) = under_way.next(), if !under_way.is_empty() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        let finish = async { while under_way.next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finish).await.is_err() {
            tracing::warn!("messages were under way when Portero stopped; they are sent again at the next start");
        }
    }

    async fn due(&self, room: usize) -> Result<Vec<ClaimedMail>, StoreError> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        self.store.claim_mail(now, later(now, HOLD), room).await
    }

    /// How long nothing is due.
    async fn pause(&self) -> Duration {
        let now = self.clock.now();
        match self.store.next_mail_due(now).await {
            Ok(Some(due)) => due.duration_since(now).try_into().unwrap_or(Duration::ZERO).clamp(BREATH, LOOK),
            Ok(None) | Err(_) => LOOK,
        }
    }

    /// One try of one message.
    async fn deliver(&self, claimed: ClaimedMail, door: Door, servers: &Servers) {
        let mut server = None;
        let outcome = self.attempt(&claimed, &door, servers, &mut server).await;
        let server = server.as_deref();
        (self.counting)(outcome.as_ref().copied().map_err(|undelivered| undelivered.reason));
        let (id, kind) = (claimed.mail.id, claimed.mail.kind.as_str());
        let now = self.clock.now();
        let told = match outcome {
            Ok(()) => {
                tracing::info!(%id, kind, "a message was delivered");
                self.store.mail_delivered(claimed.claim, now).await
            }
            Err(Undelivered { reason, detail, for_good }) => {
                let tries = claimed.mail.tries.saturating_add(1);
                let wait = if for_good { None } else { backoff::wait(tries, &*self.random) };
                let failure = MailFailure::new(now, reason, &detail);
                let (reason, detail) = (reason.as_str(), failure.detail.clone());
                match wait {
                    Some(wait) => {
                        tracing::warn!(%id, kind, tries, reason, detail, server, ?wait, "a message waits for another try")
                    }
                    None => {
                        tracing::error!(%id, kind, tries, reason, detail, server, "a message was given up; see `portero mail list`")
                    }
                }
                self.store.mail_failed(claimed.claim, failure, wait.map(|wait| later(now, wait))).await
            }
        };
        if let Err(error) = told {
            tracing::error!(%id, code = error.code(), %error, "what became of a message could not be written down");
        }
    }

    /// One try; `server` becomes the one it goes to, as soon as that is known.
    async fn attempt(
        &self,
        claimed: &ClaimedMail,
        door: &Door,
        servers: &Servers,
        server: &mut Option<String>,
    ) -> Result<(), Undelivered> {
        let mail = &claimed.mail;
        if mail.is_outdated(self.clock.now()) {
            return Err(Undelivered::for_good(MailFailureReason::Outdated, "what it carries is over"));
        }
        let letter = Letter::open(&claimed.sealed, mail.id, &self.master)
            .ok_or_else(|| Undelivered::for_good(MailFailureReason::Broken, "it is sealed under another master key"))?;
        let lineage = match &mail.organization {
            Some(key) => self.accounts.lineage(key).await.map_err(|error| {
                tracing::error!(id = %mail.id, code = error.code(), %error, "a message's organization cannot be read");
                Undelivered::now(MailFailureReason::Broken, "its organization cannot be read")
            })?,
            None => Vec::new(),
        };
        let origin = &door.config.portal.origin;
        let message = server::sender(&lineage, &door.config)
            .and_then(|sender| mime::message(mail, &letter, sender, origin))
            .map_err(|error| Undelivered::for_good(MailFailureReason::Broken, error))?;
        let Some((organization, settings)) = server::in_force(&lineage) else {
            *server = door.config.mail.smtp.as_ref().map(|smtp| format!("{}:{}", smtp.host, smtp.port));
            return door.transport.send(mail, message).await;
        };
        *server = Some(format!("{}:{}", settings.host, settings.port));
        let own = servers.door(organization, settings, &self.master, mime::mail_host(origin));
        let outcome = own.transport(self.clock.now())?.send(mail, message).await;
        own.note(&outcome, self.clock.now());
        outcome
    }
}

/// The way out as configured, made anew when the configuration is.
#[derive(Clone)]
struct Door {
    config: Arc<Config>,
    transport: Arc<Transport>,
}

impl Door {
    fn new(config: Arc<Config>) -> Self {
        let transport = Arc::new(Transport::new(&config));
        Self { config, transport }
    }

    fn follow(&mut self, config: Arc<Config>) {
        if !Arc::ptr_eq(&self.config, &config) {
            *self = Self::new(config);
        }
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
