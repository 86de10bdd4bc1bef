// Administration as people do it: in Spanish and in English, with and without JavaScript, on a phone and at a desk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { inspect, judge, launch, signIn, visitor } from './pages.mjs';
import { PASSWORD, Portero } from './program.mjs';

const WORDS = {
  es: { home: /Organizaciones/, well: /La cuenta está en orden/, closed: /Un administrador desactivó la cuenta/, invited: /va en camino/, fault: /Nadie responde/, line: /Línea 2:/, taken: /Se importó un usuario/ },
  en: { home: /Organizations/, well: /Nothing is wrong/, closed: /An administrator deactivated the account/, invited: /on its way/, fault: /Nobody answers/, line: /Line 2:/, taken: /One user was taken in/ },
};

let portero;
let browser;
before(async () => {
  portero = await Portero.start();
  portero.cli(['org', 'add', 'norte', '--name', 'El Norte', '--parent', 'acme']);
  portero.cli(['user', 'add', 'acme/boss', '--name', 'Jefa Ruiz', '--role', 'admin', '--email', 'boss@acme.test', '--password-stdin'], `${PASSWORD}\n`);
  portero.cli(['org', 'mail-server', 'acme', '--host', '127.0.0.1', '--port', '9', '--sender', 'portal@acme.test']);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await portero?.stop();
});

// Presses a button that leads to another page.
async function press(page, selector) {
  await Promise.all([page.waitForEvent('load'), page.locator(selector).first().click()]);
}

for (const language of ['es', 'en']) {
  for (const javaScript of [true, false]) {
    const how = `${language}, ${javaScript ? 'with' : 'without'} JavaScript`;

    // A1, A2, A4, A5
    test(`an administrator invites, explains, closes, opens and tries the mail server (${how})`, async () => {
      const username = `nueva-${language}-${javaScript ? 'js' : 'plain'}`;
      const page = await visitor(browser, { language, javaScript });
      await page.goto(`${portero.origin}/_portero/admin/`);
      await signIn(page, 'boss', PASSWORD);
      assert.equal(new URL(page.url()).pathname, '/_portero/admin/');
      assert.match(await page.innerText('main'), WORDS[language].home);

      await page.goto(`${portero.origin}/_portero/admin/user/new?key=norte`);
      await page.fill('input[name=username]', username);
      await page.fill('input[name=name]', 'Nueva Persona');
      await page.fill('input[name=email]', 'nueva@norte.test');
      await page.check('input[name=app-shop]');
      await press(page, 'main form button[type=submit]');
      assert.match(await page.innerText('#done'), WORDS[language].invited);

      await press(page, 'button[value=deactivate]');
      assert.match(await page.innerText('main'), WORDS[language].closed);
      await press(page, 'button[value=activate]');
      assert.doesNotMatch(await page.innerText('main'), WORDS[language].closed);

      await page.goto(`${portero.origin}/_portero/admin/organization?key=acme`);
      await press(page, 'button[value=trial]');
      assert.match(await page.innerText('#tried'), WORDS[language].fault);

      const table = { name: 'personas.csv', mimeType: 'text/csv' };
      await page.goto(`${portero.origin}/_portero/admin/users/import?key=norte`);
      await page.setInputFiles('input[name=file]', { ...table, buffer: Buffer.from('username,email\nx y,nobody\n') });
      await press(page, 'main form button[type=submit]');
      assert.match(await page.innerText('#problem'), WORDS[language].line);
      if (javaScript) await inspect(page, `admin-import-faults-${language}`);
      await page.setInputFiles('input[name=file]', { ...table, buffer: Buffer.from(`username,email\n${username}-2,n@norte.test\n`) });
      await press(page, 'main form button[type=submit]');
      assert.match(await page.innerText('#done'), WORDS[language].taken);
      await page.goto(`${portero.origin}/_portero/admin/users?key=norte`);
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('a[href*="/users/export"]')]);
      assert.match(readFileSync(await file.path(), 'utf8'), new RegExp(`norte,${username}-2,`));
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }

  test(`every page of administration is sound on a phone and at a desk (${language})`, async () => {
    portero.addUser(`ana-${language}`);
    const page = await visitor(browser, { language });
    await page.goto(`${portero.origin}/_portero/admin/`);
    await signIn(page, 'boss', PASSWORD);
    const places = {
      home: '/',
      organization: '/organization?key=acme',
      rules: '/organization/rules?key=acme',
      'mail-server': '/organization/mail-server?key=acme',
      users: '/users?key=acme',
      user: `/user?user=acme/ana-${language}`,
      edit: `/user/edit?user=acme/ana-${language}`,
      import: '/users/import?key=acme',
      audit: '/audit',
    };
    for (const [name, place] of Object.entries(places)) {
      const answer = await page.goto(`${portero.origin}/_portero/admin${place}`);
      assert.equal(answer.status(), 200, place);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await inspect(page, `admin-${name}-${language}`);
    }
    for (const place of ['/organization/rename?key=acme', '/organization/new?key=acme', `/user/emails?user=acme/ana-${language}`, `/user/remove?user=acme/ana-${language}`, '/confirm']) {
      await page.goto(`${portero.origin}/_portero/admin${place}`);
      await judge(page, place);
    }
    // A refusal is named where it is read first.
    await page.fill('input[name=password]', 'Wrong#Pass1');
    await press(page, 'main form button[type=submit]');
    assert.equal(await page.locator('[role=alert]').count(), 1);
    await judge(page, 'a wrong password');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test(`another language keeps the place (${language})`, async () => {
    const page = await visitor(browser, { language });
    await page.goto(`${portero.origin}/_portero/admin/users?key=norte&q=nu`);
    await signIn(page, 'boss', PASSWORD);
    await press(page, '.languages a');
    const { pathname, searchParams } = new URL(page.url());
    assert.deepEqual([pathname, searchParams.get('key'), searchParams.get('q')], ['/_portero/admin/users', 'norte', 'nu']);
    assert.equal(await page.getAttribute('html', 'lang'), language === 'es' ? 'en' : 'es');
    await page.context().close();
  });
}
