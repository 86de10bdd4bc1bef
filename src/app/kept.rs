//! What a reload does not take up: it keeps until a restart.

use secrecy::ExposeSecret;

use crate::config::Config;

/// The keys of `new` that say something else than the configuration that Portero `started` with, and so wait for a restart.
pub(super) fn until_restart(started: &Config, new: &Config) -> Vec<&'static str> {
    let (old_server, new_server) = (&started.server, &new.server);
    let (old_limits, new_limits) = (&old_server.limits, &new_server.limits);
    let differs = [
        ("server.listen", old_server.listen != new_server.listen),
        ("server.redirect", old_server.redirect != new_server.redirect),
        ("server.workers", old_server.workers != new_server.workers),
        ("server.shutdown_grace", old_server.shutdown_grace != new_server.shutdown_grace),
        ("server.limits", old_limits != new_limits),
        ("admin.listen", started.admin.listen != new.admin.listen),
        ("store.path", started.store.path != new.store.path),
        ("store.cache", started.store.cache != new.store.cache),
        ("store.master_key", secret(started) != secret(new)),
        ("log.format", started.log.format != new.log.format),
    ];
    differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
}

fn secret(config: &Config) -> Option<&str> {
    config.store.master_key.as_ref().map(ExposeSecret::expose_secret)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::ParseContext;

    fn config(text: &str) -> Config {
        Config::parse(text, ParseContext::new("config.toml", Path::new("/etc/portero"))).expect("in order")
    }

    #[test]
    fn each_key_that_waits_for_a_restart_is_named_and_no_other() {
        let started = config("");
        let all = "[server]\nlisten = \"127.0.0.1:1\"\nworkers = 99\nmax_connections_per_address = 7\n[server.limits]\nheaders = 99\n[admin]\nlisten = \"127.0.0.1:2\"\n\
                   [store]\npath = \"elsewhere\"\n[log]\nformat = \"json\"\naccess = true\n[portal]\nname = \"Other\"\n";
        let named = until_restart(&started, &config(all));
        let expected = ["server.listen", "server.workers", "server.limits", "admin.listen", "store.path", "log.format"];
        assert_eq!(named, expected);
        assert!(until_restart(&started, &config("[portal]\nname = \"Other\"\n[log]\naccess = true\n")).is_empty());
    }
}
