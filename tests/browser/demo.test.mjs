// `portero demo`: one command, nothing to edit. What it prints is enough to get in.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, visitor } from './pages.mjs';
import { BINARY, freePort, waitUntil } from './program.mjs';

// Starts the demo; reads addresses (http://…) and credentials (below the line `organization username password`).
async function startDemo() {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'portero-demo-'));
  const child = spawn(BINARY, ['demo', '--port', String(port), '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  const demo = { port, data, child, printed: '', errors: '' };
  child.stdout.on('data', (text) => (demo.printed += text));
  child.stderr.on('data', (text) => (demo.errors += text));
  child.on('exit', (code) => (demo.exit = code ?? -1));
  demo.read = () => ({
    addresses: [...new Set(demo.printed.match(/http:\/\/[^\s"'<>,]+/g) ?? [])],
    people: (demo.printed.split(/^\s*account\s+password.*\n/m)[1] ?? '')
      .split('\n\n')[0]
      .split('\n')
      .map((line) => line.match(/^\s*([^\s/]+)\/([^\s/]+)\s+(\S{8,})/))
      .filter(Boolean)
      .map(([, organization, username, password]) => ({ organization, username, password })),
  });
  demo.stop = async () => {
    child.kill('SIGTERM');
    await waitUntil('the demo to end', () => demo.exit !== undefined);
    rmSync(data, { recursive: true, force: true });
    return demo.exit;
  };
  try {
    await waitUntil('the demo to print how to get in', () => {
      if (demo.exit !== undefined) throw new Error(`portero demo ended with ${demo.exit}: ${demo.errors}`);
      return demo.read().addresses.length > 0 && demo.read().people.length > 0;
    });
  } catch (failure) {
    if (demo.exit === undefined) await demo.stop();
    throw new Error(`${failure.message}; it printed:\n${demo.printed}`);
  }
  return demo;
}

test('what the demo prints is enough to get in', async () => {
  const demo = await startDemo();
  const browser = await launch();
  try {
    const { addresses, people } = demo.read();
    assert.ok(addresses.every((address) => ['localhost', '127.0.0.1'].some((host) => new URL(address).hostname.endsWith(host))), addresses);
    assert.ok(readdirSync(demo.data).length > 0, 'it keeps its data where it was told to');
    for (const address of addresses) {
      const page = await visitor(browser);
      const response = await page.goto(address);
      assert.ok(response.status() < 400, `${address} answered ${response.status()}`);
      assert.deepEqual(page.complaints, [], address);
      await page.context().close();
    }
    for (const { organization, username, password } of people) {
      const page = await visitor(browser);
      await page.goto(addresses[0]);
      if (!(await page.locator('input[name=password]').count())) await page.goto(new URL('/_portero/login', addresses[0]).href);
      if (await page.locator('input[name=captcha]').count()) {
        // Nobody but a person reads the picture; that it loads is what can be asked here.
        const width = await page.locator('form img').first().evaluate((image) => image.naturalWidth);
        assert.ok(width >= 100);
      } else {
        if (await page.locator('input[name=organization]:not([type=hidden])').count()) await page.fill('input[name=organization]', organization);
        await page.fill('input[name=username]', username);
        await page.fill('input[name=password]', password);
        await Promise.all([page.waitForEvent('load'), page.press('input[name=password]', 'Enter')]);
        assert.equal(await page.locator('input[name=password]').count(), 0, `${organization}/${username} was not let in`);
      }
      await page.context().close();
    }
  } finally {
    await browser.close();
    assert.equal(await demo.stop(), 0);
  }
});
