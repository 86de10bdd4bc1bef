//! The laws of a store, as tests that every engine is held to.
//!
//! A law is a function that takes an empty store and panics if the store breaks it; its name says the law. An engine's
//! tests call [`hold`] with a way to make a store.

mod accounts;
mod audit;
mod ephemeral;
mod outbox;
pub(crate) mod samples;
pub(crate) mod search;
mod sessions;
mod signing_keys;
mod snapshots;
mod throttle;

use std::pin::Pin;
use std::sync::Arc;

use super::Store;

/// One law, ready to be run.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A law and its name.
#[derive(Debug, Clone, Copy)]
pub struct Law {
    /// A sentence.
    pub name: &'static str,
    /// Runs it on an empty store.
    pub run: fn(Arc<dyn Store>) -> Running,
}

/// Every law there is.
pub fn laws() -> Vec<Law> {
    [
        accounts::LAWS,
        search::LAWS,
        sessions::LAWS,
        throttle::LAWS,
        ephemeral::LAWS,
        signing_keys::LAWS,
        audit::LAWS,
        outbox::LAWS,
        snapshots::LAWS,
    ]
    .concat()
}

/// Holds an engine to every law, each on a store of its own that `fresh` makes and that lives as long as the value
/// beside it.
///
/// # Panics
/// If laws are broken, naming all of them.
pub async fn hold<K>(fresh: impl Fn() -> (Arc<dyn Store>, K)) {
    let mut broken = Vec::new();
    for law in laws() {
        let (store, _kept) = fresh();
        if tokio::spawn((law.run)(store)).await.is_err() {
            broken.push(law.name);
        }
    }
    assert!(broken.is_empty(), "laws that the store breaks: {broken:#?}");
}

/// Runs `tasks` at once, on threads of their own as far as the runtime has any, and returns what came of each.
async fn race<T, F>(tasks: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::new();
    for task in running {
        results.push(task.await.expect("the task ends"));
    }
    results
}
