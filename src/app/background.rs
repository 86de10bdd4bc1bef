//! What goes on beside serving: writing behind, sweeping, listening for signals.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::clock::Clock;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::keys::MasterKey;
use crate::server::service::{Shared, Site};
use crate::store::{Store, StoreError};

/// How often what is only in memory is written behind.
const WRITE_BEHIND: Duration = Duration::from_secs(30);
/// How often what is over is removed.
const SWEEP: Duration = Duration::from_secs(10 * 60);
/// How long an ended session is remembered: long enough to give back what it cut off.
const REMEMBER_SESSIONS: Duration = Duration::from_secs(24 * 60 * 60);
/// No counter is remembered longer.
const REMEMBER_ATTEMPTS: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// How long it is remembered what became of a message.
const REMEMBER_MAIL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Writes behind and sweeps until it is dropped.
pub(super) async fn upkeep(shared: Arc<Shared>, store: Arc<dyn Store>, clock: Arc<dyn Clock>, master: Arc<MasterKey>) {
    let mut write_behind = tokio::time::interval(WRITE_BEHIND);
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        let outcome = tokio::select! {
            _ = write_behind.tick() => shared.sessions.write_behind().await,
            _ = sweep.tick() => sweep_once(&shared, &*store, &*clock, &master).await,
        };
        if let Err(error) = outcome {
            tracing::error!(code = error.code(), %error, "upkeep failed; it is tried again");
        }
    }
}

async fn sweep_once(
    shared: &Shared,
    store: &dyn Store,
    clock: &dyn Clock,
    master: &MasterKey,
) -> Result<(), StoreError> {
    let before = |age: Duration| clock.now().checked_sub(age).unwrap_or(Timestamp::MIN);
    let config = Arc::clone(&shared.site.load().config);
    let sessions = store.purge_sessions(before(config.session.limits.absolute + REMEMBER_SESSIONS)).await?;
    let attempts = store.purge_attempts(before(REMEMBER_ATTEMPTS)).await?;
    let mail = store.purge_mail(before(REMEMBER_MAIL), clock.now()).await?;
    match shared.keys.purge(store, master, clock, config.identity.lifetime).await {
        Ok(keys) => tracing::debug!(sessions, attempts, mail, keys, "swept"),
        Err(error) => tracing::error!(code = error.code(), %error, "old signing keys could not be removed"),
    }
    Ok(())
}

/// Waits until the process is told to stop; reloads the configuration whenever it is told to.
pub(super) async fn signals(shared: Arc<Shared>, path: Option<PathBuf>) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => match &path {
                Some(path) => reload(&shared, path),
                None => tracing::info!("there is no file to reload"),
            },
        }
    }
}

/// Takes over a changed file; a bad one leaves everything as it is.
fn reload(shared: &Shared, path: &Path) {
    match Config::load(path) {
        Ok(config) => match Site::new(Arc::new(config)) {
            Ok(site) => {
                shared.sessions.set_limits(site.config.session.limits);
                shared.site.store(Arc::new(site));
                tracing::info!(path = %path.display(), "the configuration was reloaded; addresses, store and TLS keep until a restart");
            }
            Err(error) => tracing::error!(%error, "the new configuration cannot be used; the old one stays in force"),
        },
        Err(error) => {
            error.to_string().lines().for_each(|fault| tracing::error!("{fault}"));
            tracing::error!(path = %path.display(), "the file has faults; the old configuration stays in force");
        }
    }
}
