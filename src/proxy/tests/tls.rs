//! Applications behind TLS: whom Portero believes, whom it doesn't, and what it says then.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::config::Authorities;
use crate::proxy::InvalidTarget;

/// An authority of its own.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate, its chain and its key.
pub(super) struct Identified {
    pem: String,
    key: KeyPair,
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::named("Authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed"))
    }

    pub(super) fn trusted(&self) -> Authorities {
        trusted(&self.0.pem())
    }

    /// A certificate for these names, good until `year`.
    pub(super) fn certify(&self, names: &[&str], year: i32) -> Identified {
        let key = KeyPair::generate().expect("a key");
        let certificate = params(names, year).signed_by(&key, &self.0).expect("signed");
        Identified { pem: certificate.pem(), chain: vec![certificate.der().clone()], key }
    }
}

impl Identified {
    /// One that signed itself and calls itself an authority, as `openssl req -x509` makes them.
    fn self_signed(names: &[&str], year: i32) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(names, year);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).expect("signed");
        Self { pem: certificate.pem(), chain: vec![certificate.der().clone()], key }
    }

    pub(super) fn acceptor(&self, alpn: &[&str]) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), key)
            .expect("a pair");
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

fn params(names: &[&str], year: i32) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(year, 1, 1));
    params
}

fn trusted(pem: &str) -> Authorities {
    Authorities::parse("ca.pem".into(), pem).expect("authorities")
}

/// An application over TLS on this port of this machine.
pub(super) fn secure(port: u16, trusted: Authorities) -> ApplicationConfig {
    let mut application = application(&[port]);
    application.upstreams[0].https = true;
    application.authorities = Some(trusted);
    application
}

/// A server that answers every request with the name it was called by in the handshake, and the head of the request.
async fn server(identified: &Identified, alpn: &'static [&'static str]) -> u16 {
    let (listener, acceptor) = (Server::new().await, identified.acceptor(alpn));
    let port = listener.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.0.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = Vec::new();
                while stream.read_buf(&mut head).await.is_ok_and(|read| read > 0) {
                    if head.ends_with(b"\r\n\r\n") {
                        let called = stream.get_ref().1.server_name().unwrap_or("nobody").to_owned();
                        let body = format!("{called} {}", String::from_utf8_lossy(&head).to_lowercase());
                        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}end", body.len() + 3);
                        stream.write_all(answer.as_bytes()).await.expect("written");
                        head.clear();
                    }
                }
            });
        }
    });
    port
}

/// The answer to a request for `application`: status, code, and what was said about it.
async fn refusal(application: &ApplicationConfig) -> String {
    let mut client = Peer::connect(front(application).await).await;
    client.send(GET).await;
    let head = client.head().await;
    client.until("upstream_tls").await;
    let words = head.lines().find_map(|line| line.strip_prefix("x-words: ")).expect("words");
    format!("{} {words}", &head[9..12])
}

/// The body of a good answer.
async fn answer(application: &ApplicationConfig) -> String {
    let mut client = Peer::connect(front(application).await).await;
    client.send(GET).await;
    let head = client.head().await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    client.until("end").await
}

#[tokio::test]
async fn an_application_whose_authority_is_trusted_is_spoken_to() {
    let authority = Authority::new();
    let identified = authority.certify(&["127.0.0.1", "app.test"], 2100);
    for alpn in [&["h2", "http/1.1"][..], &[]] {
        let port = server(&identified, alpn).await;
        let mut application = secure(port, authority.trusted());
        let seen = answer(&application).await;
        assert!(seen.starts_with("nobody get / http/1.1\r\n"), "an address is no name: {seen}");
        application.server_name = Some(ServerName::try_from("app.test").expect("a name"));
        application.preserve_host = false;
        let seen = answer(&application).await;
        assert!(seen.starts_with("app.test ") && seen.contains(&format!("\r\nhost: 127.0.0.1:{port}\r\n")), "{seen}");
    }
}

