//! `portero org`

use super::arguments::OrgVerb;
use super::desk::Desk;
use super::error::CommandError;
use super::terminal::{details, moment, table};
use crate::flows::administer::{Answer, NewOrganization, OrganizationView, Request};

pub(super) async fn run(verb: OrgVerb, desk: &mut Desk<'_, '_>) -> Result<(), CommandError> {
    match verb {
        OrgVerb::Add { key, name, parent } => {
            let new = NewOrganization { key, name, parent };
            let Answer::Organization(added) = desk.ask(Request::AddOrganization(new)).await? else {
                return Err(CommandError::Astray);
            };
            desk.show(&added, |zone| {
                details(&[
                    ("key", added.written_key.clone()),
                    ("name", added.name.to_string()),
                    ("under", parent_of(&added)),
                    ("added", moment(added.created_at, zone)),
                ])
            })
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
    }
}

fn parent_of(organization: &OrganizationView) -> String {
    organization.parent.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}
