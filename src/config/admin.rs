//! `[admin]`: the listener for machines that watch Portero.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::reader::{Section, Setting};

/// `[admin]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminConfig {
    /// Where `/healthz` and `/readyz` are served.
    pub listen: SocketAddr,
}

impl AdminConfig {
    /// Where it is where nothing is written.
    pub const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9400);

    pub(super) fn read(mut section: Section<'_>, public: &Setting<SocketAddr>) -> Self {
        let listen = section.setting("listen", Self::DEFAULT, |entry| entry.socket_address());
        if listen.sound
            && public.sound
            && collide(listen.value, public.value)
            && let Some(at) = listen.at.or(public.at)
        {
            section.reader.fault(
                at,
                format!("admin.listen {} and server.listen {} collide", listen.value, public.value),
                "give each a port of its own: what watches Portero is never served to the public",
            );
        }
        section.finish();
        Self { listen: listen.value }
    }
}

/// Whether two listeners would want the same port of the same address. Port 0 is any free one.
fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_address = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_address
}
