//! How guessing is slowed: which counters an attempt falls on, and how steep each is.
//!
//! A password attempt by a stranger counts for the account (by its canonical name, known or not) and for the client's
//! address. A browser that has signed in to the account before has a counter of its own for it, so a flood from elsewhere
//! does not shut the owner out. The numbers, with the default `deactivate_after = 10` (a larger one changes nothing here):
//!
//! | counter | free attempts | then waits | forgotten after a rest of |
//! |---|---|---|---|
//! | account, strangers | 10 | 30 s doubling to 15 min | 24 h, or a success |
//! | account, a known browser | 10 | 30 s doubling to 15 min | 1 h, or a success |
//! | address, right passwords not counted | 100 | 5 s doubling to 5 min | 1 h |
//! | address, captchas | 100 | 5 s doubling to 5 min | 1 h |
//! | address, recovery | 100 | 5 s doubling to 5 min | 1 h |
//! | account, recovery messages | 5 | 10 min | 1 h |

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::domain::Timestamp;
use crate::domain::ids::SecretHash;
use crate::domain::throttle::{Attempt, CounterKey, CounterKind, Ladder};
use crate::random::digest_parts;
use crate::store::{Store, StoreError};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// However late an account is deactivated, guessing at it is slowed from here on.
const MOST_FREE: u32 = 10;
/// An address may stand for a whole company behind one router.
const ADDRESS_FACTOR: u32 = 10;

/// Slows guessing.
pub struct Throttling {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    account_free: u32,
}

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
    /// Takes `deactivate_after` of the configuration as the number of attempts an account has free, 10 at most.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, deactivate_after: u32) -> Self {
        Self { store, clock, account_free: deactivate_after.clamp(1, MOST_FREE) }
    }

    /// Counts an attempt before its password is looked at. `Wait` means that it must not be.
    ///
    /// # Errors
    /// The store could not count; the attempt must not go on.
    pub async fn password(&self, attempt: PasswordAttempt) -> Result<Attempt, StoreError> {
        let forget_after = if attempt.known_browser.is_some() { HOUR } else { 24 * HOUR };
        let account = Ladder {
            free: self.account_free,
            first_wait: Duration::from_secs(30),
            longest_wait: HOUR / 4,
            forget_after,
        };
        let own = (attempt.account_key(), account);
        if attempt.known_browser.is_some() {
            return self.store.attempt(&[own], self.clock.now()).await;
        }
        let address = (address_key(CounterKind::AddressPassword, attempt.address), self.address_ladder());
        self.store.attempt(&[own, address], self.clock.now()).await
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
        let ladder = Ladder { free: 5, first_wait: HOUR / 6, longest_wait: HOUR / 6, forget_after: HOUR };
        let attempt = self.store.attempt(&[(key, ladder)], self.clock.now()).await?;
        Ok(matches!(attempt, Attempt::Go { .. }))
    }

    /// Forgets what was tried at an account by strangers: it was recovered, or an administrator lifts its deactivation.
    ///
    /// # Errors
    /// The store could not write.
    pub async fn lift(&self, organization: &str, username: &str) -> Result<(), StoreError> {
        let subject = account_subject(organization, username);
        self.store.clear_attempts(&[CounterKey { kind: CounterKind::AccountPassword, subject }], &[]).await
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
            free: self.account_free.saturating_mul(ADDRESS_FACTOR),
            first_wait: Duration::from_secs(5),
            longest_wait: HOUR / 12,
            forget_after: HOUR,
        }
    }
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

fn address_key(kind: CounterKind, address: IpAddr) -> CounterKey {
    CounterKey { kind, subject: address_subject(address) }
}

#[cfg(test)]
mod tests {
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
}
