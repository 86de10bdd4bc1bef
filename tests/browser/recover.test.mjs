// The ways back in by mail, as a person goes them: in Spanish and in English, with and without JavaScript.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inspect, launch, signIn, submit, visitor } from './pages.mjs';
import { PASSWORD, Portero, waitUntil } from './program.mjs';

const NEW = 'Nube-Clara#99';
const SUBJECT = { es: 'Recuperación de contraseña', en: 'Password recovery' };

let portero;
let browser;
before(async () => {
  portero = await Portero.start();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await portero?.stop();
});

// Subject and text of the messages to an address, oldest first.
function mailed(to) {
  let files = [];
  try {
    files = readdirSync(join(portero.folder, 'outbox')).filter((name) => name.endsWith('.eml'));
  } catch {
    return [];
  }
  const messages = files.sort().map((name) => readFileSync(join(portero.folder, 'outbox', name), 'utf8'));
  return messages.filter((message) => new RegExp(`^To: .*${to}`, 'm').test(message)).map(read);
}

function read(message) {
  const plain = message.slice(message.indexOf('text/plain'));
  const [head, ...rest] = plain.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n').split('\r\n--')[0];
  const bytes = head.toLowerCase().includes('base64') ? Buffer.from(body, 'base64') : quotedPrintable(body);
  return bytes.toString('utf8');
}

function quotedPrintable(text) {
  const latin = text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin, 'latin1');
}

// The next message to an address: what stands alone on an indented line, and its link.
async function next(to, count) {
  const text = (await waitUntil(`message ${count} to ${to}`, () => (mailed(to).length >= count ? mailed(to) : null)))[count - 1];
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('    ')).map((line) => line.trim());
  return { secret: lines.find((line) => !line.includes(' ') && !line.startsWith('http')), link: lines.find((line) => line.startsWith('http')) };
}

