//! The forms that change an organization: its name, its rules, its mail server, and one below it.

use secrecy::SecretString;

use super::fields::{field, helped, optional, select, text};
use super::{AdminPages, HOME, Refusal, is_ours, page, password_of, problem, to, token};
use crate::domain::mail::MailEncryption;
use crate::domain::names::OrganizationKey;
use crate::domain::organization::{PasswordRules, RulesEdit, Setting};
use crate::domain::recovery::RecoveryMethod;
use crate::flows::administer::{
    Answer as Told, EditOrganization, NewMailServer, NewOrganization, OrganizationDetails, Request,
};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminField, AdminForm, AdminFormPage, AdminOption, AdminProblem};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

const SOURCES: [(&str, &str); 2] = [("inherit", "inherit"), ("own", "own")];
const QUESTIONS: [(&str, &str); 3] = [("inherit", "inherit"), ("yes", "yes"), ("no", "no")];
const RULES: [(&str, &str); 3] = [("inherit", "inherit"), ("configured", "configured"), ("modern", "modern")];
const ENCRYPTIONS: [(&str, &str); 3] = [("starttls", "starttls"), ("implicit", "implicit"), ("none", "none")];

/// What a form looks like, and what it is about.
struct Shown {
    what: &'static str,
    path: &'static str,
    /// What is said when it is done.
    done: &'static str,
    fields: Vec<AdminField>,
}

impl AdminPages {
    pub(super) async fn rename(&self, visit: &Visit, form: Option<Form>) -> Answer {
        let details = self.details(visit).await?;
        let (key, present) = (details.organization.key.clone(), details.organization.name.to_string());
        let shown = |value: String| Shown {
            what: "rename",
            path: "/organization/rename",
            done: "renamed",
            fields: vec![field("key", "fixed", details.organization.written_key.clone()), text("name", value)],
        };
        let Some(mut form) = form else { return self.about(visit, &details, shown(present), None) };
        let typed = form.get("name").to_owned();
        let request = typed.parse().ok().map(|name| {
            Request::EditOrganization(Box::new(EditOrganization { organization: key, name: Some(name), rules: None }))
        });
        self.submit(visit, &details, &mut form, request, shown(typed)).await
    }

    pub(super) async fn rules(&self, visit: &Visit, form: Option<Form>) -> Answer {
        if form.is_none() && !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        let details = self.details(visit).await?;
        let fields = rules_fields(&details, form.as_ref());
        let shown = Shown { what: "rules", path: "/organization/rules", done: "saved", fields };
        let Some(mut form) = form else { return self.about(visit, &details, shown, None) };
        let request = read_rules(&form).map(|rules| {
            Request::EditOrganization(Box::new(EditOrganization {
                organization: details.organization.key.clone(),
                name: None,
                rules: Some(Box::new(rules)),
            }))
        });
        self.submit(visit, &details, &mut form, request, shown).await
    }

    pub(super) async fn mail_server(&self, visit: &Visit, form: Option<Form>) -> Answer {
        if form.is_none() && !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        let details = self.details(visit).await?;
        let organization = details.organization.key.clone();
        let Some(mut form) = form else {
            let fields = server_fields(&details, None);
            let shown = Shown { what: "mail-server", path: "/organization/mail-server", done: "mail-server", fields };
            return self.about(visit, &details, shown, None);
        };
        let fields = server_fields(&details, Some(&form));
        let request = if form.get("host").trim().is_empty() {
            Some(Request::SetMailServer { organization, server: None })
        } else {
            read_server(&mut form).map(|server| Request::SetMailServer { organization, server: Some(Box::new(server)) })
        };
        let shown = Shown { what: "mail-server", path: "/organization/mail-server", done: "mail-server", fields };
        self.submit(visit, &details, &mut form, request, shown).await
    }

