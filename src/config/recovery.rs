//! `[recovery]`: the ways back in, and how long each stays open.

use std::collections::BTreeSet;
use std::time::Duration;

use super::reader::Section;
use crate::domain::recovery::RecoveryMethod;

/// `[recovery]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryConfig {
    /// The ways back in that are offered, unless an organization settles it otherwise.
    pub methods: BTreeSet<RecoveryMethod>,
    /// How long a temporary password is valid.
    pub temporary_password: Duration,
    /// How long a rescue code is valid.
    pub rescue_code: Duration,
    /// How long a reset link is valid.
    pub reset_link: Duration,
}

impl RecoveryConfig {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let named = RecoveryMethod::ALL.map(|method| (method.as_str(), method));
        let all = RecoveryMethod::ALL.to_vec();
        let methods = section.setting("methods", all, |entry| entry.set(|item| item.one_of(&named))).value;
        let mut lifetime = |key, default| section.setting(key, default, |entry| entry.seconds()).value;
        let temporary_password = lifetime("temporary_password", Duration::from_hours(24));
        let rescue_code = lifetime("rescue_code", Duration::from_mins(60));
        let reset_link = lifetime("reset_link", Duration::from_mins(30));
        section.finish();
        Self { methods: methods.into_iter().collect(), temporary_password, rescue_code, reset_link }
    }
}
