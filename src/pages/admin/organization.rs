//! `/admin/organization`: what an organization settles, and the button that tries its mail server.

use super::fields::key_of;
use super::{AdminPages, HOME, Refusal, done, is_ours, moment, page, problem, token};
use crate::domain::organization::PasswordRules;
use crate::flows::administer::{Answer as Told, MailTestView, OrganizationDetails, Request, TestedServer};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminFact, AdminForm, AdminLink, AdminOrganizationPage, AdminProblem, AdminTried, AdminWord};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

impl AdminPages {
    pub(super) async fn organization(&self, visit: &Visit) -> Answer {
        self.show_organization(visit, None, None).await
    }

    /// Tries the mail server. The answer is this page with what came of it.
    pub(super) async fn act_on_organization(&self, visit: &Visit, form: Form) -> Answer {
        if !is_ours(visit, &form) {
            return self.show_organization(visit, None, Some(problem("expired-form"))).await;
        }
        if form.get("act") != "trial" {
            return Err(Failure::BadRequest);
        }
        match self.ask(visit, Request::TestMail { organization: key_of(visit)?, to: None }).await {
            Ok(Told::MailTest(tried)) => self.show_organization(visit, Some(tried), None).await,
            Ok(_) => Err(Failure::Internal),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => self.show_organization(visit, None, Some(problem)).await,
        }
    }

    /// An organization with what it settles.
    pub(super) async fn details(&self, visit: &Visit) -> Result<OrganizationDetails, Failure> {
        match self.look(visit, Request::ShowOrganization(key_of(visit)?)).await? {
            Told::Details(details) => Ok(*details),
            _ => Err(Failure::Internal),
        }
    }

    async fn show_organization(
        &self,
        visit: &Visit,
        tried: Option<MailTestView>,
        problem: Option<AdminProblem>,
    ) -> Answer {
        let details = self.details(visit).await?;
        let key = details.organization.key.as_str();
        let link = |label, path| AdminLink { label, address: page(path, &[("key", key)]) };
        let links = vec![
            link("users", "/users"),
            link("rename", "/organization/rename"),
            link("rules", "/organization/rules"),
            link("mail-server", "/organization/mail-server"),
            link("new-organization", "/organization/new"),
            AdminLink { label: "audit", address: page("/audit", &[]) },
            AdminLink { label: "home", address: HOME.to_owned() },
        ];
        let tried = tried.map(|tried| AdminTried {
            to: tried.to.to_string(),
            kind: tried.trouble.as_ref().map_or("", |trouble| trouble.fault.as_str()),
            detail: tried.trouble.map(|trouble| trouble.detail).unwrap_or_default(),
        });
        let trial = AdminForm {
            what: "trial",
            action: page("/organization", &[("key", key)]),
            csrf: token(visit)?,
            fields: vec![],
        };
        let page = AdminOrganizationPage {
            name: details.organization.name.to_string(),
            facts: facts(visit, &details),
            links,
            trial,
            done: if tried.is_none() { done(visit) } else { "" },
            tried,
            problem: problem.clone(),
        };
        self.show(visit, problem.as_ref(), &page)
    }
}

fn facts(visit: &Visit, details: &OrganizationDetails) -> Vec<AdminFact> {
    let said = |label, value: String| AdminFact { label, value, words: vec![] };
    let word = |label, word| AdminFact { label, value: String::new(), words: vec![AdminWord { label: word }] };
    let organization = &details.organization;
    let mut facts = vec![said("key", organization.written_key.clone())];
    if let Some(parent) = &organization.parent {
        facts.push(said("parent", parent.to_string()));
    }
    facts.push(match &details.sends_by {
        TestedServer::Organization(key) => said("sends-by", key.to_string()),
        TestedServer::Installation => word("sends-by", "installation"),
    });
    if let Some(server) = &details.mail_server {
        facts.push(said("mail-server", format!("{}:{}", server.host, server.port)));
        facts.push(said("sender", server.sender.to_string()));
    }
    let rules = &details.rules;
    facts.push(match &rules.sender_name {
        Some(name) => said("sender-name", name.to_string()),
        None => word("sender-name", "inherit"),
    });
    facts.push(match &rules.recovery_methods {
        Some(methods) => AdminFact {
            label: "recovery",
            value: String::new(),
            words: methods.iter().map(|method| AdminWord { label: method.as_str() }).collect(),
        },
        None => word("recovery", "inherit"),
    });
    facts.push(word("question", super::organization_forms::question_word(rules.question_needs_mailbox)));
    facts.push(match rules.password_rules {
        Some(PasswordRules::Modern) => word("rules", "modern"),
        Some(PasswordRules::Configured) => word("rules", "configured"),
        None => word("rules", "inherit"),
    });
    facts.push(said("added", moment(organization.created_at, &visit.config.portal.time_zone)));
    facts
}
