//! Each message as an .eml file, for a machine without a mail server, and for demonstrations.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use lettre::Message;

use super::Undelivered;
use crate::domain::mail::{Mail, MailFailureReason};

/// A folder of messages.
pub(in crate::mail) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Writes one message, whole or not at all. Its name is its own, so a message that is written again takes its own place;
    /// names sort by when the messages were made.
    pub(super) async fn write(&self, mail: &Mail, message: &Message) -> Result<(), Undelivered> {
        let name = format!("{}-{}", mail.created_at.strftime("%Y%m%dT%H%M%S%.6fZ"), mail.id);
        let (folder, bytes) = (self.folder.clone(), message.formatted());
        let told = folder.display().to_string();
        let writing = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes));
        let written = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        written.map_err(|error| Undelivered::now(MailFailureReason::Folder, format!("{told}: {error}")))
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    // For its owner alone: messages carry secrets.
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let aside = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&aside, folder.join(format!("{name}.eml")))?;
    // The name is on the disk only when the folder is.
    File::open(folder)?.sync_all()
}
