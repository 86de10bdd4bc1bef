//! Composition root: configuration and dependencies become a running server, or an open store to administer.
//!
//! Who starts what, and in which order it stops: the listener first (what is in flight is finished), then the control socket
//! and the background work, then what is only in memory is written behind, and the store is closed last.

mod admin;
mod archive;
mod background;
mod certificates;
mod foundation;
mod kept;
mod notify;
mod ports;
mod privileges;
mod redirect;
mod running;
mod site;
mod upkeep;
mod watch;

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

pub use foundation::StartError;
pub use running::{Ready, serve};

use self::foundation::{Foundation, LostKey};
use crate::cli::arguments::DemoArguments;
use crate::cli::assembly::{Assembly, Examined, Failure, Loaded, OpenError, Opened, TakeIn, TakeInError, TakenIn};
use crate::cli::chain;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Place};
use crate::store::sled::SledStore;

/// The whole program, as the command line asks for it.
pub struct Portero;

impl Assembly for Portero {
    fn load(&self, path: &Path) -> Result<Loaded, Vec<String>> {
        let config =
            Config::load(path).map_err(|error| error.to_string().lines().map(str::to_owned).collect::<Vec<_>>())?;
        let notices = config.notices().iter().map(|notice| format!("{}:{notice}", path.display())).collect();
        Ok(Loaded { config, notices })
    }

    fn examine(&self, path: &Path, config: &Config) -> Examined {
        let found = crate::server::examine(config, SystemClock.now());
        let line = |(place, text): (Place, String)| format!("{}:{place}: {text}", path.display());
        let mut faults: Vec<String> = found.faults.into_iter().map(line).collect();
        match site::of(Arc::new(config.clone()), None) {
            Ok(site) => {
                let mut notices: Vec<String> = found.notices.into_iter().map(line).collect();
                notices.extend(site.templates.notices().iter().cloned());
                return Examined { faults, notices };
            }
            // It names its own file and line.
            Err(error @ StartError::Templates(_)) => faults.push(chain(&error)),
            Err(error) => faults.push(format!("{}: {}", path.display(), chain(&error))),
        }
        Examined { faults, notices: found.notices.into_iter().map(line).collect() }
    }

    fn has_store(&self, config: &Config) -> bool {
        SledStore::is_at(&config.store.path)
    }

    fn open(&self, config: &Config) -> Result<Opened, OpenError> {
        let refused = |error| match error {
            StartError::Store(error) => OpenError::Store(error),
            other => OpenError::Other(other.into()),
        };
        let foundation = Foundation::open(config, LostKey::Replace).map_err(refused)?;
        let administrator = foundation.administrator(&Arc::new(config.clone()), None).map_err(refused)?;
        Ok(Opened { administrator, close: Box::new(move || foundation.close()) })
    }

    fn take_in(&self, config: &Config, from: &mut dyn BufRead, wish: &TakeIn) -> Result<TakenIn, TakeInError> {
        archive::take_in(config, from, wish, &SystemClock)
    }

    fn run(&self, path: &Path, config: Config) -> Result<(), Failure> {
        privileges::warn_if_root();
        Ok(serve(config, Some(path), |_| {})?)
    }

    fn demo(&self, arguments: &DemoArguments) -> Result<(), Failure> {
        crate::demo::run(arguments)
    }
}
