//! The forms that add, change and remove a user.

use super::fields::{applications, helped, key_of, list, optional, role_of, roles, text, ticked};
use super::{AdminPages, Refusal, is_ours, page, password_of, problem, to, token};
use crate::domain::names::{EmailAddress, GroupName};
use crate::domain::user::Role;
use crate::flows::administer::{AccountView, Answer as Told, EditUser, NewUser, Request, UserRef};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminField, AdminForm, AdminFormPage, AdminProblem};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

/// What a form looks like.
struct Shown {
    what: &'static str,
    path: &'static str,
    /// What is said when it is done.
    done: &'static str,
    fields: Vec<AdminField>,
}

impl AdminPages {
    pub(super) async fn new_user(&self, visit: &Visit, mut form: Option<Form>) -> Answer {
        let password = password_of(form.as_mut());
        let key = key_of(visit)?;
        let name = self.details(visit).await?.organization.name.to_string();
        let shown = |problem: Option<AdminProblem>| {
            let typed = |field| form.as_ref().map_or("", |form| form.get(field)).to_owned();
            let none = Default::default();
            let chosen = form.as_ref().map(|form| ticked(visit, form, &none)).unwrap_or_default();
            let fields = vec![
                helped(text("username", typed("username"))),
                text("name", typed("name")),
                helped(AdminField { kind: "email", ..text("email", typed("email")) }),
                roles(own_role(visit), &typed("role")),
                applications(visit, &chosen),
                optional(helped(text("groups", typed("groups")))),
            ];
            let action = page("/user/new", &[("key", key.as_str())]);
            let form = AdminForm { what: "new-user", action, csrf: token(visit)?, fields };
            let back = page("/users", &[("key", key.as_str())]);
            self.form_page(visit, AdminFormPage { name: name.clone(), form, back, problem })
        };
        let Some(form) = &form else { return shown(None) };
        if !is_ours(visit, form) {
            return shown(Some(problem("expired-form")));
        }
        let user = form.get("username").parse().ok().map(|username| UserRef { organization: key.clone(), username });
        let named = form.get("name").parse().ok();
        let emails = list::<EmailAddress>(form.get("email")).filter(|emails| !emails.is_empty());
        let rights = role_of(form.get("role")).zip(list::<GroupName>(form.get("groups")));
        let (Some(user), Some(named), Some(emails), Some((role, groups))) = (user, named, emails, rights) else {
            return shown(Some(problem("invalid")));
        };
        let reference = user.to_string();
        let new = NewUser {
            user,
            name: named,
            emails,
            role,
            applications: ticked(visit, form, &Default::default()),
            groups: groups.into_iter().collect(),
            password: None,
        };
        match self.ask_by_form(visit, &password, Request::AddUser(Box::new(new))).await {
            Ok(Told::UserAdded { invited: Some(_), .. }) => {
                to(&page("/user", &[("user", &reference), ("done", "invited")]))
            }
            Ok(Told::UserAdded { invited: None, .. }) => shown(Some(problem("not-invited"))),
            Ok(_) => Err(Failure::Internal),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => shown(Some(problem)),
        }
    }

    pub(super) async fn edit_user(&self, visit: &Visit, form: Option<Form>) -> Answer {
        if form.is_none() && !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        let account = self.account(visit).await?;
        let user = &account.user;
        let typed = |name, kept: String| form.as_ref().map_or(kept, |form| form.get(name).to_owned());
        let groups: Vec<&str> = user.groups.iter().map(|group| group.as_str()).collect();
        let chosen =
            form.as_ref().map_or_else(|| user.applications.clone(), |form| ticked(visit, form, &user.applications));
        let shown = Shown {
            what: "edit-user",
            path: "/user/edit",
            done: "saved",
            fields: vec![
                text("name", typed("name", user.name.to_string())),
                roles(own_role(visit).max(user.role), &typed("role", user.role.as_str().to_owned())),
                applications(visit, &chosen),
                optional(helped(text("groups", typed("groups", groups.join(", "))))),
            ],
        };
        let Some(mut form) = form else { return self.about_user(visit, &account, shown, None) };
        let groups = list::<GroupName>(form.get("groups")).map(|groups| groups.into_iter().collect());
        let read = (form.get("name").parse().ok(), role_of(form.get("role")), groups);
        let request = match read {
            (Some(name), Some(role), Some(groups)) => Some(Request::EditUser(Box::new(EditUser {
                // What stays as it is is no change: nobody needs the right to it.
                name: Some(name).filter(|name| *name != user.name),
                role: Some(role).filter(|role| *role != user.role),
                applications: Some(chosen).filter(|chosen| *chosen != user.applications),
                groups: Some(groups).filter(|groups| *groups != user.groups),
                user: user.reference(),
            }))),
            _ => None,
        };
        self.submit_user(visit, &account, &mut form, request, shown).await
    }

