//! The threads that run Argon2id, each with memory of its own, behind one bounded queue. What other schemes need is done
//! here, too, and never for less than ours would take.
//!
//! A thread keeps its memory from one password to the next, which is what makes it fast, and gives it back when none came for
//! [`LINGER`]: a house where nobody signs in holds nothing for it.
//!
//! First come, first served. Whoever stopped waiting is skipped, and does not count towards the bound. Dropping the pool
//! forgets what is queued, lets each thread finish the hash in its hands, and joins them.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use argon2::{Argon2, Block, Params};
use secrecy::zeroize::Zeroizing;
use tokio::sync::oneshot;

use super::hasher::Overloaded;
use super::legacy::Legacy;
use super::phc::{Recipe, SALT_LENGTH};

/// What [`Work::Match`] makes of the right password.
pub(super) const MATCH: [u8; 1] = [1];

/// How long a thread without work keeps its memory. Getting it anew costs a few milliseconds.
const LINGER: Duration = Duration::from_secs(30);

/// How long after giving it back a thread looks to it that the allocator does so, too.
const SETTLE: Duration = Duration::from_secs(3);

/// The threads and their queue.
pub(super) struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// What to do with a password.
#[derive(Clone)]
pub(super) enum Work {
    /// Put it through Argon2.
    Derive(Recipe),
    /// Hold it against a hash of another scheme: makes [`MATCH`], or something else.
    Match(Legacy),
}

/// One password and what to do with it.
struct Job {
    password: Zeroizing<String>,
    work: Work,
    reply: oneshot::Sender<Output>,
}

/// What was made of a password.
pub(super) type Output = Zeroizing<Vec<u8>>;

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    capacity: usize,
    rejected: AtomicU64,
}

/// What a thread that waits for work is told.
enum Next {
    /// Do this.
    Job(Job),
    /// Nothing came in the time.
    Quiet,
    /// The pool is dropped.
    Closed,
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
        work: Work,
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
        queue.waiting.push_back(Job { password, work, reply });
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

    /// Waits for the next job that somebody still waits for, but not longer than `patience`, if there is one.
    fn next(&self, patience: Option<Duration>) -> Next {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return Next::Closed;
            }
            match (queue.waiting.pop_front(), patience) {
                (Some(job), _) if job.reply.is_closed() => {}
                (Some(job), _) => return Next::Job(job),
                (None, None) => queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
                (None, Some(patience)) => {
                    let (locked, waited) =
                        self.changed.wait_timeout(queue, patience).unwrap_or_else(PoisonError::into_inner);
                    queue = locked;
                    if waited.timed_out() && queue.waiting.is_empty() && !queue.closed {
                        return Next::Quiet;
                    }
                }
            }
        }
    }
}

/// A thread's life.
fn work(shared: &Shared) {
    let mut memory = Vec::new();
    let mut patience = None;
    loop {
        match shared.next(patience) {
            Next::Job(job) => {
                memory.resize(Params::DEFAULT.block_count(), Block::new());
                patience = Some(LINGER);
                match run(&job, &mut memory) {
                    // An error is somebody who stopped waiting meanwhile.
                    Ok(output) => drop(job.reply.send(output)),
                    Err(error) => tracing::error!(%error, "Argon2 failed"),
                }
            }
            Next::Quiet if !memory.is_empty() => {
                memory = Vec::new();
                patience = Some(SETTLE);
            }
            Next::Quiet => {
                nudge_allocator();
                patience = None;
            }
            Next::Closed => return,
        }
    }
}

/// mimalloc keeps what is freed for a second, and gives it back to the system when something large is freed after that: which, where
/// nobody is, nothing ever would be.
fn nudge_allocator() {
    drop(std::hint::black_box(Vec::<Block>::with_capacity(1024)));
}

fn run(job: &Job, memory: &mut [Block]) -> argon2::Result<Output> {
    let password = job.password.as_bytes();
    match &job.work {
        Work::Derive(recipe) => {
            if !recipe.is_as_ours() {
                spend(password, memory)?;
            }
            derive(password, recipe, memory)
        }
        Work::Match(hash) => {
            spend(password, memory)?;
            Ok(Zeroizing::new(vec![u8::from(hash.matches(password))]))
        }
    }
}

/// Takes as long as our own hash takes, for nothing: a scheme that is cheaper must not tell by its haste whose hash it is.
fn spend(password: &[u8], memory: &mut [Block]) -> argon2::Result<()> {
    derive(password, &Recipe::own([0; SALT_LENGTH]), memory).map(drop)
}

fn derive(password: &[u8], recipe: &Recipe, memory: &mut [Block]) -> argon2::Result<Output> {
    let argon2 = Argon2::new(recipe.algorithm, recipe.version, recipe.params.clone());
    let mut output = Zeroizing::new(vec![0; recipe.output_length]);
    if recipe.params.block_count() <= memory.len() {
        argon2.hash_password_into_with_memory(password, &recipe.salt, &mut output, memory)?;
    } else {
        // A hash made elsewhere, with more memory: taken for this once, so that it does not stay taken.
        argon2.hash_password_into(password, &recipe.salt, &mut output)?;
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit(pool: &Pool, password: &str) -> Result<oneshot::Receiver<Output>, Overloaded> {
        pool.submit(Zeroizing::new(password.into()), Work::Derive(Recipe::own([0; SALT_LENGTH])))
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
        let next = || match pool.shared.next(None) {
            Next::Job(job) => job.password.to_string(),
            Next::Quiet | Next::Closed => panic!("two wait"),
        };
        assert_eq!((next(), next()), ("b".into(), "c".into()));
    }

    #[test]
    fn a_thread_learns_that_nothing_came_and_of_nothing_else_instead() {
        let pool = Pool::start(0, 2).expect("no thread to start");
        let moment = Some(Duration::from_millis(1));
        assert!(matches!(pool.shared.next(moment), Next::Quiet));
        let _waiting = submit(&pool, "a").expect("room");
        assert!(matches!(pool.shared.next(moment), Next::Job(_)));
        pool.shared.lock().closed = true;
        assert!(matches!(pool.shared.next(moment), Next::Closed));
    }

    // L6
    #[test]
    fn a_cheaper_scheme_runs_our_own_besides() {
        let mut memory = vec![Block::new(); Params::DEFAULT.block_count()];
        let cheap = Legacy::read("{SHA}UwfydvLOb+4YM+PyqlunVUf81WQ=").expect("understood");
        let (reply, _answer) = oneshot::channel();
        let job = Job { password: Zeroizing::new("x".into()), work: Work::Match(cheap), reply };
        assert_eq!(*run(&job, &mut memory).expect("held against it"), [0]);
        let untouched = Block::new();
        let touched = memory.iter().filter(|block| block.as_ref() != untouched.as_ref()).count();
        assert_eq!(touched, memory.len(), "all of Argon2id's memory was gone through");
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
