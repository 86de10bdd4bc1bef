//! One thread and one single-threaded runtime for each worker, and the end of them all.
//!
//! A connection lives on the thread that accepted it; workers share nothing but the count of connections. Owns threads and
//! runtimes; what runs on them comes from `listener`.

use std::sync::Arc;
use std::thread::JoinHandle;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

use super::listener::ServeError;
use super::shutdown::Shutdown;

/// Workers at work.
#[derive(Debug)]
#[must_use = "the workers are waited for with join"]
pub struct Running {
    workers: Vec<(JoinHandle<()>, oneshot::Receiver<usize>)>,
    pulse: Pulse,
    shutdown: Shutdown,
}

/// Feels whether the workers are alive.
#[derive(Debug, Clone, Default)]
pub struct Pulse {
    runtimes: Vec<Handle>,
}

impl Pulse {
    /// Waits until every worker has got round to it; one that is done already counts. Never ends while one is stuck.
    pub async fn beat(&self) {
        let asked: Vec<_> = self.runtimes.iter().map(|runtime| runtime.spawn(async {})).collect();
        for answer in asked {
            // Cancelled: its runtime is over.
            let _ = answer.await;
        }
    }
}

/// How the end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy when the grace was over, and were cut.
    pub cut: usize,
}

impl Running {
    /// The workers' pulse, which can be felt until they are done.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Waits until the end has begun and every worker is done: the listeners are closed at once, then each worker waits for its
    /// connections up to `server.shutdown_grace`, cuts what is left and drops its runtime with every task on it.
    ///
    /// # Errors
    /// [`ServeError::WorkerDied`] if one panicked, at which the others are asked to finish.
    pub async fn join(self) -> Result<Drained, ServeError> {
        let (threads, outcomes): (Vec<_>, FuturesUnordered<_>) = self.workers.into_iter().unzip();
        let mut outcomes = outcomes;
        let (mut cut, mut died) = (0, false);
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(count) => cut += count,
                Err(_gone) => {
                    died = true;
                    self.shutdown.begin();
                }
            }
        }
        for thread in threads {
            // Past its last word a thread only drops; a panic was seen above.
            died |= thread.join().is_err();
        }
        if died { Err(ServeError::WorkerDied) } else { Ok(Drained { cut }) }
    }
}

/// Starts one worker for each listener; `work` gives back how many connections were cut.
pub(super) fn start<W, F>(
    listeners: Vec<std::net::TcpListener>,
    shutdown: Shutdown,
    work: W,
) -> Result<Running, ServeError>
where
    W: Fn(usize, TcpListener, Shutdown) -> F + Send + Sync + 'static,
    F: Future<Output = usize>,
{
    let work = Arc::new(work);
    let mut workers = Vec::with_capacity(listeners.len());
    let mut pulse = Pulse::default();
    for (worker, listener) in listeners.into_iter().enumerate() {
        let started = start_one(worker, listener, shutdown.branch(), &work);
        match started {
            Ok((thread, outcome, runtime)) => {
                workers.push((thread, outcome));
                pulse.runtimes.push(runtime);
            }
            Err(source) => {
                shutdown.begin();
                return Err(ServeError::Start { worker, source });
            }
        }
    }
    Ok(Running { workers, pulse, shutdown })
}

fn start_one<W, F>(
    worker: usize,
    listener: std::net::TcpListener,
    shutdown: Shutdown,
    work: &Arc<W>,
) -> std::io::Result<(JoinHandle<()>, oneshot::Receiver<usize>, Handle)>
where
    W: Fn(usize, TcpListener, Shutdown) -> F + Send + Sync + 'static,
    F: Future<Output = usize>,
{
    let runtime: Runtime = Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let (done, outcome) = oneshot::channel();
    let handle = runtime.handle().clone();
    let work = Arc::clone(work);
    let thread = std::thread::Builder::new().name(format!("portero-{worker}")).spawn(move || {
        let cut = runtime.block_on(async { work(worker, listener, shutdown).await });
        // Without waiting for blocking work: the end has waited long enough.
        runtime.shutdown_background();
        let _ = done.send(cut);
    })?;
    Ok((thread, outcome, handle))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn listeners(count: usize) -> Vec<std::net::TcpListener> {
        let listener = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.set_nonblocking(true).expect("non-blocking");
            listener
        };
        std::iter::repeat_with(listener).take(count).collect()
    }

    #[tokio::test]
    async fn the_death_of_one_worker_ends_the_others() {
        let shutdown = Shutdown::new();
        let running = start(listeners(2), shutdown, |worker, _listener, shutdown| async move {
            assert_ne!(worker, 1, "dies on purpose");
            shutdown.begun().await;
            3
        });
        let outcome = running.expect("started").join().await;
        assert!(matches!(outcome, Err(ServeError::WorkerDied)), "{outcome:?}");
    }

    #[tokio::test]
    async fn the_pulse_stops_while_a_worker_is_stuck_and_not_when_all_are_done() {
        let shutdown = Shutdown::new();
        let (free, stuck) = std::sync::mpsc::channel::<()>();
        let stuck = std::sync::Mutex::new(Some(stuck));
        let running = start(listeners(2), shutdown.clone(), move |worker, _listener, shutdown| {
            let stuck = if worker == 1 { stuck.lock().expect("no panic").take() } else { None };
            async move {
                // Blocks the whole worker, as a bug would.
                let _ = stuck.map(|stuck| stuck.recv());
                shutdown.begun().await;
                0
            }
        });
        let running = running.expect("started");
        let pulse = running.pulse();
        let mut beat = std::pin::pin!(pulse.beat());
        let stuck = tokio::time::timeout(Duration::from_millis(200), &mut beat).await;
        stuck.expect_err("a worker is stuck");
        drop(free);
        tokio::time::timeout(Duration::from_secs(20), beat).await.expect("it got free");
        shutdown.begin();
        running.join().await.expect("no worker died");
        tokio::time::timeout(Duration::from_secs(20), pulse.beat()).await.expect("who is done is not stuck");
    }

    #[tokio::test]
    async fn what_was_cut_is_counted_over_all_workers() {
        let shutdown = Shutdown::new();
        let running = start(listeners(2), shutdown.clone(), |worker, _listener, shutdown| async move {
            shutdown.begun().await;
            worker + 1
        });
        shutdown.begin();
        assert_eq!(running.expect("started").join().await.expect("no worker died"), Drained { cut: 3 });
    }
}
