//! What follows `portero org`: organizations, what they settle, and their mail servers.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use crate::domain::mail::MailEncryption;
use crate::domain::names::{DisplayName, EmailAddress, NameError, OrganizationKey};
use crate::domain::organization::{PasswordRules, Setting};
use crate::domain::recovery::RecoveryMethod;

/// After `portero org`.
#[derive(Debug, Args)]
pub struct OrgArguments {
    /// Print the result as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: OrgVerb,
}

/// What can be done with organizations.
#[derive(Debug, Subcommand)]
pub enum OrgVerb {
    /// Add an organization
    #[command(after_help = "Examples:
  portero org add acme --name 'Acme Insurance'
  portero org add acme-claims --name 'Claims' --parent acme
  portero org add 'GAÑ&850101AB1' --name 'Gañán y Asociados'")]
    Add {
        /// Its key: 2 to 32 letters, digits, '&', '-', '_' or '.', in any case
        #[arg(value_name = "KEY", value_parser = written_key)]
        key: String,
        /// What people call it
        #[arg(long)]
        name: DisplayName,
        /// The organization above it
        #[arg(long, value_name = "KEY")]
        parent: Option<OrganizationKey>,
    },
    /// List all organizations
    List,
    /// Show what an organization settles
    Show {
        /// The organization
        #[arg(value_name = "KEY")]
        key: OrganizationKey,
    },
    /// Change the name or what the organization settles for itself and all below it
    ///
    /// What is not named stays; `inherit` leaves it to the organization above, and last to the configuration.
    #[command(after_help = "Examples:
  portero org set acme --name 'Acme Insurance'
  portero org set acme --recovery reset-link,rescue-code --password-rules modern
  portero org set acme-claims --sender-name inherit")]
    Set(SetOrganizationArguments),
    /// Set the mail server of an organization and all below it
    ///
    /// Its password is kept sealed for this very host, port, encryption and user name: whoever changes one of them gives it again,
    /// or it is dropped.
    #[command(after_help = "Examples:
  portero org mail-server acme --host smtp.acme.example --sender portal@acme.example --username portal --password-stdin < secret.txt
  portero org mail-server acme --none")]
    MailServer(MailServerArguments),
    /// Send a message through the mail server in force, and say what is wrong if it does not go
    #[command(after_help = "Exit code 1 if the message was not taken.

Example:
  portero org mail-test acme --to me@acme.example --json")]
    MailTest {
        /// The organization
        #[arg(value_name = "KEY")]
        key: OrganizationKey,
        /// Where the message goes
        #[arg(long, value_name = "ADDRESS")]
        to: EmailAddress,
    },
}

/// After `portero org set`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "recovery", "question_needs_mailbox", "password_rules", "sender_name"]))]
pub struct SetOrganizationArguments {
    /// The organization
    #[arg(value_name = "KEY")]
    pub key: OrganizationKey,
    /// What people call it
    #[arg(long)]
    pub name: Option<DisplayName>,
    /// The ways back in, separated by commas: reset-link, rescue-code, temporary-password, secret-question; or none, or inherit
    #[arg(long, value_name = "METHODS", value_parser = methods)]
    pub recovery: Option<Setting<BTreeSet<RecoveryMethod>>>,
    /// Whether the secret question is asked only after the mailbox was proved: true, false or inherit
    #[arg(long, value_name = "BOOL", value_parser = yes_or_no)]
    pub question_needs_mailbox: Option<Setting<bool>>,
    /// Rules for new passwords: configured, modern or inherit
    #[arg(long, value_name = "RULES", value_parser = password_rules)]
    pub password_rules: Option<Setting<PasswordRules>>,
    /// The name that messages come from, or inherit
    #[arg(long, value_name = "NAME", value_parser = sender_name)]
    pub sender_name: Option<Setting<DisplayName>>,
}

/// After `portero org mail-server`.
#[derive(Debug, Args)]
pub struct MailServerArguments {
    /// The organization
    #[arg(value_name = "KEY")]
    pub key: OrganizationKey,
    /// Remove it: the nearest one up the tree applies, and last the configuration's
    #[arg(long, conflicts_with_all = ["host", "sender", "username", "password_stdin"])]
    pub none: bool,
    /// Its name or address
    #[arg(long, required_unless_present = "none")]
    pub host: Option<String>,
    /// Its port
    #[arg(long, default_value_t = 587, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// How the connection is encrypted: starttls, implicit or none
    #[arg(long, default_value = "starttls", value_parser = encryption)]
    pub tls: MailEncryption,
    /// The user name, if it asks for one
    #[arg(long)]
    pub username: Option<String>,
    /// Read its password from the first line of stdin; without it, the present one stays as long as the server stays the same
    #[arg(long, requires = "username")]
    pub password_stdin: bool,
    /// The address that messages come from
    #[arg(long, value_name = "ADDRESS", required_unless_present = "none")]
    pub sender: Option<EmailAddress>,
}

/// A key that parses, as it was written.
fn written_key(text: &str) -> Result<String, NameError> {
    text.parse::<OrganizationKey>().map(|_| text.to_owned())
}

/// `inherit`, or a value of the organization's own.
fn setting<T, E>(text: &str, own: impl FnOnce(&str) -> Result<T, E>) -> Result<Setting<T>, E> {
    if text == "inherit" { Ok(Setting::Inherit) } else { own(text).map(Setting::Own) }
}

fn methods(text: &str) -> Result<Setting<BTreeSet<RecoveryMethod>>, &'static str> {
    let named = |name: &str| RecoveryMethod::ALL.into_iter().find(|method| method.as_str() == name.trim());
    setting(text, |text| match text {
        "none" => Ok(BTreeSet::new()),
        _ => text.split(',').map(named).collect::<Option<_>>().ok_or(
            "write some of reset-link, rescue-code, temporary-password and secret-question, separated by commas",
        ),
    })
}

fn yes_or_no(text: &str) -> Result<Setting<bool>, &'static str> {
    setting(text, |text| text.parse().map_err(|_| "write true, false or inherit"))
}

fn password_rules(text: &str) -> Result<Setting<PasswordRules>, &'static str> {
    setting(text, |text| match text {
        "configured" => Ok(PasswordRules::Configured),
        "modern" => Ok(PasswordRules::Modern),
        _ => Err("write configured, modern or inherit"),
    })
}

fn sender_name(text: &str) -> Result<Setting<DisplayName>, NameError> {
    setting(text, str::parse)
}

fn encryption(text: &str) -> Result<MailEncryption, &'static str> {
    match text {
        "starttls" => Ok(MailEncryption::StartTls),
        "implicit" => Ok(MailEncryption::Implicit),
        "none" => Ok(MailEncryption::None),
        _ => Err("write starttls, implicit or none"),
    }
}
