//! `/admin/confirm`: the password again, before an act that does harm in the wrong hands.

use http::StatusCode;
use secrecy::SecretString;

use super::fields::field;
use super::{AdminPages, HOME, acting, here, is_ours, problem, status_of, token};
use crate::flows::FlowError;
use crate::flows::confirm::Confirmed;
use crate::pages::Answer;
use crate::pages::visit::Visit;
use crate::templates::{AdminForm, AdminFormPage, AdminProblem};
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

impl AdminPages {
    pub(super) fn ask_password(&self, visit: &Visit, status: StatusCode, problem: Option<AdminProblem>) -> Answer {
        let form = AdminForm {
            what: "confirm",
            action: here(visit),
            csrf: token(visit)?,
            fields: vec![field("password", "password", "")],
        };
        let page = AdminFormPage { name: String::new(), form, back: back(visit), problem };
        self.kit.show(visit, status, &page)
    }

    pub(super) async fn take_password(&self, visit: &Visit, mut form: Form) -> Answer {
        let refuse = |kind| {
            let problem = problem(kind);
            self.ask_password(visit, status_of(&problem), Some(problem))
        };
        if !is_ours(visit, &form) {
            return refuse("expired-form");
        }
        let password = SecretString::from(form.take("password"));
        match self.confirm.attempt(acting(visit)?, &password, visit.address).await {
            Ok(Confirmed::Yes) => Ok(respond::redirect(StatusCode::SEE_OTHER, &back(visit))),
            Ok(Confirmed::Wrong) => {
                let mut response = refuse("wrong-password")?;
                respond::name_challenge(&mut response);
                Ok(response)
            }
            Ok(Confirmed::Throttled(seconds)) => {
                let mut response = refuse("throttled")?;
                respond::retry_after(&mut response, seconds);
                Ok(response)
            }
            Ok(Confirmed::Void) => Err(Failure::Forbidden),
            Err(FlowError::Overloaded(_)) => {
                let mut response = refuse("overloaded")?;
                respond::retry_after(&mut response, 2);
                Ok(response)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the person came from: a page of administration, nothing else.
fn back(visit: &Visit) -> String {
    let asked = ReturnTo::parse(visit.parameters().get("return_to"));
    // Browsers follow dot segments, written plainly or not, out again.
    let is_inside =
        |path: &str| path.starts_with(HOME) && !path.contains("..") && !path.to_ascii_lowercase().contains("%2e");
    let inside = asked.filter(|back| is_inside(back.as_str()));
    inside.map_or_else(|| HOME.to_owned(), |back| back.to_string())
}
