//! `config.toml` as an immutable value: parsed once, swapped whole on reload.
//!
//! One file a section, each with the section's type, its defaults and its checks. Parsing collects every fault with line and column;
//! a [`Config`] that exists is free of contradictions. Neighbours: `domain` for the types inside; read by everybody above.

mod access;
mod admin;
mod application;
mod audit;
mod authorities;
mod captcha;
mod document;
mod entry;
mod fault;
mod federation;
mod host;
mod identity;
mod log;
mod mail;
mod oidc;
mod password;
mod portal;
mod reader;
mod recovery;
mod secret;
mod server;
mod session;
mod source;
mod store;
mod throttle;
mod unique;
mod units;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::de::DeTable;

use self::application::{Front, read_applications};
use self::reader::{Reader, Section};
use crate::domain::password::ExpiryRules;

pub use admin::AdminConfig;
pub use application::{ApplicationConfig, Upstream, UpstreamProtocol};
pub use audit::AuditConfig;
pub use authorities::Authorities;
pub use captcha::{CaptchaConfig, CaptchaMode};
pub use fault::{ConfigError, Fault, Notice, Place};
pub use host::{AddressError, canonical_host};
pub use identity::IdentityConfig;
pub use log::{LogConfig, LogFormat};
pub use mail::{MailConfig, MailEncryption, MailTransport, Sender, SmtpConfig};
pub use password::PasswordConfig;
pub use portal::{Download, Origin, PortalConfig, is_loopback_host};
pub(crate) use reader::nearest;
pub use recovery::RecoveryConfig;
pub use server::{Limits, ServerConfig, TlsFiles};
pub use session::SessionConfig;
pub use source::{Machine, ParseContext, Surroundings};
pub use store::{Engine, StoreConfig};
pub use throttle::ThrottleConfig;
pub use units::parse_duration;

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: ServerConfig,
    /// `[admin]`
    pub admin: AdminConfig,
    /// `[log]`
    pub log: LogConfig,
    /// `[portal]`
    pub portal: PortalConfig,
    /// `[store]`
    pub store: StoreConfig,
    /// `[session]`
    pub session: SessionConfig,
    /// `[password]`
    pub password: PasswordConfig,
    /// `[recovery]`
    pub recovery: RecoveryConfig,
    /// `[captcha]`
    pub captcha: CaptchaConfig,
    /// `[throttle]`
    pub throttle: ThrottleConfig,
    /// `[audit]`
    pub audit: AuditConfig,
    /// `[mail]`
    pub mail: MailConfig,
    /// `[identity]`
    pub identity: IdentityConfig,
    /// `[[app]]`
    pub applications: Vec<ApplicationConfig>,
    notices: Vec<Notice>,
}

impl Config {
    /// Reads the file at `path`. Relative paths in it begin from its folder.
    ///
    /// # Errors
    /// Every fault of the file at once; one at line 1, column 1 if it cannot be read at all.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let (bytes, exposed) = match read_file(path) {
            Ok(read) => read,
            Err(error) => {
                let fix = "write the file, or name another one with --config";
                let message = format!("the file cannot be read: {error}");
                return Err(ConfigError { file, faults: vec![Fault { line: 1, column: 1, message, fix: fix.into() }] });
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse_bytes(&bytes, ParseContext { exposed, ..ParseContext::new(&file, folder) })
    }

    /// Reads a configuration from text.
    ///
    /// # Errors
    /// Every fault of the text at once.
    pub fn parse(text: &str, context: ParseContext<'_>) -> Result<Self, ConfigError> {
        let reader = Reader::new(text, context);
        let (document, broken) = document::document(&reader);
        let config = document.as_ref().map(|document| Self::read(&reader, document.get_ref()));
        drop(document);
        let (faults, notices) = reader.finish(broken);
        match config {
            Some(config) if faults.is_empty() => Ok(Self { notices, ..config }),
            _ => Err(ConfigError { file: context.file.to_owned(), faults }),
        }
    }

    /// What makes a password expire.
    pub fn expiry_rules(&self) -> ExpiryRules {
        let PasswordConfig { expire_inactive, max_age, .. } = self.password;
        ExpiryRules { inactive: expire_inactive, max_age, zone: self.portal.time_zone.clone() }
    }

    /// What the operator should know although nothing is wrong: keys that this version does not serve yet, settings that are
    /// rarely meant. In the order of the file.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    fn parse_bytes(bytes: &[u8], context: ParseContext<'_>) -> Result<Self, ConfigError> {
        std::str::from_utf8(bytes).map_or_else(
            |error| {
                let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let (line, column) = Reader::new(&valid, context).place(valid.len());
                let (message, fix) = ("this is not UTF-8 text".into(), "save the file in UTF-8".into());
                Err(ConfigError { file: context.file.to_owned(), faults: vec![Fault { line, column, message, fix }] })
            },
            |text| Self::parse(text, context),
        )
    }

    /// Reads every section. Where something is faulty its default stands in, so that all the rest is judged, too.
    fn read<'r>(reader: &'r Reader<'r>, document: &'r DeTable<'r>) -> Self {
        let mut root = Section::root(reader, document);
        let (server, listen) = ServerConfig::read(root.section("server"));
        let admin = AdminConfig::read(root.section("admin"), &listen);
        let (portal, origin) = PortalConfig::read(root.section("portal"), &server, &listen);
        let config = Self {
            server,
            admin,
            log: LogConfig::read(root.section("log")),
            portal,
            store: StoreConfig::read(root.section("store")),
            session: SessionConfig::read(root.section("session")),
            password: PasswordConfig::read(root.section("password")),
            recovery: RecoveryConfig::read(root.section("recovery")),
            captcha: CaptchaConfig::read(root.section("captcha")),
            throttle: ThrottleConfig::read(root.section("throttle")),
            audit: AuditConfig::read(root.section("audit")),
            mail: MailConfig::read(root.section("mail")),
            identity: IdentityConfig::read(root.section("identity")),
            applications: read_applications(&mut root, &Front { origin, listen }),
            notices: Vec::new(),
        };
        oidc::check(root.section("oidc"));
        federation::check(&mut root);
        root.finish();
        config
    }
}

impl Default for Config {
    /// The default of every key, no application, relative paths from the working directory.
    fn default() -> Self {
        let reader = Reader::new("", ParseContext::new("", Path::new("")));
        Self::read(&reader, &DeTable::new())
    }
}

/// The bytes of a file, and whether everybody on the machine can read them.
fn read_file(path: &Path) -> io::Result<(Vec<u8>, bool)> {
    let everybody = std::fs::metadata(path)?.permissions().mode() & 0o004 != 0;
    Ok((std::fs::read(path)?, everybody))
}

#[cfg(test)]
mod tests;
