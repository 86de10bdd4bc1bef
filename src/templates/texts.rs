//! Texts in the person's language, by Fluent (<https://projectfluent.org>): the built-in messages, with a sysadmin's before them.

use std::collections::BTreeSet;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use tera::{Kwargs, State, TeraResult, Value};
use unic_langid::LanguageIdentifier;

use super::TemplateError;
use super::files::Files;
use crate::domain::language::Language;

/// The messages of one language.
pub(super) struct Texts {
    bundle: FluentBundle<FluentResource>,
}

impl Texts {
    /// The built-in messages of `language`, each replaced by the sysadmin's if there is one.
    pub(super) fn load(files: &Files, language: Language) -> Result<Self, TemplateError> {
        let (name, built_in) = Files::texts(language);
        // Our own tags always parse; the undetermined language would only lose the plurals.
        let locale: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // The marks that isolate right-to-left names would show up in attributes and confuse searches on the page.
        bundle.set_use_isolating(false);
        let built_in = parse(files, name, built_in)?;
        let own = files.own(name).map(|own| parse(files, name, own)).transpose()?;
        if let Some(own) = &own {
            check_arguments(files, name, &built_in, own)?;
        }
        bundle.add_resource_overriding(built_in);
        if let Some(own) = own {
            bundle.add_resource_overriding(own);
        }
        Ok(Self { bundle })
    }

    /// The message `key` with its arguments put in. `Err` says what is missing.
    pub(super) fn say(&self, key: &str, arguments: &FluentArgs<'_>) -> Result<String, String> {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(|| format!("there is no text `{key}`"))?;
        let mut faults: Vec<FluentError> = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(arguments), &mut faults).into_owned();
        match faults.first() {
            None => Ok(text),
            Some(fault) => Err(format!("the text `{key}`: {fault}")),
        }
    }
}

/// The function `t(key="…", argument=…)` of templates. Its answer is text, not HTML: tera escapes it, arguments included.
pub(super) fn function(texts: Texts) -> impl Fn(Kwargs, &State<'_>) -> TeraResult<String> + Send + Sync + 'static {
    move |kwargs, _| {
        let key: &str = kwargs.must_get("key")?;
        let mut arguments = FluentArgs::new();
        for (name, value) in kwargs.iter() {
            if let (Some(name), Some(value)) = (name.as_str(), argument(value)) {
                arguments.set(name.to_owned(), value);
            }
        }
        texts.say(key, &arguments).map_err(tera::Error::message)
    }
}

/// A value of the template as an argument. Numbers stay numbers, or plurals would not work; none is no argument.
fn argument(value: &Value) -> Option<FluentValue<'static>> {
    if value.is_none() || value.is_undefined() {
        return None;
    }
    let whole = value.as_i128().and_then(|number| i64::try_from(number).ok());
    Some(whole.map_or_else(|| FluentValue::from(value.to_string()), FluentValue::from))
}

/// Reads a file of messages; the first fault is the error.
fn parse(files: &Files, name: &str, text: &str) -> Result<FluentResource, TemplateError> {
    FluentResource::try_new(text.to_owned()).map_err(|(_, faults)| {
        let (offset, message) = faults.first().map_or((0, String::new()), |fault| (fault.pos.start, fault.to_string()));
        files.fault_at(name, text, offset, message)
    })
}

/// A sysadmin's message may use only what the built-in one of the same key is given.
fn check_arguments(
    files: &Files,
    name: &str,
    built_in: &FluentResource,
    own: &FluentResource,
) -> Result<(), TemplateError> {
    let given = messages(built_in);
    for (key, used) in messages(own) {
        let Some((_, given)) = given.iter().find(|(known, _)| *known == key) else { continue };
        if let Some(unknown) = used.difference(given).next() {
            // The parser borrows its keys from the source, so their distance is the offset.
            let offset = key.as_ptr() as usize - own.source().as_ptr() as usize;
            let given = given.iter().map(|name| format!("${name}")).collect::<Vec<_>>().join(", ");
            let given = if given.is_empty() { "nothing".to_owned() } else { given };
            let message = format!("`{key}` is not given ${unknown}; it is given {given}");
            return Err(files.fault_at(name, own.source(), offset, message));
        }
    }
    Ok(())
}

/// Every message's key with the arguments it uses.
pub(super) fn messages(resource: &FluentResource) -> Vec<(&str, BTreeSet<&str>)> {
    let mut found = Vec::new();
    for entry in resource.entries() {
        if let Entry::Message(message) = entry {
            let mut used = BTreeSet::new();
            if let Some(pattern) = &message.value {
                collect_pattern(pattern, &mut used);
            }
            found.push((message.id.name, used));
        }
    }
    found
}

fn collect_pattern<'a>(pattern: &Pattern<&'a str>, used: &mut BTreeSet<&'a str>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            collect_expression(expression, used);
        }
    }
}

fn collect_expression<'a>(expression: &Expression<&'a str>, used: &mut BTreeSet<&'a str>) {
    match expression {
        Expression::Inline(inline) => collect_inline(inline, used),
        Expression::Select { selector, variants } => {
            collect_inline(selector, used);
            for variant in variants {
                collect_pattern(&variant.value, used);
            }
        }
    }
}

fn collect_inline<'a>(inline: &InlineExpression<&'a str>, used: &mut BTreeSet<&'a str>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            used.insert(id.name);
        }
        InlineExpression::Placeable { expression } => collect_expression(expression, used),
        InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                collect_inline(argument, used);
            }
        }
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}
