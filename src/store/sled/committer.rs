//! The one thread that writes.
//!
//! It gathers the verbs that wait, lets each decide and apply its batch in turn, then brings them all to the disk with
//! one flush and one sync, and only then answers. One writer makes a verb atomic without transactions; one sync for
//! many makes it cheap.
//!
//! Refusals wait for the sync, too: "the name is taken" is answered once the other's name is on the disk. If the disk
//! or the engine fails, nobody in the group is told that it worked, and nothing is written after it: what is in memory
//! may be more than what is on the disk, and only opening the store again tells.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::engine::Home;
use super::failure;
use super::lock::PAUSE;
use super::records::{Draft, Records};
use crate::store::StoreError;

/// Verbs that may wait; whoever comes then waits for room.
const QUEUE: usize = 1024;
/// Verbs brought to the disk together.
const GROUP: usize = 512;

/// A verb on its way: evaluated with the records, or refused with the reason why there are none to be had.
type Job = Box<dyn FnOnce(Result<&Records, StoreError>) -> Evaluated + Send>;

/// Hears of every group that wrote something: how many verbs, and how long bringing them to the disk took or what failed.
pub(super) type Watcher = Box<dyn Fn(usize, Result<Duration, &'static str>) + Send + Sync>;

/// A [`Watcher`], once there is one.
#[derive(Default)]
struct Watching(OnceLock<Watcher>);

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watching").field(&self.0.get().is_some()).finish()
    }
}

/// Tells the caller, given what came of the sync.
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What evaluating a verb did.
struct Evaluated {
    /// Whether it wrote anything, or how the engine failed.
    wrote: Result<bool, sled::Error>,
    acknowledge: Acknowledge,
}

/// The callers' end.
#[derive(Debug)]
pub(super) struct Committer {
    jobs: mpsc::Sender<Job>,
    closing: CancellationToken,
    /// The thread is no more.
    gone: CancellationToken,
    watching: Arc<Watching>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Committer {
    /// Starts the thread.
    pub(super) fn start(records: Records, home: Home) -> Result<Self, StoreError> {
        let data = File::options().read(true).write(true).open(home.data()).map_err(failure::disk)?;
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (closing, gone) = (CancellationToken::new(), CancellationToken::new());
        let last_words = gone.clone();
        let sleep = Builder::new_current_thread().build().map_err(StoreError::Io)?;
        let watching = Arc::<Watching>::default();
        let worker = Worker {
            records,
            home,
            data,
            queue,
            closing: closing.clone(),
            sleep,
            watching: Arc::clone(&watching),
            synced_blobs: HashSet::new(),
            broken: None,
        };
        let thread = std::thread::Builder::new().name("store-committer".to_owned()).spawn(move || {
            let _told = last_words.drop_guard();
            worker.run();
        });
        Ok(Self { jobs, closing, gone, watching, thread: Mutex::new(Some(thread.map_err(StoreError::Io)?)) })
    }

    /// Tells `watcher` of every group from now on; the first one stays.
    pub(super) fn watch(&self, watcher: Watcher) {
        let _ = self.watching.0.set(watcher);
    }

    /// Carries out a verb and answers when it is on the disk. It writes all of its draft if `verb` succeeds, and
    /// nothing if not. Waits for room in the queue. Dropping the future before it sent the verb undoes it; later,
    /// nothing does.
    ///
    /// # Errors
    /// What `verb` says; [`StoreError::Closed`] and what else [`StoreError`] knows.
    pub(super) async fn commit<T, E, F>(&self, verb: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Draft<'_>) -> Result<T, E> + Send + 'static,
    {
        self.commit_in_steps(move |records| evaluate(records, verb)).await
    }

    /// The same for a verb that applies its drafts itself, one after the other, and sees to it that they are all carried out or
    /// none. It says whether it wrote anything, or how the engine failed, and its answer.
    ///
    /// # Errors
    /// As those of [`Committer::commit`].
    pub(super) async fn commit_in_steps<T, E, F>(&self, verb: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Records) -> (Result<bool, sled::Error>, Result<T, E>) + Send + 'static,
    {
        let answered = self.send(verb).await?;
        tokio::select! {
            biased;
            answer = answered => answer.map_err(|_| StoreError::Closed)?,
            // Whoever had been promised room may send when nobody is there to receive any more.
            () = self.gone.cancelled() => Err(StoreError::Closed.into()),
        }
    }

    /// Hands a verb over without waiting for it to be carried out. If it fails, the log tells.
    pub(super) async fn commit_later<F>(&self, verb: F) -> Result<(), StoreError>
    where
        F: FnOnce(&mut Draft<'_>) -> Result<(), StoreError> + Send + 'static,
    {
        let logged = |draft: &mut Draft<'_>| {
            verb(draft).inspect_err(|error| tracing::warn!(%error, "activity could not be noted"))
        };
        self.send(move |records| evaluate(records, logged)).await.map(drop)
    }

    async fn send<T, E, F>(&self, verb: F) -> Result<oneshot::Receiver<Result<T, E>>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Records) -> (Result<bool, sled::Error>, Result<T, E>) + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |records| {
            let (wrote, result) = match records {
                Ok(records) => verb(records),
                Err(refused) => (Ok(false), Err(E::from(refused))),
            };
            let acknowledge = move |synced: Result<(), StoreError>| {
                // Whoever asked may have gone; the verb stands all the same.
                let _ = answer.send(synced.map_err(E::from).and(result));
            };
            Evaluated { wrote, acknowledge: Box::new(acknowledge) }
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        Ok(answered)
    }

    /// Finishes what waits, refuses what comes later, and joins the thread. Blocks for as long as one sync takes.
    pub(super) fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            self.closing.cancel();
            if thread.join().is_err() {
                tracing::error!("the store's committer had died");
            }
        }
    }
}

