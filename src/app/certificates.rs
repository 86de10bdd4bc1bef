//! Certificates while Portero runs: taking renewed ones over, and telling what is in use.

use std::sync::Arc;

use super::background::Reloading;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::metrics::Reload;
use crate::server::{self, TlsAcceptorHolder};

/// Takes over renewed certificates, all at once, and whether that could be; if one cannot be used, the old ones all stay in force.
pub(super) fn reload(reloading: &Reloading) -> bool {
    let config = Arc::clone(&reloading.shared.site.load().config);
    let files = &config.server.tls;
    let Some(holder) = reloading.tls.as_ref().filter(|_| !files.is_empty()) else {
        if reloading.tls.is_some() == files.is_empty() {
            tracing::warn!("server.tls came or went; this listener goes on as before until a restart");
        }
        return true;
    };
    let now = reloading.clock.now();
    let outcome = holder.reload(files, now);
    reloading.shared.metrics.reloaded(Reload::Certificate, now, outcome.is_ok());
    match &outcome {
        Ok(()) => {
            tracing::info!(certificates = files.len(), "the certificates were reloaded");
            tell(holder, &config, now);
        }
        Err(error) => tracing::error!(%error, "a new certificate cannot be used; the old ones stay in force"),
    }
    outcome.is_ok()
}

/// Says which certificates are in use, and what `portero check` says of them.
pub(super) fn tell(holder: &TlsAcceptorHolder, config: &Config, now: Timestamp) {
    for one in holder.served() {
        let until = one.not_after.map_or_else(|| "a time past reckoning".to_owned(), |end| end.to_string());
        tracing::info!(file = %one.file.display(), hosts = %one.names.join(" "), %until, "a certificate is in use");
    }
    for (_, notice) in server::examine(config, now).notices {
        tracing::warn!("{notice}");
    }
}
