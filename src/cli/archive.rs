//! `portero backup`, `restore`, `export`, `import`

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use super::arguments::{ArchiveArguments, TakeInArguments};
use super::assembly::{Assembly, Loaded, TakeIn, TakeInError};
use super::backend::shut_out;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{Terminal, details, forgive_closed, moment};
use crate::flows::administer::{Actor, Answer, ArchiveView, Request};
use crate::keys::MasterKey;
use crate::store::archive::Form;

/// Stands for stdin or stdout.
const STREAM: &str = "-";

pub(super) async fn backup(to: ArchiveArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let written = write(Form::Backup, &to.file, desk).await?;
    tell(&written, desk)?;
    let key = match &desk.config.store.master_key {
        Some(_) => kept_apart("the master key that store.master_key in the configuration names"),
        None => {
            let path = MasterKey::file(&absolute(&desk.config.store.path)?);
            // Whoever may not look is told the name all the same.
            let gone = path.try_exists().is_ok_and(|there| !there);
            if gone { lost(&path) } else { kept_apart(&path.display().to_string()) }
        }
    };
    desk.terminal.message(&format!("{key}\nNot in the backup either: the configuration, certificates, templates."));
    Ok(())
}

fn kept_apart(key: &str) -> String {
    format!(
        "Keep as well, apart from the backup: {key}. Without it the signing keys and the passwords of mail servers in the backup \
         cannot be opened."
    )
}

fn lost(path: &Path) -> String {
    format!(
        "portero: the master key {} is not there! Put it back: without it the signing keys and the passwords of mail servers in the \
         backup cannot be opened, and Portero does not start again.",
        path.display()
    )
}

pub(super) async fn export(to: ArchiveArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    if to.file.as_os_str() != STREAM {
        let written = write(Form::Export, &to.file, desk).await?;
        return tell(&written, desk);
    }
    // In the store's folder, which whoever holds the store may write to, and nobody else may read.
    let path = absolute(&desk.config.store.path)?.join(format!(".export.{}", std::process::id()));
    let written = write(Form::Export, &path, desk).await;
    let opened = File::open(&path);
    let _missing = fs::remove_file(&path);
    written?;
    let mut lines = opened.map_err(|source| CommandError::File { path, source })?;
    forgive_closed(io::copy(&mut lines, &mut desk.terminal.out).and_then(|_| desk.terminal.out.flush()))?;
    Ok(())
}

/// Reads a backup or an export and makes the store of it.
pub(super) fn take_in(
    form: Form,
    arguments: TakeInArguments,
    path: &Path,
    assembly: &dyn Assembly,
    terminal: &mut Terminal<'_>,
) -> Result<(), CommandError> {
    let Loaded { config, .. } = assembly.load(path).map_err(CommandError::Configuration)?;
    let uid = rustix::process::geteuid().as_raw();
    if let Some(owner) = shut_out(&config.store.path, uid) {
        return Err(CommandError::NotOwner { path: config.store.path, owner });
    }
    let TakeInArguments { file, force, new_signing_key, json } = arguments;
    let wish = TakeIn { form, force, new_signing_key, actor: Actor::CommandLine { uid } };
    let taken = if file.as_os_str() == STREAM {
        assembly.take_in(&config, &mut terminal.input, &wish)
    } else {
        let opened = File::open(&file).map_err(|source| CommandError::File { path: file.clone(), source })?;
        assembly.take_in(&config, &mut BufReader::with_capacity(256 << 10, opened), &wish)
    };
    if let Err(TakeInError::Lines { lines, more }) = &taken {
        lines.iter().for_each(|(line, why)| terminal.message(&format!("{}:{line}: {why}", file.display())));
        if *more {
            terminal.message("… and more");
        }
    }
    let taken = taken?;
    if json {
        terminal.json(&taken)?;
    } else {
        let before = taken.kept_aside.as_ref().map(|path| ("kept aside", path.display().to_string()));
        let lines: Vec<_> =
            [("store", config.store.path.display().to_string()), ("records", taken.records.to_string())]
                .into_iter()
                .chain(before)
                .collect();
        terminal.result(&details(&lines))?;
    }
    if new_signing_key {
        terminal.message("The signing keys were left out; Portero makes a new one at its next start.");
    }
    Ok(())
}

async fn write(form: Form, file: &Path, desk: &mut Desk<'_, '_>) -> Result<ArchiveView, CommandError> {
    let path = absolute(file)?;
    let request = Request::Archive { form, path: path.clone() };
    let Answer::Archive(written) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    if !path.exists() {
        desk.terminal.message(&format!(
            "portero: the running Portero wrote {}, but it cannot be seen from here: does its service have a private /tmp?",
            path.display()
        ));
    }
    Ok(written)
}

fn tell(written: &ArchiveView, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    desk.show(written, |zone| {
        details(&[
            ("file", written.path.display().to_string()),
            ("of", moment(written.made_at, zone)),
            ("records", written.records.to_string()),
            ("bytes", written.bytes.to_string()),
        ])
    })
}

fn absolute(path: &Path) -> Result<PathBuf, CommandError> {
    std::path::absolute(path).map_err(|source| CommandError::File { path: path.to_owned(), source })
}
