//! The threads that run Argon2id, each with its memory kept for life, behind one bounded queue.
//!
//! First come, first served. Whoever stopped waiting is skipped, and does not count towards the bound. Dropping the pool
//! forgets what is queued, lets each thread finish the hash in its hands, and joins them.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use argon2::{Algorithm, Argon2, Block, Params};
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use super::hasher::Overloaded;
use super::phc::Recipe;

/// The threads and their queue.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// One password to put through one recipe.
struct Job {
    password: Zeroizing<String>,
    recipe: Recipe,
    reply: oneshot::Sender<Output>,
}

/// What Argon2id made.
pub(super) type Output = Zeroizing<Vec<u8>>;

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    capacity: usize,
    rejected: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    closed: bool,
}

impl Pool {
    /// Starts `threads` threads; up to `capacity` passwords wait for them.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(super) fn start(threads: usize, capacity: usize) -> io::Result<Self> {
        let shared = Shared { queue: Mutex::default(), changed: Condvar::new(), capacity, rejected: AtomicU64::new(0) };
        let mut pool = Self { shared: Arc::new(shared), threads: Vec::with_capacity(threads) };
        for number in 0..threads {
            let shared = Arc::clone(&pool.shared);
            let named = std::thread::Builder::new().name(format!("argon2-{number}"));
            pool.threads.push(named.spawn(move || work(&shared))?);
        }
        Ok(pool)
    }

    /// Puts a password into the queue.
    ///
    /// # Errors
    /// The queue is full.
    pub(super) fn submit(
        &self,
        password: Zeroizing<String>,
        recipe: Recipe,
    ) -> Result<oneshot::Receiver<Output>, Overloaded> {
        let (reply, answer) = oneshot::channel();
        let mut queue = self.shared.lock();
        if queue.waiting.len() >= self.shared.capacity {
            queue.waiting.retain(|job| !job.reply.is_closed());
        }
        if queue.waiting.len() >= self.shared.capacity {
            self.shared.rejected.fetch_add(1, Ordering::Relaxed);
            return Err(Overloaded);
        }
        queue.waiting.push_back(Job { password, recipe, reply });
        drop(queue);
        self.shared.changed.notify_one();
        Ok(answer)
    }

    /// How many passwords wait.
    pub(super) fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }

    /// How many were turned away.
    pub(super) fn rejected(&self) -> u64 {
        self.shared.rejected.load(Ordering::Relaxed)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.waiting.clear();
        drop(queue);
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it holds the lock, and a queue is whole at any time.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job that somebody still waits for; `None` once the pool is dropped.
    fn next(&self) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            match queue.waiting.pop_front() {
                Some(job) if job.reply.is_closed() => {}
                Some(job) => return Some(job),
                None => queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// A thread's life.
fn work(shared: &Shared) {
    let mut memory = vec![Block::new(); Params::DEFAULT.block_count()];
    while let Some(job) = shared.next() {
        match run(&job, &mut memory) {
            // An error is somebody who stopped waiting meanwhile.
            Ok(output) => drop(job.reply.send(output)),
            Err(error) => tracing::error!(%error, "Argon2id failed"),
        }
    }
}

fn run(job: &Job, memory: &mut [Block]) -> argon2::Result<Output> {
    let Recipe { version, params, salt, output_length } = &job.recipe;
    let argon2 = Argon2::new(Algorithm::Argon2id, *version, params.clone());
    let mut output = Zeroizing::new(vec![0; *output_length]);
    let password = job.password.as_bytes();
    if params.block_count() <= memory.len() {
        argon2.hash_password_into_with_memory(password, salt, &mut output, memory)?;
    } else {
        // A hash made elsewhere, with more memory: taken for this once, so that it does not stay taken.
        argon2.hash_password_into(password, salt, &mut output)?;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(pool: &Pool, password: &str) -> Result<oneshot::Receiver<Output>, Overloaded> {
        pool.submit(Zeroizing::new(password.into()), Recipe::own([0; 16]))
    }

    #[test]
    fn a_full_queue_turns_the_next_one_away() {
        let pool = Pool::start(0, 2).expect("no thread to start");
        let _waiting = [submit(&pool, "a").expect("room"), submit(&pool, "b").expect("room")];
        assert_eq!((pool.waiting(), pool.rejected()), (2, 0));
        assert!(submit(&pool, "c").is_err());
        assert_eq!((pool.waiting(), pool.rejected()), (2, 1));
    }

    #[test]
    fn whoever_stopped_waiting_makes_room() {
        let pool = Pool::start(0, 2).expect("no thread to start");
        let gone = submit(&pool, "a").expect("room");
        let _stays = submit(&pool, "b").expect("room");
        drop(gone);
        let _takes_the_place = submit(&pool, "c").expect("room again");
        assert!(submit(&pool, "d").is_err());
    }

    #[test]
    fn whoever_stopped_waiting_is_skipped_and_the_others_keep_their_order() {
        let pool = Pool::start(0, 3).expect("no thread to start");
        drop(submit(&pool, "a").expect("room"));
        let _second = submit(&pool, "b").expect("room");
        let _third = submit(&pool, "c").expect("room");
        let next = || pool.shared.next().expect("a job").password.to_string();
        assert_eq!((next(), next()), ("b".into(), "c".into()));
    }

    #[test]
    fn dropping_the_pool_forgets_the_queue_and_joins_its_threads() {
        let pool = Pool::start(2, 64).expect("threads");
        let shared = Arc::downgrade(&pool.shared);
        let answers: Vec<_> = (0..16).map(|_| submit(&pool, "a").expect("room")).collect();
        drop(pool);
        assert!(shared.upgrade().is_none(), "each thread held one reference until it ended");
        let done = answers.into_iter().map(oneshot::Receiver::blocking_recv).filter(Result::is_ok).count();
        assert!(done < 16, "the queue was not worked off first");
    }
}
