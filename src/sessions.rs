//! Live sessions in memory, in front of the store: what makes a signed-in request cost no disk.
//!
//! A token is looked up by its hash in a bounded cache; only a miss asks the store. Whoever changes a user or ends a session
//! tells [`LiveSessions::forget`], and when that returns no request is served under the old state: a fence keeps a look-up that
//! read the store before the change from caching what it read. Last activity is noted in memory and written behind.
//!
//! Neighbours: `store` below; `server` asks it on every request; `flows` report changes through [`SessionObserver`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use moka::sync::Cache;

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
    host: String,
    token: SecretHash,
    last_seen: AtomicI64,
    written: AtomicI64,
    noted: AtomicI64,
}

impl<P> LiveSession<P> {
    fn last_seen(&self) -> Timestamp {
        Timestamp::from_second(self.last_seen.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN)
    }

    /// SHA-256 of the cookie that opened it.
    pub const fn token(&self) -> &SecretHash {
        &self.token
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
    evicted: Arc<Mutex<Vec<Arc<LiveSession<P>>>>>,
    prepare: Prepare<P>,
}

type Prepare<P> = Box<dyn Fn(&Session, &Person) -> Option<P> + Send + Sync>;

impl<P: Send + Sync + 'static> LiveSessions<P> {
    /// An empty front before `store`.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        limits: SessionLimits,
        prepare: impl Fn(&Session, &Person) -> Option<P> + Send + Sync + 'static,
    ) -> Self {
        let evicted = Arc::new(Mutex::new(Vec::new()));
        let overflow = Arc::clone(&evicted);
        let live = Cache::builder()
            .max_capacity(CAPACITY)
            .eviction_listener(move |_, session: Arc<LiveSession<P>>, cause| {
                if cause.was_evicted() {
                    lock(&overflow).push(session);
                }
            })
            .build();
        let (limits, changes) = (ArcSwap::from_pointee(limits), Mutex::new(0));
        Self { store, clock, limits, live, changes, evicted, prepare: Box::new(prepare) }
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
        let live = match self.live.get(token) {
            Some(live) => live,
            None => match self.load(token).await? {
                Some(live) => live,
                None => return Ok(None),
            },
        };
        let now = self.clock.now();
        if live.host != host || self.limits.load().expired(live.authenticated_at, live.last_seen(), now) {
            return Ok(None);
        }
        live.last_seen.fetch_max(now.as_second(), Ordering::Relaxed);
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
    /// The store could not write; what was not written is tried again the next time.
    pub async fn write_behind(&self) -> Result<(), StoreError> {
        let leaving = std::mem::take(&mut *lock(&self.evicted));
        let staying = self.live.iter().map(|(_, live)| live);
        let (mut sessions, mut users, mut written) = (Vec::new(), Vec::new(), Vec::new());
        for live in leaving.into_iter().chain(staying) {
            let seen = live.last_seen.load(Ordering::Relaxed);
            if seen <= live.written.load(Ordering::Relaxed) {
                continue;
            }
            sessions.push((live.id, live.last_seen()));
            if seen / ACTIVITY_GRAIN > live.noted.load(Ordering::Relaxed) / ACTIVITY_GRAIN {
                users.push((live.person.id, live.last_seen()));
            }
            written.push((live, seen));
        }
        if !users.is_empty() {
            self.store.note_activity(users).await?;
        }
        if !sessions.is_empty() {
            self.store.touch_sessions(sessions).await?;
        }
        for (live, seen) in written {
            live.written.fetch_max(seen, Ordering::Relaxed);
            live.noted.fetch_max(seen, Ordering::Relaxed);
        }
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
                self.live.insert(*token, Arc::clone(&live));
                return Ok(Some(live));
            }
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
        let Some(prepared) = (self.prepare)(&session, &person) else { return Ok(None) };
        let seen = session.last_seen_at.as_second();
        Ok(Some(LiveSession {
            id: session.id,
            prepared,
            person: Arc::new(person),
            authenticated_at: session.authenticated_at,
            methods: session.methods,
            host: token.host,
            token: token.hash,
            last_seen: AtomicI64::new(seen),
            written: AtomicI64::new(seen),
            noted: AtomicI64::new(0),
        }))
    }
}

impl<P: Send + Sync + 'static> SessionObserver for LiveSessions<P> {
    fn forget(&self, tokens: &[SecretHash]) {
        let mut changes = lock(&self.changes);
        *changes += 1;
        for token in tokens {
            self.live.invalidate(token);
        }
    }

    fn user_changed(&self, user: UserId) {
        let mut changes = lock(&self.changes);
        *changes += 1;
        // Rare, and a walk over what is in memory: cheaper than an index that every sign-in would have to keep.
        for (token, live) in &self.live {
            if live.person.id == user {
                self.live.invalidate(&*token);
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
