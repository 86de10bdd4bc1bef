//! Live sessions in memory, in front of the store: what makes a signed-in request cost no disk.
//!
//! A token is looked up by its hash in a bounded cache; only a miss asks the store. Whoever changes a user or ends a session
//! tells [`LiveSessions::forget`], and when that returns no request is served under the old state: a fence keeps a look-up that
//! read the store before the change from caching what it read. Last activity is noted in memory and written behind.
//!
//! Neighbours: `store` below; `server` asks it on every request; `flows` report changes through [`SessionObserver`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::{SecretHash, SessionId, UserId};
use crate::domain::organization::MAX_DEPTH;
use crate::domain::person::Person;
use crate::domain::session::{AuthenticationMethod, Session, SessionLimits};
use crate::domain::user::{Status, User};
use crate::store::{Accounts, Store, StoreError};

/// Sessions kept in memory at most. Others are read from the store when they come back.
const CAPACITY: u64 = 200_000;
/// How coarse a user's last activity is noted, in seconds.
const ACTIVITY_GRAIN: i64 = 3600;

/// Hears of changes that must show at once.
pub trait SessionObserver: Send + Sync {
    /// These tokens open nothing any more.
    fn forget(&self, tokens: &[SecretHash]);
    /// What is known of this user is out of date.
    fn user_changed(&self, user: UserId);
}

/// The end of a session, for what goes on when its request has been let through: a WebSocket, a stream of events.
#[derive(Debug, Default)]
pub struct End {
    over: AtomicBool,
    told: Notify,
}

impl End {
    /// Whether the session is over, or who is there has changed.
    pub fn has_come(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Waits for it.
    pub async fn come(&self) {
        let told = self.told.notified();
        if !self.has_come() {
            told.await;
        }
    }

    pub(crate) fn tell(&self) {
        self.over.store(true, Ordering::Release);
        self.told.notify_waiters();
    }
}

/// One session of one host, as long as it is in memory.
#[derive(Debug)]
pub struct LiveSession<P = ()> {
    /// Public name.
    pub id: SessionId,
    /// Who.
    pub person: Arc<Person>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How.
    pub methods: Vec<AuthenticationMethod>,
    /// What is made once for the session and used on every request.
    pub prepared: P,
    /// When what was let through has to stop.
    pub end: Arc<End>,
    host: String,
    trace: Arc<Trace>,
}

/// What is written behind about one session, shared by its tokens on all hosts: a request to any of them keeps it alive.
#[derive(Debug)]
struct Trace {
    user: UserId,
    /// Seconds since 1970, as the other two.
    last_seen: AtomicI64,
    written: AtomicI64,
    noted: AtomicI64,
}

impl Trace {
    fn last_seen(&self) -> Timestamp {
        Timestamp::from_second(self.last_seen.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN)
    }

