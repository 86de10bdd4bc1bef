//! `/admin/users/import`: many users from a file, all or none; and `/admin/users/export`: the same columns as a file.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::StatusCode;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::SemaphorePermit;

use super::fields::key_of;
use super::{AdminPages, Refusal, acting, download, is_ours, page, password_of, problem, refusal, status_of, token};
use crate::domain::names::OrganizationKey;
use crate::flows::administer::{
    Actor, AdministerError, Administrator, Answer as Told, FileFaults, ImportView, Person, Request, RowFault, UserFile,
    UserFileFormat, UserFileSource, UserPage, UserView, users_as_csv,
};
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminForm, AdminImportPage, AdminProblem, AdminRowFault, AdminTaken};
use crate::wire::body::{Body, BoxError};
use crate::wire::failure::Failure;
use crate::wire::upload::Upload;

/// Faults of a file that are shown: who has more begins with these.
const MOST_FAULTS: usize = 100;
/// So that spreadsheets know the file for UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// What came of a file.
#[derive(Default)]
enum Outcome {
    /// None was sent.
    #[default]
    None,
    Problem(AdminProblem),
    Faults(FileFaults),
    Taken(ImportView),
}

impl AdminPages {
    pub(super) async fn import_form(&self, visit: &Visit) -> Answer {
        if !self.is_fresh(visit).await? {
            return Self::to_confirm(visit);
        }
        self.show_import(visit, Outcome::None).await
    }

    /// Room for a file, before any of it is read: nobody who may not take it in has it sent here.
    pub(in crate::pages) async fn room_for_import(&self, visit: &Visit) -> Result<SemaphorePermit<'_>, Failure> {
        self.details(visit).await?;
        self.uploads.try_acquire().map_err(|_| Failure::Overloaded)
    }

    /// Takes in the file of a form.
    pub(in crate::pages) async fn import(&self, visit: &Visit, upload: Upload) -> Answer {
        let Upload { mut form, name, bytes } = upload;
        if !is_ours(visit, &form) {
            return self.show_import(visit, Outcome::Problem(problem("expired-form"))).await;
        }
        let key = key_of(visit)?;
        if name.is_empty() && bytes.is_empty() {
            return self.show_import(visit, Outcome::Problem(problem("no-file"))).await;
        }
        let request = Request::ImportUsers(UserFile {
            source: UserFileSource::Sent { name, bytes: bytes.into() },
            format: UserFileFormat::Csv,
            organization: Some(key),
            dry_run: !form.get("look").is_empty(),
        });
        let outcome = match self.prove(visit, &password_of(Some(&mut form))).await {
            Ok(()) => self.perform(visit, request).await?,
            Err(Refusal::Failure(failure)) => return Err(failure),
            Err(Refusal::Confirm) => return Self::to_confirm(visit),
            Err(Refusal::Problem(problem)) => return self.show_import(visit, Outcome::Problem(problem)).await,
        };
        let outcome = match outcome {
            Ok(Told::Imported(told)) => Outcome::Taken(told),
            Ok(_) => return Err(Failure::Internal),
            Err(AdministerError::FaultyFile(faults)) => Outcome::Faults(faults),
            Err(error) => match refusal(visit, &error) {
                Refusal::Failure(failure) => return Err(failure),
                Refusal::Confirm => Outcome::Problem(problem("confirm-first")),
                Refusal::Problem(problem) => Outcome::Problem(problem),
            },
        };
        self.show_import(visit, outcome).await
    }

    async fn show_import(&self, visit: &Visit, outcome: Outcome) -> Answer {
        let organization = self.details(visit).await?.organization;
        let to = |path| page(path, &[("key", organization.key.as_str())]);
        let form =
            AdminForm { what: "import", action: to("/users/import"), csrf: token(visit)?, ..AdminForm::default() };
        let empty = AdminImportPage {
            name: organization.name.to_string(),
            form,
            back: to("/users"),
            ..AdminImportPage::default()
        };
        let (status, shown) = match outcome {
            Outcome::None => (StatusCode::OK, empty),
            Outcome::Problem(problem) => {
                let asks_password = status_of(&problem) == StatusCode::UNAUTHORIZED;
                let shown = AdminImportPage { asks_password, problem: Some(problem.clone()), ..empty };
                return self.show(visit, Some(&problem), &shown);
            }
            Outcome::Faults(found) => {
                let more = found.faults.len().saturating_sub(MOST_FAULTS) + found.more;
                let told = |(line, fault): &(u64, RowFault)| row_fault(*line, fault);
                let faults = found.faults.iter().take(MOST_FAULTS).map(told).collect();
                (StatusCode::UNPROCESSABLE_ENTITY, AdminImportPage { faults, more, ..empty })
            }
            Outcome::Taken(told) => (StatusCode::OK, AdminImportPage { taken: Some(taken(&told)), ..empty }),
        };
        self.kit.show(visit, status, &shown)
    }

    /// All users of one organization, page after page, each judged anew: whoever loses the right meanwhile gets no more.
    pub(super) async fn export(&self, visit: &Visit) -> Answer {
        let key = key_of(visit)?;
        let first = match self.ask(visit, Request::ExportUsers(key.clone())).await {
            Ok(Told::Users { users, more }) => (users, more),
            Ok(_) => return Err(Failure::Internal),
            Err(Refusal::Failure(failure)) => return Err(failure),
            Err(Refusal::Confirm) => return Self::to_confirm(visit),
            Err(Refusal::Problem(_)) => return Err(Failure::Forbidden),
        };
        let reading = Reading {
            administrator: Arc::clone(&self.administrator),
            person: person(visit)?,
            organization: key,
            next: Some(first),
            is_first: true,
        };
        let pages = stream::try_unfold(reading, |mut reading| async move {
            let page = reading.page().await?;
            Ok::<_, BoxError>(page.map(|page| (Frame::data(page), reading)))
        });
        Ok(download(Body::stream(StreamBody::new(pages)), "text/csv; charset=utf-8; header=present", "users.csv"))
    }
}

