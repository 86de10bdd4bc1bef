//! A thread that does one kind of work for many, so that it never holds up the traffic of a runtime's thread.

use std::io;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

/// A thread with a bounded queue. Dropping it lets the thread finish what is queued for somebody who still waits, and joins it.
pub(super) struct Worker<I, O> {
    queue: Option<SyncSender<(I, oneshot::Sender<O>)>>,
    thread: Option<JoinHandle<()>>,
}

/// The queue is full, or the work could not be done.
#[derive(Debug)]
pub(super) struct Busy;

impl<I: Send + 'static, O: Send + 'static> Worker<I, O> {
    /// Starts a thread that does `work`; `capacity` requests may wait. `work` answers `None` if it cannot.
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
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Has the work done.
    ///
    /// # Errors
    /// [`Busy`]
    pub(super) async fn ask(&self, request: I) -> Result<O, Busy> {
        let (reply, answer) = oneshot::channel();
        match self.queue.as_ref().map(|queue| queue.try_send((request, reply))) {
            Some(Ok(())) => answer.await.map_err(|_| Busy),
            Some(Err(TrySendError::Full(_) | TrySendError::Disconnected(_))) | None => Err(Busy),
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
        let mut first = Box::pin(worker.ask(1));
        assert!(first.as_mut().now_or_never().is_none());
        inside.recv().expect("the first is in the thread's hands");
        let mut leaves = Box::pin(worker.ask(2));
        let mut stays = Box::pin(worker.ask(3));
        assert!(leaves.as_mut().now_or_never().is_none());
        assert!(stays.as_mut().now_or_never().is_none());
        assert!(worker.ask(4).await.is_err(), "two wait already");
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
        assert!(worker.ask(()).await.is_err());
    }
}