    fn is_written(&self) -> bool {
        self.last_seen.load(Ordering::Relaxed) <= self.written.load(Ordering::Relaxed)
    }
}

/// The sessions that are in memory. `P` is what [`LiveSessions::new`]'s `prepare` makes of each; one it makes nothing of is
/// not let in.
pub struct LiveSessions<P = ()> {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    limits: ArcSwap<SessionLimits>,
    live: Cache<SecretHash, Arc<LiveSession<P>>>,
    /// Counts changes. Held while something is put into the cache or taken out for a change: see [`LiveSessions::load`].
    changes: Mutex<u64>,
    /// Of every session in memory, and of those that left it since the last time traces were written. Touched when a session is
    /// loaded and when traces are written, never on the way of a request.
    traces: Mutex<HashMap<SessionId, Arc<Trace>>>,
    prepare: Prepare<P>,
}

type Prepare<P> = Box<dyn Fn(&Session, &Arc<Person>) -> Option<P> + Send + Sync>;

impl<P: Send + Sync + 'static> LiveSessions<P> {
    /// An empty front before `store`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: SessionLimits,
        prepare: impl Fn(&Session, &Arc<Person>) -> Option<P> + Send + Sync + 'static,
    ) -> Self {
        // Least recently used goes first: a newcomer is somebody who is here now.
        let live = Cache::builder()
            .max_capacity(CAPACITY)
            .eviction_policy(EvictionPolicy::lru())
            .eviction_listener(|_, session: Arc<LiveSession<P>>, cause| {
                if cause.was_evicted() {
                    // Out of memory it is out of reach of those who would end it.
                    session.end.tell();
                }
            })
            .build();
        let (changes, traces) = (Mutex::new(0), Mutex::new(HashMap::new()));
        Self { store, clock, limits: ArcSwap::from_pointee(limits), live, changes, traces, prepare: Box::new(prepare) }
    }

    /// Applies other limits from now on.
    pub fn set_limits(&self, limits: SessionLimits) {
        self.limits.store(Arc::new(limits));
    }

    /// The session that a token opens on `host` now, and notes that it was used. `None` if the token opens nothing there.
    ///
    /// # Errors
    /// The store could not be asked; the caller must not let the request through.
    pub async fn find(&self, token: &SecretHash, host: &str) -> Result<Option<Arc<LiveSession<P>>>, StoreError> {
        self.find_at(token, host, self.clock.now()).await
    }

    /// The same, for a caller that knows the time already.
    ///
    /// # Errors
    /// As [`LiveSessions::find`].
    pub async fn find_at(
        &self,
        token: &SecretHash,
        host: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<LiveSession<P>>>, StoreError> {
        let live = match self.live.get(token) {
            Some(live) => live,
            // Boxed: almost every request finds its session in memory, and would carry the room for this in vain.
            None => match Box::pin(self.load(token)).await? {
                Some(live) => live,
                None => return Ok(None),
            },
        };
        if live.host != host || self.limits.load().expired(live.authenticated_at, live.trace.last_seen(), now) {
            return Ok(None);
        }
        let second = now.as_second();
        // Read before it is written: within one second nothing changes, and cores that only read do not wait for each other.
        if live.trace.last_seen.load(Ordering::Relaxed) < second {
            live.trace.last_seen.fetch_max(second, Ordering::Relaxed);
        }
        Ok(Some(live))
    }

    /// Whose session a token once opened on `host`, although it opens nothing any more. Only to give a person back what was theirs.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn former_holder(&self, token: &SecretHash, host: &str) -> Result<Option<UserId>, StoreError> {
        let found = self.store.session_by_token(token).await?;
        Ok(found.filter(|(_, token)| token.host == host).map(|(session, _)| session.user))
    }

    /// Writes behind when sessions and users were last seen. Call it every half minute or so, and once before stopping.
    ///
    /// # Errors
    /// The store takes no more; nothing counts as written then, and all of it is handed over the next time.
    pub async fn write_behind(&self) -> Result<(), StoreError> {
        let (limits, now) = (self.limits.load_full(), self.clock.now());
        for (_, live) in &self.live {
            // However busy a WebSocket is, it outlives no session.
            if limits.expired(live.authenticated_at, now, now) {
                live.end.tell();
            }
        }
        let unwritten: Vec<(SessionId, Arc<Trace>)> = lock(&self.traces)
            .iter()
            .filter(|(_, trace)| !trace.is_written())
            .map(|(id, trace)| (*id, Arc::clone(trace)))
            .collect();
        let grain = |seconds: &AtomicI64| seconds.load(Ordering::Relaxed) / ACTIVITY_GRAIN;
        let active = unwritten.iter().filter(|(_, trace)| grain(&trace.last_seen) > grain(&trace.noted));
        let users: Vec<_> = active.map(|(_, trace)| (trace.user, trace.last_seen())).collect();
        let sessions: Vec<_> = unwritten.iter().map(|(id, trace)| (*id, trace.last_seen())).collect();
        if !users.is_empty() {
            self.store.note_activity(users.clone()).await?;
        }
        if !sessions.is_empty() {
            self.store.touch_sessions(sessions.clone()).await?;
        }
        for ((_, trace), (_, seen)) in unwritten.iter().zip(&sessions) {
            trace.written.fetch_max(seen.as_second(), Ordering::Relaxed);
            trace.noted.fetch_max(seen.as_second(), Ordering::Relaxed);
        }
        drop(unwritten);
        // Whoever left the cache and is written down needs no trace in memory.
        lock(&self.traces).retain(|_, trace| Arc::strong_count(trace) > 1 || !trace.is_written());
        Ok(())
    }

    /// How many sessions are in memory, about.
    pub fn in_memory(&self) -> u64 {
        // The cache counts when it tidies up, which it does only now and then by itself.
        self.live.run_pending_tasks();
        self.live.entry_count()
    }

    /// Reads a session from the store and caches it, unless something changed while it was being read: then it may be out of date
    /// already, and is read again.
    async fn load(&self, token: &SecretHash) -> Result<Option<Arc<LiveSession<P>>>, StoreError> {
        loop {
            let before = *lock(&self.changes);
            let Some(live) = self.read(token).await? else { return Ok(None) };
            let live = Arc::new(live);
            let changes = lock(&self.changes);
            if *changes == before {
                // Whoever was faster may have let something through that hangs on its own copy.
                if let Some(present) = self.live.get(token) {
                    return Ok(Some(present));
                }
                self.live.insert(*token, Arc::clone(&live));
                return Ok(Some(live));
            }
        }
    }

    /// Takes a session out of memory and stops what goes on in its name.
    fn end(&self, token: &SecretHash) {
        if let Some(live) = self.live.remove(token) {
            live.end.tell();
        }
    }

    async fn read(&self, token: &SecretHash) -> Result<Option<LiveSession<P>>, StoreError> {
        let Some((session, token)) = self.store.session_by_token(token).await? else { return Ok(None) };
        if session.ended.is_some() {
            return Ok(None);
        }
        let Some(user) = self.store.user(session.user).await? else { return Ok(None) };
        if user.status != Status::Active {
            return Ok(None);
        }
        let Some(person) = person_of(&*self.store, &user).await? else { return Ok(None) };
        let person = Arc::new(person);
        let Some(prepared) = (self.prepare)(&session, &person) else { return Ok(None) };
        Ok(Some(LiveSession {
            id: session.id,
            prepared,
            person,
            end: Arc::default(),
            authenticated_at: session.authenticated_at,
            trace: self.trace(&session),
            methods: session.methods,
            host: token.host,
        }))
    }

    /// The trace of a session: the one that another host's token already has, or a new one.
    fn trace(&self, session: &Session) -> Arc<Trace> {
        let seen = session.last_seen_at.as_second();
        let mut traces = lock(&self.traces);
        let trace = traces.entry(session.id).or_insert_with(|| {
            let [last_seen, written, noted] = [seen, seen, 0].map(AtomicI64::new);
            Arc::new(Trace { user: session.user, last_seen, written, noted })
        });
        Arc::clone(trace)
    }
}

