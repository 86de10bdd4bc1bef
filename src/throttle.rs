//! How guessing is slowed and stopped: which counters an attempt falls on, how steep each is, and what begins it again.
//!
//! A password attempt by a stranger counts for the account (by its canonical name, known or not) and for the client's
//! address. A browser that has signed in to the account before has a counter of its own for it. All of them are counted in the
//! store, in one atomic step before the password is looked at, and survive a restart.
//!
//! | counter | free attempts | then | forgotten after a rest of | begins again with |
//! |---|---|---|---|---|
//! | account, strangers | 10 | waits of 30 s doubling to 15 min; `deactivate_after` closes it for 24 h | 24 h | a stranger's right password, a way back in that was taken to its end, an administrator |
//! | account, a known browser | 10 | waits of 30 s doubling to 15 min | 1 h | the browser's right password |
//! | address, wrong passwords | 10 times the smaller of `deactivate_after` and 10 | waits of 5 s doubling to 5 min | 1 h | nothing; a right password is not counted |
//! | address, captchas | the same | the same | 1 h | nothing |
//! | address, recovery | the same | the same | 1 h | nothing |
//! | account, recovery messages | 5 | one in 10 min | 1 h | nothing |
//! | address at a closed account, temporary passwords | 3 | one in 15 min | 24 h | nothing |
//!
//! With the default `deactivate_after = 10` the tenth failure closes; no wait comes before it. The numbers are asked for at every
//! attempt, so a reload changes them: the same counters are judged by the new ones. Where they were raised, a name that was closed below
//! the new number is open again and counts on; where they were lowered, whoever is past the new number is closed by the next failure.
//!
//! # Closed for security
//!
//! The failed attempt that reaches `deactivate_after` closes sign-in with password for that name, and is told so; so is every
//! later one, with the right password, too, until 24 hours after it. Nobody signs in, then, by having guessed.
//!
//! It is **no oracle**: the counter hangs on the canonical name, whoever it belongs to, or nobody. Unknown names, names of closed
//! accounts and those without a password close after as many failures, for as long, with the same answer; and while an account
//! is closed no password of its is looked at.
//!
//! It is **no weapon**, as far as that can be:
//!
//! * What is refused is not counted, so a flood cannot prolong the 24 hours. Whoever wants to keep a name closed has to come
//!   back every day, and leaves an event in the audit trail each time.
//! * A browser that is known to the account goes by its own counter: its owner signs in while strangers flood. Its success does not begin the
//!   strangers' counter again, or every sign-in would hand them ten more guesses.
//! * Ways back in know nothing of it, and open it when they are taken to their end. What could be a temporary password is still
//!   tried, at a rate of its own: that is how one of them goes on. From one address it takes half an hour to use up the five
//!   tries that a temporary password has.
//! * Sessions go on. An attempt that was counted but not judged, for want of a free hand, is taken back.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::ThrottleConfig;
use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::throttle::{Attempt, CounterKey, CounterKind, Ladder};
use crate::random::digest_parts;
use crate::store::{Store, StoreError};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// However late an account is closed, guessing at it is slowed from here on.
const MOST_FREE: u32 = 10;
/// Fewer than the tries of a temporary password.
const TEMPORARY_FREE: u32 = 3;
/// An address may stand for a whole company behind one router.
const ADDRESS_FACTOR: u32 = 10;

/// Slows guessing.
pub struct Throttling {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    numbers: Numbers,
}

/// Tells the numbers that are in force now.
pub type Numbers = Box<dyn Fn() -> ThrottleConfig + Send + Sync>;

/// Who is trying a password, for which account.
#[derive(Debug, Clone, Copy)]
pub struct PasswordAttempt {
    /// Digest of the canonical names: see [`account_subject`].
    pub account: SecretHash,
    /// From where.
    pub address: IpAddr,
    /// The browser, if it has signed in to this very account before.
    pub known_browser: Option<SecretHash>,
}

impl PasswordAttempt {
    fn account_key(&self) -> CounterKey {
        match self.known_browser {
            Some(browser) => {
                let subject = digest_parts(&[self.account.as_bytes(), browser.as_bytes()]);
                CounterKey { kind: CounterKind::KnownBrowserPassword, subject }
            }
            None => CounterKey { kind: CounterKind::AccountPassword, subject: self.account },
        }
    }
}

