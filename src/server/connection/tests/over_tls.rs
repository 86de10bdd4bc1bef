//! The same over TLS, with a real client.

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::config::{Place, TlsFiles};
use crate::domain::Timestamp;

struct Made {
    _folder: tempfile::TempDir,
    files: TlsFiles,
    cert: CertificateDer<'static>,
}

/// A certificate for localhost. Its dates are rcgen's default: from 1975 to 4096.
fn make() -> Made {
    make_for("localhost")
}

fn make_for(name: &str) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let files = TlsFiles {
        cert: folder.path().join("cert.pem"),
        key: folder.path().join("key.pem"),
        place: Place { line: 1, column: 1 },
    };
    let key = KeyPair::generate().expect("a key");
    let cert = CertificateParams::new(vec![name.to_owned()]).expect("a name").self_signed(&key).expect("signed");
    std::fs::write(&files.cert, cert.pem()).expect("written");
    std::fs::write(&files.key, key.serialize_pem()).expect("written");
    Made { _folder: folder, files, cert: cert.der().clone() }
}

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().expect("a time")
}

fn start(made: &Made, limits: Limits) -> (Server, Arc<TlsAcceptorHolder>) {
    let holder = Arc::new(TlsAcceptorHolder::load(std::slice::from_ref(&made.files)).expect("sound"));
    (Server::with(limits, Some(Arc::clone(&holder)), Duration::from_secs(20)), holder)
}

async fn shake(
    server: &Server,
    trusted: &CertificateDer<'static>,
    alpn: &[&str],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").expect("a name");
    shake_as(server, config, name).await
}

async fn shake_as(
    server: &Server,
    config: ClientConfig,
    name: ServerName<'static>,
) -> std::io::Result<TlsStream<TcpStream>> {
    in_time(TlsConnector::from(Arc::new(config)).connect(name, server.connect().await)).await
}

#[tokio::test]
async fn the_protocol_is_what_was_agreed_on() {
    let made = make();
    let (server, _holder) = start(&made, limits());
    for alpn in [&["http/1.1"][..], &[]] {
        let mut stream = shake(&server, &made.cert, alpn).await.expect("shaken");
        stream.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
        assert!(hear(&mut stream).await.ends_with("GET /x host=a cookie= tls=true"), "{alpn:?}");
    }
    let stream = shake(&server, &made.cert, &["h2", "http/1.1"]).await.expect("shaken");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut client, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    let request = Request::get("https://a/x").body(Empty::<Bytes>::new()).expect("a request");
    let response = in_time(client.send_request(request)).await.expect("answered");
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    assert_eq!(body, "GET /x host=a cookie= tls=true");
}

#[tokio::test]
async fn a_handshake_that_stalls_is_cut_and_a_slow_head_answered() {
    let made = make();
    let (server, _holder) = start(&made, Limits { header_timeout: Duration::from_millis(500), ..limits() });
    assert_eq!(server.say("\x16\x03").await, "");
    let mut stream = shake(&server, &made.cert, &["http/1.1"]).await.expect("shaken");
    stream.write_all(b"GET / HTTP/1.1\r\nHo").await.expect("sent");
    assert!(hear(&mut stream).await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn a_new_certificate_is_used_without_a_restart() {
    let (old, new) = (make(), make());
    let (server, holder) = start(&old, limits());
    let mut open = shake(&server, &old.cert, &["http/1.1"]).await.expect("the old one is trusted");
    assert!(shake(&server, &new.cert, &[]).await.is_err());
    holder.reload(std::slice::from_ref(&new.files), now()).expect("sound");
    shake(&server, &new.cert, &[]).await.expect("the new one is trusted");
    open.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.expect("sent");
    assert!(hear(&mut open).await.ends_with("tls=true"), "open connections go on");
}

#[tokio::test]
async fn plain_http_on_the_encrypted_port_harms_nobody() {
    let made = make();
    let (server, _holder) = start(&made, limits());
    let mut socket = server.connect().await;
    socket.write_all(GET.as_bytes()).await.expect("sent");
    let _ = in_time(socket.read_to_end(&mut Vec::new())).await;
    assert!(server.echo.seen.lock().expect("no panic").is_empty());
    shake(&server, &made.cert, &[]).await.expect("the next one is served");
}

#[tokio::test]
async fn each_name_gets_its_own_certificate() {
    let (first, shop) = (make(), make_for("*.shop.test"));
    let holder = Arc::new(TlsAcceptorHolder::load(&[first.files.clone(), shop.files.clone()]).expect("sound"));
    let server = Server::with(limits(), Some(holder), Duration::from_secs(20));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    for (name, trusted, welcome) in [
        ("localhost", &first, true),
        ("www.shop.test", &shop, true),
        ("localhost", &shop, false),
        ("www.shop.test", &first, false),
    ] {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.cert.clone()).expect("a certificate");
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let shaken = shake_as(&server, config, ServerName::try_from(name).expect("a name")).await;
        assert_eq!(shaken.is_ok(), welcome, "{name}");
    }
}
