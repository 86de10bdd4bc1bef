//! The command line: what is typed becomes an administrative request or a running server, and what comes back is printed.
//!
//! | file | owns |
//! |---|---|
//! | [`arguments`] | what may be typed, parsed into the domain's own values |
//! | [`assembly`] | what commands ask of the rest of the program |
//! | [`control`] | the socket to a running Portero, both sides |
//! | `desk`, `backend` | one administrative command's surroundings; whether to ask over the socket or to open the store |
//! | `health` | asking a running Portero whether it is ready |
//! | `paper` | manual pages and completions, made from the declarations |
//! | `templates` | the built-in templates as files |
//! | `org`, `user`, `key`, `mail`, `archive`, `audit`, `check` | a file for each command: request, answer, how it looks |
//! | `terminal` | streams, tables, JSON |
//! | [`logging`] | the log on stderr |
//!
//! Results go to stdout, messages to stderr; exit code 0, 1 for what failed, 2 for wrong usage. Refuses to decide: rules are in
//! [`crate::flows::administer`].

mod archive;
pub mod arguments;
pub mod assembly;
mod audit;
mod backend;
mod bulk;
mod check;
pub mod control;
mod desk;
mod error;
mod health;
mod key;
pub mod logging;
mod mail;
mod org;
mod paper;
mod templates;
mod terminal;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use error::CommandError;
pub(crate) use error::chain;
pub use terminal::Terminal;

use self::arguments::{Arguments, Command};
use self::assembly::{Assembly, Loaded};
use self::desk::Desk;
use crate::config::LogFormat;
use crate::store::archive::Form;

/// What was typed was wrong.
const USAGE: u8 = 2;

/// Does what the process's arguments say.
pub fn main(assembly: &dyn Assembly) -> ExitCode {
    ExitCode::from(run(std::env::args_os(), assembly, &mut Terminal::standard()))
}

/// Does what `arguments` (the program's name first) say. Returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>, assembly: &dyn Assembly, terminal: &mut Terminal<'_>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(told) if told.use_stderr() => {
            terminal.message(told.render().to_string().trim_end());
            return USAGE;
        }
        Err(asked) => return conclude(terminal.result(asked.render().to_string().trim_end()), terminal),
    };
    conclude(dispatch(arguments, assembly, terminal), terminal)
}

/// The exit code of an outcome; tells why it failed.
fn conclude<E: Into<CommandError>>(outcome: Result<(), E>, terminal: &mut Terminal<'_>) -> u8 {
    match outcome.map_err(Into::into) {
        Ok(()) => 0,
        // Each fault stands on a line of its own that begins with file, line and column.
        Err(CommandError::Configuration(faults)) => {
            faults.iter().for_each(|fault| terminal.message(fault));
            1
        }
        Err(error) => {
            terminal.message(&format!("portero: {}", chain(&error)));
            1
        }
    }
}

fn dispatch(arguments: Arguments, assembly: &dyn Assembly, terminal: &mut Terminal<'_>) -> Result<(), CommandError> {
    let path = arguments.config;
    match arguments.command {
        // The configuration says how.
        Command::Run => {}
        Command::Demo(_) => logging::init("info", LogFormat::Text)?,
        // A command's own words are enough, unless something is wrong.
        _ => logging::init("warn", LogFormat::Text)?,
    }
    match arguments.command {
        Command::Run => {
            let Loaded { config, notices } = assembly.load(&path).map_err(CommandError::Configuration)?;
            logging::init("info", config.log.format)?;
            match config.log.format {
                LogFormat::Text => notices.iter().for_each(|notice| terminal.message(notice)),
                // What reads the log reads JSON alone.
                LogFormat::Json => notices.iter().for_each(|notice| tracing::warn!("{notice}")),
            }
            assembly.run(&path, config).map_err(CommandError::Serving)
        }
        Command::Demo(arguments) => assembly.demo(&arguments).map_err(CommandError::Serving),
        Command::Check => check::run(&path, assembly, terminal),
        Command::Org(org) => {
            Desk::open(&path, assembly, terminal, org.json)?.serve(async |desk| org::run(org.verb, desk).await)
        }
        Command::User(user) => {
            Desk::open(&path, assembly, terminal, user.json)?.serve(async |desk| user::run(user.verb, desk).await)
        }
        Command::Key(key) => {
            Desk::open(&path, assembly, terminal, key.json)?.serve(async |desk| key::run(key.verb, desk).await)
        }
        Command::Backup(to) => {
            Desk::open(&path, assembly, terminal, to.json)?.serve(async |desk| archive::backup(to, desk).await)
        }
        Command::Export(to) => {
            Desk::open(&path, assembly, terminal, to.json)?.serve(async |desk| archive::export(to, desk).await)
        }
        Command::Restore(from) => archive::take_in(Form::Backup, from, &path, assembly, terminal),
        Command::Import(from) => archive::take_in(Form::Export, from, &path, assembly, terminal),
        Command::Audit(what) => {
            Desk::open(&path, assembly, terminal, what.json)?.serve(async |desk| audit::run(what, desk).await)
        }
        Command::Mail(mail) => {
            Desk::open(&path, assembly, terminal, mail.json)?.serve(async |desk| mail::run(mail.verb, desk).await)
        }
        Command::Health(wish) => health::run(&wish, &path, assembly, terminal),
        Command::Templates(wish) => templates::run(&wish, terminal),
        Command::Completions(wish) => paper::completions(&wish, terminal),
        Command::Man(wish) => paper::man(&wish, terminal),
    }
}

#[cfg(test)]
mod tests;