impl Throttling {
    /// Slows guessing by what `numbers` tells.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, numbers: Numbers) -> Self {
        Self { store, clock, numbers }
    }

    /// Counts an attempt before its password is looked at. `Wait` and `Closed` mean that it must not be; `Last` that the name is closed to
    /// strangers unless this one is right.
    ///
    /// # Errors
    /// The store could not count; the attempt must not go on.
    pub async fn password(&self, attempt: PasswordAttempt) -> Result<Attempt, StoreError> {
        let strangers = strangers_ladder((self.numbers)());
        if attempt.known_browser.is_some() {
            let known = Ladder { forget_after: HOUR, closes_after: None, ..strangers };
            return self.store.attempt(&[(attempt.account_key(), known)], self.clock.now()).await;
        }
        let own = (attempt.account_key(), strangers);
        let address = (address_key(CounterKind::AddressPassword, attempt.address), self.address_ladder());
        self.store.attempt(&[own, address], self.clock.now()).await
    }

    /// Counts what could be a temporary password, tried by a stranger for a name that is closed, before it is looked at. Other
    /// passwords of such a name must not be looked at.
    ///
    /// # Errors
    /// The store could not count; the attempt must not go on.
    pub async fn temporary_password(&self, attempt: PasswordAttempt) -> Result<Attempt, StoreError> {
        let whose = digest_parts(&[attempt.account.as_bytes(), address_subject(attempt.address).as_bytes()]);
        let own = CounterKey { kind: CounterKind::ClosedAccountTemporary, subject: whose };
        let ladder = Ladder {
            free: TEMPORARY_FREE,
            first_wait: HOUR / 4,
            longest_wait: HOUR / 4,
            forget_after: DAY,
            closes_after: None,
        };
        let address = (address_key(CounterKind::AddressPassword, attempt.address), self.address_ladder());
        self.store.attempt(&[(own, ladder), address], self.clock.now()).await
    }

    /// A password was right: the account's counter begins again. The address's does not, or one good account would pay for
    /// guessing at others; but this attempt is taken off it, or a company behind one address would lock itself out by signing in.
    ///
    /// # Errors
    /// The store could not write.
    pub async fn password_was_right(&self, attempt: PasswordAttempt) -> Result<(), StoreError> {
        let address = address_key(CounterKind::AddressPassword, attempt.address);
        let forgiven = [address];
        let forgiven = if attempt.known_browser.is_some() { &[][..] } else { &forgiven };
        self.store.clear_attempts(&[attempt.account_key()], forgiven).await
    }

    /// An attempt that was counted could not be judged: it is taken back.
    ///
    /// # Errors
    /// The store could not write.
    pub async fn password_was_not_judged(&self, attempt: PasswordAttempt) -> Result<(), StoreError> {
        let both = [attempt.account_key(), address_key(CounterKind::AddressPassword, attempt.address)];
        let counted = if attempt.known_browser.is_some() { &both[..1] } else { &both };
        self.store.clear_attempts(&[], counted).await
    }

    /// Counts a wrong captcha.
    ///
    /// # Errors
    /// The store could not count.
    pub async fn captcha(&self, address: IpAddr) -> Result<Attempt, StoreError> {
        let key = address_key(CounterKind::AddressCaptcha, address);
        self.store.attempt(&[(key, self.address_ladder())], self.clock.now()).await
    }

    /// Counts a request for recovery, or a try at one, from an address. Accounts are not counted here: nobody may be kept from getting
    /// back in by what others ask for.
    ///
    /// # Errors
    /// The store could not count; the request must not go on.
    pub async fn recovery(&self, address: IpAddr) -> Result<Attempt, StoreError> {
        let key = address_key(CounterKind::AddressRecovery, address);
        self.store.attempt(&[(key, self.address_ladder())], self.clock.now()).await
    }

    /// Whether one more recovery message may go to an account: 5 at once, then one in ten minutes. Asked for unknown names, too.
    ///
    /// # Errors
    /// The store could not count; no message must be sent.
    pub async fn recovery_message(&self, account: SecretHash) -> Result<bool, StoreError> {
        let key = CounterKey { kind: CounterKind::AccountRecovery, subject: account };
        let ladder =
            Ladder { free: 5, first_wait: HOUR / 6, longest_wait: HOUR / 6, forget_after: HOUR, closes_after: None };
        let attempt = self.store.attempt(&[(key, ladder)], self.clock.now()).await?;
        Ok(attempt.may_go_on())
    }

    /// Forgets what was tried at an account by strangers: it was recovered, or an administrator opens it again.
    ///
    /// # Errors
    /// The store could not write.
    pub async fn lift(&self, organization: &str, username: &str) -> Result<(), StoreError> {
        lift(&*self.store, organization, username).await
    }

    /// The highest number of recent attempts from this address or at this account, without counting one.
    ///
    /// # Errors
    /// The store could not be asked.
    pub async fn recent_attempts(&self, address: IpAddr, account: Option<SecretHash>) -> Result<u32, StoreError> {
        let address = address_key(CounterKind::AddressPassword, address);
        let account = account.map(|subject| CounterKey { kind: CounterKind::AccountPassword, subject });
        let now = self.clock.now();
        let mut most = 0;
        for key in [Some(address), account].into_iter().flatten() {
            let counter = self.store.counter(&key).await?;
            let recent = counter.filter(|counter| now < counter.last_at + HOUR);
            most = most.max(recent.map_or(0, |counter| counter.attempts));
        }
        Ok(most)
    }

    /// Whole seconds from now until `until`, at least one: the value of `Retry-After`.
    pub fn seconds_until(&self, until: Timestamp) -> u64 {
        let wait = until.duration_since(self.clock.now());
        u64::try_from(wait.as_secs()).unwrap_or(0) + 1
    }

    fn address_ladder(&self) -> Ladder {
        Ladder {
            free: (self.numbers)().deactivate_after.min(MOST_FREE) * ADDRESS_FACTOR,
            first_wait: Duration::from_secs(5),
            longest_wait: HOUR / 12,
            forget_after: HOUR,
            closes_after: None,
        }
    }
}

