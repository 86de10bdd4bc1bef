//! Where templates, texts and looks come from: built in, with a sysadmin's folder before them, file by file.
//!
//! A file of the folder replaces the built-in one of the same name, with two exceptions: the messages of `es.ftl` and `en.ftl`
//! replace or add to the built-in messages one by one, and `brand.css`, which is not built in, is appended to the stylesheet
//! (enough to change colours). Names that mean nothing are refused, so that a misspelt one does not go unnoticed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tera::ErrorKind;

use super::TemplateError;
use crate::config::nearest;
use crate::domain::language::Language;

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("../../templates/", $name)))),+] };
}

/// Templates that tera renders.
pub(super) const TEMPLATES: [(&str, &str); 34] = built_in![
    "admin-audit.html",
    "admin-form.html",
    "admin-home.html",
    "admin-import.html",
    "admin-organization.html",
    "admin-user.html",
    "admin-users.html",
    "components.html",
    "door.svg",
    "email-done.html",
    "email-link.html",
    "email.html",
    "kept-post.html",
    "layout.html",
    "login.html",
    "mail/account.html",
    "mail/account.txt",
    "mail/invitation.html",
    "mail/invitation.txt",
    "mail/layout.html",
    "mail/trial.html",
    "mail/trial.txt",
    "mark.svg",
    "message.html",
    "password-changed.html",
    "password.html",
    "portal.html",
    "recover-done.html",
    "recover-form.html",
    "recover.html",
    "settings.html",
    "reset-void.html",
    "sign-out.html",
    "signed-out.html",
];

/// Files that go out as they are.
const ASSETS: [(&str, &str); 2] = built_in!["favicon.svg", "portero.css"];

/// Texts.
const TEXTS: [(&str, &str); 2] = built_in!["en.ftl", "es.ftl"];

/// The folder of mails, below the folder of templates.
const MAIL: &str = "mail";

/// Appended to the stylesheet if it is there.
pub(super) const BRAND: &str = "brand.css";

/// Every file, with where it came from.
#[derive(Debug)]
pub(super) struct Files {
    own: BTreeMap<String, String>,
    folder: PathBuf,
}

impl Files {
    /// Reads the sysadmin's folder, if there is one.
    pub(super) fn read(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let Some(folder) = folder else { return Ok(Self { own: BTreeMap::new(), folder: PathBuf::new() }) };
        let unreadable = |path: &Path| {
            let path = path.to_path_buf();
            move |source| TemplateError::Read { path, source }
        };
        let mut own = BTreeMap::new();
        let mut paths = Vec::new();
        for inside in [folder.to_path_buf(), folder.join(MAIL)] {
            if inside != folder && !inside.is_dir() {
                continue;
            }
            for entry in std::fs::read_dir(&inside).map_err(unreadable(&inside))? {
                paths.push(entry.map_err(unreadable(&inside))?.path());
            }
        }
        for path in paths {
            let short = path.strip_prefix(folder).unwrap_or(&path);
            let name = short.to_string_lossy().into_owned();
            let last = short.file_name().unwrap_or_default().to_string_lossy();
            // What editors and version control leave behind; the folder of mails was looked into.
            if last.starts_with('.') || last.ends_with('~') || (name == MAIL && path.is_dir()) {
                continue;
            }
            if !is_known(&name) {
                return Err(TemplateError::UnknownFile { path, known: known().collect::<Vec<_>>().join(", ") });
            }
            own.insert(name, std::fs::read_to_string(&path).map_err(unreadable(&path))?);
        }
        Ok(Self { own, folder: folder.to_path_buf() })
    }

    /// Files that have no effect: templates of names that Portero does not ask for, and that no other file of the folder speaks of.
    pub(super) fn strays(&self) -> Vec<String> {
        let asked_for = |name: &str| known().any(|known| known == name);
        let spoken_of = |name: &str| self.own.iter().any(|(other, text)| other != name && text.contains(name));
        let strays = self.own.keys().filter(|name| !asked_for(name) && !spoken_of(name));
        let told = |name: &String| {
            let meant = nearest(name, known()).map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
            format!(
                "{}: no page is made of a file of this name, and none includes it{meant}",
                self.folder.join(name).display()
            )
        };
        strays.map(told).collect()
    }

