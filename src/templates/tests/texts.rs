//! Both languages are complete, and templates and texts agree.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;

use super::*;

/// Every message of `language` with the arguments it uses.
fn messages(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let resource = FluentResource::try_new(Files::texts(language).1.to_owned()).map_err(|(_, faults)| faults).unwrap();
    let messages = super::super::texts::messages(&resource);
    let owned = |(key, used): (&str, BTreeSet<&str>)| (key.to_owned(), used.into_iter().map(str::to_owned).collect());
    let count = messages.len();
    let messages: BTreeMap<_, _> = messages.into_iter().map(owned).collect();
    assert_eq!(messages.len(), count, "{language:?}: a message is defined twice");
    messages
}

/// What the built-in templates ask for: the key's beginning and, where it is put together, its end.
fn asked() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    let mut asked = Vec::new();
    for (file, text) in files::TEMPLATES {
        for call in text.split("t(key=\"").skip(1) {
            let (start, rest) = call.split_once('"').unwrap();
            let end = rest.strip_prefix(" ~ ").map(|rest| {
                let expression = rest.split([')', ',']).next().unwrap();
                expression.split_once(" ~ \"").map_or("", |(_, end)| end.trim_end_matches('"'))
            });
            asked.push((file, start, end));
        }
    }
    asked
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    assert_eq!(messages(Language::Es), messages(Language::En));
}

#[test]
fn every_text_a_template_asks_for_exists_and_every_text_is_asked_for() {
    let messages = messages(Language::Es);
    let asked = asked();
    assert!(asked.len() > 80, "the scan finds the calls: {}", asked.len());
    let matches = |key: &str, start: &str, end: Option<&str>| match end {
        None => key == start,
        Some(end) => key.len() > start.len() + end.len() && key.starts_with(start) && key.ends_with(end),
    };
    for (file, start, end) in &asked {
        assert!(messages.keys().any(|key| matches(key, start, *end)), "{file} asks for {start}…{end:?}");
    }
    for key in messages.keys() {
        assert!(asked.iter().any(|(_, start, end)| matches(key, start, *end)), "nobody asks for {key}");
    }
}

#[test]
fn every_call_for_a_text_is_seen_by_the_scan() {
    for (file, text) in files::TEMPLATES {
        let calls = text.matches("t(key=").count();
        assert_eq!(calls, text.matches("t(key=\"").count(), "{file} asks for a text whose key has no fixed beginning");
    }
}

#[test]
fn no_text_of_one_language_was_left_in_the_other() {
    let values = |language| {
        let text = Files::texts(language).1;
        let lines = text.lines().filter(|line| !line.starts_with('#') && line.contains(" = "));
        lines.map(|line| line.split_once(" = ").unwrap()).collect::<BTreeMap<_, _>>()
    };
    let (spanish, english) = (values(Language::Es), values(Language::En));
    for (key, text) in spanish {
        assert_ne!(Some(&text), english.get(key), "{key}");
    }
}