    /// Below the organization that the address names; on the first level if it names none.
    pub(super) async fn new_organization(&self, visit: &Visit, form: Option<Form>) -> Answer {
        let parameters = visit.parameters();
        let parent = match parameters.get("key") {
            "" => None,
            _ => Some(self.details(visit).await?.organization),
        };
        let typed = |name| form.as_ref().map_or("", |form| form.get(name)).to_owned();
        let fields = vec![helped(text("key", typed("key"))), text("name", typed("name"))];
        let key = parent.as_ref().map_or("", |parent| parent.key.as_str()).to_owned();
        let shown = |problem| {
            let action = page("/organization/new", &[("key", key.as_str())]);
            let back = if key.is_empty() { HOME.to_owned() } else { page("/organization", &[("key", key.as_str())]) };
            let form = AdminForm { what: "new-organization", action, csrf: token(visit)?, fields: fields.clone() };
            let name = parent.as_ref().map(|parent| parent.name.to_string()).unwrap_or_default();
            self.form_page(visit, AdminFormPage { name, form, back, problem })
        };
        let Some(form) = &form else { return shown(None) };
        if !is_ours(visit, form) {
            return shown(Some(problem("expired-form")));
        }
        let (typed_key, name) = (form.get("key").to_owned(), form.get("name").parse());
        let (Ok(name), true) = (name, typed_key.parse::<OrganizationKey>().is_ok()) else {
            return shown(Some(problem("invalid")));
        };
        let new = NewOrganization { key: typed_key, name, parent: parent.as_ref().map(|parent| parent.key.clone()) };
        match self.ask(visit, Request::AddOrganization(new)).await {
            Ok(Told::Organization(added)) => {
                to(&page("/organization", &[("key", added.key.as_str()), ("done", "added")]))
            }
            Ok(_) => Err(Failure::Internal),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => shown(Some(problem)),
        }
    }

    fn about(
        &self,
        visit: &Visit,
        details: &OrganizationDetails,
        shown: Shown,
        problem: Option<AdminProblem>,
    ) -> Answer {
        let key = details.organization.key.as_str();
        let Shown { what, path, done: _, fields } = shown;
        let form = AdminForm { what, action: page(path, &[("key", key)]), csrf: token(visit)?, fields };
        let back = page("/organization", &[("key", key)]);
        self.form_page(visit, AdminFormPage { name: details.organization.name.to_string(), form, back, problem })
    }

    /// Has a form's wish done; `None` for one that does not read.
    async fn submit(
        &self,
        visit: &Visit,
        details: &OrganizationDetails,
        form: &mut Form,
        request: Option<Request>,
        shown: Shown,
    ) -> Answer {
        if !is_ours(visit, form) {
            return self.about(visit, details, shown, Some(problem("expired-form")));
        }
        let Some(request) = request else { return self.about(visit, details, shown, Some(problem("invalid"))) };
        match self.ask_by_form(visit, &password_of(Some(form)), request).await {
            Ok(_) => to(&page("/organization", &[("key", details.organization.key.as_str()), ("done", shown.done)])),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => self.about(visit, details, shown, Some(problem)),
        }
    }
}

/// What is said of the secret question.
pub(super) const fn question_word(needs_mailbox: Option<bool>) -> &'static str {
    match needs_mailbox {
        None => "inherit",
        Some(true) => "yes",
        Some(false) => "no",
    }
}

