// Signing in and out as people do it: in Spanish and in English, with and without JavaScript, by mouse and by keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, signIn, submit, visitor } from './pages.mjs';
import { PASSWORD, Portero } from './program.mjs';

const WORDS = {
  es: { login: /contraseña/i, wrong: /incorrect|no (es|son) (correct|válid)|no coincid/i, out: /sesión/i, rules: /mayúscula/i },
  en: { login: /password/i, wrong: /wrong|incorrect|not (right|correct)|don['’]t match|do not match/i, out: /signed out/i, rules: /upper.?case|capital/i },
};

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

for (const language of ['es', 'en']) {
  for (const javaScript of [true, false]) {
    const how = `${language}, ${javaScript ? 'with' : 'without'} JavaScript`;

    // L1, L3, P1, P3
    test(`from an application to the form, in, through the portal and out (${how})`, async () => {
      const username = `ana-${language}-${javaScript}`.replace('true', 'js').replace('false', 'plain');
      portero.addUser(username);
      const page = await visitor(browser, { language, javaScript });
      const wanted = '/orders?page=2&q=%C3%B1and%C3%BA';
      await page.goto(portero.shop + wanted);
      assert.equal(new URL(page.url()).pathname, '/_portero/login');
      assert.equal(await page.getAttribute('html', 'lang'), language);
      assert.match(await page.innerText('body'), WORDS[language].login);

      await signIn(page, username, 'Otra#Clave2026');
      assert.match(await page.innerText('[role=alert]'), WORDS[language].wrong);
      assert.equal(await page.inputValue('input[name=username]'), username, 'what was typed is kept');
      assert.equal(await page.inputValue('input[name=password]'), '', 'but not the password');

      await signIn(page, username, PASSWORD);
      assert.equal(page.url(), portero.shop + wanted);
      assert.equal(await page.innerText('#user'), username);
      assert.equal(await page.innerText('#target'), wanted);

      await page.goto(`${portero.origin}/_portero/portal`);
      assert.match(await page.innerText('body'), /The shop/);
      const [popup] = await Promise.all([page.context().waitForEvent('page'), page.locator('a[target=_blank]').first().click()]);
      await popup.waitForLoadState();
      assert.equal(new URL(popup.url()).origin, portero.shop);
      assert.equal(await popup.innerText('#user'), username);
      await popup.close();

      const leave = page.locator('form[action$="/logout"]').locator('button, input[type=submit]').first();
      await Promise.all([page.waitForEvent('load'), leave.click()]);
      assert.match(await page.innerText('body'), WORDS[language].out);
      await page.goBack();
      await page.reload();
      assert.ok(await page.locator('input[name=password]').count(), 'the way back ends at the door');
      await page.goto(portero.shop);
      assert.equal(new URL(page.url()).pathname, '/_portero/login');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });

    // L4, E3
    test(`a temporary password leads to the update page, and a new one back to the form (${how})`, async () => {
      const username = `new-${language}-${javaScript ? 'js' : 'plain'}`;
      const temporary = portero.addNewcomer(username);
      const page = await visitor(browser, { language, javaScript });
      await page.goto(`${portero.origin}/_portero/login`);
      await signIn(page, username, temporary);
      assert.equal(new URL(page.url()).pathname, '/_portero/password');
      const fill = async (password) => {
        const old = page.locator('input[name=old_password]:not([type=hidden])');
        if (await old.count()) await old.fill(temporary);
        await page.fill('input[name=new_password]', password);
        await page.fill('input[name=confirm_password]', password);
        await submit(page, 'input[name=new_password]');
      };
      await fill('sin mayusculas 1#');
      assert.match(await page.innerText('[role=alert]'), WORDS[language].rules);
      await fill(PASSWORD);
      assert.equal(await page.locator('input[name=new_password]').count(), 0, await page.innerText('body'));
      // E4: it goes on to the form by itself.
      await page.waitForURL('**/_portero/login*', { timeout: 10_000 });
      await signIn(page, username, PASSWORD);
      assert.equal(new URL(page.url()).pathname, '/_portero/portal');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}

test('signing in works by keyboard alone, in the order that is read', async () => {
  portero.addUser('keyboard');
  const page = await visitor(browser);
  await page.goto(`${portero.shop}/by-keyboard`);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
  const tabTo = async (name) => {
    for (let steps = 0; steps < 15 && (await focused()) !== name; steps++) await page.keyboard.press('Tab');
    assert.equal(await focused(), name);
    const outline = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    });
    assert.ok(outline, `one sees that ${name} has the focus`);
  };
  for (const [name, text] of [['organization', 'acme'], ['username', 'keyboard'], ['password', PASSWORD]]) {
    await tabTo(name);
    await page.keyboard.type(text);
  }
  await Promise.all([page.waitForURL('**/by-keyboard'), page.keyboard.press('Enter')]);
  assert.equal(await page.innerText('#user'), 'keyboard');
  await page.context().close();
});

// L1
test('the language is switched on the page and remembered', async () => {
  const page = await visitor(browser, { language: 'en' });
  await page.goto(`${portero.shop}/orders`);
  await Promise.all([page.waitForEvent('load'), page.locator('a[href*="lang=es"]').click()]);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  await page.goto(`${portero.origin}/_portero/login`);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  await Promise.all([page.waitForEvent('load'), page.locator('a[href*="lang=en"]').click()]);
  await page.goto(`${portero.origin}/_portero/login`);
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.context().close();
});

// L1, L3
test('after a refusal the language can still be switched, and the way is not lost', async () => {
  portero.addUser('switcher');
  const page = await visitor(browser, { language: 'en' });
  await page.goto(`${portero.shop}/switched?a=1`);
  assert.match(await page.innerText('.lead'), /The shop/, 'it says what is about to be entered');
  await signIn(page, 'switcher', 'Otra#Clave2026');
  await Promise.all([page.waitForEvent('load'), page.locator('a[href*="lang=es"]').click()]);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  await signIn(page, 'switcher', PASSWORD);
  assert.equal(page.url(), `${portero.shop}/switched?a=1`);
  await page.context().close();
});

// L3
test('who sends a form after the session ended is told before signing in that it is kept', async () => {
  portero.addUser('sender');
  const page = await visitor(browser, { language: 'en' });
  await page.goto(`${portero.shop}/form`);
  await signIn(page, 'sender', PASSWORD);
  const other = await page.context().newPage();
  await other.goto(`${portero.origin}/_portero/logout`);
  await submit(other, 'input[name=csrf]');
  await page.evaluate(() => {
    document.body.innerHTML = '<form method="post" action="/save"><input name="note" value="long work"><button>Save</button></form>';
  });
  await submit(page, 'input[name=note]');
  assert.match(await page.innerText('#news'), /We kept what you sent/);
  await signIn(page, 'sender', PASSWORD);
  await submit(page, 'input[name=note]');
  assert.equal(await page.innerText('#target'), '/save');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an address of an application for leaving leads to the portal where the host knows nobody', async () => {
  portero.addUser('leaver');
  const page = await visitor(browser, { language: 'en' });
  await page.goto(`${portero.origin}/_portero/login`);
  await signIn(page, 'leaver', PASSWORD);
  await page.goto(`${portero.shop}/_portero/logout`);
  assert.match(await page.innerText('h1'), /Sign out\?/, 'the person is still signed in, and is asked');
  await page.goto(`${portero.shop}/here`);
  await page.goto(`${portero.shop}/_portero/logout`);
  await submit(page, 'input[name=csrf]');
  assert.match(await page.innerText('h1'), /You are signed out/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a password manager knows what the fields are, and pasting works', async () => {
  const page = await visitor(browser);
  await page.goto(`${portero.origin}/_portero/login`);
  assert.equal(await page.getAttribute('input[name=username]', 'autocomplete'), 'username');
  assert.equal(await page.getAttribute('input[name=password]', 'autocomplete'), 'current-password');
  await page.locator('input[name=password]').focus();
  const pasted = await page.evaluate(() =>
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true })),
  );
  assert.ok(pasted, 'nothing stops a paste');
  await page.context().close();
});

test('a page of the house cannot be framed', async () => {
  const page = await visitor(browser);
  // A stranger's page: the application's own address, past Portero.
  await page.goto(`http://127.0.0.1:${portero.application.port}/`);
  await page.setContent(`<iframe src="${portero.origin}/_portero/login"></iframe>`);
  await page.waitForLoadState('networkidle');
  const inner = page.frames().find((frame) => frame !== page.mainFrame());
  assert.equal(await inner.locator('input[name=password]').count(), 0);
  assert.ok(page.complaints.some((text) => text.includes('frame-ancestors') || text.includes('X-Frame-Options')), page.complaints);
  await page.context().close();
});
