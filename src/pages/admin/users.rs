//! `/admin/users`: the users of one organization, a page at a time: all of them, or who is found by username, name or address.

use http::StatusCode;

use super::fields::{key_of, role_label};
use super::{AdminPages, HOME, done, page};
use crate::domain::names::OrganizationKey;
use crate::domain::user::Status;
use crate::flows::administer::{Answer as Told, Request, UserPage, UserRef, UserSearch, UserView};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminLink, AdminUser, AdminUsersPage, AdminWord};
use crate::wire::failure::Failure;

/// Users on one page.
const MOST: usize = 50;

impl AdminPages {
    pub(super) async fn users(&self, visit: &Visit) -> Answer {
        let key = key_of(visit)?;
        let name = self.details(visit).await?.organization.name.to_string();
        let parameters = visit.parameters();
        let search = parameters.get("q").trim().to_owned();
        let after = parameters.get("after");
        let (users, next) = if search.is_empty() {
            self.list(visit, &key, after).await?
        } else {
            self.find(visit, &key, &search, after).await?
        };
        let next = next
            .map(|after| page("/users", &[("key", key.as_str()), ("q", search.as_str()), ("after", after.as_str())]));
        let link = |label, path| AdminLink { label, address: page(path, &[("key", key.as_str())]) };
        let home = AdminLink { label: "home", address: HOME.to_owned() };
        let page = AdminUsersPage {
            name,
            key: key.to_string(),
            search,
            users: users.iter().map(row).collect(),
            next: next.unwrap_or_default(),
            links: vec![
                link("new-user", "/user/new"),
                link("import", "/users/import"),
                link("export", "/users/export"),
                link("settings", "/organization"),
                home,
            ],
            done: done(visit),
        };
        self.kit.show(visit, StatusCode::OK, &page)
    }

    /// A page of all users, and after what to go on.
    async fn list(
        &self,
        visit: &Visit,
        key: &OrganizationKey,
        after: &str,
    ) -> Result<(Vec<UserView>, Option<String>), Failure> {
        let after = after.parse().ok().map(|username| UserRef { organization: key.clone(), username });
        let wanted = UserPage { organization: Some(key.clone()), after, limit: MOST };
        let Told::Users { users, more } = self.look(visit, Request::ListUsers(wanted)).await? else {
            return Err(Failure::Internal);
        };
        let last = users.last().filter(|_| more).map(|user| user.username.to_string());
        Ok((users, last))
    }

    /// A page of those who are found, and after what to go on.
    async fn find(
        &self,
        visit: &Visit,
        key: &OrganizationKey,
        words: &str,
        after: &str,
    ) -> Result<(Vec<UserView>, Option<String>), Failure> {
        let wanted =
            UserSearch { organization: key.clone(), words: words.to_owned(), after: after.parse().ok(), limit: MOST };
        let Told::Found { users, next } = self.look(visit, Request::FindUsers(wanted)).await? else {
            return Err(Failure::Internal);
        };
        Ok((users, next.map(String::from)))
    }
}

fn row(user: &UserView) -> AdminUser {
    let mut words = vec![AdminWord { label: role_label(user.role) }];
    if user.status == Status::Deactivated {
        words.push(AdminWord { label: "deactivated" });
    }
    AdminUser {
        address: page("/user", &[("user", &user.reference().to_string())]),
        username: user.username.to_string(),
        name: user.name.to_string(),
        email: user.emails.first().map(ToString::to_string).unwrap_or_default(),
        words,
    }
}
