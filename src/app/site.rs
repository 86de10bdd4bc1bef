//! What a configuration puts in force, built whole: the start, a reload and `portero check` meet the same faults, and a reload that meets
//! one has changed nothing.

use std::sync::Arc;

use super::foundation::StartError;
use crate::config::Config;
use crate::server::service::Site;
use crate::templates::Templates;

/// Reads the templates that `config` names and builds its tables. The looks of `former` are still handed out: somebody may have been sent
/// a page that names them a moment ago.
///
/// # Errors
/// [`StartError::Templates`], [`StartError::Route`]
pub(super) fn of(config: Arc<Config>, former: Option<&Site>) -> Result<Site, StartError> {
    let mut templates = Templates::load(config.portal.templates.as_deref())?;
    if let Some(former) = former {
        templates.hand_out_also(&former.templates);
    }
    Ok(Site::new(config, Arc::new(templates))?)
}