for (const language of ['es', 'en']) {
  for (const javaScript of [true, false]) {
    const kind = `${language}, ${javaScript ? 'with' : 'without'} JavaScript`;
    const newcomer = (way) => {
      const username = `${way}-${language}-${javaScript ? 'js' : 'plain'}`;
      const to = `${username}@acme.test`;
      const add = ['user', 'add', `acme/${username}`, '--name', 'Ana Martínez', '--email', to, '--password-stdin'];
      portero.cli(add, `${PASSWORD}\n`);
      return { username, to };
    };
    const lost = async (username, way) => {
      const page = await visitor(browser, { language, javaScript });
      await page.goto(`${portero.origin}/_portero/recover?organization=acme&username=${username}`);
      if (javaScript) await inspect(page, `recover-${language}`);
      await Promise.all([page.waitForEvent('load'), page.locator(`main a[href*="/recover/${way}"]`).first().click()]);
      return page;
    };
    // With a temporary password to a password of one's own, and in.
    const choose = async (page, username, temporary) => {
      await page.goto(`${portero.origin}/_portero/login`);
      await signIn(page, username, temporary);
      assert.equal(new URL(page.url()).pathname, '/_portero/password');
      await page.fill('input[name=old_password]', temporary);
      await page.fill('input[name=new_password]', NEW);
      await page.fill('input[name=confirm_password]', NEW);
      await submit(page, 'input[name=new_password]');
      await enter(page, username);
    };
    const enter = async (page, username) => {
      await page.goto(`${portero.origin}/_portero/login`);
      await signIn(page, username, NEW);
      assert.equal(new URL(page.url()).pathname, '/_portero/portal');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    };

    // T1, T2
    test(`a temporary password leads back in (${kind})`, async () => {
      const { username, to } = newcomer('temporary');
      const page = await lost(username, 'temporary-password');
      if (javaScript) await inspect(page, `temporary-password-${language}`);
      await page.fill('input[name=email]', to);
      await submit(page, 'input[name=email]');
      assert.equal(new URL(page.url()).pathname, '/_portero/recover/sent');
      if (javaScript) await inspect(page, `temporary-password-sent-${language}`);
      await choose(page, username, (await next(to, 1)).secret);
    });

    // R1, R3, R4
    test(`a rescue code leads back in (${kind})`, async () => {
      const { username, to } = newcomer('rescue');
      const page = await lost(username, 'rescue-code');
      await Promise.all([page.waitForEvent('load'), page.locator('main a[href*="/rescue-code/new"]').first().click()]);
      await submit(page, 'input[name=username]');
      const { secret } = await next(to, 1);
      if (javaScript) await inspect(page, `rescue-code-${language}`);
      await page.fill('input[name=code]', secret.toLowerCase().replaceAll('-', ' '));
      await submit(page, 'input[name=code]');
      assert.equal(new URL(page.url()).pathname, '/_portero/recover/sent');
      await choose(page, username, (await next(to, 2)).secret);
    });

    // K1, K2
    test(`a link leads back in (${kind})`, async () => {
      const { username, to } = newcomer('link');
      const page = await lost(username, 'reset-link');
      assert.match(await page.innerText('main'), /l•••@a•••\.test/);
      if (javaScript) await inspect(page, `reset-link-${language}`);
      await Promise.all([page.waitForEvent('load'), page.locator('main form button[type=submit]').first().click()]);
      await page.goto((await next(to, 1)).link);
      if (javaScript) await inspect(page, `reset-${language}`);
      await page.fill('input[name=new_password]', NEW);
      await page.fill('input[name=confirm_password]', NEW);
      await submit(page, 'input[name=new_password]');
      await enter(page, username);
    });
  }

  // M1, M2, M3
  for (const way of ['confirm', 'stop']) {
    test(`a change of address: ${way} (${language})`, async () => {
      const username = `address-${way}-${language}`;
      const [old, fresh] = [`${username}@old.test`, `${username}@new.test`];
      portero.cli(['user', 'add', `acme/${username}`, '--name', 'Ana Martínez', '--email', old, '--password-stdin'], `${PASSWORD}\n`);
      const page = await visitor(browser, { language, javaScript: false });
      await page.goto(`${portero.origin}/_portero/login`);
      await signIn(page, username, PASSWORD);
      await page.goto(`${portero.origin}/_portero/email`);
      await page.fill('input[name=new_email]', fresh);
      await page.fill('input[name=password]', PASSWORD);
      await submit(page, 'input[name=new_email]');
      const mailbox = await visitor(browser, { language });
      await mailbox.goto((await next(way === 'confirm' ? fresh : old, 1)).link);
      await inspect(mailbox, `email-${way}-${language}`);
      await Promise.all([mailbox.waitForEvent('load'), mailbox.locator('main form button[type=submit]').first().click()]);
      await page.goto(`${portero.origin}/_portero/settings`);
      const shown = await page.innerText('main');
      assert.equal(shown.includes(fresh), way === 'confirm', shown);
      assert.equal(shown.includes(old), way === 'stop', shown);
      assert.deepEqual(mailbox.complaints, []);
      await page.context().close();
      await mailbox.context().close();
    });
  }

  test(`what is mailed speaks the reader's language (${language})`, async () => {
    const to = `words-${language}@acme.test`;
    portero.cli(['user', 'add', `acme/words-${language}`, '--name', 'Ana', '--email', to, '--password-stdin'], `${PASSWORD}\n`);
    const page = await visitor(browser, { language });
    await page.goto(`${portero.origin}/_portero/login`);
    await signIn(page, `words-${language}`, PASSWORD);
    await page.goto(`${portero.origin}/_portero/settings`);
    await page.check(`input[name=language][value=${language}]`);
    await submit(page, 'input[name=language]');
    await page.goto(`${portero.origin}/_portero/recover/temporary-password?organization=acme&username=words-${language}`);
    await page.fill('input[name=email]', to);
    await submit(page, 'input[name=email]');
    await next(to, 1);
    const file = readdirSync(join(portero.folder, 'outbox')).filter((name) => name.endsWith('.eml')).sort();
    const raw = file.map((name) => readFileSync(join(portero.folder, 'outbox', name), 'utf8')).find((text) => text.includes(to));
    const subject = raw.match(/^Subject: (.*(?:\r\n .*)*)/m)[1].replace(/\r\n /g, '');
    const words = subject.replace(/=\?utf-8\?b\?(.*?)\?=(?:\s+(?==\?))?/gi, (_, text) => Buffer.from(text, 'base64').toString('utf8'));
    assert.equal(words.trim(), SUBJECT[language]);
    await page.context().close();
  });
}
