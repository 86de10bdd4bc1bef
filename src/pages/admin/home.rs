//! `/admin/`: the organizations in reach, as a tree.

use http::StatusCode;

use super::{AdminPages, done, page};
use crate::domain::user::Role;
use crate::flows::administer::{Answer as Told, OrganizationView, Request};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminHomePage, AdminLink, AdminOrganization};
use crate::wire::failure::Failure;

/// Organizations on one page.
const MOST: usize = 500;

impl AdminPages {
    pub(super) async fn home(&self, visit: &Visit) -> Answer {
        let Told::Organizations(all) = self.look(visit, Request::ListOrganizations).await? else {
            return Err(Failure::Internal);
        };
        let mut links = vec![AdminLink { label: "audit", address: page("/audit", &[]) }];
        if visit.signed_in.as_ref().is_some_and(|signed_in| signed_in.person.role == Role::Operator) {
            links.push(AdminLink { label: "new-organization", address: page("/organization/new", &[]) });
        }
        let mut organizations = Vec::new();
        // Those whose parent is out of reach stand on top.
        let is_top = |one: &&OrganizationView| {
            one.parent.as_ref().is_none_or(|parent| all.iter().all(|other| other.key != *parent))
        };
        for top in all.iter().filter(is_top) {
            plant(&all, top, 0, &mut organizations);
        }
        let more = organizations.len() > MOST;
        organizations.truncate(MOST);
        self.kit.show(visit, StatusCode::OK, &AdminHomePage { organizations, more, links, done: done(visit) })
    }
}

/// An organization and all below it.
fn plant(all: &[OrganizationView], one: &OrganizationView, depth: u8, tree: &mut Vec<AdminOrganization>) {
    if tree.len() > MOST {
        return;
    }
    tree.push(AdminOrganization {
        name: one.name.to_string(),
        key: one.written_key.clone(),
        depth,
        users: page("/users", &[("key", one.key.as_str())]),
        settings: page("/organization", &[("key", one.key.as_str())]),
    });
    for below in all.iter().filter(|other| other.parent.as_ref() == Some(&one.key)) {
        plant(all, below, depth + 1, tree);
    }
}
