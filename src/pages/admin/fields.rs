//! How values become fields, and fields values.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::super::visit::Visit;
use crate::domain::names::{ApplicationId, OrganizationKey};
use crate::domain::user::Role;
use crate::flows::administer::UserRef;
use crate::templates::{AdminField, AdminOption};
use crate::wire::failure::Failure;
use crate::wire::form::Form;

pub(super) fn field(name: &'static str, kind: &'static str, value: impl Into<String>) -> AdminField {
    AdminField { name, label: name, kind, value: value.into(), ..AdminField::default() }
}

pub(super) fn text(name: &'static str, value: impl Into<String>) -> AdminField {
    field(name, "text", value)
}

/// A choice of texts `admin-option-LABEL`.
pub(super) fn select(name: &'static str, options: &[(&'static str, &'static str)], chosen: &str) -> AdminField {
    let option = |(value, label): &(&'static str, &'static str)| AdminOption {
        value: (*value).to_owned(),
        label,
        text: String::new(),
        chosen: *value == chosen,
        ..AdminOption::default()
    };
    AdminField { options: options.iter().map(option).collect(), ..field(name, "select", "") }
}

pub(super) fn helped(field: AdminField) -> AdminField {
    AdminField { help: true, ..field }
}

pub(super) fn optional(field: AdminField) -> AdminField {
    AdminField { optional: true, ..field }
}

/// The roles up to `most`.
pub(super) fn roles(most: Role, chosen: &str) -> AdminField {
    let all = [Role::User, Role::Admin, Role::Operator];
    let up_to: Vec<_> =
        all.into_iter().filter(|role| *role <= most).map(|role| (role.as_str(), role_label(role))).collect();
    select("role", &up_to, chosen)
}

pub(super) const fn role_label(role: Role) -> &'static str {
    match role {
        Role::User => "role-user",
        Role::Admin => "role-admin",
        Role::Operator => "role-operator",
    }
}

pub(super) fn role_of(text: &str) -> Option<Role> {
    [Role::User, Role::Admin, Role::Operator].into_iter().find(|role| role.as_str() == text)
}

/// A box for each application of the configuration.
pub(super) fn applications(visit: &Visit, chosen: &BTreeSet<ApplicationId>) -> AdminField {
    let option = |(id, name): (&ApplicationId, &str)| AdminOption {
        value: format!("app-{id}"),
        label: "",
        text: name.to_owned(),
        chosen: chosen.contains(id),
        ..AdminOption::default()
    };
    let options = visit.config.applications.iter().map(|app| option((&app.id, &app.name))).collect();
    AdminField { options, ..field("applications", "checks", "") }
}

/// The applications whose boxes are ticked, and those of `kept` that have no box.
pub(super) fn ticked(visit: &Visit, form: &Form, kept: &BTreeSet<ApplicationId>) -> BTreeSet<ApplicationId> {
    let known: BTreeSet<&ApplicationId> = visit.config.applications.iter().map(|app| &app.id).collect();
    let ticked = known.iter().filter(|id| !form.get(&format!("app-{id}")).is_empty()).map(|id| (*id).clone());
    ticked.chain(kept.iter().filter(|id| !known.contains(id)).cloned()).collect()
}

/// Values separated by commas, semicolons or line ends. `None` if one of them is not what it should be.
pub(super) fn list<T: FromStr>(text: &str) -> Option<Vec<T>> {
    let parts = text.split([',', ';', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().ok()).collect()
}

/// The organization that the address names.
pub(super) fn key_of(visit: &Visit) -> Result<OrganizationKey, Failure> {
    visit.parameters().get("key").parse().map_err(|_| Failure::NotFound)
}

/// The user that the address names.
pub(super) fn user_of(visit: &Visit) -> Result<UserRef, Failure> {
    visit.parameters().get("user").parse().map_err(|_| Failure::NotFound)
}