fn evaluate<T, E>(
    records: &Records,
    verb: impl FnOnce(&mut Draft<'_>) -> Result<T, E>,
) -> (Result<bool, sled::Error>, Result<T, E>) {
    let mut draft = Draft::new(records);
    match verb(&mut draft) {
        Ok(value) => (records.apply(draft), Ok(value)),
        Err(refused) => (Ok(false), Err(refused)),
    }
}

/// The thread's end.
struct Worker {
    records: Records,
    home: Home,
    /// The engine's file once more: its flush does not reach the disk.
    data: File,
    queue: mpsc::Receiver<Job>,
    closing: CancellationToken,
    /// Only to sleep on until there is something to do: nothing runs on it.
    sleep: Runtime,
    watching: Arc<Watching>,
    synced_blobs: HashSet<OsString>,
    broken: Option<sled::Error>,
}

impl Worker {
    fn run(mut self) {
        // Waiting for a job alone could last for ever: all room in the queue may be promised to tasks that do not run, perhaps
        // because their thread is the one that closes.
        while let Some(first) = self.sleep.block_on(async {
            tokio::select! {
                biased;
                () = self.closing.cancelled() => None,
                job = self.queue.recv() => job,
            }
        }) {
            self.commit(Some(first));
        }
        // From here on nobody gets in.
        self.queue.close();
        while let Ok(next) = self.queue.try_recv() {
            self.commit(Some(next));
        }
    }

    fn commit(&mut self, first: Option<Job>) {
        let mut waiting = Vec::new();
        let mut dirty = false;
        let mut failed = None;
        let mut next = first;
        while let Some(job) = next.take() {
            let records = match (&failed, &self.broken) {
                (Some(error), _) => Err(failure::engine(sled::Error::clone(error))),
                (None, Some(error)) => Err(refusal(error)),
                (None, None) => Ok(&self.records),
            };
            let Evaluated { wrote, acknowledge } = job(records);
            waiting.push(acknowledge);
            match wrote {
                Ok(wrote) => dirty |= wrote,
                Err(error) => failed = Some(error),
            }
            if waiting.len() < GROUP {
                next = self.queue.try_recv().ok();
            }
        }
        let began = Instant::now();
        if dirty && failed.is_none() {
            failed = self.sync().err();
        }
        if let Some(watcher) = self.watching.0.get()
            && (dirty || failed.is_some() || self.broken.is_some())
        {
            watcher(
                waiting.len(),
                match failed.as_ref().or(self.broken.as_ref()) {
                    None => Ok(began.elapsed()),
                    Some(error) => Err(failure::engine(error.clone()).code()),
                },
            );
        }
        for acknowledge in waiting {
            acknowledge(failed.as_ref().map_or(Ok(()), |error| Err(failure::engine(error.clone()))));
        }
        if let Some(error) = failed {
            tracing::error!(%error, "the store takes no more writes until it is opened again");
            self.broken = Some(error);
        }
    }

    /// Brings everything applied so far to the disk.
    fn sync(&mut self) -> Result<(), sled::Error> {
        self.records.flush()?;
        self.sync_blobs()?;
        Ok(self.data.sync_data()?)
    }

    /// The engine moves pages that have grown past 128 KiB to files of their own, which it does not sync.
    fn sync_blobs(&mut self) -> io::Result<()> {
        let mut present = HashSet::new();
        for blob in patiently(|| fs::read_dir(self.home.blobs()))? {
            let blob = blob?;
            if !self.synced_blobs.contains(&blob.file_name()) {
                match patiently(|| File::open(blob.path())).and_then(|file| file.sync_all()) {
                    // The engine removes what it no longer needs on threads of its own.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    result => result?,
                }
            }
            present.insert(blob.file_name());
        }
        if !present.is_subset(&self.synced_blobs) {
            patiently(|| File::open(self.home.blobs()))?.sync_all()?;
        }
        self.synced_blobs = present;
        Ok(())
    }
}

/// Opens something, waiting for as long as the process has no file handle left: nothing is wrong with the disk then, and a crowd
/// of connections must not close the store for good. Nobody was told anything yet.
fn patiently<T>(mut open: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut told = false;
    loop {
        match open() {
            Err(error) if is_out_of_handles(&error) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::error!(%error, "the store waits for a file handle; raise the limit (systemd: LimitNOFILE=)");
                }
                std::thread::sleep(PAUSE);
            }
            outcome => return outcome,
        }
    }
}

fn is_out_of_handles(error: &io::Error) -> bool {
    use rustix::io::Errno;
    Errno::from_io_error(error).is_some_and(|errno| errno == Errno::MFILE || errno == Errno::NFILE)
}

/// What a verb is told that comes after the failure.
fn refusal(error: &sled::Error) -> StoreError {
    match failure::engine(error.clone()) {
        full @ StoreError::DiskFull(_) => full,
        _ => StoreError::Closed,
    }
}
