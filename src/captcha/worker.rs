//! A thread that does one kind of work for many, so that it never holds up the traffic of a runtime's thread.
//!
//! Nobody may fill the queue alone: each source has a share of it, so one client that asks without end slows others by its share at
//! most, and does not turn them away.

use std::collections::HashMap;
use std::io;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::domain::ids::SecretHash;

/// So many sources have room beside each other.
const SOURCES: usize = 16;
/// But one browser may open this many pages at once.
const LEAST_SHARE: usize = 2;

/// A thread with a bounded queue. Dropping it lets the thread finish what is queued for somebody who still waits, and joins it.
pub(super) struct Worker<I, O> {
    queue: Option<SyncSender<(I, oneshot::Sender<O>)>>,
    /// How many requests of each source wait.
    waiting: Mutex<HashMap<SecretHash, usize>>,
    share: usize,
    thread: Option<JoinHandle<()>>,
}

/// The queue is full, the source's share of it is, or the work could not be done.
#[derive(Debug)]
pub(super) struct Busy;

impl<I: Send + 'static, O: Send + 'static> Worker<I, O> {
    /// Starts a thread that does `work`; `capacity` requests may wait, a sixteenth of them from one source. `work` answers `None`
    /// if it cannot.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(super) fn start(
        name: &str,
        capacity: usize,
        mut work: impl FnMut(I) -> Option<O> + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, requests) = sync_channel::<(I, oneshot::Sender<O>)>(capacity);
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || {
            for (request, reply) in requests {
                // Nobody waits any more: not worth the work.
                if reply.is_closed() {
                    continue;
                }
                if let Some(done) = work(request) {
                    // An error is somebody who stopped waiting meanwhile.
                    let _ = reply.send(done);
                }
            }
        })?;
        let share = capacity.div_ceil(SOURCES).max(LEAST_SHARE);
        Ok(Self { queue: Some(queue), waiting: Mutex::default(), share, thread: Some(thread) })
    }

    /// Has the work done for `source`.
    ///
    /// # Errors
    /// [`Busy`]
    pub(super) async fn ask(&self, request: I, source: SecretHash) -> Result<O, Busy> {
        let _place = Place::take(&self.waiting, source, self.share).ok_or(Busy)?;
        let (reply, answer) = oneshot::channel();
        match self.queue.as_ref().map(|queue| queue.try_send((request, reply))) {
            Some(Ok(())) => answer.await.map_err(|_| Busy),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(Busy),
        }
    }
}

/// A source's place in the queue, given back when it is dropped.
struct Place<'a> {
    waiting: &'a Mutex<HashMap<SecretHash, usize>>,
    source: SecretHash,
}

impl<'a> Place<'a> {
    fn take(waiting: &'a Mutex<HashMap<SecretHash, usize>>, source: SecretHash, share: usize) -> Option<Self> {
        let mut counts = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(source).or_default();
        if *count >= share {
            return None;
        }
        *count += 1;
        Some(Self { waiting, source })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut counts = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.source)),
        }
    }
}

impl<I, O> Drop for Worker<I, O> {
    fn drop(&mut self) {
        // Without a sender the thread's loop ends.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use futures_util::FutureExt;

    use super::*;

    const ONE: SecretHash = SecretHash::from_digest([1; 32]);
    const OTHER: SecretHash = SecretHash::from_digest([2; 32]);

    #[tokio::test]
    async fn a_full_queue_turns_away_and_whoever_left_costs_nothing() {
        let (open, gate) = channel::<()>();
        let (entered, inside) = channel::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&done);
        let worker = Worker::start("test", 2, move |number: u32| {
            entered.send(()).ok()?;
            gate.recv().ok()?;
            counted.fetch_add(1, Ordering::SeqCst);
            Some(number * 2)
        })
        .expect("a thread");
        let mut first = Box::pin(worker.ask(1, ONE));
        assert!(first.as_mut().now_or_never().is_none());
        inside.recv().expect("the first is in the thread's hands");
        let mut leaves = Box::pin(worker.ask(2, ONE));
        let mut stays = Box::pin(worker.ask(3, OTHER));
        assert!(leaves.as_mut().now_or_never().is_none());
        assert!(stays.as_mut().now_or_never().is_none());
        assert!(worker.ask(4, OTHER).await.is_err(), "two wait already");
        drop(leaves);
        open.send(()).expect("open");
        open.send(()).expect("open");
        assert_eq!(first.await.expect("done"), 2);
        assert_eq!(stays.await.expect("done"), 6);
        assert_eq!(done.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn work_that_cannot_be_done_is_told() {
        let worker = Worker::start("test", 2, |_: ()| None::<()>).expect("a thread");
        assert!(worker.ask((), ONE).await.is_err());
    }

    #[tokio::test]
    async fn one_source_cannot_take_the_places_of_others() {
        let (open, gate) = channel::<()>();
        let work = move |number: usize| gate.recv().ok().map(|()| number);
        let worker = Worker::start("test", 64, work).expect("a thread");
        let mut greedy: Vec<_> = (0..100).map(|number| Box::pin(worker.ask(number, ONE))).collect();
        let turned_away = greedy.iter_mut().filter_map(|asked| asked.as_mut().now_or_never()).count();
        assert_eq!(turned_away, 96, "four is a sixteenth of the queue");
        let mut honest = Box::pin(worker.ask(7, OTHER));
        assert!(honest.as_mut().now_or_never().is_none(), "there is room for it");
        greedy.clear();
        assert!(worker.waiting.lock().expect("whole").len() == 1, "whoever left gives the place back");
        (0..5).for_each(|_| open.send(()).expect("open"));
        assert_eq!(honest.await.expect("done"), 7);
    }
}
