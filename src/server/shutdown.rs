//! One word to everybody who serves: stop taking new work, finish what you have.
//!
//! Owns the signal alone. Who drops what, and after how long the rest is cut, is in `workers`; connections listen in
//! `connection`; tunnels (upgraded connections) hear nothing of it: they go on while requests are finished, and are then sent away by
//! `listener`.

use tokio_util::sync::CancellationToken;

/// A handle to the end. Clones speak of the same end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// An end that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks everybody to finish. Asking again changes nothing.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Whether it was asked.
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is asked.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }

    /// A handle that ends with this one; ending it alone ends nobody else. Workers take one each, so that the look at it that every
    /// connection takes costs no traffic between cores.
    #[must_use]
    pub fn branch(&self) -> Self {
        Self(self.0.child_token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_branch_hears_of_the_end_and_ends_nobody_else() {
        let (trunk, other) = (Shutdown::new(), Shutdown::new());
        let branch = trunk.branch();
        branch.begin();
        assert!(branch.has_begun() && !trunk.has_begun());
        let branch = trunk.branch();
        trunk.begin();
        branch.begun().await;
        assert!(!other.has_begun());
    }
}
