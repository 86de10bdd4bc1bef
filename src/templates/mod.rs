//! Pages as typed values, rendered by tera in the person's language.
//!
//! A page is a struct ([`Page`]) that names its template; what all pages have in common is a [`Frame`]. Texts live in
//! `es.ftl` and `en.ftl`, looks in `portero.css`, marks in SVG: all of them are built in, and a sysadmin's folder may replace
//! each of them file by file (`files`). Whatever comes from outside is escaped, for every template is HTML or SVG and tera
//! escapes those; no page holds script or inline style, so a Content-Security-Policy of `default-src 'none'; style-src 'self';
//! img-src 'self' data:; media-src 'self'` is enough for all of them.
//!
//! Refuses to decide anything: status codes, tokens and addresses are given to it. Neighbour: `pages`
//! fills the structs in and hands out [`Templates::asset`].
//!
//! ```
//! use portero::templates::{Frame, SignedOutPage, Templates};
//!
//! let templates = Templates::load(None)?;
//! let frame = Frame { product: "Seguros del Norte".into(), ..Frame::default() };
//! let html = templates.render(&SignedOutPage { sign_in: "/_portero/login".into() }, &frame)?;
//! assert!(html.starts_with("<!doctype html>\n<html lang=\"es\""));
//! # Ok::<(), portero::templates::TemplateError>(())
//! ```

mod assets;
mod error;
mod files;
mod frame;
mod mail;
mod page;
mod samples;
mod texts;

use std::path::Path;

use serde::Serialize;
use tera::{Context, Tera, Value};

use crate::domain::language::Language;
use assets::Assets;
pub use assets::{ASSETS_PATH, Asset};
pub use error::TemplateError;
use files::Files;
pub use files::{built_in, english};
pub use frame::Frame;
use frame::FrameView;
pub use mail::{AccountMail, AccountNews, InvitationMail, MailFrame, MailPage, TrialMail, WrittenMail};
pub use page::{
    AdminAuditPage, AdminEvent, AdminFact, AdminField, AdminForm, AdminFormPage, AdminHomePage, AdminImportPage,
    AdminLink, AdminMail, AdminObstacle, AdminOption, AdminOrganization, AdminOrganizationPage, AdminProblem,
    AdminRowFault, AdminTaken, AdminTried, AdminUser, AdminUserPage, AdminUsersPage, AdminWord,
};
pub use page::{
    ApplicationCard, CaptchaField, DownloadCard, EmailDonePage, EmailLinkPage, EmailPage, EmailProblem, HiddenField,
    HiddenForm, KeptPostPage, LanguageChoice, LoginNews, LoginPage, LoginProblem, Message, MessagePage,
    PasswordChangedPage, PasswordPage, PasswordProblem, PasswordReason, PasswordRule, PendingEmail, PortalPage,
    QuestionForm, QuestionOption, RecoverDonePage, RecoverField, RecoverFormPage, RecoverPage, RecoverProblem,
    RecoverWay, ResetVoidPage, SavedSetting, SessionRow, SettingsPage, SettingsProblem, ShownQuestion, SignOutPage,
    SignedOutPage, Wait,
};
use samples::Sample;
use texts::Texts;

/// A page: typed values and the template that shows them.
pub trait Page: Serialize {
    /// File name of the template, e.g. `login.html`.
    const TEMPLATE: &'static str;
}

/// All templates, texts and assets. Immutable: to reload, [`load`](Self::load) another one and swap it in, so that broken files
/// never take the place of good ones.
#[derive(Debug)]
pub struct Templates {
    /// One engine a language: a template's `t(…)` then speaks it without being told, inside components too.
    spanish: Tera,
    english: Tera,
    assets: Assets,
    notices: Vec<String>,
}

