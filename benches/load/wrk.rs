//! The generator of load: wrk where it is installed, else a client of our own.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::client::{Stream, percentile};
use crate::process::find;
use crate::report::Report;

/// Load of one kind.
pub(crate) struct Load<'a> {
    wrk: Option<PathBuf>,
    connections: usize,
    cookie: &'a str,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl<'a> Load<'a> {
    /// So many connections that ask as fast as they are answered, all with the same cookie.
    pub(crate) fn new(connections: usize, cookie: &'a str) -> Result<Self, Failure> {
        Ok(Self { wrk: find("wrk").ok(), connections, cookie })
    }

    /// For the report.
    pub(crate) fn say_what_it_is(&self, report: &mut Report) {
        report.generator = if self.wrk.is_some() { "wrk" } else { "the client in benches/load" };
    }

    /// Asks for `url` for so long. An answer other than 2xx is a failure.
    pub(crate) fn run(&self, url: &str, time: Duration) -> Result<Run, Failure> {
        match &self.wrk {
            Some(wrk) => {
                let output = Command::new(wrk)
                    .args(["-t1", "--latency", "-H", &format!("Cookie: {}", self.cookie)])
                    .args([format!("-c{}", self.connections), format!("-d{}s", time.as_secs()), url.to_owned()])
                    .output()?;
                let text = String::from_utf8(output.stdout)?;
                read(&text).ok_or_else(|| format!("{url}: wrk says:\n{text}").into())
            }
            None => self.run_own(url, time),
        }
    }

    fn run_own(&self, url: &str, time: Duration) -> Result<Run, Failure> {
        let (authority, path) = url.trim_start_matches("http://").split_once('/').ok_or("no path")?;
        let path = format!("/{path}");
        let stream = Stream { authority, path: &path, cookie: self.cookie, connections: self.connections, pace: None };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let began = Instant::now();
        let took = runtime.block_on(stream.run(time))?;
        let requests = took.len() as u64;
        Ok(Run { requests, took: began.elapsed(), p50: percentile(&took, 0.5), p99: percentile(&took, 0.99) })
    }
}

/// Reads wrk's report. `None` if anything went wrong.
fn read(text: &str) -> Option<Run> {
    if text.contains("Non-2xx") || text.contains("Socket errors") {
        return None;
    }
    let value = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let (requests, rest) = text.lines().find_map(|line| line.trim().split_once(" requests in "))?;
    let took = duration(rest.split(',').next()?)?;
    Some(Run { requests: requests.parse().ok()?, took, p50: duration(value("50%")?)?, p99: duration(value("99%")?)? })
}

/// `1.02ms`, `3.00s`, `870.00us`, `1.10m`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let seconds = match &text[unit..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Some(Duration::from_secs_f64(text[..unit].parse::<f64>().ok()? * seconds))
}