/// Who asks.
pub(super) fn person(visit: &Visit) -> Result<Person, Failure> {
    let (acting, address): (_, IpAddr) = (acting(visit)?, visit.address);
    Ok(Person { user: acting.user, session: acting.session, address })
}

/// Users that are on their way to a browser.
struct Reading {
    administrator: Arc<Administrator>,
    person: Person,
    organization: OrganizationKey,
    /// The page that was read and not sent yet, and whether there are more.
    next: Option<(Vec<UserView>, bool)>,
    is_first: bool,
}

impl Reading {
    /// The next page as rows; `None` behind the last.
    async fn page(&mut self) -> Result<Option<Bytes>, BoxError> {
        let Some((users, more)) = self.next.take() else { return Ok(None) };
        let mut rows = if self.is_first { BYTE_ORDER_MARK.as_bytes().to_vec() } else { Vec::new() };
        rows.extend(users_as_csv(&users, self.is_first));
        self.is_first = false;
        if let Some(last) = users.last().filter(|_| more) {
            let onward = UserPage { after: Some(last.reference()), ..UserPage::all_of(self.organization.clone()) };
            match self.administrator.perform(Actor::Person(self.person), Request::ListUsers(onward)).await? {
                Told::Users { users, more } => self.next = Some((users, more)),
                _ => return Err("another answer than users".into()),
            }
        }
        Ok(Some(rows.into()))
    }
}

fn row_fault(line: u64, fault: &RowFault) -> AdminRowFault {
    AdminRowFault { line, kind: fault.code(), about: fault.about() }
}

fn taken(told: &ImportView) -> AdminTaken {
    AdminTaken { users: told.users, looked_only: told.dry_run }
}
