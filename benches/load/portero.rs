//! The Portero that is measured: one worker, one organization, one application, somebody signed in.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use tokio_rustls::TlsConnector;

use crate::Failure;
use crate::client::Client;
use crate::process::{Process, free_port};

/// What is asked of every proxy.
pub(crate) const PATH: &str = "/app/orders/42";
/// How many people there are.
pub(crate) const PEOPLE: usize = 8;
const PASSWORD: &str = "Clave#Segura2026";
const LOGIN: &str = "/_portero/login";

/// A Portero at work, with a session.
pub(crate) struct Installation {
    process: Process,
    house: House,
    memory_started: u64,
    cookie: String,
}

/// Somebody at a browser that has signed in before.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    cookies: String,
    form: String,
    session: String,
}

impl Installation {
    /// Fills a store in `folder`, starts Portero in front of `upstream`, and signs somebody in.
    pub(crate) fn start(program: &Path, folder: &Path, upstream: u16) -> Result<Self, Failure> {
        let house = House::new(program, folder, upstream, None)?;
        house.furnish()?;
        Self::open(house)
    }

    /// Starts Portero on a store with people in it, and signs somebody in.
    pub(crate) fn open(house: House) -> Result<Self, Failure> {
        let (process, _) = house.start()?;
        let memory_started = process.memory()?;
        let mut portero = Self { process, house, memory_started, cookie: String::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        portero.cookie = runtime.block_on(portero.house.arrive(0))?.session;
        runtime.block_on(portero.check())?;
        Ok(portero)
    }

    /// `name=value` of the session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Where it listens.
    pub(crate) fn authority(&self) -> &str {
        &self.house.authority
    }

    /// What is asked for.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{PATH}", self.house.authority)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        self.process.processor_time()
    }

    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        self.process.memory()
    }

    /// Resident memory before anybody came, in KiB.
    pub(crate) const fn memory_started(&self) -> u64 {
        self.memory_started
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        self.house.connect().await
    }

    /// Somebody comes with an empty browser and signs in.
    pub(crate) async fn arrive(&self, number: usize) -> Result<Person, Failure> {
        self.house.arrive(number).await
    }

    /// What is measured must be the whole of it: the application sees a signed identity, a stranger sees nothing.
    async fn check(&self) -> Result<(), Failure> {
        let mut client = self.connect().await?;
        let head = client.get("/app/head", &self.cookie).await?;
        let text = String::from_utf8_lossy(head.body());
        if head.status() != StatusCode::OK || !text.contains("x-portero-assertion") || text.contains(&self.cookie) {
            return Err(format!("the application received {}: {text}", head.status()).into());
        }
        match client.get(PATH, "").await?.status() {
            StatusCode::UNAUTHORIZED => Ok(()),
            other => Err(format!("a stranger was answered {other}").into()),
        }
    }
}

impl Person {
    /// Signs in once more; gives back the cookie that makes the browser known.
    pub(crate) async fn sign_in(&mut self, client: &mut Client) -> Result<String, Failure> {
        let response = client.post(LOGIN, &self.cookies, &self.form).await?;
        let (status, headers) = (response.status(), response.headers());
        match (status, cookie(headers, "portero"), cookie(headers, "portero-known")) {
            (StatusCode::SEE_OTHER, Some(session), Some(known)) => {
                self.session = session;
                Ok(known)
            }
            _ => Err(format!("a sign-in was answered {status}").into()),
        }
    }
}

/// An installation: its configuration, its store, and where it listens when it runs.
pub(crate) struct House {
    program: PathBuf,
    folder: PathBuf,
    authority: String,
    admin: u16,
    tls: Option<TlsConnector>,
}

impl House {
    /// Writes the configuration, in `folder`, of a Portero in front of `upstream`; with `identity`, over TLS.
    pub(crate) fn new(
        program: &Path,
        folder: &Path,
        upstream: u16,
        identity: Option<&Identity>,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let (port, admin) = (free_port()?, free_port()?);
        let authority = format!("127.0.0.1:{port}");
        let store = toml::Value::from(folder.join("store").display().to_string());
        let (scheme, tls) = match identity {
            Some(identity) => ("https", identity.write(folder)?),
            None => ("http", String::new()),
        };
        fs::write(
            folder.join("portero.toml"),
            format!(
                "[server]\nlisten = \"{authority}\"\nworkers = 1\n{tls}[admin]\nlisten = \"127.0.0.1:{admin}\"\n\
                 [portal]\norigin = \"{scheme}://{authority}\"\n[store]\npath = {store}\n[captcha]\nmode = \"off\"\n\
                 [[app]]\nid = \"app\"\npath = \"/app\"\nupstream = [\"http://127.0.0.1:{upstream}\"]\naccess = \"assigned\"\n"
            ),
        )?;
        let tls = identity.map(|identity| identity.trusted.clone());
        Ok(Self { program: program.to_owned(), folder: folder.to_owned(), authority, admin, tls })
    }

