//! What must hold on every page, in every state and language.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tera::Value;

use super::*;

/// The page without what changes with every edit of the stylesheet.
fn stable(html: &str, templates: &Templates) -> String {
    html.replace(templates.assets.stylesheet(), "STYLESHEET").replace(templates.assets.icon(), "ICON")
}

#[test]
fn pages_look_as_they_did() {
    let templates = Templates::load(None).unwrap();
    let settings = || {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    for language in Language::ALL {
        let mut by_template: BTreeMap<&str, String> = BTreeMap::new();
        for (name, template, html) in rendered(language) {
            let html = stable(&html, &templates);
            let (before, main) = html.split_once("<main").unwrap();
            let (main, after) = main.split_once("</main>").unwrap();
            let text = by_template.entry(template).or_insert_with(|| format!("{before}…{after}"));
            text.push_str(&format!("\n<!-- {name} -->\n<main{main}</main>\n"));
        }
        for (template, text) in by_template {
            let name = format!("{}.{}", template.trim_end_matches(".html"), language.tag());
            settings().bind(|| insta::assert_snapshot!(name, text));
        }
    }
}

#[test]
fn what_comes_from_outside_is_escaped() {
    const ATTACK: &str = "\"><script>alert(1)</script>'&";
    /// Tags that templates branch on, and the picture, which is made here.
    const OURS: [&str; 11] =
        ["kind", "done", "news", "reason", "unit", "image", "rules", "step", "what", "label", "code"];
    fn poison(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => ATTACK.clone_into(text),
            serde_json::Value::Array(values) => values.iter_mut().for_each(poison),
            serde_json::Value::Object(fields) => {
                fields
                    .iter_mut()
                    .filter(|(name, _)| !OURS.contains(&name.as_str()))
                    .for_each(|(_, value)| poison(value));
            }
            _ => {}
        }
    }
    let templates = Templates::load(None).unwrap();
    let frame = Frame {
        language: Language::Es,
        product: ATTACK.into(),
        support: ATTACK.into(),
        query: Some(ATTACK.into()),
        portal: ATTACK.into(),
        person: Some(ATTACK.into()),
        recovery: true,
    };
    for Sample { name, template, page } in samples::all() {
        let mut page = serde_json::to_value(&page).unwrap();
        poison(&mut page);
        let html = templates.show(template, Value::from_serializable(&page), &frame).unwrap();
        assert!(!html.contains("<script") && !html.contains("\">\"") && !html.contains("'&"), "{name}: {html}");
        assert!(html.contains("&quot;&gt;&lt;script&gt;"), "{name} shows the product at least");
    }
}

#[test]
fn no_page_has_inline_script_or_style() {
    for (name, _, html) in rendered(Language::En) {
        for banned in
            ["<script", "<style", " style=", "javascript:", "<iframe", "<base", "<object", " onclick", " onload"]
        {
            assert!(!html.contains(banned), "{name} holds {banned}");
        }
        for source in attribute(&html, "src") {
            assert!(
                source.starts_with("data:image/png;base64,") || source.starts_with("/_portero/"),
                "{name}: {source}"
            );
        }
    }
    for (name, text) in files::TEMPLATES {
        assert!(!text.contains("| safe") && !text.contains("|safe"), "{name} turns escaping off");
    }
}

#[test]
fn every_page_is_a_whole_document() {
    for language in Language::ALL {
        for (name, _, html) in rendered(language) {
            let tag = language.tag();
            assert!(html.starts_with(&format!("<!doctype html>\n<html lang=\"{tag}\">")), "{name}");
            for element in ["<h1", "<main", "<header", "<footer", "<title>", "rel=\"stylesheet\""] {
                assert_eq!(html.matches(element).count(), 1, "{name}: {element}");
            }
            let size = html.len();
            assert!(size < 20_000, "{name} has {size} bytes");
            let ids = attribute(&html, "id");
            let unique: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), unique.len(), "{name} has an id twice: {ids:?}");
            let references =
                ["for", "aria-describedby", "aria-labelledby"].map(|reference| attribute(&html, reference));
            for id in references.iter().flatten().flat_map(|list| list.split_whitespace()) {
                assert!(unique.contains(id), "{name} refers to #{id}, which is not there");
            }
            for target in attribute(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
                assert!(unique.contains(target), "{name} leads to #{target}, which is not there");
            }
        }
    }
}