impl Templates {
    /// The built-in files, with those of the sysadmin's folder `overrides` before them. If there is such a folder, every page
    /// is rendered once in every language, so what loads also renders.
    ///
    /// # Errors
    /// [`TemplateError`], naming file and line.
    pub fn load(overrides: Option<&Path>) -> Result<Self, TemplateError> {
        let files = Files::read(overrides)?;
        let templates = Self {
            spanish: engine(&files, Language::Es)?,
            english: engine(&files, Language::En)?,
            assets: Assets::new(&files),
            notices: files.strays(),
        };
        if overrides.is_some() {
            templates.rehearse(&files)?;
        }
        Ok(templates)
    }

    /// What is no fault of the sysadmin's folder but worth a look, a line each.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// `page` as HTML, in the frame's language.
    ///
    /// # Errors
    /// [`TemplateError::Render`] if a template asks for what the page does not have.
    pub fn render<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, TemplateError> {
        Value::try_from_serializable(page)
            .and_then(|page| self.show(P::TEMPLATE, page, frame))
            .map_err(|source| TemplateError::Render { template: P::TEMPLATE, source })
    }

    /// `mail` in the frame's language.
    ///
    /// # Errors
    /// [`TemplateError::Render`] if a template asks for what the mail does not have.
    pub fn write<P: MailPage>(&self, mail: &P, frame: &MailFrame) -> Result<WrittenMail, TemplateError> {
        Value::try_from_serializable(mail)
            .and_then(|mail| self.put_down([P::TEXT, P::HTML], &mail, frame))
            .map_err(|source| TemplateError::Render { template: P::TEXT, source })
    }

    /// Hands out the assets of `former`, too, which these replace, so that pages sent a moment ago find what they name.
    pub fn hand_out_also(&mut self, former: &Self) {
        self.assets.replace(&former.assets);
    }

    /// The asset at `path` (as in a request, without query), or `None`. Its path changes with its content: browsers may keep it
    /// for ever.
    pub fn asset(&self, path: &str) -> Option<Asset> {
        self.assets.find(path)
    }

    const fn engine(&self, language: Language) -> &Tera {
        match language {
            Language::Es => &self.spanish,
            Language::En => &self.english,
        }
    }

    fn put_down(&self, [text, html]: [&str; 2], mail: &Value, frame: &MailFrame) -> Result<WrittenMail, tera::Error> {
        let engine = self.engine(frame.language);
        let mut context = Context::new();
        context.insert("mail", mail);
        context.insert("frame", &frame.view());
        Ok(WrittenMail::new(&engine.render(text, &context)?, engine.render(html, &context)?))
    }

    fn show(&self, template: &str, page: Value, frame: &Frame) -> Result<String, tera::Error> {
        let engine = self.engine(frame.language);
        let mut context = Context::new();
        context.insert("page", &page);
        context.insert("frame", &FrameView::new(frame, &self.assets));
        engine.render(template, &context)
    }

    /// Renders every sample of every page, so that a sysadmin hears of a wrong name now and not when somebody signs in.
    fn rehearse(&self, files: &Files) -> Result<(), TemplateError> {
        for language in Language::ALL {
            let frame = samples::frame(language);
            for Sample { name, template, page } in samples::all() {
                self.show(template, page, &frame)
                    .map_err(|error| files.fault(template, &error).during(&format!("{name} in {}", language.tag())))?;
            }
            let frame = samples::mail_frame(language);
            for (name, templates, mail) in samples::mails() {
                self.put_down(templates, &mail, &frame).map_err(|error| {
                    files.fault(templates[0], &error).during(&format!("{name} in {}", language.tag()))
                })?;
            }
        }
        Ok(())
    }
}

/// The engine that speaks `language`.
fn engine(files: &Files, language: Language) -> Result<Tera, TemplateError> {
    let mut tera = Tera::new();
    tera.autoescape_on([".html", ".svg"]);
    tera.register_function("t", texts::function(Texts::load(files, language)?));
    tera.register_filter("urlencode", frame::urlencode);
    tera.register_filter("link", frame::link);
    tera.add_raw_templates(files.templates()).map_err(|error| files.fault("", &error))?;
    Ok(tera)
}

#[cfg(test)]
mod tests;
