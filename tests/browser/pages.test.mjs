// Every page in every look: axe, no sideways scrolling, one heading; pictures in target/screenshots.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, signIn, submit, visitor } from './pages.mjs';
import { PASSWORD, Portero } from './program.mjs';

let portero;
let guarded;
let browser;
before(async () => {
  portero = await Portero.start();
  guarded = await Portero.start({ captcha: 'always' });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await portero?.stop();
  await guarded?.stop();
});

for (const language of ['es', 'en']) {
  const walk = (name, steps) =>
    test(`${name} (${language})`, async () => {
      const page = await visitor(browser, { language });
      await steps(page);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await inspect(page, `${name.replaceAll(' ', '-')}-${language}`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  const enter = async (page, username, password = PASSWORD) => {
    await page.goto(`${portero.origin}/_portero/login`);
    await signIn(page, username, password);
  };

  walk('sign in', (page) => page.goto(`${portero.shop}/orders`));
  walk('sign in with captcha', (page) => page.goto(`${guarded.origin}/_portero/login`));
  walk('sign in refused', (page) => enter(page, 'nobody', 'Otra#Clave2026'));
  walk('portal', async (page) => {
    portero.addUser(`portal-${language}`, 'María de los Ángeles Fernández-Villaverde y Muñoz');
    await enter(page, `portal-${language}`);
    assert.equal(new URL(page.url()).pathname, '/_portero/portal');
  });
  walk('password update', async (page) => {
    await enter(page, `update-${language}`, portero.addNewcomer(`update-${language}`));
    assert.equal(new URL(page.url()).pathname, '/_portero/password');
  });
  walk('password update refused', async (page) => {
    const temporary = portero.addNewcomer(`refused-${language}`);
    await enter(page, `refused-${language}`, temporary);
    const old = page.locator('input[name=old_password]:not([type=hidden])');
    if (await old.count()) await old.fill(temporary);
    await page.fill('input[name=new_password]', 'x');
    await page.fill('input[name=confirm_password]', 'y');
    await submit(page, 'input[name=new_password]');
    assert.ok(await page.locator('[role=alert]').count());
  });
  walk('not found', async (page) => {
    const response = await page.goto(`${portero.origin}/_portero/nothing-here`);
    assert.equal(response.status(), 404);
  });
  walk('forbidden', async (page) => {
    portero.cli(['user', 'add', `acme/stranger-${language}`, '--name', 'Str Anger', '--password-stdin'], `${PASSWORD}\n`);
    await enter(page, `stranger-${language}`);
    const response = await page.goto(`${portero.shop}/`);
    assert.equal(response.status(), 403);
  });
  walk('sign out', async (page) => {
    portero.addUser(`leaving-${language}`);
    await enter(page, `leaving-${language}`);
    await page.goto(`${portero.origin}/_portero/logout`);
  });
  walk('signed out', async (page) => {
    portero.addUser(`gone-${language}`);
    await enter(page, `gone-${language}`);
    const leave = page.locator('form[action$="/logout"]').locator('button, input[type=submit]').first();
    await Promise.all([page.waitForEvent('load'), leave.click()]);
  });
}

// Rule 6
test('the captcha can be seen, heard, and exchanged for another', async () => {
  const page = await visitor(browser);
  await page.goto(`${guarded.origin}/_portero/login`);
  const picture = page.locator('form img').first();
  const seen = await picture.evaluate((image) => ({ complete: image.complete, width: image.naturalWidth, alt: image.alt, source: image.src }));
  assert.ok(seen.complete && seen.width >= 100 && seen.alt, JSON.stringify({ ...seen, source: '' }));
  const sound = await page.evaluate(async () => {
    const element = document.querySelector('audio[src], audio source[src], a[href*="/captcha/audio"]');
    const audio = new Audio(element.src || element.href);
    await new Promise((loaded, failed) => {
      audio.onloadedmetadata = loaded;
      audio.onerror = () => failed(new Error(audio.error?.message));
      audio.load();
    });
    return audio.duration;
  });
  assert.ok(sound > 1, `a recording of ${sound} s`);
  await page.fill('input[name=username]', 'somebody');
  await Promise.all([page.waitForEvent('load'), page.locator('button[name=refresh]').click()]);
  assert.notEqual(await picture.getAttribute('src'), seen.source);
  assert.equal(await page.inputValue('input[name=username]'), 'somebody', 'what was typed is kept');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
