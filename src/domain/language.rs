//! The languages every page and mail exists in.

use serde::{Deserialize, Serialize};

/// A language of the product. Both are complete; neither is a fallback for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish.
    #[default]
    Es,
    /// English.
    En,
}

impl Language {
    /// All languages, in the order a switch shows them.
    pub const ALL: [Self; 2] = [Self::Es, Self::En];

    /// The BCP 47 tag, as in `<html lang>` and `?lang=`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }

    /// What it is called in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Es => "Español",
            Self::En => "English",
        }
    }

    /// The language of a tag such as `es`, `ES` or `en-GB`; `None` for one we do not speak.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The best match for an `Accept-Language` value (RFC 9110 §12.5.4), or `None` if it names neither.
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for part in header.split(',').take(32) {
            let mut pieces = part.split(';');
            let Some(language) = pieces.next().and_then(|tag| Self::from_tag(tag.trim())) else { continue };
            let quality = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(Some(1.0), |value| value.trim().parse::<f32>().ok())
                .unwrap_or(0.0);
            if quality > 0.0 && best.is_none_or(|(found, _)| quality > found) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_quality_wins_and_the_first_of_equals() {
        assert_eq!(Language::from_accept_language("en;q=0.5, es-MX;q=0.9"), Some(Language::Es));
        assert_eq!(Language::from_accept_language("en-US,es"), Some(Language::En));
        assert_eq!(Language::from_accept_language("fr, de"), None);
        assert_eq!(Language::from_accept_language("es;q=0, en;q=0.1"), Some(Language::En));
    }
}
