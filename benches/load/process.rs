//! Processes that are started for a measurement and end with it, and what they cost.

use std::borrow::BorrowMut;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;

/// How long a process has to begin to listen.
const PATIENCE: Duration = Duration::from_secs(60);
/// What `/proc` counts processor time in; Linux shows programs 1/100 s on every machine.
const TICK: Duration = Duration::from_millis(10);

/// A process that ends when this is dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a command; what it says goes to a file.
    pub(crate) fn start(mut command: impl BorrowMut<Command>, log: &Path) -> Result<Self, Failure> {
        let command = command.borrow_mut();
        let output = fs::File::create(log)?;
        let child = command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn();
        let child = child.map_err(|error| format!("{} cannot be started: {error}", command.get_program().display()))?;
        Ok(Self { child })
    }

    /// Takes over a process that was started.
    pub(crate) const fn of(child: Child) -> Self {
        Self { child }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until something listens on `port`.
    pub(crate) fn listens(&mut self, port: u16, log: &Path) -> Result<(), Failure> {
        self.waits(log, || TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    /// Waits until it `is_ready`.
    pub(crate) fn waits(&mut self, log: &Path, is_ready: impl Fn() -> bool) -> Result<(), Failure> {
        let end = Instant::now() + PATIENCE;
        while !is_ready() {
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > end {
                let said = fs::read_to_string(log).unwrap_or_default();
                return Err(format!(
                    "it did not begin to listen: {}",
                    said.lines().last().unwrap_or("no reason given")
                )
                .into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until it has done what it was started for; how much memory it had at most, in KiB.
    pub(crate) fn done(mut self, log: &Path) -> Result<u64, Failure> {
        let mut most = 0;
        loop {
            // Read until it ends, and not after: what has ended has no memory.
            most = most.max(self.status("VmHWM:").unwrap_or(0));
            if let Some(status) = self.child.try_wait()? {
                let said = fs::read_to_string(log).unwrap_or_default();
                return if status.success() { Ok(most) } else { Err(said.into()) };
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Processor time of the process and its children so far, user and system.
    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        let mut ticks = 0;
        let mut family = vec![self.pid()];
        let stats = stats()?;
        // Parents come before their children in what is gone through, however the numbers lie.
        let mut at = 0;
        while let Some(&pid) = family.get(at) {
            family.extend(stats.iter().filter(|stat| stat.parent == pid).map(|stat| stat.pid));
            ticks += stats.iter().filter(|stat| stat.pid == pid).map(|stat| stat.ticks).sum::<u32>();
            at += 1;
        }
        Ok(TICK * ticks)
    }

    /// Resident memory, in KiB.
    pub(crate) fn memory(&self) -> Result<u64, Failure> {
        self.status("VmRSS:")
    }

    /// The most resident memory it ever had, in KiB.
    pub(crate) fn most_memory(&self) -> Result<u64, Failure> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first: whoever has children takes them along.
        if let Ok(pid) = i32::try_from(self.pid())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let end = Instant::now() + Duration::from_secs(3);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > end {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Stat {
    pid: u32,
    parent: u32,
    ticks: u32,
}

/// All processes. One that ends meanwhile is left out.
fn stats() -> Result<Vec<Stat>, Failure> {
    let read = |pid: u32| {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in brackets may hold anything; state and parent follow it, utime and stime are the 12th and 13th.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u32>().ok();
        Some(Stat { pid, parent: number(1)?, ticks: number(11)? + number(12)? })
    };
    let names = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(names.filter_map(read).collect())
}

/// Processor time of this very process so far.
pub(crate) fn own_processor_time() -> Result<Duration, Failure> {
    let own = std::process::id();
    Ok(TICK * stats()?.iter().filter(|stat| stat.pid == own).map(|stat| stat.ticks).sum::<u32>())
}

/// A port that is free now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Where an installed program is: of the peers' own folder, or of the system.
pub(crate) fn find(program: &str) -> Result<PathBuf, Failure> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin");
    let folders = [&*own, Path::new("/usr/local/bin"), Path::new("/usr/bin"), Path::new("/usr/sbin")];
    let found = folders.iter().map(|folder| folder.join(program)).find(|path| path.exists());
    found.ok_or_else(|| format!("{program} is not installed").into())
}
