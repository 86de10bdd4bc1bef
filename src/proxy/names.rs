//! Which header fields only Portero may say to an application.
//!
//! Applications read headers through CGI-like environments (`HTTP_REMOTE_USER`), and those fold letters of either case
//! into one and, depending on the server, `_`, `.` or anything else that is no letter or digit into `_`. So a name is
//! compared after folding every such character into `-`: whatever an application could take for one of these names is
//! one of these names.

use std::sync::LazyLock;

use http::{HeaderMap, Method};

/// Names in folded form; a `*` at the end stands for any rest. Each group says why it is here.
const FORGEABLE: &[&[&str]] = &[
    // Portero's own: identity, assertion, the request's id.
    &["remote-*", "x-portero-*", "x-request-id"],
    // Where the request came from and by which address. Applications believe any of these, PHP snippets the short ones.
    &[
        "forwarded",
        "forwarded-for",
        "forwarded-host",
        "forwarded-proto",
        "x-forwarded",
        "x-forwarded-*",
        "x-original-forwarded-*",
        "x-real-ip",
        "client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "x-originating-ip",
        "x-host",
        "x-http-host-override",
        "front-end-https",
        "x-url-scheme",
    ],
    // What sign-in proxies and single sign-on agents call the person. An application that was behind one of them, or
    // whose framework knows one of them, takes these for proof.
    &[
        "x-remote-*",                  // the usual spelling of REMOTE_USER by nginx snippets, Kubernetes
        "x-auth-request-*",            // oauth2-proxy behind nginx
        "x-auth-user",                 // hand-written nginx set-ups; X-Auth-Token stays, it is an application's own
        "x-auth-username",             //
        "x-auth-name",                 //
        "x-auth-email",                //
        "x-auth-groups",               //
        "x-authenticated-*",           // Kong, 3scale
        "x-webauth-*",                 // Grafana, Gitea
        "x-authentik-*",               // authentik
        "x-vouch-*",                   // Vouch
        "x-pomerium-*",                // Pomerium
        "x-goog-authenticated-user-*", // Google IAP
        "x-goog-iap-jwt-assertion",    //
        "x-amzn-oidc-*",               // AWS load balancers
        "x-ms-client-principal*",      // Azure App Service
        "x-ms-token-*",                //
        "cf-access-*",                 // Cloudflare Access
        "tailscale-user-*",            // Tailscale
        "oidc-*",                      // mod_auth_openidc
        "mellon-*",                    // mod_auth_mellon
        "shib-*",                      // Shibboleth
        "iv-*",                        // IBM WebSEAL
        "sm-*",                        // SiteMinder
        "oam-*",                       // Oracle Access Manager
        "osso-*",                      //
        "ct-remote-user",              // RSA ClearTrust
        "auth-user",                   // CGI's AUTH_USER as IIS hands it on
        "auth-type",                   //
        "logon-user",                  //
    ],
    // Client certificates as TLS terminators hand them on: proof too, and there are none behind Portero.
    &["ssl-*", "x-ssl-*", "client-cert", "client-cert-chain", "x-client-cert*", "x-client-dn", "x-arr-clientcert"],
    // Another path or host than the one that was judged, for frameworks that obey them.
    &["x-original-url", "x-original-uri", "x-original-host", "x-original-method", "x-rewrite-url", "x-script-name"],
    // CGI's HTTP_PROXY, which libraries take for the outgoing proxy to use (httpoxy).
    &["proxy"],
];

/// What frameworks take for the method instead of the request's own. Meant for POST, where they stay and are judged.
const METHOD_OVERRIDES: &[&str] = &["x-http-method", "x-http-method-override", "x-method-override"];

/// Names that frame a message or concern one connection. Written with `-` they are dealt with elsewhere; written with
/// anything else they are nothing in HTTP, and a second opinion about the framing in a CGI environment.
const FRAMING: &[&str] =
    &["content-length", "transfer-encoding", "keep-alive", "proxy-connection", "proxy-authorization"];

/// [`FORGEABLE`] by first letter.
static BY_LETTER: LazyLock<[Vec<&'static str>; 26]> = LazyLock::new(|| {
    let mut table: [Vec<&'static str>; 26] = std::array::from_fn(|_| Vec::new());
    for &name in FORGEABLE.iter().copied().flatten() {
        if let Some(row) = name.bytes().next().and_then(letter).and_then(|letter| table.get_mut(letter)) {
            row.push(name);
        }
    }
    table
});