#[tokio::test]
async fn a_connection_over_tls_serves_one_request_after_the_other() {
    let authority = Authority::new();
    let listener = Server::new().await;
    let acceptor = authority.certify(&["127.0.0.1"], 2100).acceptor(&[]);
    let mut client = Peer::connect(front(&secure(listener.port(), authority.trusted())).await).await;
    let serve = async {
        let mut upstream = acceptor.accept(listener.0.accept().await.expect("a connection").0).await.expect("shaken");
        for _ in 0..3 {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                upstream.read_buf(&mut head).await.expect("read");
            }
            upstream.write_all(OK.as_bytes()).await.expect("written");
        }
        upstream
    };
    let ask = async {
        for _ in 0..3 {
            client.send(GET).await;
            client.until("ok").await;
        }
    };
    let (_upstream, ()) = tokio::join!(serve, ask);
    assert!(listener.nobody_came());
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let authority = Authority::new();
    let port = server(&authority.certify(&["127.0.0.1"], 2100), &[]).await;
    for stranger in [Authority::named("Stranger"), Authority::new()] {
        let refusal = refusal(&secure(port, stranger.trusted())).await;
        assert!(refusal.starts_with(&format!("502 127.0.0.1:{port} ")), "{refusal}");
        assert!(refusal.contains("signed by nobody who is trusted here; name the authority"), "{refusal}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let port = server(&authority.certify(&["app.test"], 2100), &[]).await;
    let mut application = secure(port, authority.trusted());
    let by_address = refusal(&application).await;
    assert!(by_address.contains("is not for 127.0.0.1 but for"), "{by_address}");
    assert!(by_address.contains("app.test") && by_address.contains("`server_name`"), "{by_address}");
    application.server_name = Some(ServerName::try_from("other.test").expect("a name"));
    assert!(refusal(&application).await.contains("is not for other.test but for"));
}

#[tokio::test]
async fn a_certificate_out_of_its_time_is_refused() {
    let authority = Authority::new();
    let port = server(&authority.certify(&["127.0.0.1"], 2021), &[]).await;
    let refusal = refusal(&secure(port, authority.trusted())).await;
    assert!(refusal.contains("expired at 2021-01-01T00:00:00Z; renew it"), "{refusal}");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_apart() {
    let listener = Server::new().await;
    let application = secure(listener.port(), Authority::new().trusted());
    let talk = async {
        let mut upstream = listener.accept().await;
        upstream.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        upstream
    };
    let (refused, _upstream) = tokio::join!(refusal(&application), talk);
    assert!(refused.contains("what it answers is no TLS; write http://"), "{refused}");

    let hang_up = async {
        let mut upstream = listener.accept().await;
        let _hello = upstream.stream.read_buf(&mut upstream.unread).await;
        upstream.stream.shutdown().await.expect("a connection");
        upstream
    };
    let (refused, _upstream) = tokio::join!(refusal(&application), hang_up);
    assert!(refused.contains("hung up in the midst of the handshake; write http://"), "{refused}");
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_trusted_only_by_name() {
    let (identified, other) =
        (Identified::self_signed(&["127.0.0.1"], 2100), Identified::self_signed(&["127.0.0.1"], 2100));
    let port = server(&identified, &[]).await;
    answer(&secure(port, trusted(&identified.pem))).await;
    let refused = refusal(&secure(port, trusted(&other.pem))).await;
    assert!(refused.contains("name this very certificate in the application's `ca`"), "{refused}");

    let misnamed = Identified::self_signed(&["app.test"], 2100);
    let port = server(&misnamed, &[]).await;
    assert!(refusal(&secure(port, trusted(&misnamed.pem))).await.contains("is not for 127.0.0.1"));
    let expired = Identified::self_signed(&["127.0.0.1"], 2021);
    let port = server(&expired, &[]).await;
    assert!(refusal(&secure(port, trusted(&expired.pem))).await.contains("expired at 2021"));
}

#[tokio::test]
async fn connections_are_not_shared_between_applications_that_trust_differently() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let port = server(&authority.certify(&["127.0.0.1"], 2100), &[]).await;
    let proxy = Arc::new(Proxy::new());
    let front = |trusted| {
        let target = Target::new(&secure(port, trusted), CLIENT_IDLE).expect("a target");
        front_with(Door::new(Arc::clone(&proxy), target, Arc::default()))
    };
    let mut good = Peer::connect(front(authority.trusted()).await).await;
    good.send(GET).await;
    good.until("end").await;
    let mut bad = Peer::connect(front(stranger.trusted()).await).await;
    bad.send(GET).await;
    assert!(bad.head().await.starts_with("HTTP/1.1 502"));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_go_on_is_given_up() {
    let listener = Server::new().await;
    let mut client = Peer::connect(front(&secure(listener.port(), Authority::new().trusted())).await).await;
    client.send(GET).await;
    let _silent = listener.accept().await;
    let begin = tokio::time::Instant::now();
    assert!(client.head().await.starts_with("HTTP/1.1 504"));
    client.until("upstream_connect_timeout").await;
    assert_eq!(begin.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_websocket_goes_over_tls_too() {
    let authority = Authority::new();
    let listener = Server::new().await;
    let acceptor = authority.certify(&["127.0.0.1"], 2100).acceptor(&["http/1.1"]);
    let mut client = Peer::connect(front(&secure(listener.port(), authority.trusted())).await).await;
    client
        .send("GET /ws HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a\r\n\r\n")
        .await;
    let mut upstream = acceptor.accept(listener.0.accept().await.expect("a connection").0).await.expect("shaken");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        upstream.read_buf(&mut head).await.expect("read");
    }
    let agree = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst";
    upstream.write_all(agree).await.expect("written");
    client.until("first").await;
    client.send("ping").await;
    let mut ping = [0; 4];
    upstream.read_exact(&mut ping).await.expect("read");
    assert_eq!(&ping, b"ping");
}

#[tokio::test]
async fn the_systems_authorities_decide_where_none_is_named() {
    let port = server(&Authority::new().certify(&["127.0.0.1"], 2100), &[]).await;
    let mut application = application(&[port]);
    application.upstreams[0].https = true;
    match Target::new(&application, CLIENT_IDLE) {
        Ok(_) => assert!(refusal(&application).await.contains("signed by nobody who is trusted here")),
        // A machine without any says so instead of failing every request.
        Err(error) => assert_eq!(error, InvalidTarget::NoAuthorities),
    }
}
