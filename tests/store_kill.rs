//! The embedded store against `kill -9`: whatever it acknowledged is there afterwards, and no verb is done by half.
//!
//! The test runs itself again as a child that writes as fast as it can, telling each acknowledgement on its standard
//! output, and kills it at a moment nobody chose: while it writes, while it opens, while it makes the store for the
//! first time. Then it opens the store and looks. Seeded, though a moment is never met twice.

#![allow(clippy::expect_used, reason = "a test tells by panicking")]

#[path = "store_kill/life.rs"]
mod life;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use life::Life;
use portero::random::{Random, SeededRandom};
use portero::store::sled::SledStore;
use portero::store::{AddUserError, StoreError};
use tempfile::TempDir;

const CACHE: u64 = 16 << 20;
/// Stores that are made anew.
const STORES: u32 = 11;
/// Kills that each suffers.
const KILLS: u32 = 20;
/// Lives that the child leads at once.
const LANES: u64 = 8;
/// Tells the child where to write, and its round.
const ORDERS: &str = "PORTERO_TEST_STORE_KILL";

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_done_by_half() {
    let started = Instant::now();
    // Two at a time: a machine that is busy interrupts at more places.
    let halves: Vec<_> = [0, 1]
        .map(|half| std::thread::spawn(move || (half..STORES).step_by(2).map(torment).sum::<usize>()))
        .into_iter()
        .map(|half| half.join().expect("no store broke its word"))
        .collect();
    let (kills, took) = (STORES * KILLS, started.elapsed());
    let acknowledged: usize = halves.iter().sum();
    let _ = writeln!(std::io::stderr(), "{kills} kills, {acknowledged} verbs acknowledged, {took:.1?}");
    assert!(acknowledged > 1000, "the child hardly wrote: this proves nothing");
}

#[test]
fn a_store_held_by_another_process_is_refused_with_its_id_and_free_once_that_is_killed() {
    let folder = folder(3);
    let (mut child, told) = spawn(folder.path(), 0);
    assert!(told.iter().any(|line| line == "open"));
    let error = SledStore::open(folder.path(), CACHE).expect_err("held");
    assert!(matches!(&error, StoreError::Held { holder, .. } if *holder == child.id().to_string()));
    assert!(error.to_string().contains(&format!("process {}", child.id())), "{error}");
    child.kill().expect("killed");
    // At once, while the process may still be dying.
    SledStore::open(folder.path(), CACHE).expect("free");
    child.wait().expect("gone");
}

#[allow(clippy::disallowed_methods, reason = "whoever runs it names the file system")]
#[test]
#[ignore = "needs PORTERO_TEST_SMALL_DISK, a folder on a file system of some 8 MB: mount -t tmpfs -o size=8m none FOLDER"]
fn a_full_disk_is_named_and_nothing_acknowledged_is_lost() {
    let disk = PathBuf::from(std::env::var("PORTERO_TEST_SMALL_DISK").expect("a small file system"));
    let folder = tempfile::tempdir_in(&disk).expect("a folder");
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![1; 1 << 20]).expect("room for a megabyte");
    let store = SledStore::open(folder.path(), CACHE).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let written = runtime.block_on(async {
        life::found(&store).await;
        let mut written = 0;
        let full = loop {
            match (Life { round: 0, lane: 0, number: written }).begin(&store).await {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(full, AddUserError::Store(StoreError::DiskFull(_))), "{full:?}");
        let later = (Life { round: 1, lane: 0, number: 0 }).begin(&store).await;
        assert!(matches!(later, Err(AddUserError::Store(StoreError::DiskFull(_)))), "refused until it is opened again");
        written
    });
    store.close();
    drop(store);
    let rest = disk.join("rest");
    let _ = std::fs::write(&rest, vec![1; 8 << 20]);
    match SledStore::open(folder.path(), CACHE) {
        Ok(_) | Err(StoreError::DiskFull(_)) => {}
        Err(other) => panic!("opening on a full disk: {other:?}"),
    }
    std::fs::remove_file(&ballast).and_then(|()| std::fs::remove_file(&rest)).expect("removed");
    let store = SledStore::open(folder.path(), CACHE).expect("opens again");
    runtime.block_on(async {
        let lives: Vec<_> = (0..written).map(|number| (Life { round: 0, lane: 0, number }, 1)).collect();
        let next = (Life { round: 0, lane: 0, number: written }, 1);
        let with_next = [&lives[..], &[next]].concat();
        let listed = life::listed_as(&store, &lives).await.or(life::listed_as(&store, &with_next).await);
        listed.expect("all that was acknowledged, and at most the one that was refused");
        (Life { round: 1, lane: 0, number: 0 }).begin(&store).await.expect("there is room again");
    });
    let _ = writeln!(std::io::stderr(), "{written} users fitted");
}

