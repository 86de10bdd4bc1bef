//! `/kept-post`: a form that an ended session cut off is kept, and offered again after signing in.
//!
//! ```text
//! POST to an application, session over → sealed and kept → sign-in → "send it now?" → the same POST, by the person's own click
//! ```
//!
//! Only urlencoded forms of at most 64 KiB are kept, for half an hour, for the very person whose session ended. Nothing is ever sent without the
//! person's click: what was meant an hour ago may not be meant now.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use hyper::body::Incoming;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::kit::Kit;
use super::visit::Visit;
use crate::clock::Clock;
use crate::config::ApplicationConfig;
use crate::domain::ids::UserId;
use crate::flows::FlowError;
use crate::keys::MasterKey;
use crate::random::{Token, digest_parts};
use crate::store::{EphemeralEntry, Store};
use crate::templates::{HiddenField, HiddenForm, KeptPostPage};
use crate::wire::csrf::{FormName, form_token, form_token_matches};
use crate::wire::failure::Failure;
use crate::wire::form::{Form, read_limited};
use crate::wire::respond;
use crate::wire::return_to::ReturnTo;

pub(super) const ADDRESS: &str = "/_portero/kept-post";
const LARGEST: usize = 64 * 1024;
const LIFETIME: Duration = Duration::from_secs(30 * 60);
const PURPOSE: &str = "kept post";

/// `/kept-post`
pub struct KeptPosts {
    /// Templates and cookies.
    pub kit: Kit,
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// Seals them.
    pub master: Arc<MasterKey>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A form post, as it was about to be sent.
#[derive(Debug, Serialize, Deserialize)]
struct KeptPost {
    user: UserId,
    host: String,
    address: String,
    application: String,
    fields: String,
}

impl KeptPosts {
    /// Keeps a form; returns where it is offered again. `None` if the body is too large or broke off, or the store is failing.
    pub(super) async fn keep(
        &self,
        visit: &Visit,
        body: Incoming,
        user: UserId,
        here: &ReturnTo,
        application: &ApplicationConfig,
    ) -> Option<ReturnTo> {
        let fields = read_limited(body, LARGEST).await.ok()?;
        let post = KeptPost {
            user,
            host: visit.host.clone(),
            address: here.to_string(),
            application: application.name.clone(),
            fields: String::from_utf8(fields.to_vec()).ok()?,
        };
        let token = self.kit.random.token();
        let sealed = self.master.seal(PURPOSE, &serde_json::to_vec(&post).ok()?, &*self.kit.random);
        // One a person: the newest is the one they were at, and nobody fills the store with them.
        let group = digest_parts(&[PURPOSE.as_bytes(), user.as_bytes()]);
        self.store.discard_ephemeral_group(&group).await.ok()?;
        let entry = EphemeralEntry { key: token.hash(), group, value: sealed, expires_at: self.clock.now() + LIFETIME };
        self.store.put_ephemeral(entry).await.ok()?;
        ReturnTo::parse(&format!("{ADDRESS}?id={}", token.reveal()))
    }

    /// Offers a kept form to the person whose it is.
    pub(super) async fn show(&self, visit: &Visit) -> Answer {
        let parameters = visit.parameters();
        let id = parameters.get("id");
        let Some(signed_in) = &visit.signed_in else {
            let here = ReturnTo::parse(&format!("{ADDRESS}?id={id}")).ok_or(Failure::NotFound)?;
            return Ok(respond::redirect(StatusCode::FOUND, &here.as_parameter_of("/_portero/login")));
        };
        let token = Token::parse(id).ok_or(Failure::NotFound)?;
        let Some(post) = self.open(visit, &token, signed_in.person.id).await? else {
            // Over by now, or not this person's: they signed in to go somewhere, and the portal is a place to go on from.
            return Ok(self.kit.to_portal(visit));
        };
        let field = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| HiddenField {
            name: name.into_owned(),
            value: value.into_owned(),
        };
        let fields = form_urlencoded::parse(post.fields.as_bytes()).map(field).collect();
        let own = |name: &str, value: String| HiddenField { name: name.to_owned(), value };
        let page = KeptPostPage {
            application: post.application,
            send: HiddenForm { action: post.address, fields },
            discard: HiddenForm {
                action: ADDRESS.to_owned(),
                fields: vec![own("csrf", form_token(&token, FormName::KeptPost)), own("id", token.reveal())],
            },
        };
        self.kit.show(visit, StatusCode::OK, &page)
    }

    /// Throws a kept form away and goes where it was meant for.
    pub(super) async fn discard(&self, visit: &Visit, form: &Form) -> Answer {
        let signed_in = visit.signed_in.as_ref().ok_or(Failure::Unauthenticated)?;
        let token = Token::parse(form.get("id")).ok_or(Failure::NotFound)?;
        if !form_token_matches(&token, FormName::KeptPost, form.get("csrf")) {
            return Err(Failure::CrossSite);
        }
        let post = self.open(visit, &token, signed_in.person.id).await?.ok_or(Failure::NotFound)?;
        self.store.take_ephemeral(&token.hash(), self.clock.now()).await.map_err(FlowError::from)?;
        Ok(respond::redirect(StatusCode::SEE_OTHER, &post.address))
    }

    async fn open(&self, visit: &Visit, token: &Token, user: UserId) -> Result<Option<KeptPost>, FlowError> {
        let sealed = self.store.peek_ephemeral(&token.hash(), self.clock.now()).await?;
        let plain = sealed.and_then(|sealed| self.master.open(PURPOSE, &sealed));
        let post = plain.and_then(|plain| serde_json::from_slice::<KeptPost>(&plain).ok());
        Ok(post.filter(|post| post.user == user && post.host == visit.host))
    }
}