/// Until when sign-in with password is closed to strangers for this name by these numbers, if it is.
///
/// # Errors
/// The store could not be asked.
pub async fn closed_until(
    store: &(impl Store + ?Sized),
    numbers: ThrottleConfig,
    organization: &str,
    username: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let counter = store.counter(&account_key(organization, username)).await?;
    Ok(counter.and_then(|counter| strangers_ladder(numbers).closed_until(counter, now)))
}

/// Begins the strangers' counter of this name again.
///
/// # Errors
/// The store could not write.
pub async fn lift(store: &(impl Store + ?Sized), organization: &str, username: &str) -> Result<(), StoreError> {
    store.clear_attempts(&[account_key(organization, username)], &[]).await
}

/// The digest that stands for an account in counters. Takes what was typed in canonical form or, where it has none, as it is: every name
/// has a counter, known or not.
pub fn account_subject(organization: &str, username: &str) -> SecretHash {
    digest_parts(&[b"account", organization.as_bytes(), username.as_bytes()])
}

/// The digest that stands for a client's address. IPv6 is counted by its /64: that is what one customer is given.
pub fn address_subject(address: IpAddr) -> SecretHash {
    match address.to_canonical() {
        IpAddr::V4(address) => digest_parts(&[b"v4", &address.octets()]),
        IpAddr::V6(address) => digest_parts(&[b"v6", &address.octets()[..8]]),
    }
}

/// How strangers are slowed at an account.
fn strangers_ladder(numbers: ThrottleConfig) -> Ladder {
    Ladder {
        free: MOST_FREE,
        first_wait: Duration::from_secs(30),
        longest_wait: HOUR / 4,
        forget_after: DAY,
        closes_after: Some(numbers.deactivate_after.max(1)),
    }
}

fn account_key(organization: &str, username: &str) -> CounterKey {
    CounterKey { kind: CounterKind::AccountPassword, subject: account_subject(organization, username) }
}

fn address_key(kind: CounterKind, address: IpAddr) -> CounterKey {
    CounterKey { kind, subject: address_subject(address) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use crate::random::digest;
    use crate::testing::World;

    use super::*;

    fn attempt(name: usize) -> PasswordAttempt {
        let address = "192.0.2.7".parse().expect("an address");
        PasswordAttempt { account: digest(&name.to_le_bytes()), address, known_browser: None }
    }

    #[tokio::test]
    async fn a_company_behind_one_address_signs_in_without_end() {
        let world = World::new().await;
        let throttling = world.throttling();
        for person in 0..250 {
            let counted = throttling.password(attempt(person)).await.expect("a store");
            assert!(matches!(counted, Attempt::Go { .. }), "person {person}: {counted:?}");
            throttling.password_was_right(attempt(person)).await.expect("a store");
        }
    }

    #[tokio::test]
    async fn one_good_account_does_not_pay_for_guessing_at_others() {
        let world = World::new().await;
        let throttling = world.throttling();
        let mut guesses = 0;
        for guess in 0..250 {
            guesses += usize::from(matches!(throttling.password(attempt(guess)).await, Ok(Attempt::Go { .. })));
            if let Ok(Attempt::Go { .. }) = throttling.password(attempt(usize::MAX)).await {
                throttling.password_was_right(attempt(usize::MAX)).await.expect("a store");
            }
        }
        assert!((99..=100).contains(&guesses), "{guesses}");
    }

    // L5
    #[tokio::test]
    async fn other_numbers_judge_the_counters_that_stand() {
        let world = World::new().await;
        let present = Arc::new(AtomicU32::new(3));
        let told = Arc::clone(&present);
        let numbers = move || ThrottleConfig { deactivate_after: told.load(Ordering::Relaxed) };
        let throttling = Throttling::new(Arc::clone(&world.store), world.clock(), Box::new(numbers));
        let guess = async || throttling.password(attempt(1)).await.expect("a store");
        assert!(matches!(guess().await, Attempt::Go { number: 1 }));
        assert!(matches!(guess().await, Attempt::Go { number: 2 }));
        assert!(matches!(guess().await, Attempt::Last { .. }));
        assert!(matches!(guess().await, Attempt::Closed { .. }));
        present.store(6, Ordering::Relaxed);
        assert!(
            matches!(guess().await, Attempt::Go { number: 4 }),
            "three are not enough any more, but are not forgotten"
        );
        present.store(2, Ordering::Relaxed);
        assert!(matches!(guess().await, Attempt::Last { .. }), "four are more than two");
        assert!(matches!(guess().await, Attempt::Closed { .. }));
    }
}
