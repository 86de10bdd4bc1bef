//! Writing behind, and removing what is over.
//!
//! What is removed by its age is gone for good, and the age is only as right as the clock. A machine that starts years ahead is put right
//! by NTP within minutes, so nothing is removed in the first hour; and whatever is removed is logged with its number.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, Interval};

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::keys::MasterKey;
use crate::server::service::Shared;
use crate::store::{Store, StoreError};

/// How often what is only in memory is written behind.
const WRITE_BEHIND: Duration = Duration::from_secs(30);
/// How soon after the start something may be removed: by then a wrong clock has been put right, or somebody was told.
const FIRST_SWEEP: Duration = Duration::from_secs(60 * 60);
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
    let mut sweep = sweeps();
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

/// When it is swept.
fn sweeps() -> Interval {
    tokio::time::interval_at(Instant::now() + FIRST_SWEEP, SWEEP)
}

async fn sweep_once(
    shared: &Shared,
    store: &dyn Store,
    clock: &dyn Clock,
    master: &MasterKey,
) -> Result<(), StoreError> {
    let now = clock.now();
    let before = |age: Duration| now.checked_sub(age).unwrap_or(Timestamp::MIN);
    let config = Arc::clone(&shared.site.load().config);
    let sessions = before(config.session.limits.absolute + REMEMBER_SESSIONS);
    told("sessions", store.purge_sessions(sessions).await?, now);
    told("counters of attempts", store.purge_attempts(before(REMEMBER_ATTEMPTS)).await?, now);
    if let Some(keep) = config.audit.keep {
        told("audit events", store.purge_audit(before(keep)).await?, now);
    }
    told("messages", store.purge_mail(before(REMEMBER_MAIL), now).await?, now);
    match shared.keys.purge(store, master, clock, config.identity.lifetime).await {
        Ok(keys) => told("retired signing keys", keys, now),
        Err(error) => tracing::error!(code = error.code(), %error, "old signing keys could not be removed"),
    }
    Ok(())
}

/// Says what was removed, and by which time: whoever looks for it later finds out whether the clock was right.
fn told(what: &str, removed: u64, now: Timestamp) {
    if removed > 0 {
        tracing::info!(what, removed, %now, "removed what was kept long enough");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_is_removed_in_the_first_hour_and_then_every_ten_minutes() {
        let started = Instant::now();
        let mut sweep = sweeps();
        sweep.tick().await;
        assert!(started.elapsed() >= Duration::from_secs(60 * 60), "{:?}", started.elapsed());
        sweep.tick().await;
        assert_eq!(started.elapsed().as_secs() / 60, 70);
    }
}
