//! `/logout`: a GET asks, a POST ends the session. Nobody is signed out by following a link.

use http::StatusCode;

use super::Answer;
use super::former::FormerHolder;
use super::kit::Kit;
use super::visit::Visit;
use crate::flows::Acting;
use crate::flows::sign_out::SignOut;
use crate::templates::{SignOutPage, SignedOutPage};
use crate::wire::cookies::CookieKind;
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::failure::Failure;
use crate::wire::form::Form;
use crate::wire::respond;

/// `/logout`
pub struct LogoutPage {
    /// Templates and cookies.
    pub kit: Kit,
    /// The flow.
    pub sign_out: SignOut,
    /// Keeps in mind whose session it was.
    pub former: FormerHolder,
}

impl LogoutPage {
    /// Asks whoever is signed in; tells whoever is not that they are out.
    pub(super) fn show(&self, visit: &Visit) -> Answer {
        match sign_out_token(visit) {
            Some(csrf) => {
                let page = SignOutPage { csrf, back: "/_portero/portal".to_owned() };
                self.kit.show(visit, StatusCode::OK, &page)
            }
            None => {
                let page = SignedOutPage { sign_in: "/_portero/login".to_owned() };
                self.kit.show(visit, StatusCode::OK, &page)
            }
        }
    }

    /// Ends the session.
    pub(super) async fn submit(&self, visit: &Visit, form: &Form) -> Answer {
        let mut response = respond::redirect(StatusCode::SEE_OTHER, "/_portero/logout");
        if let (Some(signed_in), Some(token)) = (&visit.signed_in, visit.token(CookieKind::Session)) {
            if !form_token_matches(&token, FormName::SignOut, form.get("csrf")) {
                return Err(Failure::CrossSite);
            }
            let acting = Acting { session: signed_in.session, user: signed_in.person.id };
            self.sign_out.end(acting, visit.address).await?;
            self.former.leave(visit, acting.user, response.headers_mut());
        } else {
            visit.cookies().clear(response.headers_mut(), CookieKind::Session);
        }
        self.kit.renew_browser(visit, &mut response);
        Ok(response)
    }
}

/// The token of a sign-out form, for any page that shows one to a signed-in person.
pub(super) fn sign_out_token(visit: &Visit) -> Option<String> {
    visit.signed_in.as_ref()?;
    Some(form_token(&visit.token(CookieKind::Session)?, FormName::SignOut))
}