impl<P: Send + Sync + 'static> SessionObserver for LiveSessions<P> {
    fn forget(&self, tokens: &[SecretHash]) {
        if tokens.is_empty() {
            return;
        }
        let mut changes = lock(&self.changes);
        *changes += 1;
        for token in tokens {
            self.end(token);
        }
    }

    fn user_changed(&self, user: UserId) {
        let mut changes = lock(&self.changes);
        *changes += 1;
        // Rare, and a walk over what is in memory: cheaper than an index that every sign-in would have to keep.
        for (token, live) in &self.live {
            if live.person.id == user {
                self.end(&token);
            }
        }
    }
}

/// The snapshot of a user with the whole line of organizations above. `None` if the organization is gone.
///
/// # Errors
/// The store could not be asked.
pub async fn person_of(store: &(impl Accounts + ?Sized), user: &User) -> Result<Option<Person>, StoreError> {
    let mut organizations = Vec::with_capacity(2);
    let mut next = Some(user.organization.clone());
    while let Some(key) = next
        && organizations.len() < MAX_DEPTH
    {
        let Some(organization) = store.organization(&key).await? else { return Ok(None) };
        next = organization.parent.clone();
        organizations.push(organization);
    }
    Ok(Person::of(user, &organizations))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A counter and a list are whole after every statement, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
