//! The gate: may this request pass?
//!
//! Judges a normalised path and a method against an application's rules, for a person or for nobody. First match wins, else
//! the application's own access. A path that some servers would read differently (`;parameters`, which servlet containers drop)
//! must pass in every reading.

use http::Method;

use crate::config::ApplicationConfig;
use crate::domain::access::Access;
use crate::domain::person::Person;

/// The verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Let through.
    Pass,
    /// Nobody is signed in, and somebody must be.
    SignIn,
    /// Somebody is signed in, but this is not for them.
    Forbidden,
}

/// Judges a request: `readings` are the ways the path can be read, the one that will be sent first.
pub fn judge<'a>(
    application: &ApplicationConfig,
    method: &Method,
    readings: impl IntoIterator<Item = &'a str>,
    person: Option<&Person>,
) -> Decision {
    let mut verdict = Decision::Pass;
    for path in readings {
        let rule = application.rules.iter().find(|rule| rule.covers(method.as_str(), path));
        let access = rule.map_or(&application.access, |rule| &rule.access);
        match decide(application, access, person) {
            Decision::Pass => {}
            refusal => verdict = refusal,
        }
    }
    verdict
}

fn decide(application: &ApplicationConfig, access: &Access, person: Option<&Person>) -> Decision {
    match person {
        _ if access.is_public() => Decision::Pass,
        None => Decision::SignIn,
        Some(person) if access.admits(&application.id, person.holder()) => Decision::Pass,
        Some(_) => Decision::Forbidden,
    }
}
