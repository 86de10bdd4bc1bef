//! What every page has: language, product, support, language switch; and the filters that make links safe.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use tera::{Kwargs, State};

use super::assets::Assets;
use crate::domain::language::Language;

/// What every page has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// The language of the page.
    pub language: Language,
    /// The product's name, from the configuration.
    pub product: String,
    /// Whom to ask for help: an e-mail address or an http(s) address becomes a link, anything else is shown as text; empty for
    /// nobody.
    pub support: String,
    /// The query of this page's address (without `?`), for the language switch to keep; `None` where the page cannot be asked
    /// for again by GET, so that there is no switch.
    pub query: Option<String>,
    /// The portal's origin (`https://login.example.com`) where the page is shown on another host; empty on the portal itself.
    pub portal: String,
    /// The name of the person who is signed in, if somebody is.
    pub person: Option<String>,
    /// Whether lost passwords can be recovered: shows the links to it.
    pub recovery: bool,
}

/// A [`Frame`] as templates see it.
#[derive(Debug, Serialize)]
pub(super) struct FrameView<'a> {
    language: &'static str,
    product: &'a str,
    support: Option<Support<'a>>,
    languages: Vec<LanguageLink>,
    portal: &'a str,
    person: Option<&'a str>,
    recovery: bool,
    stylesheet: &'a str,
    icon: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Support<'a> {
    text: &'a str,
    href: Option<String>,
}

#[derive(Debug, Serialize)]
struct LanguageLink {
    tag: &'static str,
    /// In the language itself.
    name: &'static str,
    href: String,
}

impl<'a> FrameView<'a> {
    pub(super) fn new(frame: &'a Frame, assets: &'a Assets) -> Self {
        let languages = frame.query.as_deref().map(|query| language_links(query, frame.language)).unwrap_or_default();
        Self {
            language: frame.language.tag(),
            product: &frame.product,
            support: (!frame.support.is_empty()).then(|| Support::new(&frame.support)),
            languages,
            portal: &frame.portal,
            person: frame.person.as_deref(),
            recovery: frame.recovery,
            stylesheet: assets.stylesheet(),
            icon: assets.icon(),
        }
    }
}

impl<'a> Support<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let one_word = !text.contains(char::is_whitespace);
        let href = if one_word && (text.starts_with("https://") || text.starts_with("http://")) {
            Some(text.to_owned())
        } else if one_word && text.contains('@') && !text.contains(':') {
            Some(format!("mailto:{}", utf8_percent_encode(text, ADDRESS)))
        } else {
            None
        };
        Self { text, href }
    }
}

/// One link for each other language to the same address in it. Links are relative (`?…`): they can't lead anywhere else.
fn language_links(query: &str, current: Language) -> Vec<LanguageLink> {
    let others: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("lang")).collect();
    let link = |language: Language| {
        let pairs = others.iter().copied().map(Cow::Borrowed).chain([Cow::Owned(format!("lang={}", language.tag()))]);
        LanguageLink {
            tag: language.tag(),
            name: language.own_name(),
            href: format!("?{}", pairs.collect::<Vec<_>>().join("&")),
        }
    };
    Language::ALL.into_iter().filter(|language| *language != current).map(link).collect()
}

/// What RFC 3986 leaves unreserved stays as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// In a `mailto:` the address's own signs stay too.
const ADDRESS: &AsciiSet = &COMPONENT.remove(b'@').remove(b'+');

/// Filter: a text as one component of a query.
pub(super) fn urlencode(text: &str, _: Kwargs, _: &State) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// Filter: an address fit for `href` and `action`: http(s), or an absolute path on this host. Anything else (`javascript:`,
/// `//elsewhere`) becomes `#`. Addresses are checked where they come in; this is the second lock.
pub(super) fn link(address: &str, _: Kwargs, _: &State) -> String {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    let is_path = address.starts_with('/') && !address[1..].starts_with(['/', '\\']);
    let is_clean = !address.contains(|c: char| c.is_ascii_control());
    if is_clean && (is_path || lower.starts_with("http://") || lower.starts_with("https://")) {
        address.to_owned()
    } else {
        "#".to_owned()
    }
}
