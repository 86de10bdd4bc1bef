//! The sample legacy application: it knows nothing of sign-in, believes the headers it gets, and shows its work. It verifies the assertion
//! with the public keys alone, as any application can.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, SET_COOKIE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use tera::{Context, Tera};
use tokio::net::{TcpListener, TcpStream};

use super::outbox;
use crate::domain::language::Language;

const TEMPLATE: &str = "legacy.html";
const LARGEST_FORM: usize = 64 * 1024;

/// The application.
struct Legacy {
    portal: SocketAddr,
    outbox: PathBuf,
    templates: Tera,
}

/// What its page shows.
#[derive(Debug, Serialize)]
struct Page {
    language: &'static str,
    path: String,
    section: &'static str,
    user: Option<String>,
    name: Option<String>,
    identity: Vec<Line>,
    others: Vec<Line>,
    assertion: Verified,
    form: Vec<Line>,
}

/// A header or a field.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    value: String,
}

/// What became of the assertion.
#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum Verified {
    /// There is none: a public page, and nobody is signed in.
    Absent,
    /// Signed by the doorman, for this application.
    Genuine { kid: String, claims: String },
    /// Not to be believed.
    Refused { why: String },
}

/// Starts it on a free port of this machine; it ends with the process. `portal` is where the public keys are, `outbox` the folder of messages
/// that its page of sent mail shows.
pub(super) fn start(portal: SocketAddr, outbox: &Path) -> std::io::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let mut templates = Tera::new();
    templates.autoescape_on([".html"]);
    templates
        .add_raw_templates([
            (TEMPLATE, include_str!("../../templates/demo/legacy.html")),
            (outbox::TEMPLATE, include_str!("../../templates/demo/outbox.html")),
        ])
        .map_err(std::io::Error::other)?;
    let legacy = Arc::new(Legacy { portal, outbox: outbox.to_owned(), templates });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("sample application".into()).spawn(move || {
        runtime.block_on(serve(listener, legacy));
    })?;
    Ok(address)
}

async fn serve(listener: std::net::TcpListener, legacy: Arc<Legacy>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the sample application cannot listen");
            return;
        }
    };
    while let Ok((stream, _)) = listener.accept().await {
        let legacy = Arc::clone(&legacy);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let legacy = Arc::clone(&legacy);
                async move { Ok::<_, std::convert::Infallible>(legacy.answer(request).await) }
            });
            let connection =
                http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the sample application ended early");
            }
        });
    }
}

impl Legacy {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let audience = path.split('/').nth(1).unwrap_or_default().to_owned();
        if audience == "outbox" {
            return self.outbox(request.headers());
        }
        let headers = request.headers().clone();
        let posted = *request.method() == Method::POST;
        let form = if posted { read_form(request.into_body()).await } else { Vec::new() };
        let assertion = self.verify(&headers, &audience).await;
        let page = page(&path, &headers, assertion, form);
        let mut context = Context::new();
        context.insert("page", &page);
        let mut response = self.render(TEMPLATE, &context);
        // An application's own cookies come and go untouched.
        response
            .headers_mut()
            .insert(SET_COOKIE, HeaderValue::from_static("legacy_session=2009; Path=/; HttpOnly; SameSite=Lax"));
        response
    }

    /// What Portero sent, as its readers would see it.
    fn outbox(&self, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let mut context = Context::new();
        context.insert("language", language(headers).tag());
        context.insert("messages", &outbox::read(&self.outbox));
        self.render(outbox::TEMPLATE, &context)
    }

    fn render(&self, template: &str, context: &Context) -> Response<Full<Bytes>> {
        let html = self.templates.render(template, context).unwrap_or_else(|error| format!("template: {error}"));
        let mut response = Response::new(Full::from(html));
        *response.status_mut() = StatusCode::OK;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }

    /// Verifies the assertion from the published keys alone.
    async fn verify(&self, headers: &HeaderMap, audience: &str) -> Verified {
        let Some(assertion) = headers.get("x-portero-assertion").and_then(|value| value.to_str().ok()) else {
            return Verified::Absent;
        };
        match self.check(assertion, audience).await {
            Ok((kid, claims)) => Verified::Genuine { kid, claims },
            Err(why) => Verified::Refused { why: why.to_string() },
        }
    }

    async fn check(
        &self,
        assertion: &str,
        audience: &str,
    ) -> Result<(String, String), Box<dyn std::error::Error + Send + Sync>> {
        let kid = jsonwebtoken::decode_header(assertion)?.kid.ok_or("the assertion names no key")?;
        let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_slice(&self.keys().await?)?;
        let key = keys.find(&kid).ok_or("the assertion is signed by a key that is not published")?;
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[format!("http://{}/_portero", self.portal)]);
        let key = jsonwebtoken::DecodingKey::from_jwk(key)?;
        let token = jsonwebtoken::decode::<serde_json::Value>(assertion, &key, &validation)?;
        Ok((kid, serde_json::to_string_pretty(&token.claims)?))
    }

    /// Fetches the published keys over HTTP, as an application on another machine would.
    async fn keys(&self) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.portal).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::get("/_portero/jwks.json").header(HOST, self.portal.to_string());
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        Ok(response.into_body().collect().await?.to_bytes())
    }
}

fn page(path: &str, headers: &HeaderMap, assertion: Verified, form: Vec<Line>) -> Page {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let line = |name: &http::HeaderName, value: &HeaderValue| Line {
        name: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    let is_identity = |name: &str| name.starts_with("remote-") || name.starts_with("x-portero-");
    let (identity, others): (Vec<Line>, Vec<Line>) =
        headers.iter().map(|(name, value)| line(name, value)).partition(|line| is_identity(&line.name));
    Page {
        language: language(headers).tag(),
        path: path.to_owned(),
        section: match path.split('/').nth(1) {
            Some("billing") => "billing",
            Some("warehouse") => "warehouse",
            _ => "news",
        },
        user: text("remote-user"),
        name: text("remote-name"),
        identity,
        others,
        assertion,
        form,
    }
}

fn language(headers: &HeaderMap) -> Language {
    let language = headers.get(ACCEPT_LANGUAGE).and_then(|value| Language::from_accept_language(value.to_str().ok()?));
    language.unwrap_or_default()
}

async fn read_form(body: Incoming) -> Vec<Line> {
    let Ok(collected) = Limited::new(body, LARGEST_FORM).collect().await else { return Vec::new() };
    let bytes = collected.to_bytes();
    let line = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| Line {
        name: name.into_owned(),
        value: value.into_owned(),
    };
    form_urlencoded::parse(&bytes).map(line).collect()
}
