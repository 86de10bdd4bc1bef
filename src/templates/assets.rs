//! The stylesheet and the icon, under addresses that change with their content.

use bytes::Bytes;

use super::files::{BRAND, Files};
use crate::random::digest;

/// Where assets live on every host.
pub const ASSETS_PATH: &str = "/_portero/assets/";

/// A file for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its `Content-Type`.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Bytes,
}

/// All assets and their paths.
#[derive(Debug)]
pub(super) struct Assets {
    stylesheet: (String, Asset),
    icon: (String, Asset),
    /// Those that these replaced: pages that name them are still on their way.
    former: Vec<(String, Asset)>,
}

impl Assets {
    pub(super) fn new(files: &Files) -> Self {
        let mut css = files.asset("portero.css").to_owned();
        if let Some(brand) = files.own(BRAND) {
            css.push('\n');
            css.push_str(brand);
        }
        Self {
            stylesheet: published(css, "css", "text/css; charset=utf-8"),
            icon: published(files.asset("favicon.svg").to_owned(), "svg", "image/svg+xml"),
            former: Vec::new(),
        }
    }

    const fn own(&self) -> [&(String, Asset); 2] {
        [&self.stylesheet, &self.icon]
    }

    /// The stylesheet's path.
    pub(super) fn stylesheet(&self) -> &str {
        &self.stylesheet.0
    }

    /// The icon's path.
    pub(super) fn icon(&self) -> &str {
        &self.icon.0
    }

    /// Takes the place of `former`; what of it these are not is still found.
    pub(super) fn replace(&mut self, former: &Self) {
        let other = |(path, _): &&(String, Asset)| self.own().iter().all(|(known, _)| known != path);
        let others: Vec<_> = former.own().into_iter().filter(other).cloned().collect();
        // Where nothing changed, what was replaced before that may still be on its way.
        self.former = if others.is_empty() { former.former.clone() } else { others };
    }

    pub(super) fn find(&self, path: &str) -> Option<Asset> {
        self.own().into_iter().chain(&self.former).find(|(known, _)| known == path).map(|(_, asset)| asset.clone())
    }
}

/// A text with the path made of its hash: 64 bits tell versions apart, nobody gains by a collision with himself.
fn published(text: String, ending: &str, content_type: &'static str) -> (String, Asset) {
    let hash = digest(text.as_bytes());
    let name: String = hash.as_bytes()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    (format!("{ASSETS_PATH}{name}.{ending}"), Asset { content_type, bytes: Bytes::from(text) })
}
