//! How many people can sign in at once, and whether everybody else notices.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde::Serialize;

use crate::Failure;
use crate::client::{Client, Stream, percentile};
use crate::portero::{Installation, PATH, PEOPLE};
use crate::process::own_processor_time;

/// Requests that come at their own pace while others sign in: so many connections …
const CONNECTIONS: usize = 16;
/// … each asking so often.
const PACE: Duration = Duration::from_millis(50);

/// What was found.
#[derive(Debug, Serialize)]
pub(crate) struct SignIns {
    pub(crate) threads: usize,
    /// Argon2id alone, on as many threads as there are cores.
    pub(crate) bare: Pace,
    /// Whole sign-ins.
    pub(crate) whole: Pace,
    /// Proxied requests, in milliseconds from the moment they were due.
    pub(crate) quiet: Latency,
    pub(crate) flooded: Latency,
}

/// How fast something went. On a busy machine the processor time says more.
#[derive(Debug, Serialize)]
pub(crate) struct Pace {
    pub(crate) per_second: f64,
    pub(crate) cpu_ms: f64,
}

impl Pace {
    fn new(count: u64, took: Duration, spent: Duration) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let count = count as f64;
        Self { per_second: count / took.as_secs_f64(), cpu_ms: spent.as_secs_f64() * 1e3 / count }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) requests: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Measures for about five times `time`.
pub(crate) fn measure(portero: &Installation, time: Duration) -> Result<SignIns, Failure> {
    let threads = std::thread::available_parallelism()?.get();
    let bare = bare(threads, time)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let quiet = proxied(portero, time).await?;
        let whole = flood(portero, std::future::pending::<()>(), time).await?.0;
        let (_, flooded) = flood(portero, proxied(portero, time), time * 10).await?;
        let flooded = flooded.ok_or("the measured requests did not end")??;
        Ok(SignIns { threads, bare, whole, quiet, flooded })
    })
}

/// Hashes with nothing around them.
fn bare(threads: usize, time: Duration) -> Result<Pace, Failure> {
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    let (began, spent) = (Instant::now(), own_processor_time()?);
    let work = || {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let mut memory = vec![Block::new(); Params::DEFAULT.block_count()];
        let mut output = [0; 32];
        while !stop.load(Ordering::Relaxed) {
            argon2.hash_password_into_with_memory(
                b"Clave#Segura2026",
                b"saltsaltsaltsalt",
                &mut output,
                &mut memory,
            )?;
            count.fetch_add(1, Ordering::Relaxed);
        }
        argon2::Result::Ok(())
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        std::thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
        all.into_iter().try_for_each(|one| one.join().map_err(|_| "a thread died")?.map_err(|error| error.to_string()))
    })?;
    Ok(Pace::new(count.load(Ordering::Relaxed), began.elapsed(), own_processor_time()?.saturating_sub(spent)))
}

/// Everybody signs in again and again, until `other` is done or the time is up.
async fn flood<F: Future>(
    portero: &Installation,
    other: F,
    time: Duration,
) -> Result<(Pace, Option<F::Output>), Failure> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push((portero.arrive(number).await?, Client::connect(portero.authority()).await?));
    }
    let count = AtomicU64::new(0);
    let counted = &count;
    let all = people.into_iter().map(|(mut person, mut client)| async move {
        loop {
            if let Err(error) = person.sign_in(&mut client).await {
                return error;
            }
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let (began, spent) = (Instant::now(), portero.processor_time()?);
    let done = tokio::select! {
        (error, ..) = futures_util::future::select_all(all.map(Box::pin)) => return Err(error),
        done = other => Some(done),
        () = tokio::time::sleep(time) => None,
    };
    let spent = portero.processor_time()?.saturating_sub(spent);
    Ok((Pace::new(count.load(Ordering::Relaxed), began.elapsed(), spent), done))
}

async fn proxied(portero: &Installation, time: Duration) -> Result<Latency, Failure> {
    let (authority, cookie) = (portero.authority(), portero.cookie());
    let stream = Stream { authority, path: PATH, cookie, connections: CONNECTIONS, pace: Some(PACE) };
    let took = stream.run(time * 2).await?;
    let ms = |part: f64| percentile(&took, part).as_secs_f64() * 1e3;
    Ok(Latency { requests: took.len(), p50_ms: ms(0.5), p99_ms: ms(0.99) })
}
