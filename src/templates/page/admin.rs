//! The pages of administration. Moments, counts and addresses come as they are to be read; whatever has a `label`, `what`, `kind` or
//! `reason` is said by a text of that name.

use serde::Serialize;

use crate::templates::Page;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminLink {
    /// Its name in texts: `admin-link-LABEL`.
    pub label: &'static str,
    /// Where it leads.
    pub address: String,
}

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminForm {
    /// Which: its texts are `admin-form-WHAT-title`, `-lead` and `-submit`.
    pub what: &'static str,
    /// Where it is sent.
    pub action: String,
    /// The form token.
    pub csrf: String,
    /// What is to be filled in.
    pub fields: Vec<AdminField>,
}

/// A field of a form; its label is the text `admin-field-LABEL`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminField {
    /// The name it is sent under.
    pub name: &'static str,
    /// The name of its label in texts.
    pub label: &'static str,
    /// `text`, `email`, `number`, `password`, `select`, `checks` or `fixed`.
    pub kind: &'static str,
    /// What is in it.
    pub value: String,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Whether there is a help text, `admin-help-LABEL`.
    pub help: bool,
    /// What may be chosen.
    pub options: Vec<AdminOption>,
}

/// One choice of a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminOption {
    /// What is sent: the value of a `select`, the name of one of `checks`.
    pub value: String,
    /// Its name in texts, `admin-option-LABEL`; empty if `text` says it.
    pub label: &'static str,
    /// `action` or `reason` if the label is a code of the audit trail, which is shown beside its text; empty otherwise.
    pub code: &'static str,
    /// What is shown where there is no text.
    pub text: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Why something was not done: the text `admin-problem-KIND`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminProblem {
    /// Which.
    pub kind: String,
    /// What it is about, where that helps.
    pub name: String,
    /// Seconds after which it may go better; 0 where waiting does not help.
    pub wait: u64,
}

/// The organizations in reach, as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminHomePage {
    /// The tree, each after the one above it.
    pub organizations: Vec<AdminOrganization>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// Other places.
    pub links: Vec<AdminLink>,
    /// What was done before: the text `admin-done-WHAT`; empty for nothing.
    pub done: &'static str,
}

/// An organization in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminOrganization {
    /// What it is called.
    pub name: String,
    /// Its key, as it was written.
    pub key: String,
    /// How deep it stands, from 0.
    pub depth: u8,
    /// Its users.
    pub users: String,
    /// What it settles.
    pub settings: String,
}

/// One organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminOrganizationPage {
    /// What it is called.
    pub name: String,
    /// What holds.
    pub facts: Vec<AdminFact>,
    /// What can be changed, and other places.
    pub links: Vec<AdminLink>,
    /// The button that tries the mail server.
    pub trial: AdminForm,
    /// How a trial ended.
    pub tried: Option<AdminTried>,
    /// What was done before.
    pub done: &'static str,
    /// What was not.
    pub problem: Option<AdminProblem>,
}

/// How a trial of a mail server ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminTried {
    /// Where the message went.
    pub to: String,
    /// The text `mail-fault-KIND`; empty if it went well.
    pub kind: &'static str,
    /// What the other side said; may be empty.
    pub detail: String,
}

/// Something that holds: the text `admin-fact-LABEL`, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminFact {
    /// The name in texts.
    pub label: &'static str,
    /// What it is, as it is read.
    pub value: String,
    /// What it is, as texts `admin-option-KIND`, before the value.
    pub words: Vec<AdminWord>,
}

/// A word from the texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminWord {
    /// `admin-option-LABEL`.
    pub label: &'static str,
}

/// Users of one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminUsersPage {
    /// What the organization is called.
    pub name: String,
    /// Its key.
    pub key: String,
    /// What is looked for; may be empty.
    pub search: String,
    /// The users.
    pub users: Vec<AdminUser>,
    /// The next page; empty if there is none.
    pub next: String,
    /// Other places.
    pub links: Vec<AdminLink>,
    /// What was done before.
    pub done: &'static str,
}

/// A user in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminUser {
    /// The user's page.
    pub address: String,
    /// The username.
    pub username: String,
    /// What the person is called.
    pub name: String,
    /// The main address.
    pub email: String,
    /// Role, and status if the account is closed: `admin-option-LABEL`.
    pub words: Vec<AdminWord>,
}

