//! Mails: both languages, both forms, nothing from outside.

use super::*;

fn written(language: Language) -> Vec<(&'static str, WrittenMail)> {
    let templates = Templates::load(None).unwrap();
    let frame = samples::mail_frame(language);
    let put_down = |(name, files, mail): (_, _, Value)| (name, templates.put_down(files, &mail, &frame).unwrap());
    samples::mails().into_iter().map(put_down).collect()
}

#[test]
fn mails_look_as_they_did() {
    for language in Language::ALL {
        for (name, WrittenMail { subject, text, html }) in written(language) {
            let whole = format!("{subject}\n\n{text}\n{html}");
            insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../snapshots" }, {
                insta::assert_snapshot!(format!("mail-{name}.{}", language.tag()), whole);
            });
        }
    }
}

#[test]
fn no_mail_tells_that_it_was_opened() {
    for language in Language::ALL {
        for (name, mail) in written(language) {
            let html = mail.html.to_lowercase();
            for fetched in ["<img", "src=", "url(", "@import", "<link", "<script", "<iframe"] {
                assert!(!html.contains(fetched), "{name}: {fetched}");
            }
        }
    }
}

#[test]
fn the_subject_is_one_line_without_secrets_and_html_is_escaped() {
    for language in Language::ALL {
        for (name, mail) in written(language) {
            assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{name}");
            assert!(!mail.subject.contains("Kq7"), "{name}");
            assert!(mail.text.contains("Seguros & Fianzas") && !mail.text.contains("&amp;"), "{name}");
            assert!(mail.html.contains("Seguros &amp; Fianzas") && !mail.html.contains("& Fianzas"), "{name}");
        }
    }
}