    pub(super) async fn emails(&self, visit: &Visit, form: Option<Form>) -> Answer {
        if form.is_none() && !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        let account = self.account(visit).await?;
        let kept: Vec<&str> = account.user.emails.iter().map(|email| email.as_str()).collect();
        let typed = |name, kept: String| form.as_ref().map_or(kept, |form| form.get(name).to_owned());
        let shown = Shown {
            what: "emails",
            path: "/user/emails",
            done: "emails",
            fields: vec![
                helped(text("emails", typed("emails", kept.join(", ")))),
                helped(text("why", typed("why", String::new()))),
            ],
        };
        let Some(mut form) = form else { return self.about_user(visit, &account, shown, None) };
        let emails = list(form.get("emails")).filter(|emails: &Vec<EmailAddress>| !emails.is_empty());
        let request = emails.map(|emails| Request::SetEmails {
            user: account.user.reference(),
            emails,
            reason: Some(form.get("why").to_owned()),
        });
        self.submit_user(visit, &account, &mut form, request, shown).await
    }

    pub(super) async fn remove(&self, visit: &Visit, form: Option<Form>) -> Answer {
        if form.is_none() && !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        let account = self.account(visit).await?;
        let shown = Shown { what: "remove", path: "/user/remove", done: "removed", fields: vec![] };
        let Some(mut form) = form else { return self.about_user(visit, &account, shown, None) };
        let request = Request::RemoveUser(account.user.reference());
        self.submit_user(visit, &account, &mut form, Some(request), shown).await
    }

    fn about_user(&self, visit: &Visit, account: &AccountView, shown: Shown, problem: Option<AdminProblem>) -> Answer {
        let reference = account.user.reference().to_string();
        let Shown { what, path, done: _, fields } = shown;
        let form = AdminForm { what, action: page(path, &[("user", &reference)]), csrf: token(visit)?, fields };
        let name = format!("{} ({reference})", account.user.name);
        let back = page("/user", &[("user", &reference)]);
        self.form_page(visit, AdminFormPage { name, form, back, problem })
    }

    /// Has a form's wish done; `None` for one that does not read.
    async fn submit_user(
        &self,
        visit: &Visit,
        account: &AccountView,
        form: &mut Form,
        request: Option<Request>,
        shown: Shown,
    ) -> Answer {
        if !is_ours(visit, form) {
            return self.about_user(visit, account, shown, Some(problem("expired-form")));
        }
        let Some(request) = request else { return self.about_user(visit, account, shown, Some(problem("invalid"))) };
        let removed = matches!(request, Request::RemoveUser(_));
        match self.ask_by_form(visit, &password_of(Some(form)), request).await {
            Ok(_) if removed => {
                to(&page("/users", &[("key", account.user.organization.as_str()), ("done", shown.done)]))
            }
            Ok(_) => to(&page("/user", &[("user", &account.user.reference().to_string()), ("done", shown.done)])),
            Err(Refusal::Failure(failure)) => Err(failure),
            Err(Refusal::Confirm) => Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => self.about_user(visit, account, shown, Some(problem)),
        }
    }
}

/// The role of whoever is signed in, for what is offered; what may be done the flow judges.
fn own_role(visit: &Visit) -> Role {
    visit.signed_in.as_ref().map_or(Role::User, |signed_in| signed_in.person.role)
}
