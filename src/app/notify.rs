//! What the service manager hears (`sd_notify(3)`): that Portero is ready, takes up a change, stops, and is alive.
//!
//! Without a manager (no `NOTIFY_SOCKET` in the environment) all of it goes nowhere. A manager that cannot be told is no reason to
//! stop serving: the log says so.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::config::Origin;
use crate::server::Pulse;

/// Of the manager's patience, how much passes between two signs of life: one may be late.
const BEATS: u32 = 3;
/// What closing takes beside `server.shutdown_grace`: the store's last writes.
const CLOSING: Duration = Duration::from_secs(15);

/// People can come.
pub(super) fn ready(origin: &Origin) {
    say(&[NotifyState::Ready, NotifyState::Status(&format!("serving {origin}"))]);
}

/// A change is being taken up. [`reloaded`] has to follow.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => say(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "the service manager cannot be told of the reload"),
    }
}

/// The change is in force or, if it had faults, was left.
pub(super) fn reloaded(origin: &Origin, taken_up: bool) {
    if taken_up {
        return ready(origin);
    }
    let status = format!("serving {origin}; the last change has faults and is NOT in force: see the log");
    say(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// No more people are let in, and those inside have `grace` to finish: the manager's own patience may be shorter.
pub(super) fn stopping(grace: Duration) {
    let extend = u32::try_from((grace + CLOSING).as_micros()).unwrap_or(u32::MAX);
    say(&[
        NotifyState::Stopping,
        NotifyState::ExtendTimeoutUsec(extend),
        NotifyState::Status("stopping: what is in flight is finished first"),
    ]);
}

/// Gives signs of life as often as the manager asked for, until it is dropped: each after all workers gave theirs.
pub(super) async fn keep_alive(pulse: Pulse) {
    let Some(patience) = sd_notify::watchdog_enabled() else { return };
    let mut tick = tokio::time::interval((patience / BEATS).max(Duration::from_millis(1)));
    loop {
        tick.tick().await;
        pulse.beat().await;
        say(&[NotifyState::Watchdog]);
    }
}

fn say(words: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(words) {
        tracing::warn!(%error, "the service manager cannot be told how Portero is");
    }
}