#[test]
fn titles_tell_pages_apart_and_name_the_product() {
    for language in Language::ALL {
        let mut titles: BTreeMap<String, String> = BTreeMap::new();
        for (name, template, html) in rendered(language) {
            let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
            assert!(title.ends_with(" · Seguros del Norte") && title.len() > 25, "{name}: {title}");
            // States of one page share its title; messages are a page each.
            let page = if template == "message.html" { name.replace("-page", "") } else { template.to_owned() };
            let other = titles.insert(title.to_owned(), page.clone()).unwrap_or_else(|| page.clone());
            assert_eq!(other, page, "{title}");
        }
    }
}

// L1
#[test]
fn the_sign_in_page_keeps_what_was_typed_but_never_the_password() {
    let templates = Templates::load(None).unwrap();
    let page = LoginPage {
        csrf: "t".into(),
        return_to: Some("/billing?a=1&b=2".into()),
        organization: Some("Ñ&Ñ990101".into()),
        username: "ana".into(),
        problem: Some(LoginProblem::WrongCredentials),
        ..LoginPage::default()
    };
    let html = templates.render(&page, &samples::frame(Language::Es)).unwrap();
    for kept in ["value=\"Ñ&amp;Ñ990101\"", "value=\"ana\"", "value=\"/billing?a=1&amp;b=2\"", "role=\"alert\""] {
        assert!(html.contains(kept), "{kept}");
    }
    assert!(html.contains("/_portero/recover?organization=%C3%91%26%C3%91990101&amp;username=ana"), "{html}");
    let password = html.split("<input").find(|input| input.contains("name=\"password\"")).unwrap();
    assert!(!password.contains("value="), "{password}");
    assert!(
        password.contains("autocomplete=\"current-password\"") && password.contains("aria-describedby=\"problem\"")
    );
}

// L1
#[test]
fn the_sign_in_page_shows_what_the_frame_allows() {
    let templates = Templates::load(None).unwrap();
    let html = templates.render(&LoginPage::default(), &Frame::default()).unwrap();
    for absent in ["name=\"organization\"", "/recover", "name=\"captcha\"", "?lang=", "role=\"alert\"", "return_to"] {
        assert!(!html.contains(absent), "{absent}");
    }
    assert!(html.contains("Se prohíbe el acceso no autorizado"), "the legal notice is always there");
}

#[test]
fn enter_in_a_form_never_asks_for_another_picture() {
    for (name, _, html) in rendered(Language::Es) {
        for form in html.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next()) {
            let first = form.split("<button").nth(1).unwrap();
            assert!(!first.contains("name=\"refresh\""), "{name}: Enter presses the first submit button");
        }
    }
}

// E2
#[test]
fn every_unmet_rule_is_named_beside_the_field_and_on_top() {
    for (name, _, html) in rendered(Language::En) {
        if name == "password-refused" {
            assert_eq!(html.matches("include one of these signs: ! &quot; # $ % &amp; *").count(), 3, "{html}");
            assert_eq!(html.matches("have at most 128 characters").count(), 2);
            assert_eq!(html.matches("aria-invalid=\"true\"").count(), 4);
        }
    }
}

// E4
#[test]
fn a_changed_password_leads_to_sign_in_after_five_seconds_without_script() {
    let templates = Templates::load(None).unwrap();
    let page = PasswordChangedPage { sign_in: "/_portero/login?x=1&y=2".into() };
    let html = templates.render(&page, &Frame::default()).unwrap();
    assert!(html.contains("<meta http-equiv=\"refresh\" content=\"5;url=/_portero/login?x=1&amp;y=2\">"), "{html}");
    assert!(html.contains("href=\"/_portero/login?x=1&amp;y=2\""), "{html}");
}

#[test]
fn a_title_says_first_that_a_form_was_not_accepted() {
    for language in Language::ALL {
        for (name, template, html) in rendered(language) {
            let refused = html.contains("role=\"alert\"");
            assert_eq!(html.contains("<title>Error: "), refused, "{name} ({template})");
        }
    }
}

// L3
#[test]
fn whoever_was_signed_in_is_told_what_happened_before_the_fields_are_filled() {
    let templates = Templates::load(None).unwrap();
    for (news, told) in
        [(LoginNews::PostKept, "Guardamos lo que envió"), (LoginNews::SessionEnded, "Su sesión terminó")]
    {
        let page = LoginPage { news: Some(news), ..LoginPage::default() };
        let html = templates.render(&page, &samples::frame(Language::Es)).unwrap();
        assert!(html.split_once("<form").unwrap().0.contains(told), "{html}");
        assert!(html.contains("aria-describedby=\"news\""), "{html}");
    }
}

