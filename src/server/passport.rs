//! What a session shows to applications: headers made once, and an assertion made once in a while.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::HeaderValue;

use crate::domain::Timestamp;
use crate::domain::ids::SessionId;
use crate::domain::names::ApplicationId;
use crate::domain::person::Person;
use crate::domain::session::{AuthenticationMethod, Session};
use crate::keys::{AssertionClaims, KeyError, Keys};
use crate::proxy::IdentityHeaders;
use crate::random::Random;

/// The identity of one session, in the form applications receive it.
#[derive(Debug)]
pub struct Passport {
    /// The plain headers.
    pub headers: IdentityHeaders,
    session: SessionId,
    person: Arc<Person>,
    authenticated_at: Timestamp,
    methods: Vec<AuthenticationMethod>,
    assertions: ArcSwap<Vec<Stamped>>,
}

/// An assertion for one application.
#[derive(Debug, Clone)]
struct Stamped {
    application: ApplicationId,
    key: Arc<str>,
    made_at: Timestamp,
    renew_at: Timestamp,
    value: HeaderValue,
}

/// What making an assertion takes.
pub struct Stamp<'a> {
    /// The signing keys.
    pub keys: &'a Keys,
    /// Identifiers of assertions.
    pub random: &'a dyn Random,
    /// The `iss` of every assertion.
    pub issuer: &'a str,
    /// How long one lives.
    pub lifetime: Duration,
    /// The present moment.
    pub now: Timestamp,
}

impl Passport {
    /// Makes the passport of a session. `None` for a name that cannot stand in a header, which the names' own types exclude.
    pub fn new(session: &Session, person: &Arc<Person>) -> Option<Self> {
        let email = person.email.as_ref().map_or("", |email| email.as_str());
        let headers = IdentityHeaders::new(
            person.username.as_str(),
            person.name.as_str(),
            email,
            person.groups.iter().map(|group| group.as_str()),
            &person.organization,
        );
        Some(Self {
            headers: headers.ok()?,
            session: session.id,
            person: Arc::clone(person),
            authenticated_at: session.authenticated_at,
            methods: session.methods.clone(),
            assertions: ArcSwap::from_pointee(Vec::new()),
        })
    }

    /// The assertion for an application: the one made before, for half its life and as long as its key signs, else a new one.
    ///
    /// # Errors
    /// [`KeyError`]; the request must not go on without.
    pub fn assertion(&self, application: &ApplicationId, stamp: &Stamp<'_>) -> Result<HeaderValue, KeyError> {
        let made = self.assertions.load();
        let still_good = |stamped: &&Stamped| {
            // One that a clock set back has left in the future would be believed by nobody.
            let fresh = stamped.made_at <= stamp.now && stamp.now < stamped.renew_at;
            stamped.application == *application && fresh && stamp.keys.signs_with(&stamped.key)
        };
        if let Some(stamped) = made.iter().find(still_good) {
            return Ok(stamped.value.clone());
        }
        let key = stamp.keys.current_kid();
        let value = self.stamp(application, stamp)?;
        let renew_at = stamp.now + stamp.lifetime / 2;
        let made_at = stamp.now;
        let fresh = Stamped { application: application.clone(), key, made_at, renew_at, value: value.clone() };
        // Two requests at once may both sign; either result serves.
        self.assertions.rcu(|made| {
            let others = made.iter().filter(|stamped| stamped.application != *application);
            others.cloned().chain([fresh.clone()]).collect::<Vec<_>>()
        });
        Ok(value)
    }

    fn stamp(&self, application: &ApplicationId, stamp: &Stamp<'_>) -> Result<HeaderValue, KeyError> {
        let person = &self.person;
        let claims = AssertionClaims {
            iss: stamp.issuer,
            aud: application,
            sub: person.id,
            iat: stamp.now,
            exp: stamp.now + stamp.lifetime,
            jti: &stamp.random.token().reveal(),
            sid: self.session,
            preferred_username: &person.username,
            name: &person.name,
            email: person.email.as_ref(),
            org: &person.organization,
            groups: &person.groups,
            auth_time: self.authenticated_at,
            amr: &self.methods,
        };
        let assertion = stamp.keys.sign_assertion(&claims)?;
        // A JWT is base64url and dots.
        HeaderValue::try_from(assertion).map_err(|_| KeyError::Crypto)
    }
}
