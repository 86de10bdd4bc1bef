//! What Portero may do on this machine: less is better.

/// Says how to do without root, to who runs Portero as root.
pub(super) fn warn_if_root() {
    if rustix::process::geteuid().is_root() {
        tracing::warn!(
            "running as root, which Portero never needs: whoever breaks in would own this machine. Run it as a user of its own \
             (systemd: User=portero); a port below 1024 needs CAP_NET_BIND_SERVICE alone (systemd: AmbientCapabilities=) or a \
             socket unit"
        );
    }
}