// P3
#[test]
fn days_to_expiry_read_well_and_warn_from_fourteen_on() {
    let templates = Templates::load(None).unwrap();
    let portal = |language, days| {
        let page = PortalPage {
            csrf: String::new(),
            name: "Ana".into(),
            username: "ana".into(),
            organization: "Acme".into(),
            expires_in_days: Some(days),
            expires_if_idle: false,
            applications: vec![],
            downloads: vec![],
            settings: false,
            email: false,
            address_missing: false,
            administration: false,
        };
        templates.render(&page, &Frame { language, ..Frame::default() }).unwrap()
    };
    for (language, days, text) in [
        (Language::Es, 0, "Su contraseña vence hoy"),
        (Language::Es, 1, "vence en 1 día<"),
        (Language::Es, 2, "vence en 2 días<"),
        (Language::En, 0, "Your password expires today"),
        (Language::En, 1, "expires in 1 day<"),
        (Language::En, 15, "expires in 15 days<"),
    ] {
        let html = portal(language, days);
        assert!(html.contains(text), "{text}: {html}");
        assert_eq!(html.contains("notice warn"), days <= 14, "{days}");
    }
}

#[test]
fn addresses_that_could_run_script_or_lead_elsewhere_are_not_linked() {
    let templates = Templates::load(None).unwrap();
    let bad = [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "//evil.example",
        "/\\evil.example",
        "data:text/html,x",
        "",
        "/a\nb",
    ];
    for sign_in in bad {
        let html = templates.render(&SignedOutPage { sign_in: sign_in.into() }, &Frame::default()).unwrap();
        assert!(html.contains("<a class=\"button\" href=\"#\">"), "{sign_in:?}");
    }
    for sign_in in ["/", "/_portero/login", "https://a.example/", "HTTP://a.example/x"] {
        let html = templates.render(&SignedOutPage { sign_in: sign_in.into() }, &Frame::default()).unwrap();
        assert!(html.contains(&format!("href=\"{sign_in}\"")), "{sign_in:?}");
    }
}

// L1
#[test]
fn the_language_switch_keeps_the_rest_of_the_query() {
    let templates = Templates::load(None).unwrap();
    let hrefs = |query: &str| {
        let frame = Frame { query: Some(query.into()), ..Frame::default() };
        let html = templates.render(&SignedOutPage { sign_in: "/".into() }, &frame).unwrap();
        attribute(&html, "href").into_iter().find(|href| href.contains("lang=")).unwrap().to_owned()
    };
    assert_eq!(hrefs(""), "?lang=en");
    assert_eq!(hrefs("lang=es"), "?lang=en");
    assert_eq!(hrefs("a=1%262&lang=es&language=x&b"), "?a=1%262&amp;language=x&amp;b&amp;lang=en");
}

#[test]
fn support_becomes_a_link_only_if_it_is_an_address() {
    let templates = Templates::load(None).unwrap();
    let shown = |support: &str| {
        let frame = Frame { support: support.into(), ..Frame::default() };
        let html = templates.render(&SignedOutPage { sign_in: "/".into() }, &frame).unwrap();
        html.split("<footer>").nth(1).unwrap().to_owned()
    };
    assert!(shown("ayuda+1@acme.mx").contains("href=\"mailto:ayuda+1@acme.mx\""));
    assert!(shown("a?cc=x@acme.mx").contains("href=\"mailto:a%3Fcc%3Dx@acme.mx\""));
    assert!(shown("https://acme.mx/ayuda").contains("href=\"https://acme.mx/ayuda\""));
    for text in ["55 1234 5678, ext. 9", "Mesa de ayuda: ayuda@acme.mx", "javascript:alert(1)@x"] {
        assert!(!shown(text).contains("href"), "{text}");
    }
}

#[test]
fn waiting_times_are_rounded_up_to_a_unit_that_reads_well() {
    let said = |seconds: f64, language| {
        let templates = Templates::load(None).unwrap();
        let wait = Wait::new(Duration::from_secs_f64(seconds));
        let page = LoginPage { problem: Some(LoginProblem::Throttled { wait }), ..LoginPage::default() };
        let html = templates.render(&page, &Frame { language, ..Frame::default() }).unwrap();
        html.split_once("<p>").unwrap().1.split("</p>").next().unwrap().to_owned()
    };
    assert_eq!(said(0.2, Language::Es), "Hubo demasiados intentos. Espere 1 segundo e inténtelo de nuevo.");
    assert_eq!(said(90.0, Language::En), "There were too many attempts. Wait 90 seconds and try again.");
    assert_eq!(said(91.0, Language::En), "There were too many attempts. Wait 2 minutes and try again.");
    assert_eq!(said(7200.5, Language::Es), "Hubo demasiados intentos. Espere 3 horas e inténtelo de nuevo.");
}
