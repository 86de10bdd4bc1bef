//! The proxies that are measured, each with one worker, no log, and connections to the upstream that are kept.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::Failure;
use crate::portero::{Installation, PATH};
use crate::process::{Process, find, free_port};
use crate::servers::{self, Kind};

/// A proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// nginx, which passes on and does nothing else: what all are compared with.
    Nginx,
    /// Portero, signed in.
    Portero,
    /// hyper with a pool of connections and nothing else: what is left for Portero to lose.
    BareHyper,
    /// nginx, asking an authenticator that always says yes.
    NginxAuthRequest,
    HaProxy,
    Caddy,
    Envoy,
}

/// A proxy at work.
pub(crate) enum Started<'a> {
    /// Portero was there before.
    Portero(&'a Installation),
    Other {
        process: Process,
        port: u16,
    },
}

impl Started<'_> {
    /// What is asked for.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Portero(portero) => portero.url(),
            Self::Other { port, .. } => format!("http://127.0.0.1:{port}{PATH}"),
        }
    }

    /// Processor time so far.
    pub(crate) fn processor_time(&self) -> Result<Duration, Failure> {
        match self {
            Self::Portero(portero) => portero.processor_time(),
            Self::Other { process, .. } => process.processor_time(),
        }
    }
}

impl Peer {
    pub(crate) const ALL: [Self; 7] =
        [Self::Nginx, Self::Portero, Self::BareHyper, Self::NginxAuthRequest, Self::HaProxy, Self::Caddy, Self::Envoy];

    /// As in the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Portero => "portero",
            Self::BareHyper => "bare-hyper",
            Self::NginxAuthRequest => "nginx-auth-request",
            Self::HaProxy => "haproxy",
            Self::Caddy => "caddy",
            Self::Envoy => "envoy",
        }
    }

    /// Starts it in front of `upstream`.
    pub(crate) fn start<'a>(
        self,
        portero: &'a Installation,
        upstream: u16,
        folder: &Path,
    ) -> Result<Started<'a>, Failure> {
        let folder = folder.join(self.name());
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let mut command = match self {
            Self::Portero => return Ok(Started::Portero(portero)),
            Self::BareHyper => {
                let (process, port) = servers::start(Kind::BareProxy, upstream)?;
                return Ok(Started::Other { process, port });
            }
            Self::Nginx | Self::NginxAuthRequest => self.nginx(port, upstream, &folder)?,
            Self::HaProxy => haproxy(port, upstream, &folder)?,
            Self::Caddy => caddy(port, upstream, &folder)?,
            Self::Envoy => envoy(port, upstream, &folder)?,
        };
        let log = folder.join("log");
        let mut process = Process::start(command.current_dir(&folder), &log)?;
        process.listens(port, &log)?;
        Ok(Started::Other { process, port })
    }

    fn nginx(self, port: u16, upstream: u16, folder: &Path) -> Result<Command, Failure> {
        let program = find("nginx")?;
        let (ask, answer) = match self {
            Self::NginxAuthRequest => (
                "auth_request /auth;",
                "location = /auth { internal; proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\";
                 proxy_pass_request_body off; proxy_set_header Content-Length \"\"; }",
            ),
            _ => ("", ""),
        };
        let file = folder.join("nginx.conf");
        let at = folder.display();
        fs::write(
            &file,
            format!(
                "daemon off; worker_processes 1; pid {at}/pid; error_log {at}/log error;
                 events {{ worker_connections 1024; }}
                 http {{
                   access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy; fastcgi_temp_path {at}/fastcgi;
                   uwsgi_temp_path {at}/uwsgi; scgi_temp_path {at}/scgi; keepalive_requests 1000000000;
                   upstream app {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
                   server {{
                     listen 127.0.0.1:{port};
                     location / {{ {ask} proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection \"\"; }}
                     {answer}
                   }}
                 }}"
            ),
        )?;
        let mut command = Command::new(program);
        command.arg("-c").arg(file).arg("-e").arg(folder.join("log"));
        Ok(command)
    }
}

fn haproxy(port: u16, upstream: u16, folder: &Path) -> Result<Command, Failure> {
    let program = find("haproxy")?;
    let file = folder.join("haproxy.cfg");
    fs::write(
        &file,
        format!(
            "global\n nbthread 1\n maxconn 1024\ndefaults\n mode http\n timeout connect 5s\n timeout client 60s\n \
             timeout server 60s\n http-reuse always\nfrontend door\n bind 127.0.0.1:{port}\n default_backend app\n\
             backend app\n server app 127.0.0.1:{upstream}\n"
        ),
    )?;
    let mut command = Command::new(program);
    command.arg("-db").arg("-f").arg(file);
    Ok(command)
}

fn caddy(port: u16, upstream: u16, folder: &Path) -> Result<Command, Failure> {
    let program = find("caddy")?;
    let file = folder.join("Caddyfile");
    fs::write(
        &file,
        format!(
            "{{\n admin off\n auto_https off\n persist_config off\n}}\nhttp://:{port} {{\n bind 127.0.0.1\n \
             reverse_proxy 127.0.0.1:{upstream} {{\n  transport http {{\n   keepalive_idle_conns_per_host 128\n  }}\n }}\n}}\n"
        ),
    )?;
    let mut command = Command::new(program);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    command.env("GOMAXPROCS", "1").env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    Ok(command)
}

fn envoy(port: u16, upstream: u16, folder: &Path) -> Result<Command, Failure> {
    let program = find("envoy")?;
    let file = folder.join("envoy.yaml");
    let address = |port: u16| format!("{{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }}");
    let (door, app) = (address(port), address(upstream));
    let kind = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    let router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    fs::write(
        &file,
        format!(
            "static_resources:
  listeners:
  - address: {door}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          \"@type\": {kind}
          stat_prefix: door
          route_config:
            virtual_hosts:
            - {{ name: app, domains: [\"*\"], routes: [ {{ match: {{ prefix: / }}, route: {{ cluster: app }} }} ] }}
          http_filters:
          - {{ name: router, typed_config: {{ \"@type\": {router} }} }}
  clusters:
  - name: app
    type: STATIC
    load_assignment:
      cluster_name: app
      endpoints: [ {{ lb_endpoints: [ {{ endpoint: {{ address: {app} }} }} ] }} ]
"
        ),
    )?;
    let mut command = Command::new(program);
    command.args(["--concurrency", "1", "--disable-hot-restart", "-l", "error", "-c"]).arg(file);
    Ok(command)
}
