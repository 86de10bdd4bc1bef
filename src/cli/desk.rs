//! What an administrative command works with: the configuration, the terminal, and whoever carries requests out.

use std::path::Path;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::assembly::{Assembly, Loaded};
use super::backend::{Backend, Need, PATIENCE};
use super::error::CommandError;
use super::terminal::Terminal;
use crate::config::Config;
use crate::flows::administer::{Answer, Request};

/// One command's surroundings.
pub(super) struct Desk<'a, 't> {
    pub(super) terminal: &'a mut Terminal<'t>,
    pub(super) config: Config,
    assembly: &'a dyn Assembly,
    /// Found at the first request, so that nobody holds the store while a person types.
    backend: Option<Backend>,
    json: bool,
}

impl<'a, 't> Desk<'a, 't> {
    pub(super) fn open(
        path: &Path,
        assembly: &'a dyn Assembly,
        terminal: &'a mut Terminal<'t>,
        json: bool,
    ) -> Result<Self, CommandError> {
        let Loaded { config, .. } = assembly.load(path).map_err(CommandError::Configuration)?;
        Ok(Self { terminal, config, assembly, backend: None, json })
    }

    /// Does `command`, then lets go of the store.
    pub(super) fn serve(
        mut self,
        command: impl AsyncFnOnce(&mut Self) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
        let done = runtime.block_on(command(&mut self));
        drop(runtime);
        if let Some(backend) = self.backend {
            backend.close();
        }
        done
    }

    /// Has a request carried out.
    pub(super) async fn ask(&mut self, request: Request) -> Result<Answer, CommandError> {
        self.backend(Need::of(&request)).await?.ask(request).await
    }

    /// Whether a running Portero carries the requests out.
    pub(super) async fn asks_another(&mut self) -> Result<bool, CommandError> {
        Ok(!self.backend(Need::Present).await?.is_direct())
    }

    /// Whether the result is for machines.
    pub(super) const fn is_for_machines(&self) -> bool {
        self.json
    }

    async fn backend(&mut self, need: Need) -> Result<&mut Backend, CommandError> {
        Ok(match &mut self.backend {
            Some(backend) => backend,
            none => none.insert(Backend::find(self.assembly, &self.config, need, PATIENCE).await?),
        })
    }

    /// Prints a result: `value` for machines, `text` for people.
    pub(super) fn show(
        &mut self,
        value: &impl Serialize,
        text: impl FnOnce(&TimeZone) -> String,
    ) -> Result<(), CommandError> {
        if self.json {
            self.terminal.json(value)?;
        } else {
            self.terminal.result(&text(&self.config.portal.time_zone))?;
        }
        Ok(())
    }
}
