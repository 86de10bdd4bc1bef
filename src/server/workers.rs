//! One thread and one single-threaded runtime for each worker, and the end of them all.
//!
//! A connection lives on the thread that accepted it; workers share nothing but the count of connections. Owns threads and
//! runtimes; what runs on them comes from `listener`.

use std::sync::Arc;
use std::thread::JoinHandle;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::listener::ServeError;
use super::shutdown::Shutdown;

/// Workers at work.
#[derive(Debug)]
#[must_use = "the workers are waited for with join"]
pub struct Running {
    workers: Vec<(JoinHandle<()>, oneshot::Receiver<usize>)>,
    shutdown: Shutdown,
}

/// How the end went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy when the grace was over, and were cut.
    pub cut: usize,
}

impl Running {
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
    for (worker, listener) in listeners.into_iter().enumerate() {
        let started = start_one(worker, listener, shutdown.branch(), &work);
        match started {
            Ok(started) => workers.push(started),
            Err(source) => {
                shutdown.begin();
                return Err(ServeError::Start { worker, source });
            }
        }
    }
    Ok(Running { workers, shutdown })
}

fn start_one<W, F>(
    worker: usize,
    listener: std::net::TcpListener,
    shutdown: Shutdown,
    work: &Arc<W>,
) -> std::io::Result<(JoinHandle<()>, oneshot::Receiver<usize>)>
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
    let work = Arc::clone(work);
    let thread = std::thread::Builder::new().name(format!("portero-{worker}")).spawn(move || {
        let cut = runtime.block_on(async { work(worker, listener, shutdown).await });
        // Without waiting for blocking work: the end has waited long enough.
        runtime.shutdown_background();
        let _ = done.send(cut);
    })?;
    Ok((thread, outcome))
}

#[cfg(test)]
mod tests {
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
