//! What goes on beside serving: warning of expiries, listening for signals, reloading. Writing behind and sweeping are `upkeep`'s.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

use super::foundation::StartError;
use super::watch::{self, Watched};
use super::{certificates, kept, notify, site};
use crate::cli::chain;
use crate::clock::Clock;
use crate::config::Config;
use crate::flows::expiry::ExpiryWarnings;
use crate::metrics::Reload;
use crate::server::TlsAcceptorHolder;
use crate::server::service::Shared;

/// How soon certificates that could not be used are tried again.
const AGAIN: Duration = Duration::from_secs(10 * 60);
/// How soon after the start people are warned who should have been while Portero was down.
const FIRST_WARNINGS: Duration = Duration::from_secs(5);
/// How often it is looked whom to warn.
const WARNINGS: Duration = Duration::from_secs(60 * 60);

/// Warns people whose passwords are about to expire, until it is dropped.
pub(super) async fn warn(warnings: ExpiryWarnings) {
    let mut round = tokio::time::interval_at(Instant::now() + FIRST_WARNINGS, WARNINGS);
    round.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        round.tick().await;
        match warnings.round().await {
            Ok(done) => tracing::debug!(users = done.users, warned = done.warned, "looked whose passwords expire"),
            Err(error) => {
                tracing::error!(code = error.code(), %error, "not everybody was warned of an expiry; the next round goes on");
            }
        }
    }
}

/// What can be taken over while running.
pub(super) struct Reloading {
    /// What is served.
    pub(super) shared: Arc<Shared>,
    /// What it started with.
    pub(super) started: Arc<Config>,
    /// The configuration file; `None` where there is none.
    pub(super) path: Option<PathBuf>,
    /// The certificate in use.
    pub(super) tls: Option<Arc<TlsAcceptorHolder>>,
    /// Time.
    pub(super) clock: Arc<dyn Clock>,
}

/// What the process may be told.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    /// Begins to listen. Needs the runtime.
    ///
    /// # Errors
    /// The system refuses it.
    pub(super) fn install() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}

/// Waits until the process is told to stop; takes over a changed configuration or certificate when told to, or when a file
/// changed.
pub(super) async fn until_told(mut signals: Signals, reloading: Reloading) {
    let mut file = Watched::new(configuration_files(&reloading));
    let mut pairs = Watched::new(certificate_files(&reloading));
    // What was refused by its dates, or could not be read, may be right a while later, without any change of the files.
    let mut again: Option<Instant> = None;
    let mut look = tokio::time::interval(watch::INTERVAL);
    loop {
        let (reload_file, mut reload_certificates) = tokio::select! {
            _ = signals.terminate.recv() => return,
            _ = signals.interrupt.recv() => return,
            _ = signals.hangup.recv() => {
                // Whoever edits a file and says so has it read once, not again by the next look.
                file.take();
                pairs.take();
                (true, true)
            }
            _ = look.tick() => (file.changed(), pairs.changed() || again.is_some_and(|at| at <= Instant::now())),
        };
        if !(reload_file || reload_certificates) {
            continue;
        }
        notify::reloading();
        let mut taken_up = true;
        if reload_file && let Some(path) = &reloading.path {
            let taken = reload(&reloading.shared, path, &reloading.started);
            reloading.shared.metrics.reloaded(Reload::Configuration, reloading.clock.now(), taken);
            taken_up &= taken;
            // It may name other files than before.
            file.watch(configuration_files(&reloading));
            reload_certificates |= pairs.watch(certificate_files(&reloading));
        }
        if reload_certificates {
            let taken = certificates::reload(&reloading);
            again = (!taken).then(|| Instant::now() + AGAIN);
            taken_up &= taken;
        }
        notify::reloaded(&reloading.shared.site.load().config.portal.origin, taken_up);
    }
}

/// The configuration file, and those with the authorities that it names.
fn configuration_files(reloading: &Reloading) -> Vec<PathBuf> {
    let site = reloading.shared.site.load();
    let authorities = site.config.applications.iter().filter_map(|application| application.authorities.as_ref());
    let authorities = authorities.map(|authorities| authorities.file().to_owned());
    reloading.path.iter().cloned().chain(authorities).collect()
}

fn certificate_files(reloading: &Reloading) -> Vec<PathBuf> {
    let site = reloading.shared.site.load();
    site.config.server.tls.iter().flat_map(|files| [files.cert.clone(), files.key.clone()]).collect()
}

/// Takes over a changed file with the templates that it names, and whether that could be; a bad one leaves everything as it is.
fn reload(shared: &Shared, path: &Path, started: &Config) -> bool {
    match Config::load(path) {
        Ok(config) => match site::of(Arc::new(config), Some(&shared.site.load())) {
            Ok(site) => {
                shared.sessions.set_limits(site.config.session.limits);
                site.templates.notices().iter().for_each(|notice| tracing::warn!("{notice}"));
                shared.site.store(Arc::new(site));
                tracing::info!(path = %path.display(), "the configuration was reloaded");
                for key in kept::until_restart(started, &shared.site.load().config) {
                    tracing::warn!("{key} changed; what Portero started with keeps until a restart");
                }
                return true;
            }
            Err(error @ StartError::Templates(_)) => {
                tracing::error!("{}", chain(&error));
                tracing::error!(path = %path.display(), "the templates have a fault; the old ones and the old configuration stay in force");
            }
            Err(error) => {
                tracing::error!(
                    error = chain(&error),
                    "the new configuration cannot be used; the old one stays in force"
                );
            }
        },
        Err(error) => {
            error.to_string().lines().for_each(|fault| tracing::error!("{fault}"));
            tracing::error!(path = %path.display(), "the file has faults; the old configuration stays in force");
        }
    }
    false
}
