//! The pieces of a signed-in request, one by one: `cargo bench --bench hot_path`.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use http::Method;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, COOKIE, HOST, HeaderMap, HeaderValue, REFERER, USER_AGENT};
use http::uri::PathAndQuery;
use portero::clock::{Clock, SystemClock};
use portero::config::{ApplicationConfig, Config, ParseContext};
use portero::domain::ids::{SessionId, UserId};
use portero::domain::person::Person;
use portero::domain::session::AuthenticationMethod;
use portero::domain::user::Role;
use portero::keys::{AssertionClaims, Keys, MasterKey};
use portero::proxy::{Identity, IdentityHeaders, Passage, rewrite_head};
use portero::random::{Random, SystemRandom};
use portero::server::NormalPath;
use portero::server::gate::judge;
use portero::store::sled::SledStore;

/// As the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error>;

/// What is to be measured, or the reason why it can't be.
fn ready<T>(made: Result<T, Failure>) -> T {
    made.unwrap_or_else(|error| panic!("not measured: {error}"))
}

fn person() -> Result<Person, Failure> {
    Ok(Person {
        id: UserId::from_random([1; 16]),
        username: "ana.martinez".parse()?,
        name: "Ana Martínez".parse()?,
        email: Some("ana@acme.example".parse()?),
        organization: "acme".to_owned(),
        organization_name: "Acme Insurance".parse()?,
        lineage: vec!["acme".parse()?],
        applications: ["billing".parse()?, "claims".parse()?].into(),
        groups: ["accounting".parse()?, "staff".parse()?].into(),
        role: Role::User,
        language: None,
    })
}

fn application() -> Result<ApplicationConfig, Failure> {
    let text = r#"
        [[app]]
        id = "billing"
        path = "/billing"
        upstream = ["http://127.0.0.1:1"]
        access = "assigned"
        [[app.rule]]
        path = "/billing/public/*"
        methods = ["GET", "HEAD"]
        access = "anyone"
        [[app.rule]]
        path = "/billing/reports/*/print"
        access = { groups = ["management"] }
        [[app.rule]]
        path = "/billing/reports/*"
        access = { groups = ["accounting"] }
    "#;
    let config = Config::parse(text, ParseContext::new("bench", Path::new(".")))?;
    config.applications.first().cloned().ok_or_else(|| "no application".into())
}

/// Normalising the path, and the verdict on it.
fn gate(criterion: &mut Criterion) {
    let (application, person) = (ready(application()), ready(person()));
    let mut group = criterion.benchmark_group("gate");
    for text in ["/billing/orders/42?page=2", "/billing/reports/2026/10", "/billing/f%C3%A1cil;v=1/%40me"] {
        let path = ready(text.parse::<PathAndQuery>().map_err(Failure::from));
        group.bench_with_input(BenchmarkId::from_parameter(text), &path, |bencher, path| {
            bencher.iter(|| {
                let path = NormalPath::parse(black_box(path));
                path.map(|path| {
                    judge(&application, &Method::GET, std::iter::empty(), path.judged_variants(), Some(&person))
                })
            });
        });
    }
    group.finish();
}

/// What a browser sends.
fn head() -> HeaderMap {
    let mut head = HeaderMap::new();
    head.insert(HOST, HeaderValue::from_static("apps.acme.example"));
    head.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
    head.insert(
        USER_AGENT,
        HeaderValue::from_static("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    );
    head.insert(ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    head.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate, br, zstd"));
    head.insert("accept-language", HeaderValue::from_static("es-MX,es;q=0.8,en;q=0.5"));
    head.insert(REFERER, HeaderValue::from_static("https://apps.acme.example/billing/orders"));
    head.insert(
        COOKIE,
        HeaderValue::from_static(
            "JSESSIONID=0123456789ABCDEF; __Host-portero=jMkAeWvEpgSR5mJ0BrCUnEQZfOFhpMFGpaS8UoDm3xU; theme=dark",
        ),
    );
    for (name, value) in
        [("sec-fetch-dest", "document"), ("sec-fetch-mode", "navigate"), ("sec-fetch-site", "same-origin")]
    {
        head.insert(name, HeaderValue::from_static(value));
    }
    head
}

/// Taking away what only Portero may say, and saying it.
fn header_rewrite(criterion: &mut Criterion) {
    let headers =
        IdentityHeaders::new("ana.martinez", "Ana Martínez", "ana@acme.example", ["accounting", "staff"], "acme");
    let headers = ready(headers.map_err(Failure::from));
    let (assertion, host) = (HeaderValue::from_static("eyJ"), HeaderValue::from_static("apps.acme.example"));
    let (path, request_id) =
        (PathAndQuery::from_static("/billing/orders/42"), HeaderValue::from_static("Ab12Cd34-0-1f"));
    let end = Arc::default();
    let passage = Passage {
        client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)),
        https: true,
        host: &host,
        path_and_query: &path,
        identity: Some(Identity { headers: &headers, assertion: &assertion, end: &end }),
        request_id: &request_id,
    };
    let head = head();
    criterion.bench_function("header rewrite", |bencher| {
        bencher.iter_batched(
            || head.clone(),
            |mut head| {
                let written = rewrite_head(&mut head, &Method::GET, &passage);
                (head, written)
            },
            BatchSize::SmallInput,
        );
    });
}

/// Signing, which a session needs once in half an assertion's life for each application.
fn assertion(criterion: &mut Criterion) {
    let (_folder, keys) = ready(keys());
    let (person, audience) = (ready(person()), ready("billing".parse().map_err(Failure::from)));
    let (now, random) = (SystemClock.now(), &SystemRandom as &dyn Random);
    criterion.bench_function("assertion", |bencher| {
        bencher.iter(|| {
            let jti = random.token().reveal();
            keys.sign_assertion(&AssertionClaims {
                iss: "https://login.acme.example/_portero",
                aud: &audience,
                sub: person.id,
                iat: now,
                exp: now + Duration::from_secs(300),
                jti: &jti,
                sid: SessionId::from_random([2; 16]),
                preferred_username: &person.username,
                name: &person.name,
                email: person.email.as_ref(),
                org: &person.organization,
                groups: &person.groups,
                auth_time: now,
                amr: &[AuthenticationMethod::Pwd],
            })
        });
    });
}

fn keys() -> Result<(tempfile::TempDir, Arc<Keys>), Failure> {
    let folder = tempfile::tempdir()?;
    let store = SledStore::open(folder.path(), 1 << 20)?;
    let master = MasterKey::load_or_create(folder.path(), None, &SystemRandom)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let keys = runtime.block_on(Keys::load(&*store, &master, &SystemClock, &SystemRandom))?;
    Ok((folder, Arc::new(keys)))
}

criterion_group!(benches, gate, header_rewrite, assertion);
criterion_main!(benches);
