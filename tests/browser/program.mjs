// Portero as a program, for a browser to look at: configuration on free ports, start, end, command line; and an application.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const BINARY = process.env.PORTERO ?? join(ROOT, 'target/debug/portero');
export const PASSWORD = 'Clave#Segura2026';
export const PORTAL = 'portal.localhost';
export const SHOP = 'shop.localhost';

// A port that nobody listens on, below those that the system gives to connections, which could take it before it is used.
export async function freePort() {
  for (;;) {
    const port = 16_000 + Math.floor(Math.random() * 16_000);
    const server = net.createServer();
    const free = await new Promise((told) => {
      server.once('error', () => told(false));
      server.listen(port, '127.0.0.1', () => server.close(() => told(true)));
    });
    if (free) return port;
  }
}

// Asks again and again until `condition` gives something; says what it waited for when it never did.
export async function waitUntil(what, condition, within = 30_000) {
  const end = Date.now() + within;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${within} ms in vain for ${what}`);
    await new Promise((later) => setTimeout(later, 25));
  }
}

// The status of a GET on this machine, or undefined while nobody answers. Names below localhost are not resolved everywhere.
export function status(port, path, host = `127.0.0.1:${port}`) {
  return new Promise((done) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, (response) => {
      response.resume();
      done(response.statusCode);
    });
    request.on('error', () => done(undefined));
  });
}

// A legacy application: a page with who is there and what was asked for.
export async function startApplication() {
  const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const server = http.createServer((request, response) => {
    request.resume();
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    const user = request.headers['remote-user'] ?? '';
    response.end(`<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
      <p id="user">${escaped(user)}</p><p id="target">${escaped(request.url)}</p></html>`);
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  // A run that breaks off must not wait for it.
  server.unref();
  return { port: server.address().port, server };
}

// One installation with the shop behind it, and the organizations acme and other.
export class Portero {
  static async start({ captcha = 'off', language = 'en' } = {}) {
    const self = new Portero();
    self.folder = mkdtempSync(join(tmpdir(), 'portero-browser-'));
    self.port = await freePort();
    const admin = await freePort();
    self.application = await startApplication();
    self.origin = `http://${PORTAL}:${self.port}`;
    self.shop = `http://${SHOP}:${self.port}`;
    self.config = join(self.folder, 'config.toml');
    self.log = join(self.folder, 'portero.log');
    writeFileSync(
      self.config,
      `[server]
listen = "127.0.0.1:${self.port}"
[admin]
listen = "127.0.0.1:${admin}"
[portal]
origin = "${self.origin}"
name = "Seguros del Norte"
language = "${language}"
support = "help@portero.test"
[[portal.download]]
name = "Document viewer"
url = "https://downloads.portero.test/viewer.exe"
description = "Needed to open policies"
[store]
path = "${join(self.folder, 'data')}"
[captcha]
mode = "${captcha}"
[throttle]
deactivate_after = 1000
[[app]]
id = "shop"
name = "The shop"
host = "${SHOP}"
upstream = ["http://127.0.0.1:${self.application.port}"]
access = "assigned"
`,
    );
    const log = openSync(self.log, 'a');
    self.process = spawn(BINARY, ['run', '--config', self.config], { stdio: ['ignore', log, log], cwd: self.folder });
    closeSync(log);
    self.process.on('exit', (code) => (self.exit = code ?? -1));
    await waitUntil('Portero to be ready', async () => {
      if (self.exit !== undefined) throw new Error(`portero run ended with ${self.exit}:\n${readFileSync(self.log, 'utf8')}`);
      return (await status(admin, '/readyz')) === 200;
    });
    self.cli(['org', 'add', 'acme', '--name', 'Acme Insurance']);
    self.cli(['org', 'add', 'other', '--name', 'The Others']);
    return self;
  }

  cli(args, input) {
    const result = spawnSync(BINARY, [...args, '--config', this.config], { input: input ?? '', encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
    return result.stdout;
  }

  addUser(username, name = 'Ana Martínez') {
    this.cli(['user', 'add', `acme/${username}`, '--name', name, '--app', 'shop', '--password-stdin'], `${PASSWORD}\n`);
  }

  // Adds a user with nothing but a temporary password, and returns it.
  addNewcomer(username) {
    const printed = this.cli(['user', 'add', `acme/${username}`, '--name', 'New Comer', '--app', 'shop', '--json']);
    return JSON.parse(printed).temporary_password;
  }

  async stop() {
    this.process.kill('SIGTERM');
    await waitUntil('Portero to end', () => this.exit !== undefined);
    this.application.server.closeAllConnections?.();
    this.application.server.close();
    const log = readFileSync(this.log, 'utf8');
    rmSync(this.folder, { recursive: true, force: true });
    if (this.exit !== 0 || log.includes('panicked')) throw new Error(`it ended with ${this.exit}:\n${log.slice(-3000)}`);
  }
}