/// As they are kept, or as they were typed.
fn rules_fields(details: &OrganizationDetails, typed: Option<&Form>) -> Vec<AdminField> {
    let rules = &details.rules;
    let kept = |method| rules.recovery_methods.as_ref().is_none_or(|own| own.contains(&method));
    let value = |name, kept: &str| typed.map_or(kept, |form| form.get(name)).to_owned();
    let method = |method: RecoveryMethod| AdminOption {
        value: format!("method-{method}"),
        label: method.as_str(),
        text: String::new(),
        chosen: typed.map_or_else(|| kept(method), |form| is_ticked(form, method)),
        ..AdminOption::default()
    };
    let password_rules = match rules.password_rules {
        None => "inherit",
        Some(PasswordRules::Configured) => "configured",
        Some(PasswordRules::Modern) => "modern",
    };
    let source = if rules.recovery_methods.is_some() { "own" } else { "inherit" };
    let methods = RecoveryMethod::ALL.into_iter().map(method).collect();
    let sender = rules.sender_name.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![
        helped(AdminField { options: methods, ..field("recovery", "checks", "") }),
        select("source", &SOURCES, &value("source", source)),
        select("question", &QUESTIONS, &value("question", question_word(rules.question_needs_mailbox))),
        select("rules", &RULES, &value("rules", password_rules)),
        optional(helped(text("sender-name", value("sender-name", &sender)))),
    ]
}

fn is_ticked(form: &Form, method: RecoveryMethod) -> bool {
    !form.get(&format!("method-{method}")).is_empty()
}

fn read_rules(form: &Form) -> Option<RulesEdit> {
    Some(RulesEdit {
        recovery_methods: match form.get("source") {
            "inherit" => Setting::Inherit,
            "own" => Setting::Own(RecoveryMethod::ALL.into_iter().filter(|method| is_ticked(form, *method)).collect()),
            _ => return None,
        },
        question_needs_mailbox: match form.get("question") {
            "inherit" => Setting::Inherit,
            "yes" => Setting::Own(true),
            "no" => Setting::Own(false),
            _ => return None,
        },
        password_rules: match form.get("rules") {
            "inherit" => Setting::Inherit,
            "configured" => Setting::Own(PasswordRules::Configured),
            "modern" => Setting::Own(PasswordRules::Modern),
            _ => return None,
        },
        sender_name: match form.get("sender-name").trim() {
            "" => Setting::Inherit,
            name => Setting::Own(name.parse().ok()?),
        },
    })
}

/// As they are kept, or as they were typed; the password is never filled in again.
fn server_fields(details: &OrganizationDetails, typed: Option<&Form>) -> Vec<AdminField> {
    let server = details.mail_server.as_ref();
    let value = |name: &str, kept: Option<String>| match typed {
        Some(form) => form.get(name).to_owned(),
        None => kept.unwrap_or_default(),
    };
    let encryption = server.map(|server| encryption_name(server.encryption).to_owned());
    let encryption = value("encryption", encryption.or_else(|| Some("starttls".to_owned())));
    let port = server.map(|server| server.port.to_string()).or_else(|| Some("587".to_owned()));
    vec![
        helped(optional(text("host", value("host", server.map(|server| server.host.clone()))))),
        optional(field("port", "number", value("port", port))),
        select("encryption", &ENCRYPTIONS, &encryption),
        optional(text("mail-user", value("mail-user", server.and_then(|server| server.username.clone())))),
        helped(optional(field("mail-password", "password", ""))),
        optional(field("sender", "email", value("sender", server.map(|server| server.sender.to_string())))),
    ]
}

fn read_server(form: &mut Form) -> Option<NewMailServer> {
    let password = form.take("mail-password");
    let username = form.get("mail-user").trim().to_owned();
    Some(NewMailServer {
        host: form.get("host").trim().to_owned(),
        port: form.get("port").trim().parse().ok()?,
        encryption: match form.get("encryption") {
            "starttls" => MailEncryption::StartTls,
            "implicit" => MailEncryption::Implicit,
            "none" => MailEncryption::None,
            _ => return None,
        },
        username: (!username.is_empty()).then_some(username),
        password: (!password.is_empty()).then(|| SecretString::from(password)),
        sender: form.get("sender").parse().ok()?,
    })
}

const fn encryption_name(encryption: MailEncryption) -> &'static str {
    match encryption {
        MailEncryption::StartTls => "starttls",
        MailEncryption::Implicit => "implicit",
        MailEncryption::None => "none",
    }
}
