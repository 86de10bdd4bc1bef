//! The captcha on a form: when it is asked for, how it is shown, how it is heard.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};

use super::Answer;
use super::visit::Visit;
use crate::captcha::{Captcha, CaptchaForm};
use crate::config::CaptchaMode;
use crate::domain::ids::SecretHash;
use crate::domain::throttle::Attempt;
use crate::flows::FlowError;
use crate::templates::CaptchaField;
use crate::throttle::{Throttling, address_subject};
use crate::wire::cookies::CookieKind;
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::range::whole_or_part;

/// With `after-failures`: how many attempts go by before it is asked for.
const PATIENCE: u32 = 3;

/// Asks for captchas.
#[derive(Clone)]
pub struct CaptchaGate {
    /// Makes and judges them.
    pub captcha: Arc<Captcha>,
    /// Knows of failures.
    pub throttling: Arc<Throttling>,
}

/// What a captcha's answer came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right, or not asked for.
    Passed,
    /// Wrong, used, late, another browser's, or missing.
    Failed,
    /// Too many wrong ones from here.
    Throttled(u64),
}

impl CaptchaGate {
    /// Whether a form must carry a captcha, for this client address and, once names were typed, this account.
    pub async fn is_asked(
        &self,
        mode: CaptchaMode,
        address: IpAddr,
        account: Option<SecretHash>,
    ) -> Result<bool, FlowError> {
        match mode {
            CaptchaMode::Always => Ok(true),
            CaptchaMode::Off => Ok(false),
            CaptchaMode::AfterFailures => Ok(self.throttling.recent_attempts(address, account).await? >= PATIENCE),
        }
    }

    /// A new challenge, to be shown.
    pub async fn field(
        &self,
        form: CaptchaForm,
        browser: SecretHash,
        address: IpAddr,
    ) -> Result<CaptchaField, FlowError> {
        let challenge = self.captcha.issue(form, browser, address_subject(address)).await?;
        Ok(CaptchaField::new(challenge.id, &challenge.png, true))
    }

    /// Judges the answer in a form; it is used up whatever it says.
    pub async fn judge(
        &self,
        form: CaptchaForm,
        browser: SecretHash,
        fields: &Form,
        address: IpAddr,
    ) -> Result<Verdict, FlowError> {
        if self.captcha.answer(fields.get("challenge"), form, browser, fields.get("captcha")).await? {
            return Ok(Verdict::Passed);
        }
        match self.throttling.captcha(address).await? {
            Attempt::Go { .. } | Attempt::Last { .. } => Ok(Verdict::Failed),
            Attempt::Wait { until } | Attempt::Closed { until } => {
                Ok(Verdict::Throttled(self.throttling.seconds_until(until)))
            }
        }
    }

    /// The recording of a challenge, for those who cannot see the picture.
    pub(super) async fn audio(&self, visit: &Visit) -> Answer {
        let browser = visit.token(CookieKind::Browser).ok_or(Failure::NotFound)?;
        let source = address_subject(visit.address);
        let recording =
            self.captcha.audio(visit.parameters().get("id"), browser.hash(), source, visit.language()).await;
        let wav = recording.map_err(FlowError::from)?.ok_or(Failure::NotFound)?;
        let mut response = whole_or_part(&visit.headers, wav);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Ok(response)
    }
}
