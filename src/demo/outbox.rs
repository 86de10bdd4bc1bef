//! The outbox as a page: every message that was written into the demo's folder, newest first.

use std::path::Path;

use mail_parser::MessageParser;
use serde::Serialize;

/// Its template.
pub(super) const TEMPLATE: &str = "outbox.html";
/// The most messages on the page.
const SHOWN: usize = 50;

/// A message as its reader sees it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Shown {
    date: String,
    from: String,
    to: String,
    subject: String,
    text: String,
    html: String,
}

/// The messages in `folder`; none if there is no such folder yet.
pub(super) fn read(folder: &Path) -> Vec<Shown> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    // A name begins with the moment.
    paths.sort();
    let newest = paths.iter().rev().take(SHOWN);
    newest.filter_map(|path| show(&std::fs::read(path).ok()?)).collect()
}

fn show(bytes: &[u8]) -> Option<Shown> {
    let message = MessageParser::default().parse(bytes)?;
    let address = |address: Option<&mail_parser::Address<'_>>| {
        let first = address.and_then(|address| address.first());
        let mailbox = first.map(|mailbox| (mailbox.name().unwrap_or_default(), mailbox.address().unwrap_or_default()));
        mailbox.map_or_else(String::new, |(name, address)| format!("{name} <{address}>").trim().to_owned())
    };
    let body = |body: Option<std::borrow::Cow<'_, str>>| body.map(std::borrow::Cow::into_owned).unwrap_or_default();
    Some(Shown {
        date: message.date().map(ToString::to_string).unwrap_or_default(),
        from: address(message.from()),
        to: address(message.to()),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: body(message.body_text(0)),
        html: body(message.body_html(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_shown_newest_first_and_other_files_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(read(&folder.path().join("missing")), []);
        let message = |subject: &str| {
            format!(
                "From: Portero <p@x.mx>\r\nTo: ana@x.mx\r\nSubject: {subject}\r\n\
                 Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA=C3=B1o\r\n"
            )
        };
        for (name, subject) in [("1.eml", "one"), ("2.eml", "=?utf-8?b?w7E=?="), (".3.new", "half")] {
            std::fs::write(folder.path().join(name), message(subject)).expect("written");
        }
        let shown = read(folder.path());
        assert_eq!(shown.iter().map(|shown| shown.subject.as_str()).collect::<Vec<_>>(), ["ñ", "one"]);
        assert_eq!((shown[0].from.as_str(), shown[0].to.as_str()), ("Portero <p@x.mx>", "<ana@x.mx>"));
        assert_eq!(shown[0].text.trim(), "Año");
    }
}
