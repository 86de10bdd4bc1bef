//! Portero stands in front of web applications, asks who is there, and lets the right people through with their identity
//! signed.

pub mod app;
pub mod audit;
pub mod captcha;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
pub mod flows;
pub mod keys;
pub mod pages;
pub mod passwords;
pub mod proxy;
pub mod random;
pub mod server;
pub mod sessions;
pub mod store;
pub mod templates;
pub mod throttle;
pub mod wire;
