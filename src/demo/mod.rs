//! Everything on one machine, for a newcomer's first minute: a sample legacy application, organizations, people in each role.
//!
//! It is the real program with a configuration made on the spot; only the sample application and its data are different. Loopback
//! only: the passwords are printed.

mod legacy;
mod outbox;
mod people;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::app::{Ready, StartError, serve};
use crate::cli::arguments::DemoArguments;
use crate::config::{Config, ConfigError, ParseContext};

/// Why the demo could not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The folder for its data cannot be made.
    #[error("the folder {path} cannot be made")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The sample application could not start.
    #[error("the sample application cannot start")]
    Sample(#[from] std::io::Error),
    /// The made configuration has a fault: a mistake in this program.
    #[error("the demo's configuration is wrong: {0}")]
    Config(#[from] ConfigError),
    /// See [`StartError`].
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// [`DemoError`]
pub fn run(arguments: &DemoArguments) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let data = data_folder(arguments)?;
    let outcome = run_in(&data, arguments.port);
    if arguments.data.is_none() {
        // A throw-away demo leaves nothing behind; what cannot be removed is for the system's own cleaning.
        let _ = std::fs::remove_dir_all(&data);
    }
    Ok(outcome?)
}

fn run_in(data: &Path, port: u16) -> Result<(), DemoError> {
    let portal = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port(port)?));
    let outbox = data.join("outbox");
    let sample = legacy::start(portal, &outbox)?;
    let text = configuration(portal, sample, data);
    let config = Config::parse(&text, ParseContext::new("demo", data))?;
    serve(config, None, |ready| welcome(ready, data))?;
    Ok(())
}

fn data_folder(arguments: &DemoArguments) -> Result<PathBuf, DemoError> {
    let (path, made) = match &arguments.data {
        Some(path) => (path.clone(), std::fs::create_dir_all(path)),
        None => {
            let path = std::env::temp_dir().join(format!("portero-demo-{}", std::process::id()));
            // One that is there already is somebody else's, and not to be trusted.
            let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
            (path, made)
        }
    };
    made.map(|()| path.clone()).map_err(|source| DemoError::Folder { path, source })
}

/// `--port 0` means any free one; it has to be known before the configuration is written.
fn free_port(port: u16) -> std::io::Result<u16> {
    if port != 0 {
        return Ok(port);
    }
    let probe = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(probe.local_addr()?.port())
}

/// The configuration that a sysadmin would have written for this.
fn configuration(portal: SocketAddr, sample: SocketAddr, data: &Path) -> String {
    // The sample's port is free, so the one for watching is asked of the system as well.
    format!(
        r#"
[server]
listen = "{portal}"
[admin]
listen = "127.0.0.1:0"
[portal]
origin = "http://{portal}"
name = "Portero"
support = "soporte@acme.example"
[[portal.download]]
name = "Lector de facturas (XML)"
url = "https://downloads.acme.example/lector"
description = "Abre e imprime las facturas electrónicas"
[store]
path = {path}
[captcha]
mode = "after-failures"
[mail]
transport = "files"
path = {outbox}
[[app]]
id = "billing"
name = "Facturación"
description = "Emitir y consultar facturas"
path = "/billing"
upstream = ["http://{sample}"]
access = "assigned"
[[app.rule]]
path = "/billing/public/*"
access = "anyone"
[[app.rule]]
path = "/billing/reports/*"
access = {{ groups = ["accounting"] }}
[[app]]
id = "warehouse"
name = "Almacén"
description = "Existencias y pedidos"
path = "/warehouse"
upstream = ["http://{sample}"]
access = {{ organizations = ["norte"] }}
[[app]]
id = "outbox"
name = "Buzón de salida"
path = "/outbox"
upstream = ["http://{sample}"]
access = "anyone"
[[app]]
id = "news"
name = "Tablón de anuncios"
description = "Noticias de la casa"
path = "/news"
upstream = ["http://{sample}"]
access = "authenticated"
"#,
        path = toml::Value::from(data.join("store").display().to_string()),
        outbox = toml::Value::from(data.join("outbox").display().to_string()),
    )
}

/// Fills the store at the first start, and prints addresses and credentials.
#[allow(clippy::print_stdout, reason = "this is what the command is for")]
fn welcome(ready: &Ready<'_>, data: &Path) {
    let told = ready.runtime.block_on(people::invite(ready.administrator));
    let origin = format!("http://{}", ready.address);
    let mut text = format!(
        "\nPortero demo\n\n  Sign in        {origin}/\n  Application    {origin}/billing/\n  Public page    \
         {origin}/billing/public/\n  Sent mail      {origin}/outbox/\n  Signing keys   {origin}/_portero/jwks.json\n\n"
    );
    match told {
        Ok(people) => {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {:<12} {:<18} who", "account", "password");
            for person in people {
                let account = format!("{}/{}", person.organization, person.username);
                let _ = writeln!(text, "  {account:<12} {:<18} {}", person.password, person.role);
            }
        }
        Err(error) => {
            let _ = writeln!(text, "  The sample people could not be added: {error}");
        }
    }
    let _ = writeln!(text, "\n  Data in {}. Stop with Ctrl-C.", data.display());
    println!("{text}");
}
