//! What Portero takes up: memory for nobody, for connections, for sessions; and how it does with a million users.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use crate::Failure;
use crate::client::Client;
use crate::portero::{House, Identity, Installation, PATH, PEOPLE};
use crate::process::Process;

/// Connections that are kept open.
const CONNECTIONS: usize = 2_000;
/// People who sign in.
const SESSIONS: usize = 2_000;
/// What was needed only to start, or to sign in, is given back by then.
const REST: Duration = Duration::from_secs(40);
/// Rows of a file of users.
const ROWS: usize = 100_000;

/// What was found. Memory is resident, in KiB; times are in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Footprint {
    memory_started: u64,
    memory_rested: u64,
    connections: usize,
    per_connection: f64,
    per_connection_tls: f64,
    sessions: usize,
    per_session: f64,
    rows: usize,
    user_import: Took,
    crowd: Option<Crowd>,
}

/// A command that ran by itself.
#[derive(Debug, Serialize)]
struct Took {
    ms: f64,
    most_memory: u64,
}

/// A store with many users.
#[derive(Debug, Serialize)]
struct Crowd {
    users: usize,
    archive_bytes: u64,
    import: Took,
    store_bytes: u64,
    start_ms: f64,
    memory_started: u64,
    sign_in_ms: f64,
    show_ms: f64,
    memory_rested: u64,
    list_ms: f64,
    memory_listing: u64,
}

/// Measures `program` in front of `upstream`, with `users` users in the end.
pub(crate) fn measure(program: &Path, folder: &Path, upstream: u16, users: usize) -> Result<Footprint, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let plain = Installation::start(program, &folder.join("plain"), upstream)?;
    let memory_started = plain.memory_started();
    std::thread::sleep(REST);
    let memory_rested = plain.memory()?;
    let per_connection = runtime.block_on(connections(&plain))?;
    let per_session = runtime.block_on(sessions(&plain))?;
    drop(plain);

    let identity = Identity::new()?;
    let house = House::new(program, &folder.join("tls"), upstream, Some(&identity))?;
    house.furnish()?;
    let secure = Installation::open(house)?;
    std::thread::sleep(REST);
    let per_connection_tls = runtime.block_on(connections(&secure))?;
    drop(secure);

    let user_import = import_rows(&House::new(program, &folder.join("rows"), upstream, None)?, folder)?;
    let crowd = match users {
        0 => None,
        _ => Some(runtime.block_on(crowd(
            &House::new(program, &folder.join("crowd"), upstream, None)?,
            folder,
            users,
        ))?),
    };
    Ok(Footprint {
        memory_started,
        memory_rested,
        connections: CONNECTIONS,
        per_connection,
        per_connection_tls,
        sessions: SESSIONS,
        per_session,
        rows: ROWS,
        user_import,
        crowd,
    })
}

/// KiB for each of many connections that made one signed-in request and then are kept open.
async fn connections(portero: &Installation) -> Result<f64, Failure> {
    let ask = async || {
        let mut client = portero.connect().await?;
        let status = client.get(PATH, portero.cookie()).await?.status();
        if status.is_success() { Ok::<Client, Failure>(client) } else { Err(format!("answered {status}").into()) }
    };
    // What the first ones need once and for all is not theirs.
    for _ in 0..CONNECTIONS / 20 {
        ask().await?;
    }
    let before = portero.memory()?;
    let mut open = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        open.push(ask().await?);
    }
    each(before, portero.memory()?, CONNECTIONS)
}

/// KiB for each of many sessions, with what the store's cache holds of them.
async fn sessions(portero: &Installation) -> Result<f64, Failure> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(portero.arrive(number).await?);
    }
    // What hashing passwords needs is not theirs.
    std::thread::sleep(REST);
    let before = portero.memory()?;
    let mut client = portero.connect().await?;
    for _ in 0..SESSIONS / PEOPLE {
        for person in &mut people {
            person.sign_in(&mut client).await?;
        }
    }
    drop(client);
    std::thread::sleep(REST);
    each(before, portero.memory()?, SESSIONS / PEOPLE * PEOPLE)
}

/// Takes in a file of users, by itself.
fn import_rows(house: &House, folder: &Path) -> Result<Took, Failure> {
    house.furnish()?;
    let path = folder.join("people.csv");
    let mut file = BufWriter::new(File::create(&path)?);
    writeln!(file, "organization,username,name,email,groups,applications")?;
    for number in 0..ROWS {
        writeln!(file, "acme,row{number},Person {number},row{number}@acme.example,\"staff,g{}\",app", number % 50)?;
    }
    file.flush()?;
    let took = run(house, &["user", "import", &path.display().to_string()], folder)?;
    fs::remove_file(path)?;
    Ok(took)
}

