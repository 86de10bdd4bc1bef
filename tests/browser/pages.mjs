// A headless Chromium, and what every page has to be: free of faults that axe finds, in light and dark, on a phone and a desk.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import { ROOT } from './program.mjs';

export const WIDTHS = [320, 390, 1280];
export const THEMES = ['light', 'dark'];
const SCREENSHOTS = join(ROOT, 'target/screenshots');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export async function launch() {
  mkdirSync(SCREENSHOTS, { recursive: true });
  // Without its own sandbox: it does not work for root, and only pages of this machine are opened.
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
}

// A person's own browser profile. Whatever a page complains about or asks of a stranger lands in `page.complaints`.
export async function visitor(browser, { language = 'en', javaScript = true } = {}) {
  const context = await browser.newContext({ locale: language, javaScriptEnabled: javaScript, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  page.complaints = [];
  page.on('console', (message) => {
    // A refusal's status is logged as an error too; that is what the tests themselves look at.
    const expected = message.text().startsWith('Failed to load resource: the server responded with a status of');
    if (['error', 'warning'].includes(message.type()) && !expected) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== 'data:' && !hostname.endsWith('localhost') && hostname !== '127.0.0.1') page.complaints.push(`asked ${request.url()}`);
  });
  return page;
}

// Runs axe on the page as it stands and names every fault with its place.
export async function judge(page, where) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (tags) =>
      globalThis.axe.run(document, {
        runOnly: { type: 'tag', values: tags },
        rules: { 'target-size': { enabled: true } },
        resultTypes: ['violations'],
      }),
    TAGS,
  );
  const told = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html.slice(0, 160)} — ${node.failureSummary}`));
  assert.deepEqual(told, [], `axe at ${where}`);
}

// Looks at the page in both themes and all widths, and keeps a picture of each.
export async function inspect(page, name) {
  const before = page.viewportSize();
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of WIDTHS) {
      const where = `${name}-${colorScheme}-${width}`;
      await page.setViewportSize({ width, height: width < 700 ? 844 : 800 });
      await page.screenshot({ path: join(SCREENSHOTS, `${where}.png`), fullPage: true });
      const facts = await page.evaluate(() => ({
        title: document.title,
        language: document.documentElement.lang,
        headings: document.querySelectorAll('h1').length,
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      }));
      assert.ok(facts.title.trim(), `a title at ${where}`);
      assert.match(facts.language, /^(es|en)$/, `a language at ${where}`);
      assert.equal(facts.headings, 1, `one main heading at ${where}`);
      assert.ok(facts.overflow <= 0, `${where} scrolls sideways by ${facts.overflow} px`);
      await judge(page, where);
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
}

// Fills the sign-in form and sends it as a click would.
export async function signIn(page, username, password) {
  const organization = page.locator('input[name=organization]:not([type=hidden])');
  if (await organization.count()) await organization.fill('acme');
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  await submit(page, 'input[name=password]');
}

// Presses the main button of the form that holds `field`, and waits for the next page.
export async function submit(page, field) {
  const form = page.locator('form', { has: page.locator(field) });
  await Promise.all([page.waitForEvent('load'), form.locator('button:not([formnovalidate]):not([name=refresh]), input[type=submit]').last().click()]);
}
