//! `/admin/audit`: the audit trail, searched by user, action, outcome and day, and the same as a file.

use std::fmt::Write;
use std::time::Duration;

use http::StatusCode;

use super::fields::{helped, optional, select, text};
use super::user::entry;
use super::{AdminPages, download, page, problem, status_of};
use crate::domain::Timestamp;
use crate::domain::audit::{AuditAction, AuditPlace, AuditReason};
use crate::flows::administer::{Answer as Told, AuditQuery, AuditView, Request};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminAuditPage, AdminField, AdminForm, AdminOption};
use crate::wire::body::Body;
use crate::wire::failure::Failure;
use crate::wire::form::Form;

/// Events on one page.
const MOST: usize = 50;
/// Events in one file.
const MOST_IN_FILE: usize = 10_000;
/// How far back the search goes if no day is named.
const LATELY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl AdminPages {
    pub(super) async fn audit(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let (query, problem) = match self.query(visit, &parameters) {
            Some(query) => (Some(query), None),
            None => (None, Some(problem("invalid"))),
        };
        let (events, after, more) = match query {
            Some(query) => self.found(visit, AuditQuery { limit: MOST, ..query }).await?,
            None => (Vec::new(), None, false),
        };
        let zone = &visit.config.portal.time_zone;
        let next = after.filter(|_| more).map(|after| self.same(&parameters, "/audit", Some(after)));
        let form =
            AdminForm { what: "audit", action: page("/audit", &[]), csrf: String::new(), fields: fields(&parameters) };
        let status = problem.as_ref().map_or(StatusCode::OK, status_of);
        let shown = AdminAuditPage {
            form,
            events: events.iter().map(|view| entry(&view.event, zone)).collect(),
            next: next.unwrap_or_default(),
            export: self.same(&parameters, "/audit/export", None),
            problem,
        };
        self.kit.show(visit, status, &shown)
    }

    /// One line of JSON an event, as `portero audit --json` prints them.
    pub(super) async fn export_audit(&self, visit: &Visit) -> Answer {
        let mut query = self.query(visit, &visit.parameters()).ok_or(Failure::BadRequest)?;
        let (mut lines, mut count) = (String::new(), 0);
        loop {
            let (events, after, more) = self.found(visit, AuditQuery { limit: 500, ..query.clone() }).await?;
            for view in &events {
                let line = serde_json::to_string(&view.event).map_err(|_| Failure::Internal)?;
                writeln!(lines, "{line}").map_err(|_| Failure::Internal)?;
            }
            count += events.len();
            query.after = after;
            if !more || after.is_none() || count >= MOST_IN_FILE {
                break;
            }
        }
        Ok(download(Body::full(lines), "application/jsonl; charset=utf-8", "audit.jsonl"))
    }

    async fn found(
        &self,
        visit: &Visit,
        query: AuditQuery,
    ) -> Result<(Vec<AuditView>, Option<AuditPlace>, bool), Failure> {
        match self.look(visit, Request::Audit(query)).await? {
            Told::Audit { events, after, more } => Ok((events, after, more)),
            _ => Err(Failure::Internal),
        }
    }

    /// What is searched for; `None` if it does not read.
    fn query(&self, visit: &Visit, parameters: &Form) -> Option<AuditQuery> {
        let user = match parameters.get("user").trim() {
            "" => None,
            text => Some(text.parse().ok()?),
        };
        let zone = visit.config.portal.time_zone.clone();
        let since = match parameters.get("since").trim() {
            "" => self.administrator.clock.now().checked_sub(LATELY).unwrap_or(Timestamp::MIN),
            text => text.parse::<jiff::civil::Date>().ok()?.to_zoned(zone).ok()?.timestamp(),
        };
        let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let action = match named(parameters.get("action")) {
            Some(code) => Some(AuditAction::ALL.into_iter().find(|action| action.code() == code)?),
            None => None,
        };
        let reason = match named(parameters.get("reason")) {
            Some(code) => Some(AuditReason::ALL.into_iter().find(|reason| reason.code() == code)?),
            None => None,
        };
        let after = match parameters.get("after") {
            "" => None,
            text => Some(read_place(text)?),
        };
        Some(AuditQuery { user, action, reason, since, after, limit: MOST })
    }

    /// The same search, elsewhere.
    fn same(&self, parameters: &Form, path: &str, after: Option<AuditPlace>) -> String {
        let after = after.map(|place| format!("{}_{}", place.at.as_nanosecond(), place.number)).unwrap_or_default();
        page(
            path,
            &[
                ("user", parameters.get("user")),
                ("since", parameters.get("since")),
                ("action", parameters.get("action")),
                ("reason", parameters.get("reason")),
                ("after", &after),
            ],
        )
    }
}

fn read_place(text: &str) -> Option<AuditPlace> {
    let (at, number) = text.split_once('_')?;
    let at = Timestamp::from_nanosecond(at.parse().ok()?).ok()?;
    Some(AuditPlace { at, number: number.parse().ok()? })
}

fn fields(parameters: &Form) -> Vec<AdminField> {
    let codes = |name, codes: Vec<&'static str>| {
        let mut field = select(name, &[("", "any")], parameters.get(name));
        field.options.extend(codes.into_iter().map(|code| AdminOption {
            value: code.to_owned(),
            label: code,
            code: name,
            chosen: code == parameters.get(name),
            ..AdminOption::default()
        }));
        field
    };
    vec![
        optional(helped(text("user", parameters.get("user")))),
        optional(helped(AdminField { kind: "text", ..text("since", parameters.get("since")) })),
        codes("action", AuditAction::ALL.iter().map(|action| action.code()).collect()),
        codes("reason", AuditReason::ALL.iter().map(|reason| reason.code()).collect()),
    ]
}
