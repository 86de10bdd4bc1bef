//! File handles: how many connections there may be before the system runs out of them.
//!
//! Whoever takes the last handle takes it from the store too, which then cannot write. So connections stop short of that.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Handles that are not for connections: the store, the control socket, listeners, event queues.
const RESERVED: u64 = 64;
/// A connection takes one handle itself, and one towards the application.
const EACH: u64 = 2;

/// How many of the `wanted` connections there is room for. Asks the system for as many handles as it gives.
pub(super) fn connections(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        // Refused, the limit stays as it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let limit = getrlimit(Resource::Nofile).current;
    let room = room(limit, wanted);
    if room < wanted {
        tracing::warn!(
            wanted,
            room,
            limit,
            "the system gives too few file handles for server.limits.connections; raise them (systemd: LimitNOFILE=)"
        );
    }
    room
}

fn room(limit: Option<u64>, wanted: usize) -> usize {
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED) / EACH);
    usize::try_from(room).unwrap_or(usize::MAX).min(wanted).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_handles_for_the_rest() {
        assert_eq!(room(None, 10_000), 10_000);
        assert_eq!(room(Some(1_048_576), 10_000), 10_000);
        assert_eq!(room(Some(1024), 10_000), 480);
        assert_eq!(room(Some(10), 10_000), 1, "one at least, or nobody is served at all");
    }
}
