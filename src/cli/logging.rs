//! The log on stderr, as text or JSON, filtered by `RUST_LOG`.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Why the log could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// `RUST_LOG` is not a filter.
    #[error("RUST_LOG does not parse; write a level or directives, such as RUST_LOG=info or RUST_LOG=portero=debug")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
}

/// Sets the log up for the whole process. `default` applies where `RUST_LOG` says nothing.
///
/// # Errors
/// [`LoggingError`]
pub fn init(default: &str, format: LogFormat) -> Result<(), LoggingError> {
    let mut directives = variable("RUST_LOG").unwrap_or_else(|| default.to_owned());
    if !directives.contains("access=") {
        // `log.access` decides whether there are any.
        directives.push_str(",access=info");
    }
    let filter = EnvFilter::builder().parse(directives).map_err(LoggingError::Filter)?;
    let colour = std::io::stderr().is_terminal() && variable("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set_up = match format {
        LogFormat::Text => log.with_ansi(colour).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
    };
    if set_up.is_err() {
        tracing::debug!("the log was already set up");
    }
    Ok(())
}

/// An environment variable that is set to something.
#[allow(clippy::disallowed_methods, reason = "how much is logged is asked for by convention, before any configuration")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