    /// Puts an organization and some people into the store.
    pub(crate) fn furnish(&self) -> Result<(), Failure> {
        self.tool(&["org", "add", "acme", "--name", "Acme"], "")?;
        for number in 0..PEOPLE {
            let (name, user) = (format!("Person {number}"), format!("acme/p{number}"));
            let email = format!("p{number}@acme.example");
            let more = ["--email", &email, "--app", "app", "--group", "staff", "--password-stdin"];
            self.tool(&[&["user", "add", &user, "--name", &name][..], &more[..]].concat(), PASSWORD)?;
        }
        Ok(())
    }

    /// Starts Portero; how long it took until it said that it was ready.
    pub(crate) fn start(&self) -> Result<(Process, Duration), Failure> {
        let log = self.folder.join("portero.log");
        let began = Instant::now();
        let mut process = Process::start(self.command(&["run"]), &log)?;
        process.waits(&log, || self.is_ready())?;
        Ok((process, began.elapsed()))
    }

    fn is_ready(&self) -> bool {
        let ask = || {
            let mut socket = std::net::TcpStream::connect(("127.0.0.1", self.admin))?;
            write!(socket, "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.admin)?;
            let mut answer = String::new();
            socket.read_to_string(&mut answer)?;
            Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
        };
        ask().unwrap_or(false)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        match &self.tls {
            Some(tls) => Client::connect_tls(&self.authority, tls).await,
            None => Client::connect(&self.authority).await,
        }
    }

    /// Somebody comes with an empty browser and signs in.
    pub(crate) async fn arrive(&self, number: usize) -> Result<Person, Failure> {
        let mut client = self.connect().await?;
        let page = client.get(LOGIN, "").await?;
        let browser = cookie(page.headers(), "portero-browser").ok_or("the sign-in page set no cookie")?;
        let text = std::str::from_utf8(page.body())?;
        let field = text.split("<input").find(|field| field.contains("name=\"csrf\"")).ok_or("no csrf")?;
        let csrf = field.split_once("value=\"").and_then(|(_, rest)| rest.split('"').next()).ok_or("no csrf value")?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("organization", "acme").append_pair("username", &format!("p{number}"));
        form.append_pair("password", PASSWORD).append_pair("csrf", csrf);
        let mut person = Person { cookies: browser, form: form.finish(), session: String::new() };
        let known = person.sign_in(&mut client).await?;
        let _ = write!(person.cookies, "; {known}");
        Ok(person)
    }

    /// How large the files of its store are.
    pub(crate) fn store_bytes(&self) -> Result<u64, Failure> {
        fn size(folder: &Path) -> std::io::Result<u64> {
            fs::read_dir(folder)?.try_fold(0, |sum, entry| {
                let entry = entry?;
                let meta = entry.metadata()?;
                Ok(sum + if meta.is_dir() { size(&entry.path())? } else { meta.len() })
            })
        }
        Ok(size(&self.folder.join("store/sled"))?)
    }

    /// `portero` with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(self.folder.join("portero.toml"));
        command
    }

    /// Runs `portero` with these arguments; what it prints.
    pub(crate) fn tool(&self, arguments: &[&str], input: &str) -> Result<Vec<u8>, Failure> {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(format!("portero {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

/// A certificate, and who trusts it.
pub(crate) struct Identity {
    certificate: String,
    key: String,
    trusted: TlsConnector,
}

impl Identity {
    /// Makes one for this machine.
    pub(crate) fn new() -> Result<Self, Failure> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone())?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let client = client.with_root_certificates(roots).with_no_client_auth();
        let trusted = TlsConnector::from(Arc::new(client));
        Ok(Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem(), trusted })
    }

    /// The line of the configuration that names it.
    fn write(&self, folder: &Path) -> Result<String, Failure> {
        fs::write(folder.join("cert.pem"), &self.certificate)?;
        fs::write(folder.join("key.pem"), &self.key)?;
        Ok("tls = { cert = \"cert.pem\", key = \"key.pem\" }\n".to_owned())
    }
}

/// `name=value` of a cookie that an answer sets; over HTTPS names carry a prefix.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()?.split(';').next());
    let bare = |pair: &str| pair.split('=').next().map(|name| name.trim_start_matches("__Host-").to_owned());
    pairs.filter(|pair| bare(pair).as_deref() == Some(name)).map(str::to_owned).next()
}
