//! "Is this your e-mail?": the masked address of an account, or one made up for a name that has none to show.
//!
//! What is made up is the same each time, and comes from a secret of the installation. It must not be told from a true one by its
//! looks either: an organization's addresses are alike (one domain, mostly; the local part mostly begins as the username does), so
//! the habits of its own people are drawn from, and habits are made up for an organization that has none to show.
//!
//! Drawing is by rendezvous: every habit bids with a digest of itself and the name, and the highest wins. So a person who comes or
//! goes changes the answer for the few names only that draw their very habit.

use super::{Found, Recover, Request};
use crate::config::Config;
use crate::domain::names::OrganizationKey;
use crate::domain::recovery::{MaskedAddress, RecoveryMethod};
use crate::domain::user::User;
use crate::flows::FlowError;
use crate::flows::names::Names;
use crate::keys::MasterKey;

const PURPOSE: &str = "masked address";
/// How many people of an organization are looked at.
const SAMPLE: usize = 64;
/// First letters of local parts and domains, about as often as they occur.
const LETTERS: &[u8] = b"jjjjmmmmmaaaaacccccllllrrrreeefffgggpppdddssssvvnnhhbbiiottykwq";
const TOPS: [&str; 10] = ["com", "com", "com", "com", "mx", "mx", "mx", "mx", "net", "org"];

/// What is shown, as far as anybody is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Masked {
    /// The mask.
    Shown(String),
    /// Too many requests from this address; come back after so many seconds.
    Throttled(u64),
}

/// How addresses look in an organization.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Habit {
    /// The domain's first letter and last part.
    domain: char,
    top: String,
    /// Whether the local part begins as the username does.
    named: bool,
}

impl Recover {
    /// The masked address that a reset link for this account would go to.
    ///
    /// # Errors
    /// [`FlowError`]
    pub async fn masked_address(&self, request: Request, config: &Config) -> Result<Masked, FlowError> {
        if let Some(seconds) = self.wait(request.address).await? {
            return Ok(Masked::Throttled(seconds));
        }
        let (flow, config) = (self.clone(), config.clone());
        self.paced(async move { flow.mask_of(&request, &config).await }).await
    }

    async fn mask_of(&self, request: &Request, config: &Config) -> Result<Masked, FlowError> {
        let names = Names::parse(&*self.store, &request.organization, &request.username).await?;
        // Made up whoever asks.
        let mut mask = self.made_up(&names).await?;
        if let Ok(Found { user, .. }) = self.find(&names, RecoveryMethod::ResetLink, &config.recovery).await?
            && let Some(address) = user.emails.first()
        {
            mask = MaskedAddress::of(address);
        }
        Ok(Masked::Shown(mask.to_string()))
    }

    async fn made_up(&self, names: &Names) -> Result<MaskedAddress, FlowError> {
        let mut habits: Vec<Habit> = match &names.organization {
            Some(key) => self.store.users(Some(key), None, SAMPLE).await?.iter().filter_map(habit).collect(),
            None => Vec::new(),
        };
        if habits.is_empty() {
            let key = names.organization.as_ref().map_or("", OrganizationKey::as_str);
            habits = made_up_habits(&self.master, key);
        }
        habits.sort_unstable();
        let initial = names.username.as_ref().and_then(|name| name.as_str().chars().next());
        Ok(draw(&self.master, names.account.as_bytes(), &habits, initial))
    }
}

/// The habit that a person's main address shows.
fn habit(user: &User) -> Option<Habit> {
    let MaskedAddress { local, domain, top } = MaskedAddress::of(user.emails.first()?);
    Some(Habit { domain, top, named: user.username.as_str().starts_with(local) })
}

/// A company's domain, and one of a large provider now and then.
fn made_up_habits(master: &MasterKey, organization: &str) -> Vec<Habit> {
    let mark = master.mark(PURPOSE, &[b"organization", organization.as_bytes()]);
    let [first, second, ..] = numbers(mark.as_bytes());
    let own = Habit { domain: letter(first), top: TOPS[second % TOPS.len()].to_owned(), named: true };
    let provider = Habit { domain: 'g', top: "com".to_owned(), named: false };
    vec![own.clone(), own.clone(), own.clone(), own, provider]
}

/// The mask of a name. `habits` are in order: equal ones bid by their number.
fn draw(master: &MasterKey, name: &[u8], habits: &[Habit], initial: Option<char>) -> MaskedAddress {
    let mut best = None;
    let mut number: u64 = 0;
    for (at, habit) in habits.iter().enumerate() {
        number = if at > 0 && habits[at - 1] == *habit { number + 1 } else { 0 };
        let domain = habit.domain.to_string();
        let parts: [&[u8]; 5] =
            [name, domain.as_bytes(), habit.top.as_bytes(), &[u8::from(habit.named)], &number.to_le_bytes()];
        let bid = master.mark(PURPOSE, &parts);
        if best.as_ref().is_none_or(|(highest, _): &([u8; 32], &Habit)| bid.as_bytes() > highest) {
            best = Some((*bid.as_bytes(), habit));
        }
    }
    let [by_chance, domain, top, _] = numbers(master.mark(PURPOSE, &[b"letter", name]).as_bytes());
    let Some((_, habit)) = best else {
        return MaskedAddress { local: letter(by_chance), domain: letter(domain), top: TOPS[top % TOPS.len()].into() };
    };
    let local = initial.filter(|_| habit.named).unwrap_or_else(|| letter(by_chance));
    MaskedAddress { local, domain: habit.domain, top: habit.top.clone() }
}

fn letter(number: usize) -> char {
    LETTERS[number % LETTERS.len()].into()
}

/// Four numbers out of a digest.
fn numbers(digest: &[u8; 32]) -> [usize; 4] {
    let mut numbers = [0; 4];
    for (number, bytes) in numbers.iter_mut().zip(digest.chunks_exact(4)) {
        *number = bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    }
    numbers
}

#[cfg(test)]
mod tests;