/// Kills the writers of one store again and again; how many verbs were acknowledged.
fn torment(seed: u32) -> usize {
    let folder = folder(seed);
    let random = SeededRandom::new(seed.into());
    let random: &dyn Random = &random;
    let mut finished = Vec::new();
    let mut acknowledged = 0;
    for round in 0..KILLS {
        let (mut child, told) = spawn(folder.path(), round);
        let mut lines = Vec::new();
        if random.below(3) > 0 {
            lines.extend(told.iter().find(|line| line == "open"));
            std::thread::sleep(Duration::from_micros(random.below(60_000).into()));
        } else {
            std::thread::sleep(Duration::from_micros(random.below(25_000).into()));
        }
        child.kill().expect("killed");
        lines.extend(told.iter());
        child.wait().expect("gone");

        let steps = acknowledged_steps(&lines, round);
        acknowledged += steps.values().sum::<usize>();
        let store = SledStore::open(folder.path(), CACHE).unwrap_or_else(|error| {
            panic!("store {seed} does not open after kill {round}: {error} ({error:?})");
        });
        if let Err(wrong) = inspect(&store, steps, &mut finished, round % 5 == 4) {
            panic!("store {seed}, kill {round}, kept for you in {}: {wrong}", folder.keep().display());
        }
    }
    acknowledged
}

/// The highest step that was acknowledged, for each life of the round that had one, and 0 for the life that may have
/// begun after it.
fn acknowledged_steps(lines: &[String], round: u32) -> BTreeMap<Life, usize> {
    let mut steps: BTreeMap<Life, usize> =
        (0..LANES).map(|lane| (Life { round: round.into(), lane, number: 0 }, 0)).collect();
    for line in lines {
        if let Some((life, step)) = life::parse(line) {
            steps.insert(life, step);
            if step == life.last_step() {
                steps.insert(life.next(), 0);
            }
        }
    }
    steps
}

/// Checks the lives of the last round against what was acknowledged: only the last one of each lane may be one step
/// further. With `all`, checks those of earlier rounds and the list of users, too.
fn inspect(
    store: &Arc<SledStore>,
    steps: BTreeMap<Life, usize>,
    finished: &mut Vec<(Life, usize)>,
    all: bool,
) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        for (life, step) in steps {
            let reached = match life.stands_at(store, step).await {
                Ok(()) => step,
                Err(_) if step < life.last_step() && life.stands_at(store, step + 1).await.is_ok() => step + 1,
                Err(wrong) => return Err(format!("{life:?} was acknowledged up to step {step}: {wrong}")),
            };
            life.left_no_trace_but(store, reached).await?;
            finished.push((life, reached));
        }
        if all {
            for (life, step) in finished.iter() {
                life.stands_at(store, *step).await.map_err(|wrong| format!("{life:?}, done long ago: {wrong}"))?;
            }
            life::listed_as(store, finished).await?;
        }
        Ok(())
    })
}

#[allow(clippy::disallowed_methods, reason = "how a test that runs itself again tells the child what it is")]
#[test]
#[ignore = "not a test: the child that the others kill"]
fn child() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let (round, path) = orders.split_once(' ').expect("a round and a path");
    let (round, path) = (round.parse().expect("a number"), PathBuf::from(path));
    let store = SledStore::open(&path, CACHE).expect("opens");
    // The test harness has begun a line of its own.
    tell("\nopen");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        life::found(&store).await;
        let lanes = (0..LANES).map(|lane| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut life = Life { round, lane, number: 0 };
                loop {
                    for step in 1..=life.last_step() {
                        life.take(&store, step).await;
                        tell(&life.acknowledged(step));
                    }
                    life = life.next();
                }
            })
        });
        futures_util::future::try_join_all(lanes).await.map(drop).expect("they write until they are killed");
    });
}

fn tell(line: &str) {
    // In one piece: a line that is cut off by the kill has no end and is not believed.
    let line = format!("{line}\n");
    std::io::stdout().write_all(line.as_bytes()).expect("somebody listens");
}

/// Starts the child. What it tells comes through the channel, which ends with it.
fn spawn(path: &Path, round: u32) -> (Child, Receiver<String>) {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(ORDERS, format!("{round} {}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let (tell, told) = channel();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    std::thread::spawn(move || {
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|read| read > 0) {
            match line.strip_suffix('\n') {
                Some(whole) if tell.send(whole.to_owned()).is_ok() => line.clear(),
                _ => break,
            }
        }
    });
    (child, told)
}

/// A folder on a disk or, where there is such a thing, in memory. What a process has handed to the system outlives it
/// in both; memory is faster, and a slow disk leaves more unfinished.
fn folder(seed: u32) -> TempDir {
    let memory = Path::new("/dev/shm");
    if seed % 4 != 3 && memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
        .expect("a temporary folder")
}
