//! Tests of the room, by subject.

mod look;
mod mails;
mod overrides;
mod pages;
mod texts;

use super::*;

/// Every sample as HTML, with its name and template.
fn rendered(language: Language) -> Vec<(String, &'static str, String)> {
    let templates = Templates::load(None).unwrap();
    let frame = samples::frame(language);
    let show = |Sample { name, template, page }| {
        let html = templates.show(template, page, &frame).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, template, html)
    };
    samples::all().into_iter().map(show).collect()
}

/// The values of every `name="…"` in `html`.
fn attribute<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    html.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}