/// One user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminUserPage {
    /// What the person is called.
    pub name: String,
    /// Organization and username.
    pub username: String,
    /// Why the person cannot sign in, or what else is wrong; empty if nothing is.
    pub obstacles: Vec<AdminObstacle>,
    /// Whether the person can sign in all the same.
    pub can_sign_in: bool,
    /// What holds.
    pub facts: Vec<AdminFact>,
    /// What can be changed, and other places.
    pub links: Vec<AdminLink>,
    /// The form of the buttons: `what` of each is sent as `act`.
    pub form: AdminForm,
    /// The buttons: `admin-act-LABEL`.
    pub acts: Vec<AdminWord>,
    /// Open sessions: since when, last seen, from where, what browser.
    pub sessions: Vec<[String; 4]>,
    /// Ways back in that are under way.
    pub pending: Vec<AdminFact>,
    /// Messages about the account.
    pub mails: Vec<AdminMail>,
    /// What happened.
    pub events: Vec<AdminEvent>,
    /// What was done before.
    pub done: &'static str,
    /// What was not.
    pub problem: Option<AdminProblem>,
}

/// What keeps a person out: the text `admin-obstacle-KIND`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminObstacle {
    /// Which.
    pub kind: &'static str,
    /// Since or until when; may be empty.
    pub moment: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminMail {
    /// When it was put in.
    pub at: String,
    /// What it is about: `mail-kind-KIND`.
    pub kind: &'static str,
    /// To whom.
    pub to: String,
    /// How far it is: `mail-status-LABEL`.
    pub label: &'static str,
    /// The last failure; may be empty.
    pub detail: String,
}

/// An event of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminEvent {
    /// When.
    pub at: String,
    /// What: `audit-action-WHAT`.
    pub what: &'static str,
    /// How it ended: `audit-reason-REASON`.
    pub reason: &'static str,
    /// About whom; may be empty.
    pub user: String,
    /// Who did it; may be empty.
    pub actor: String,
    /// From where; may be empty.
    pub address: String,
    /// The reason given; may be empty.
    pub note: String,
}

/// A form on a page of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminFormPage {
    /// Whose it is: a name above the form; may be empty.
    pub name: String,
    /// The form.
    pub form: AdminForm,
    /// Where to go instead.
    pub back: String,
    /// What was wrong.
    pub problem: Option<AdminProblem>,
}

/// Many users from a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminImportPage {
    /// What the organization is called.
    pub name: String,
    /// The form; its fields are the page's own.
    pub form: AdminForm,
    /// Whether the form asks for the password.
    pub asks_password: bool,
    /// What is wrong with the file that was sent.
    pub faults: Vec<AdminRowFault>,
    /// How many more faults there are.
    pub more: usize,
    /// What was taken in.
    pub taken: Option<AdminTaken>,
    /// Where to go instead.
    pub back: String,
    /// What was wrong with the form.
    pub problem: Option<AdminProblem>,
}

/// A fault of a file: the text `admin-import-fault-KIND`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRowFault {
    /// Where; 0 for the file as a whole.
    pub line: u64,
    /// Which.
    pub kind: &'static str,
    /// What it is about; may be empty.
    pub about: String,
}

/// What was taken in from a file, or could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminTaken {
    /// How many users.
    pub users: u64,
    /// Whether nothing was done.
    pub looked_only: bool,
}

/// The audit trail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AdminAuditPage {
    /// The search, sent by GET.
    pub form: AdminForm,
    /// What was found, oldest first.
    pub events: Vec<AdminEvent>,
    /// The next page; empty if there is none.
    pub next: String,
    /// The same as a file.
    pub export: String,
    /// What was wrong with the search.
    pub problem: Option<AdminProblem>,
}

macro_rules! pages {
    ($($page:ident: $template:literal),+ $(,)?) => {
        $(impl Page for $page {
            const TEMPLATE: &'static str = $template;
        })+
    };
}

pages! {
    AdminHomePage: "admin-home.html",
    AdminOrganizationPage: "admin-organization.html",
    AdminUsersPage: "admin-users.html",
    AdminUserPage: "admin-user.html",
    AdminFormPage: "admin-form.html",
    AdminImportPage: "admin-import.html",
    AdminAuditPage: "admin-audit.html",
}
