//! Taking in many users from one file: all of them, or none.
//!
//! ```text
//! file → rows, or every fault of the file → against the organizations and users there are, and the rights of whoever asks
//!      → one atomic verb
//! ```
//!
//! A fault is told with the line of the file it stands on, all of them at once, and then nothing is taken in. Hashes that other
//! systems made are kept as they are until their owner signs in; they come in on the command line alone. Nobody is written to.
//! Refuses to open files itself: whoever holds the store reads them ([`Archives`](super::Archives)).

mod csv;
mod fault;
mod htpasswd;
mod row;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::fault::RowFault;
use self::row::Row;
use super::authority::{Reach, foreign_group};
use super::request::{Subject, note};
use super::{Actor, AdministerError, Administrator, Answer, UserRef};
use crate::domain::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::names::{ApplicationId, OrganizationKey};
use crate::domain::user::{Password, Role, User};
use crate::store::{AddUsersError, NotAdded, StoreError};

/// Faults that are told at most.
const MOST_FAULTS: usize = 10_000;
/// Rows of a file that a person sends. What adds them holds up whoever else wants to write, sign-ins among them.
const MOST_SENT: usize = 10_000;
/// Rows after which others get their turn.
const TURN: usize = 128;

/// A file of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFile {
    /// Where it is.
    pub source: UserFileSource,
    /// How it is written.
    pub format: UserFileFormat,
    /// The organization of the rows that name none.
    pub organization: Option<OrganizationKey>,
    /// Only look whether it could be taken in.
    pub dry_run: bool,
}

/// Where a file of users is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserFileSource {
    /// At an absolute path, for whoever holds the store.
    Path(PathBuf),
    /// Here: a person sent it. Never over the control socket.
    #[serde(skip)]
    Sent {
        /// What it is called at the person's.
        name: String,
        /// All of it.
        bytes: Vec<u8>,
    },
}

/// How a file of users is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserFileFormat {
    /// Comma-separated values (RFC 4180), also with semicolons or tabs, the columns named by the first line.
    Csv,
    /// As Apache's `htpasswd` writes it: a username, a colon, and the hash of the password.
    Htpasswd,
}

/// What was taken in, or could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// How many users.
    pub users: u64,
    /// How many of them in each organization.
    pub organizations: BTreeMap<OrganizationKey, u64>,
    /// Users without a password: a way back in is their first way in.
    pub without_password: u64,
    /// Users without an address, who cannot be written to.
    pub without_address: u64,
    /// Applications that were assigned to anybody.
    pub applications: BTreeSet<ApplicationId>,
    /// Whether it was only looked at.
    pub dry_run: bool,
}

/// What is wrong with a file, in the order of its lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FileFaults {
    /// The file.
    pub path: PathBuf,
    /// Line, and what is wrong there. Line 0 is the file as a whole.
    pub faults: Vec<(u64, RowFault)>,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for FileFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.faults.len() + self.more;
        write!(f, "nothing was taken in: the file has {faults} fault{}", if faults == 1 { "" } else { "s" })?;
        for (line, what) in &self.faults {
            write!(f, "\n{}:{line}: {what}", self.path.display())?;
        }
        if self.more > 0 { write!(f, "\n… and {} more", self.more) } else { Ok(()) }
    }
}

/// What reading found: rows, and faults.
#[derive(Debug, Default)]
struct Found {
    rows: Vec<Row>,
    faults: Vec<(u64, RowFault)>,
    /// How many faults were not kept.
    more: usize,
}

impl Found {
    fn add(&mut self, line: u64, row: Result<Row, Vec<RowFault>>) {
        match row {
            Ok(row) => self.rows.push(row),
            Err(faults) => faults.into_iter().for_each(|fault| self.fault(line, fault)),
        }
    }

    fn fault(&mut self, line: u64, fault: RowFault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((line, fault));
        } else {
            self.more += 1;
        }
    }

    const fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The rows, if there is no fault.
    fn settle(mut self, path: PathBuf) -> Result<Vec<Row>, AdministerError> {
        if !self.has_faults() {
            return Ok(self.rows);
        }
        self.faults.sort_by_key(|(line, _)| *line);
        Err(AdministerError::FaultyFile(FileFaults { path, faults: self.faults, more: self.more }))
    }
}

impl Administrator {
    pub(super) async fn import_users(
        &self,
        file: UserFile,
        actor: Actor,
        subject: &mut Subject,
    ) -> Result<Answer, AdministerError> {
        let UserFile { source, format, organization, dry_run } = file;
        let (path, bytes, most) = match source {
            UserFileSource::Path(path) if !path.is_absolute() => return Err(AdministerError::RelativePath(path)),
            UserFileSource::Path(path) => {
                let bytes = self.archives.read(&path).await?;
                (path, bytes, usize::MAX)
            }
            UserFileSource::Sent { name, bytes } => (PathBuf::from(name), bytes, MOST_SENT),
        };
        // A hundred thousand rows take a while; others go on meanwhile.
        let reading = tokio::task::spawn_blocking(move || match format {
            UserFileFormat::Csv => csv::read(&bytes, organization.as_ref(), most),
            UserFileFormat::Htpasswd => htpasswd::read(&bytes, organization.as_ref()),
        });
        // Only a runtime that is going down leaves it undone.
        let mut found = reading.await.map_err(|_| StoreError::Closed)?;
        if found.rows.is_empty() && !found.has_faults() {
            found.fault(0, RowFault::Nobody);
        }
        // Rights may have been lost while the rows were read. What is judged from here on holds until they are in.
        let _rights = match actor {
            Actor::CommandLine { .. } => None,
            Actor::Person(_) => Some(self.rights.read().await),
        };
        let authority = self.authority(actor).await.map_err(|denied| denied.told)?;
        self.compare(&mut found, &self.reach(&authority).await?).await?;
        if let Some(actor) = authority.person() {
            self.judge_rows(&mut found, actor);
        }
        let rows = found.settle(path.clone())?;
        let told = tell(&rows, dry_run);
        if !dry_run {
            subject.note = note(&summary(&path, &rows));
            self.take_in(rows, path).await?;
        }
        Ok(Answer::Imported(told))
    }

