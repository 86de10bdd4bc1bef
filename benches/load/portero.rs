//! The Portero that is measured: one worker, one organization, one application, somebody signed in.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

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
    authority: String,
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
        let (port, admin) = (free_port()?, free_port()?);
        let authority = format!("127.0.0.1:{port}");
        let config = folder.join("portero.toml");
        let store = toml::Value::from(folder.join("store").display().to_string());
        fs::write(
            &config,
            format!(
                "[server]\nlisten = \"{authority}\"\nworkers = 1\n[admin]\nlisten = \"127.0.0.1:{admin}\"\n\
                 [portal]\norigin = \"http://{authority}\"\n[store]\npath = {store}\n[captcha]\nmode = \"off\"\n\
                 [[app]]\nid = \"app\"\npath = \"/app\"\nupstream = [\"http://127.0.0.1:{upstream}\"]\naccess = \"assigned\"\n"
            ),
        )?;
        let tool = Tool { program: program.to_owned(), config: config.clone() };
        tool.run(&["org", "add", "acme", "--name", "Acme"], "")?;
        for number in 0..PEOPLE {
            let (name, user) = (format!("Person {number}"), format!("acme/p{number}"));
            let email = format!("p{number}@acme.example");
            let more = ["--email", &email, "--app", "app", "--group", "staff", "--password-stdin"];
            tool.run(&[&["user", "add", &user, "--name", &name][..], &more[..]].concat(), PASSWORD)?;
        }
        let log = folder.join("portero.log");
        let mut process = Process::start(Command::new(program).arg("run").arg("--config").arg(&config), &log)?;
        process.listens(port, &log)?;
        let mut portero = Self { process, authority, cookie: String::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        portero.cookie = runtime.block_on(portero.arrive(0))?.session;
        runtime.block_on(portero.check())?;
        Ok(portero)
    }

    /// `name=value` of the session.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Where it listens.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// What is asked for.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{PATH}", self.authority)
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

    /// Somebody comes with an empty browser and signs in.
    pub(crate) async fn arrive(&self, number: usize) -> Result<Person, Failure> {
        let mut client = Client::connect(&self.authority).await?;
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

    /// What is measured must be the whole of it: the application sees a signed identity, a stranger sees nothing.
    async fn check(&self) -> Result<(), Failure> {
        let mut client = Client::connect(&self.authority).await?;
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

/// `name=value` of a cookie that an answer sets.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok()?.split(';').next());
    pairs.filter(|pair| pair.split('=').next() == Some(name)).map(str::to_owned).next()
}

/// The command line.
struct Tool {
    program: PathBuf,
    config: PathBuf,
}

impl Tool {
    fn run(&self, arguments: &[&str], input: &str) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(&self.config);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("portero {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}