/// Fills a store with a multitude of one person and works with it.
async fn crowd(house: &House, folder: &Path, users: usize) -> Result<Crowd, Failure> {
    house.furnish()?;
    let archive = folder.join("crowd.jsonl");
    multiply(&String::from_utf8(house.tool(&["export", "-"], "")?)?, &archive, users)?;
    let archive_bytes = fs::metadata(&archive)?.len();
    let import = run(house, &["import", "--force", &archive.display().to_string()], folder)?;
    fs::remove_file(archive)?;

    let (process, took) = house.start()?;
    let memory_started = process.memory()?;
    let start_ms = ms(took);
    let (_, sign_in) = timed(house.arrive(PEOPLE / 2)).await?;
    let middle = format!("acme/u{:07}", users / 2);
    let began = Instant::now();
    house.tool(&["user", "show", &middle], "")?;
    let show_ms = ms(began.elapsed());
    std::thread::sleep(REST * 2);
    let memory_rested = process.memory()?;
    let began = Instant::now();
    let listed = house.tool(&["user", "list", "--json"], "")?;
    let list_ms = ms(began.elapsed());
    let listed: Vec<serde::de::IgnoredAny> = serde_json::from_slice(&listed)?;
    if listed.len() != users + PEOPLE {
        return Err(format!("{} users were listed of {}", listed.len(), users + PEOPLE).into());
    }
    Ok(Crowd {
        users,
        archive_bytes,
        import,
        store_bytes: house.store_bytes()?,
        start_ms,
        memory_started,
        sign_in_ms: ms(sign_in),
        show_ms,
        memory_rested,
        list_ms,
        memory_listing: process.most_memory()?,
    })
}

/// Copies an export, with as many more users, each of another id and name and like the first in everything else.
fn multiply(export: &str, path: &Path, users: usize) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut pattern: Option<Value> = None;
    for line in export.lines() {
        let record: Value = serde_json::from_str(line)?;
        if record["kind"] == "user" {
            pattern.get_or_insert(record);
        } else if let Some(pattern) = pattern.take() {
            let mut copy = pattern;
            for number in 0..users {
                let id = u128::try_from(number)?.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                copy["record"]["id"] =
                    uuid::Builder::from_random_bytes(id.to_be_bytes()).into_uuid().to_string().into();
                copy["record"]["username"] = format!("u{number:07}").into();
                copy["record"]["name"] = format!("Person {number}").into();
                copy["record"]["emails"] = vec![format!("u{number:07}@acme.example")].into();
                writeln!(file, "{copy}")?;
            }
        }
        writeln!(file, "{line}")?;
    }
    Ok(file.flush()?)
}

/// Runs a command that works on the store by itself.
fn run(house: &House, arguments: &[&str], folder: &Path) -> Result<Took, Failure> {
    let log = folder.join("command.log");
    let began = Instant::now();
    let most_memory = Process::start(house.command(arguments), &log)?.done(&log)?;
    Ok(Took { ms: ms(began.elapsed()), most_memory })
}

async fn timed<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<(T, Duration), Failure> {
    let began = Instant::now();
    Ok((work.await?, began.elapsed()))
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[allow(clippy::cast_precision_loss, reason = "memory is less than 2^52 KiB")]
fn each(before: u64, after: u64, count: usize) -> Result<f64, Failure> {
    Ok(after.saturating_sub(before) as f64 / f64::from(u32::try_from(count)?))
}

impl Footprint {
    /// A table for people.
    #[allow(clippy::cast_precision_loss, reason = "memory is less than 2^52 KiB")]
    pub(crate) fn markdown(&self) -> String {
        let mib = |kib: u64| format!("{:.1} MiB", kib as f64 / 1024.0);
        let mut lines = vec![
            ("memory, just started".to_owned(), mib(self.memory_started)),
            ("memory, a while after one person signed in".to_owned(), mib(self.memory_rested)),
            (
                format!("memory for each of {} idle connections", self.connections),
                format!("{:.1} KiB", self.per_connection),
            ),
            ("the same over TLS".to_owned(), format!("{:.1} KiB", self.per_connection_tls)),
            (format!("memory for each of {} sessions", self.sessions), format!("{:.1} KiB", self.per_session)),
            (format!("`portero user import` of {} rows", self.rows), self.user_import.say()),
        ];
        if let Some(crowd) = &self.crowd {
            let gib = |bytes: u64| format!("{:.2} GiB", bytes as f64 / f64::from(1 << 30));
            lines.extend([
                (
                    format!("`portero import` of {} users ({})", crowd.users, gib(crowd.archive_bytes)),
                    crowd.import.say(),
                ),
                ("the store with them".to_owned(), gib(crowd.store_bytes)),
                ("start with them, until `/readyz` says so".to_owned(), format!("{:.0} ms", crowd.start_ms)),
                ("memory then".to_owned(), mib(crowd.memory_started)),
                ("the first sign-in: page and form".to_owned(), format!("{:.0} ms", crowd.sign_in_ms)),
                ("`portero user show` of one of them".to_owned(), format!("{:.0} ms", crowd.show_ms)),
                (
                    format!(
                        "memory {} s later, while it looks through them for passwords about to expire",
                        (REST * 2).as_secs()
                    ),
                    mib(crowd.memory_rested),
                ),
                ("`portero user list --json` of all".to_owned(), format!("{:.1} s", crowd.list_ms / 1e3)),
                ("the most memory it had until then".to_owned(), mib(crowd.memory_listing)),
            ]);
        }
        let rows: String = lines.iter().map(|(what, value)| format!("| {what} | {value} |\n")).collect();
        format!("\n| one worker | |\n|---|---|\n{rows}")
    }
}

impl Took {
    #[allow(clippy::cast_precision_loss, reason = "memory is less than 2^52 KiB")]
    fn say(&self) -> String {
        format!("{:.1} s, at most {:.0} MiB", self.ms / 1e3, self.most_memory as f64 / 1024.0)
    }
}