/// Whether no client may send the field `name` (lower case, as `http` keeps names) with a request other than POST or
/// with POST.
pub(super) fn is_forgeable(name: &str, post: bool) -> bool {
    let name = name.as_bytes();
    let Some(row) = name.first().copied().and_then(letter).and_then(|letter| BY_LETTER.get(letter)) else {
        return false;
    };
    row.iter().any(|pattern| matches(pattern, name))
        || (!post && METHOD_OVERRIDES.iter().any(|pattern| matches(pattern, name)))
        || FRAMING.iter().any(|&pattern| pattern.as_bytes() != name && matches(pattern, name))
}

/// The methods that an application may take for a request's own: those that a POST says it should be.
pub fn method_overrides<'a>(method: &Method, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
    let fields = (*method == Method::POST).then(|| headers.iter());
    let overrides = |name: &[u8]| METHOD_OVERRIDES.iter().any(|pattern| matches(pattern, name));
    let said = fields.into_iter().flatten().filter(move |(name, _)| overrides(name.as_str().as_bytes()));
    // What is no text is no method.
    said.filter_map(|(_, value)| Some(value.to_str().ok()?.trim()))
}

fn letter(byte: u8) -> Option<usize> {
    byte.is_ascii_lowercase().then(|| usize::from(byte - b'a'))
}

fn matches(pattern: &str, name: &[u8]) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.len() >= prefix.len() && same(prefix.as_bytes(), &name[..prefix.len()]),
        None => name.len() == pattern.len() && same(pattern.as_bytes(), name),
    }
}

fn same(folded: &[u8], name: &[u8]) -> bool {
    folded.iter().zip(name).all(|(&expected, &byte)| {
        expected == if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_portero_says_cannot_be_said_by_a_client() {
        for name in ["remote-user", "remote_user", "remote.user", "x_portero-assertion", "x-forwarded_for", "forwarded"]
        {
            assert!(is_forgeable(name, false), "{name}");
        }
    }

    #[test]
    fn what_an_application_may_want_from_its_own_pages_stays() {
        let everyday = [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "cookie",
            "host",
            "if-none-match",
            "origin",
            "range",
            "referer",
            "sec-fetch-site",
            "sec-websocket-key",
            "user-agent",
            "x-api-key",
            "x-auth-token",
            "x-csrf-token",
            "x-requested-with",
            "remoteuser",
            "transfer-encoding",
            "custom_header",
            "proxy-thing",
        ];
        for name in everyday {
            assert!(!is_forgeable(name, false), "{name}");
        }
    }

    #[test]
    fn a_method_may_be_overridden_in_a_post_only() {
        assert!(is_forgeable("x-http-method-override", false));
        assert!(!is_forgeable("x-http-method-override", true));
    }

    #[test]
    fn the_method_that_a_post_says_it_should_be_is_found_in_any_spelling() {
        let mut headers = HeaderMap::new();
        headers.append("x-http-method-override", "DELETE ".parse().expect("a value"));
        headers.append("x_http_method", "put".parse().expect("a value"));
        headers.append("x-method", "PATCH".parse().expect("a value"));
        let mut found: Vec<&str> = method_overrides(&Method::POST, &headers).collect();
        found.sort_unstable();
        assert_eq!(found, ["DELETE", "put"]);
        assert_eq!(method_overrides(&Method::GET, &headers).count(), 0, "they are taken off everything else");
    }

    #[test]
    fn framing_in_another_spelling_is_refused() {
        assert!(is_forgeable("content_length", true));
        assert!(is_forgeable("transfer.encoding", true));
    }

    #[test]
    fn every_pattern_is_in_folded_form_and_reachable() {
        for &pattern in FORGEABLE.iter().copied().flatten().chain(METHOD_OVERRIDES).chain(FRAMING) {
            let name = pattern.replace('*', "");
            let respelled = name.replace('-', "_");
            assert!(is_forgeable(&respelled, false), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_name_survives(
            which in prop::sample::select(vec!["remote-user", "x-portero-assertion", "x-forwarded-for", "x-real-ip"]),
            fillers in prop::collection::vec(prop::sample::select(b"-_.!#$%&'*+^`|~".to_vec()), 2),
        ) {
            let mut fillers = fillers.into_iter();
            let spelled: String =
                which.chars().map(|c| if c == '-' { char::from(fillers.next().unwrap_or(b'_')) } else { c }).collect();
            prop_assert!(is_forgeable(&spelled, true));
        }
    }
}
