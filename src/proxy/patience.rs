//! A time-out for silence: armed while nothing comes, at rest whenever something does.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// How long one side may be silent. A body that always comes in time never touches a timer.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    silent_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    /// A patience of `limit` that is at rest.
    pub(super) const fn new(limit: Duration) -> Self {
        Self { limit, silent_since: None, timer: None }
    }

    /// Begins anew, for something else that may be silent for `limit`. The timer is kept.
    pub(super) const fn begin(&mut self, limit: Duration) {
        self.limit = limit;
        self.silent_since = None;
    }

    /// How long it lasts.
    pub(super) const fn limit(&self) -> Duration {
        self.limit
    }

    /// Something came.
    pub(super) const fn rest(&mut self) {
        self.silent_since = None;
    }

    /// Nothing came; ready when nothing came for too long.
    pub(super) fn poll_exhausted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        let Some(deadline) = since.checked_add(self.limit) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            // The timer is not moved for every piece that comes, only when it rings for a silence that was broken
            // since.
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn patience_ends_after_the_last_sign_of_life_not_the_first() {
        let start = Instant::now();
        let mut patience = Patience::new(Duration::from_secs(10));
        poll_fn(|cx| {
            assert!(patience.poll_exhausted(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        tokio::time::advance(Duration::from_secs(9)).await;
        patience.rest();
        poll_fn(|cx| patience.poll_exhausted(cx)).await;
        let waited = start.elapsed();
        assert!(waited >= Duration::from_secs(19) && waited < Duration::from_secs(20), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_patience_that_begins_anew_lasts_its_own_time_longer_or_shorter() {
        let mut patience = Patience::new(Duration::from_secs(10));
        for seconds in [10, 3, 30] {
            let start = Instant::now();
            patience.begin(Duration::from_secs(seconds));
            poll_fn(|cx| patience.poll_exhausted(cx)).await;
            let waited = start.elapsed();
            let expected = Duration::from_secs(seconds);
            assert!(waited >= expected && waited < expected + Duration::from_secs(1), "{waited:?} of {expected:?}");
        }
    }
}
