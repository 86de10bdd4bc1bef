//! `config.toml` as an immutable value: parsed once, swapped whole on reload.
//!
//! One file a section, each with the section's type, its defaults and its checks. Parsing collects every fault with line and column;
//! a [`Config`] that exists is free of contradictions. Neighbours: `domain` for the types inside; read by everybody above.

mod admin;
mod application;
mod captcha;
mod identity;
mod password;
mod portal;
mod server;
mod session;
mod store;
mod throttle;

pub use admin::AdminConfig;
pub use application::{ApplicationConfig, Upstream};
pub use captcha::{CaptchaConfig, CaptchaMode};
pub use identity::IdentityConfig;
pub use password::PasswordConfig;
pub use portal::{Download, Origin, PortalConfig, is_loopback_host};
pub use server::{Limits, ServerConfig, TlsFiles};
pub use session::SessionConfig;
pub use store::{Engine, StoreConfig};
pub use throttle::ThrottleConfig;

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// `[server]`
    pub server: ServerConfig,
    /// `[admin]`
    pub admin: AdminConfig,
    /// `[portal]`
    pub portal: PortalConfig,
    /// `[store]`
    pub store: StoreConfig,
    /// `[session]`
    pub session: SessionConfig,
    /// `[password]`
    pub password: PasswordConfig,
    /// `[captcha]`
    pub captcha: CaptchaConfig,
    /// `[throttle]`
    pub throttle: ThrottleConfig,
    /// `[identity]`
    pub identity: IdentityConfig,
    /// `[[app]]`
    pub applications: Vec<ApplicationConfig>,
}
