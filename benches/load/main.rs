//! Portero under load, beside other proxies: `cargo bench --bench load`, explained in `benches/README.md`.
//!
//! One upstream, one generator of load, every proxy with one worker and the same requests, each in turn and again and again, so
//! that whatever else the machine does falls on all of them. The figure is the processor time a request costs each proxy, divided
//! by what it cost nginx in the same round.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its report is what it is for")]

mod client;
mod footprint;
mod peers;
mod portero;
mod process;
mod report;
mod servers;
mod sign_ins;
mod wrk;

use std::time::Duration;

use clap::Parser;

use peers::{Peer, Started};
use report::{Measured, Report};

/// As the program itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a measurement.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures the signed-in path of Portero beside other proxies.
#[derive(Parser)]
struct Arguments {
    /// How many times each proxy gets its turn
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds of one turn
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Connections at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Only these proxies, by the names of the table (nginx is always there)
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Another portero to measure
    #[arg(long, default_value = env!("CARGO_BIN_EXE_portero"))]
    portero: std::path::PathBuf,
    /// Leaves out the sign-ins
    #[arg(long)]
    no_sign_ins: bool,
    /// Leaves out everything but the sign-ins
    #[arg(long, conflicts_with_all = ["no_sign_ins", "only_footprint"])]
    only_sign_ins: bool,
    /// Leaves out memory, and the store with many users
    #[arg(long)]
    no_footprint: bool,
    /// Leaves out everything but those
    #[arg(long, conflicts_with = "no_footprint")]
    only_footprint: bool,
    /// How many users that store has; 0 leaves it out
    #[arg(long, default_value_t = 1_000_000)]
    users: usize,
    /// Starts Portero and its application, says how to reach them, and waits: for a profiler
    #[arg(long)]
    hold: bool,
    /// One of the servers that the measurement starts for itself
    #[arg(long, hide = true)]
    serve: Option<servers::Kind>,
    #[arg(long, hide = true, default_value_t = 0)]
    upstream: u16,
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    if let Some(kind) = arguments.serve {
        return servers::serve(kind, arguments.upstream);
    }
    if !arguments.bench {
        println!("measures only when it is run by `cargo bench --bench load`");
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("portero-load-").tempdir()?;
    let (_upstream, upstream) = servers::start(servers::Kind::Upstream, 0)?;
    let portero = portero::Installation::start(&arguments.portero, &folder.path().join("house"), upstream)?;
    let mut report = Report::new(&arguments, portero.memory_started());
    if arguments.hold {
        println!("pid {}\nwrk -t1 -c64 -d3s -H 'Cookie: {}' {}", portero.pid(), portero.cookie(), portero.url());
        loop {
            std::thread::park();
        }
    }
    if !arguments.only_sign_ins && !arguments.only_footprint {
        compare(&arguments, &portero, upstream, folder.path(), &mut report)?;
        report.memory_after = portero.memory()?;
    }
    if !arguments.no_sign_ins && !arguments.only_footprint {
        report.sign_ins = Some(sign_ins::measure(&portero, Duration::from_secs(arguments.seconds))?);
    }
    drop(portero);
    if !arguments.no_footprint && !arguments.only_sign_ins {
        report.footprint = Some(footprint::measure(&arguments.portero, folder.path(), upstream, arguments.users)?);
    }
    println!("{}", report.markdown());
    report.write()
}

/// Measures every proxy in turn, several times over.
fn compare(
    arguments: &Arguments,
    portero: &portero::Installation,
    upstream: u16,
    folder: &std::path::Path,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut running: Vec<(Peer, Started)> = Vec::new();
    for peer in Peer::ALL {
        let wanted = arguments.only.is_empty() || arguments.only.iter().any(|name| name == peer.name());
        if !wanted && peer != Peer::Nginx {
            continue;
        }
        match peer.start(portero, upstream, folder) {
            Ok(started) => running.push((peer, started)),
            Err(reason) if peer == Peer::Nginx => {
                return Err(format!("there is nothing to compare with: {reason}").into());
            }
            Err(reason) => report.not_measured.push((peer.name(), reason.to_string())),
        }
    }
    let load = wrk::Load::new(arguments.connections, portero.cookie())?;
    load.say_what_it_is(report);
    for (_, started) in &running {
        load.run(&started.url(), Duration::from_secs(1))?;
    }
    for round in 1..=arguments.rounds {
        for (peer, started) in &running {
            let before = started.processor_time()?;
            let run = load.run(&started.url(), Duration::from_secs(arguments.seconds))?;
            let spent = started.processor_time()?.saturating_sub(before);
            let measured = Measured::new(&run, spent);
            eprintln!(
                "round {round}: {:<18} {:7.2} µs of processor, {:7.0} requests/s",
                peer.name(),
                measured.cpu_micros,
                measured.per_second
            );
            report.add(peer.name(), measured);
        }
    }
    Ok(())
}
