//! `portero org`

use jiff::tz::TimeZone;

use super::arguments::{MailServerArguments, OrgVerb};
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{details, moment, table};
use crate::config::MailTransport;
use crate::domain::mail::MailTrouble;
use crate::domain::names::{EmailAddress, OrganizationKey};
use crate::domain::organization::{PasswordRules, RulesEdit};
use crate::flows::administer::{
    Answer, EditOrganization, NewMailServer, NewOrganization, OrganizationDetails, OrganizationView, Request,
    TestedServer,
};
use crate::templates::english;

pub(super) async fn run(verb: OrgVerb, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    match verb {
        OrgVerb::Add { key, name, parent } => {
            let new = NewOrganization { key, name, parent };
            let Answer::Organization(added) = desk.ask(Request::AddOrganization(new)).await? else {
                return Err(CommandError::Astray);
            };
            desk.show(&added, |zone| details(&details_of(&added, zone)))
        }
        OrgVerb::List => {
            let Answer::Organizations(all) = desk.ask(Request::ListOrganizations).await? else {
                return Err(CommandError::Astray);
            };
            desk.show(&all, |zone| {
                let rows: Vec<_> = all
                    .iter()
                    .map(|one| {
                        let added = moment(one.created_at, zone);
                        [one.written_key.clone(), one.name.to_string(), parent_of(one), added]
                    })
                    .collect();
                table(["KEY", "NAME", "UNDER", "ADDED"], &rows)
            })
        }
        OrgVerb::Show { key } => settled(Request::ShowOrganization(key), desk).await,
        OrgVerb::Set(set) => {
            let rules = RulesEdit {
                recovery_methods: set.recovery.unwrap_or_default(),
                question_needs_mailbox: set.question_needs_mailbox.unwrap_or_default(),
                password_rules: set.password_rules.unwrap_or_default(),
                sender_name: set.sender_name.unwrap_or_default(),
            };
            let rules = (rules != RulesEdit::default()).then(|| Box::new(rules));
            let edit = EditOrganization { organization: set.key, name: set.name, rules };
            settled(Request::EditOrganization(Box::new(edit)), desk).await
        }
        OrgVerb::MailServer(server) => mail_server(server, desk).await,
        OrgVerb::MailTest { key, to } => mail_test(key, to, desk).await,
    }
}

async fn mail_server(server: MailServerArguments, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let password = if server.password_stdin { Some(desk.terminal.password()?) } else { None };
    let new = server.host.zip(server.sender).map(|(host, sender)| {
        Box::new(NewMailServer {
            host,
            port: server.port,
            encryption: server.tls,
            username: server.username,
            password,
            sender,
        })
    });
    settled(Request::SetMailServer { organization: server.key, server: new }, desk).await
}

/// Has something done that answers with what an organization settles.
async fn settled(request: Request, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let Answer::Details(details) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    desk.show(&details, |zone| {
        let OrganizationDetails { organization, mail_server, sends_by, rules } = &*details;
        let inherited = || "inherited".to_owned();
        let server = mail_server.as_ref().map_or_else(inherited, |server| {
            let secret = if server.has_password { "with" } else { "without" };
            format!("{}:{}, sender {}, {secret} password", server.host, server.port, server.sender)
        });
        let sends_by = match sends_by {
            TestedServer::Organization(key) => key.to_string(),
            TestedServer::Installation => "the configuration".to_owned(),
        };
        let methods = rules.recovery_methods.as_ref().map_or_else(inherited, |methods| {
            let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        });
        let password_rules = rules.password_rules.map_or_else(inherited, |rules| match rules {
            PasswordRules::Configured => "configured".to_owned(),
            PasswordRules::Modern => "modern".to_owned(),
        });
        let mut lines = details_of(organization, zone);
        lines.extend([
            ("mail server", server),
            ("mail goes by", sends_by),
            ("recovery", methods),
            ("question needs mailbox", rules.question_needs_mailbox.map_or_else(inherited, |yes| yes.to_string())),
            ("password rules", password_rules),
            ("sender name", rules.sender_name.as_ref().map_or_else(inherited, ToString::to_string)),
        ]);
        self::details(&lines)
    })
}

/// Tries the mail server; a message that was not taken is a failure.
async fn mail_test(key: OrganizationKey, to: EmailAddress, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    let request = Request::TestMail { organization: key, to: Some(to) };
    let Answer::MailTest(tried) = desk.ask(request).await? else { return Err(CommandError::Astray) };
    let server = server_of(&tried.server, desk).await?;
    desk.show(&tried, |_| match &tried.trouble {
        None => format!("OK: {server} took a message to {}", tried.to),
        Some(MailTrouble { fault, detail }) => {
            let text = english(&format!("mail-fault-{}", fault.as_str())).unwrap_or(fault.as_str());
            let said = if detail.is_empty() { String::new() } else { format!(" It said: {detail}") };
            format!("The message to {} was not sent by {server}. {text}{said}", tried.to)
        }
    })?;
    match tried.trouble {
        None => Ok(()),
        Some(trouble) => Err(CommandError::MailTest { server, fault: trouble.fault.as_str() }),
    }
}

/// What was tried, as a sysadmin knows it: host and port, or the folder that takes the messages.
async fn server_of(tried: &TestedServer, desk: &mut Desk<'_, '_>) -> Result<String, CommandError> {
    let TestedServer::Organization(key) = tried else {
        let mail = &desk.config.mail;
        return Ok(match &mail.smtp {
            Some(smtp) if mail.transport == MailTransport::Smtp => format!("{}:{}", smtp.host, smtp.port),
            _ => format!("the folder {}, where mail.transport = \"files\" writes messages,", mail.path.display()),
        });
    };
    let Answer::Details(details) = desk.ask(Request::ShowOrganization(key.clone())).await? else {
        return Err(CommandError::Astray);
    };
    let server = details.mail_server.as_ref();
    Ok(server.map_or_else(|| key.to_string(), |server| format!("{}:{}", server.host, server.port)))
}

fn details_of(organization: &OrganizationView, zone: &TimeZone) -> Vec<(&'static str, String)> {
    vec![
        ("key", organization.written_key.clone()),
        ("name", organization.name.to_string()),
        ("under", parent_of(organization)),
        ("added", moment(organization.created_at, zone)),
    ]
}

fn parent_of(organization: &OrganizationView) -> String {
    organization.parent.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}