    /// Holds rows against what a person may give. The same as for one user who is added on a page: no passwords, an address, and
    /// no right that the person lacks.
    fn judge_rows(&self, found: &mut Found, actor: &User) {
        let mut faults = Vec::new();
        for row in &found.rows {
            let mut fault = |fault| faults.push((row.line, fault));
            if row.password.is_some() {
                fault(RowFault::ForeignHash);
            }
            if row.emails.is_empty() {
                fault(RowFault::NoAddress);
            }
            if row.role > actor.role {
                fault(RowFault::ForeignRole(row.role.as_str()));
            }
            if let Some(group) = foreign_group(actor, &row.groups, None) {
                fault(RowFault::ForeignGroup(group.clone()));
            }
            if let Some(id) = self.unknown_application(&row.applications, None) {
                fault(RowFault::UnknownApplication(id.clone()));
            }
        }
        faults.into_iter().for_each(|(line, fault)| found.fault(line, fault));
    }

    /// Holds rows against what there is already, and against each other. What lies out of `reach` is not there.
    async fn compare(&self, found: &mut Found, reach: &Reach) -> Result<(), AdministerError> {
        let (mut known, mut lines) = (HashMap::new(), HashMap::with_capacity(found.rows.len()));
        let mut faults = Vec::new();
        for (number, row) in found.rows.iter().enumerate() {
            if number % TURN == 0 {
                tokio::task::yield_now().await;
            }
            let key = &row.user.organization;
            if !known.contains_key(key) {
                let is_there = self.accounts.organization(key).await?.is_some();
                known.insert(key, is_there && reach.covers(key.as_str()));
            }
            if known.get(key) != Some(&true) {
                faults.push((row.line, RowFault::UnknownOrganization(key.clone())));
            } else if let Some(line) = lines.insert((key, &row.user.username), row.line) {
                faults.push((row.line, RowFault::Repeated { user: row.user.clone(), line }));
            } else if self.accounts.user_by_name(key, &row.user.username).await?.is_some() {
                faults.push((row.line, RowFault::Taken(row.user.clone())));
            }
        }
        faults.into_iter().for_each(|(line, fault)| found.fault(line, fault));
        Ok(())
    }

    async fn take_in(&self, rows: Vec<Row>, path: PathBuf) -> Result<(), AdministerError> {
        let now = self.clock.now();
        // Only what a fault is told of is held twice.
        let told: Vec<_> = rows.iter().map(|row| (row.line, row.user.clone())).collect();
        let users = rows.into_iter().map(|row| row.into_user(UserId::from_random(self.random.bytes()), now)).collect();
        match self.accounts.add_users(users).await {
            Ok(()) => Ok(()),
            Err(AddUsersError::Store(error)) => Err(error.into()),
            // Somebody was faster since it was looked at.
            Err(AddUsersError::Refused(refused)) => {
                let mut found = Found::default();
                for ((line, user), why) in refused.iter().filter_map(|(place, why)| Some((told.get(*place)?, why))) {
                    found.fault(
                        *line,
                        match why {
                            NotAdded::UnknownOrganization => RowFault::UnknownOrganization(user.organization.clone()),
                            NotAdded::Taken => RowFault::Taken(user.clone()),
                        },
                    );
                }
                found.settle(path).map(drop)
            }
        }
    }
}

impl Row {
    fn into_user(self, id: UserId, now: Timestamp) -> User {
        User {
            id,
            organization: self.user.organization,
            username: self.user.username,
            name: self.name,
            emails: self.emails,
            role: self.role,
            applications: self.applications,
            groups: self.groups,
            status: self.status,
            language: None,
            created_at: now,
            password: self.password.map(|hash| Password { hash, changed_at: now }),
            password_history: Vec::new(),
            temporary: None,
            credential_version: 0,
            recovery: Default::default(),
            warned: None,
        }
    }
}

/// What the audit trail keeps of a file: its name, how many users, and who among them may administer.
fn summary(path: &Path, rows: &[Row]) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let powerful = rows.iter().filter(|row| row.role > Role::User);
    let powerful: Vec<String> = powerful.map(|row| format!("{} {}", row.role.as_str(), row.user)).collect();
    let users = format!("{name}: {} users", rows.len());
    if powerful.is_empty() { users } else { format!("{users}, among them {}", powerful.join(", ")) }
}

fn tell(rows: &[Row], dry_run: bool) -> ImportView {
    let count = |fits: fn(&&Row) -> bool| rows.iter().filter(fits).count() as u64;
    let mut organizations = BTreeMap::new();
    for row in rows {
        *organizations.entry(row.user.organization.clone()).or_default() += 1;
    }
    ImportView {
        users: rows.len() as u64,
        organizations,
        without_password: count(|row| row.password.is_none()),
        without_address: count(|row| row.emails.is_empty()),
        applications: rows.iter().flat_map(|row| row.applications.iter().cloned()).collect(),
        dry_run,
    }
}

#[cfg(test)]
mod tests;
