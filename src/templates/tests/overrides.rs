//! A sysadmin's folder.

use std::fs;

use tempfile::TempDir;

use super::*;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn signed_out(templates: &Templates, language: Language) -> String {
    templates.render(&SignedOutPage { sign_in: "/".into() }, &Frame { language, ..Frame::default() }).unwrap()
}

/// What loading `files` says, with the folder's name cut off.
fn complaint(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = Templates::load(Some(folder.path())).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_file_of_the_folder_goes_before_the_built_in_one() {
    let folder = folder(&[
        ("mark.svg", "<svg id=\"ours\"></svg>"),
        (
            "signed-out.html",
            "{% extends \"layout.html\" %}{% block main %}{% include \"bye.html\" %}{% endblock main %}",
        ),
        ("bye.html", "<h1>{{ t(key=\"bye\") }}</h1>{{ page.sign_in }}"),
        ("es.ftl", "bye = Adiós\nskip-to-content = Saltar\n"),
        ("en.ftl", "bye = Bye"),
        (".swp", "what an editor left"),
        ("login.html~", "{{ what an editor left"),
    ]);
    let templates = Templates::load(Some(folder.path())).unwrap();
    let html = signed_out(&templates, Language::Es);
    assert!(html.contains("<h1>Adiós</h1>/") && html.contains("Saltar") && html.contains("id=\"ours\""), "{html}");
    assert!(signed_out(&templates, Language::En).contains("Skip to content"), "other messages stay");
}

#[test]
fn the_folders_templates_are_escaped_too() {
    let folder = folder(&[
        ("signed-out.html", "{{ page.sign_in }}{% include \"mine.html\" %}{% include \"mark.svg\" %}"),
        ("mine.html", "{{ frame.product }}"),
        ("mark.svg", "<svg>{{ frame.product }}</svg>"),
    ]);
    let templates = Templates::load(Some(folder.path())).unwrap();
    let frame = Frame { product: "<script>".into(), ..Frame::default() };
    let html = templates.render(&SignedOutPage { sign_in: "<script>".into() }, &frame).unwrap();
    assert_eq!(html, "&lt;script&gt;&lt;script&gt;<svg>&lt;script&gt;</svg>");
}

#[test]
fn brand_css_is_appended_and_moves_the_stylesheet_to_another_address() {
    let plain = Templates::load(None).unwrap();
    let folder = folder(&[("brand.css", ":root { --button: #006644; }")]);
    let branded = Templates::load(Some(folder.path())).unwrap();
    let (before, after) = (plain.assets.stylesheet(), branded.assets.stylesheet());
    assert_ne!(before, after);
    let css = branded.asset(after).unwrap();
    assert!(css.bytes.starts_with(&plain.asset(before).unwrap().bytes) && css.bytes.ends_with(b"#006644; }"));
    assert!(branded.asset(before).is_none());
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    let syntax = complaint(&[("login.html", "<p>\n{{ page.username }\n")]);
    assert!(syntax.starts_with("login.html:2:"), "{syntax}");
    let filter = complaint(&[("login.html", "<p>\n\n{{ page.username | shout }}")]);
    assert!(filter.starts_with("login.html:3:") && filter.contains("shout"), "{filter}");
    let parent = complaint(&[("login.html", "{% extends \"base.html\" %}")]);
    assert!(parent.starts_with("login.html:1:") && parent.contains("base.html"), "{parent}");
}

#[test]
fn a_template_that_asks_for_what_is_not_there_does_not_load() {
    let field = complaint(&[("login.html", "<p>\n{{ page.user_name }}")]);
    assert!(field.starts_with("login.html:2:") && field.ends_with("(tried: login in es)"), "{field}");
    let text = complaint(&[("portal.html", "\n\n{{ t(key=\"wellcome\") }}")]);
    assert!(text.starts_with("portal.html:3:") && text.contains("no text `wellcome`"), "{text}");
    let partial = complaint(&[("login.html", "{% include \"mine.html\" %}"), ("mine.html", "\n{{ page.nothing }}")]);
    assert!(partial.starts_with("mine.html:2:"), "{partial}");
}

#[test]
fn a_broken_text_is_named_with_its_line() {
    let syntax = complaint(&[("es.ftl", "login-title = Hola\nlogin-submit Entrar\n")]);
    assert!(syntax.starts_with("es.ftl:2:"), "{syntax}");
    let argument = complaint(&[("en.ftl", "# ours\nportal-greeting = Hi, { $nombre }!\n")]);
    assert_eq!(argument, "en.ftl:2:1: `portal-greeting` is not given $nombre; it is given $name");
}

#[test]
fn a_file_that_would_have_no_effect_is_refused() {
    let error = complaint(&[("login.htm", "")]);
    assert!(error.starts_with("login.htm: not a file of this folder") && error.contains("login.html"), "{error}");
    let missing = Templates::load(Some(Path::new("/nonexistent/folder"))).unwrap_err();
    assert_eq!(missing.code(), "template_unreadable");
}

#[test]
fn a_file_that_no_page_is_made_of_is_told_with_what_may_be_meant() {
    let folder = folder(&[
        ("loginn.html", "nobody sees this"),
        ("notice.html", "ours"),
        ("signed-out.html", "{% include \"notice.html\" %}"),
        ("something-else.html", ""),
    ]);
    let templates = Templates::load(Some(folder.path())).expect("they load");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let told = "no page is made of a file of this name, and none includes it";
    let expected = [
        format!("{}: {told}; did you mean login.html?", path("loginn.html")),
        format!("{}: {told}", path("something-else.html")),
    ];
    assert_eq!(templates.notices(), expected);
}
