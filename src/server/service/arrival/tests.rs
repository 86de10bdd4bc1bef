//! A path goes where every reading of it goes, or nowhere.

use std::path::Path;

use super::*;
use crate::config::{Config, ParseContext};
use crate::templates::Templates;

fn arrival(path: &str) -> Arrival {
    let text = r#"
        [portal]
        origin = "http://127.0.0.1:8080"
        [[app]]
        id = "open"
        path = "/"
        upstream = ["http://127.0.0.1:1"]
        access = "anyone"
        [[app]]
        id = "admin"
        path = "/admin"
        upstream = ["http://127.0.0.1:1"]
    "#;
    let config = Config::parse(text, ParseContext::new("test", Path::new("."))).expect("a configuration");
    Arrival {
        site: Arc::new(
            Site::new(Arc::new(config), Arc::new(Templates::load(None).expect("templates"))).expect("a site"),
        ),
        request_id: RequestId::new("test", 1),
        address: "192.0.2.1".parse().expect("an address"),
        host: "127.0.0.1".to_owned(),
        authority: HeaderValue::from_static("127.0.0.1:8080"),
        path: NormalPath::parse(&path.parse().expect("a path")).expect("sound"),
        now: Timestamp::UNIX_EPOCH,
    }
}

#[test]
fn a_path_that_another_application_could_claim_goes_nowhere() {
    for path in ["/admin;x=1/users", "/admin;/users", "/_portero;x/login"] {
        let arrival = arrival(path);
        let lead = arrival.destination();
        assert!(lead.is_none(), "{path}: {lead:?}");
    }
    for path in ["/admin/users;x=1", "/shop;jsessionid=1", "/admin"] {
        assert!(arrival(path).destination().is_some(), "{path}");
    }
}
