//! The gate: may this request pass?
//!
//! Judges a normalised path and a method against an application's rules, for a person or for nobody. First match wins, else
//! the application's own access. A request that some applications would read differently must pass in every reading: without
//! the `;parameters` that servlet containers drop, with the method that a header overrides it with, and without regard to case,
//! of which neither IIS (in paths) nor many a framework (in methods) takes notice.

use http::Method;

use crate::config::ApplicationConfig;
use crate::domain::access::{Access, AccessRule};
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

/// Judges a request: `readings` are the ways the path can be read, the one that will be sent first; `overrides` are methods that
/// an application may take for the request's own.
pub fn judge<'a>(
    application: &ApplicationConfig,
    method: &'a Method,
    overrides: impl Iterator<Item = &'a str>,
    readings: impl Iterator<Item = &'a str> + Clone,
    person: Option<&Person>,
) -> Decision {
    let (rules, mut verdict) = (&application.rules, Decision::Pass);
    let mut demand = |rule: Option<&AccessRule>| {
        let access = rule.map_or(&application.access, |rule| &rule.access);
        match decide(application, access, person) {
            Decision::Pass => {}
            refusal => verdict = refusal,
        }
    };
    if rules.is_empty() {
        demand(None);
        return verdict;
    }
    for method in std::iter::once(method.as_str()).chain(overrides) {
        for path in readings.clone() {
            demand(rules.iter().find(|rule| rule.covers(method, path)));
            demand(rules.iter().find(|rule| rule.covers_in_any_case(method, path)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::PathPattern;

    fn rule(path: &str, methods: &[&str], access: Access) -> AccessRule {
        let path = PathPattern::new(path).expect("begins with a slash");
        AccessRule { path, methods: methods.iter().map(ToString::to_string).collect(), access }
    }

    /// How nobody fares at an application that is public but for its rules.
    fn stranger(rules: Vec<AccessRule>, method: &str, overrides: &[&str], path: &str) -> Decision {
        let mut application = crate::proxy::tests::application(&[1]);
        (application.access, application.rules) = (Access::Anyone, rules);
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        judge(&application, &method, overrides.iter().copied(), std::iter::once(path), None)
    }

    #[test]
    fn another_case_is_no_way_around_a_rule() {
        let guarded = || vec![rule("/admin/*", &[], Access::Assigned), rule("/*", &["DELETE"], Access::Assigned)];
        for (method, path) in
            [("GET", "/admin/x"), ("GET", "/Admin/x"), ("GET", "/ADMIN"), ("DELETE", "/x"), ("delete", "/x")]
        {
            assert_eq!(stranger(guarded(), method, &[], path), Decision::SignIn, "{method} {path}");
        }
        assert_eq!(stranger(guarded(), "GET", &[], "/x"), Decision::Pass);
        let public = || vec![rule("/Public/*", &["GET"], Access::Anyone), rule("/*", &[], Access::Assigned)];
        assert_eq!(stranger(public(), "GET", &[], "/Public/x"), Decision::Pass);
        assert_eq!(stranger(public(), "GET", &[], "/public/x"), Decision::SignIn, "it may be another page");
        assert_eq!(stranger(public(), "get", &[], "/Public/x"), Decision::SignIn, "it may be another method");
    }

    #[test]
    fn a_method_that_overrides_another_must_pass_too() {
        let guarded = || vec![rule("/*", &["DELETE"], Access::Assigned)];
        assert_eq!(stranger(guarded(), "POST", &[], "/x"), Decision::Pass);
        assert_eq!(stranger(guarded(), "POST", &["PUT", "delete"], "/x"), Decision::SignIn);
    }
}
