//! The captcha as a part of forms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A challenge to show: picture, recording, and the field `captcha` for the answer. The form carries the challenge's id in the
/// hidden field `challenge`; its button `refresh` posts the form for another challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaptchaField {
    /// The challenge's id.
    challenge: String,
    /// The picture as a `data:` URI.
    image: String,
    /// Whether there is a recording at `/_portero/captcha/audio?id=…`.
    audio: bool,
}

impl CaptchaField {
    /// A field for the challenge with this id and picture.
    pub fn new(challenge: impl Into<String>, png: &[u8], audio: bool) -> Self {
        Self { challenge: challenge.into(), image: format!("data:image/png;base64,{}", STANDARD.encode(png)), audio }
    }
}