    /// Every template's name and text.
    pub(super) fn templates(&self) -> Vec<(&str, &str)> {
        let built_in = TEMPLATES.iter().filter(|(name, _)| !self.own.contains_key(*name)).copied();
        let own =
            self.own.iter().map(|(name, text)| (name.as_str(), text.as_str())).filter(|(name, _)| is_template(name));
        built_in.chain(own).collect()
    }

    /// A file that goes out as it is, by its name; empty if there is none.
    pub(super) fn asset(&self, name: &str) -> &str {
        let built_in = || ASSETS.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| *text);
        self.own(name).unwrap_or_else(built_in)
    }

    /// The built-in texts of `language`.
    pub(super) const fn texts(language: Language) -> (&'static str, &'static str) {
        match language {
            Language::En => TEXTS[0],
            Language::Es => TEXTS[1],
        }
    }

    /// The sysadmin's file of that name.
    pub(super) fn own(&self, name: &str) -> Option<&str> {
        self.own.get(name).map(String::as_str)
    }

    /// A fault at byte `offset` of the file `name`, whose text is `text`.
    pub(super) fn fault_at(&self, name: &str, text: &str, offset: usize, message: String) -> TemplateError {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        TemplateError::Fault { file: self.display(name).into_owned(), line, column, message }
    }

    /// The engine's complaint with the file it is about; `template` if the engine names none.
    pub(super) fn fault(&self, template: &str, error: &tera::Error) -> TemplateError {
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => TemplateError::Fault {
                file: self.display(report.filename()).into_owned(),
                line: report.span().start_line,
                column: report.span().start_col + 1,
                message: report.message().to_owned(),
            },
            ErrorKind::MissingParent { current, .. } => self.unplaced(current, error),
            ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => self.unplaced(tpl, error),
            ErrorKind::Msg(report) => self.placed(report).unwrap_or_else(|| self.unplaced(template, error)),
            _ => self.unplaced(template, error),
        }
    }

    /// Reads a report that the engine hands out as plain text (it does so for unknown filters, functions and components):
    /// `error: what is wrong`, and below it `--> file:line:column`.
    fn placed(&self, report: &str) -> Option<TemplateError> {
        let (message, rest) = report.strip_prefix("error: ")?.split_once('\n')?;
        let place = rest.split_once("--> ")?.1.lines().next()?;
        let mut parts = place.rsplitn(3, ':');
        let column = parts.next()?.parse().ok()?;
        let line = parts.next()?.parse().ok()?;
        let file = self.display(parts.next()?).into_owned();
        Some(TemplateError::Fault { file, line, column, message: message.to_owned() })
    }

    fn unplaced(&self, template: &str, error: &tera::Error) -> TemplateError {
        TemplateError::Fault {
            file: self.display(template).into_owned(),
            line: 1,
            column: 1,
            message: error.to_string(),
        }
    }

    /// The path of the sysadmin's file, or the name of the built-in one.
    fn display<'a>(&self, name: &'a str) -> Cow<'a, str> {
        if name.is_empty() || self.own.contains_key(name) {
            Cow::Owned(self.folder.join(name).display().to_string())
        } else {
            Cow::Borrowed(name)
        }
    }
}

/// Every built-in file, by its name in a folder of templates.
pub fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEMPLATES.into_iter().chain(ASSETS).chain(TEXTS)
}

/// A built-in English text of one line, by its name: for the command line, which says the same as the pages do.
pub fn english(name: &str) -> Option<&'static str> {
    TEXTS[0].1.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
}

/// Every name that has an effect.
fn known() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().chain(&ASSETS).chain(&TEXTS).map(|(name, _)| *name).chain([BRAND])
}

fn is_known(name: &str) -> bool {
    name.ends_with(".html") || known().any(|known| known == name)
}

fn is_template(name: &str) -> bool {
    name.ends_with(".html") || TEMPLATES.iter().any(|(known, _)| *known == name)
}
