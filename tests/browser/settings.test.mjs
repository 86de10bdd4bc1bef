// The own account in a browser: settings, address and the secret question, in Spanish and in English, with and without JavaScript.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, signIn, submit, visitor } from './pages.mjs';
import { PASSWORD, Portero } from './program.mjs';

const WORDS = {
  es: { saved: /quedó guardada/, asked: /primera mascota/, wait: /espera por usted/, ended: /están cerradas/, done: /Se guardó su contraseña/ },
  en: { saved: /is saved/, asked: /your first pet/, wait: /waits for you/, ended: /are ended/, done: /new password is saved/ },
};
const NEW = 'Nube-Clara#99';

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
  const enter = async (page, username, path) => {
    await page.goto(`${portero.origin}/_portero/login`);
    await signIn(page, username, PASSWORD);
    await page.goto(`${portero.origin}/_portero${path}`);
  };

  for (const javaScript of [true, false]) {
    // P3, P4, Q1, M1
    test(`everything on the settings page works (${language}, ${javaScript ? 'with' : 'without'} JavaScript)`, async () => {
      const username = `own-${language}-${javaScript ? 'js' : 'plain'}`;
      portero.addUser(username);
      const elsewhere = await visitor(browser, { language, javaScript });
      await enter(elsewhere, username, '/portal');
      const page = await visitor(browser, { language, javaScript });
      await enter(page, username, '/portal');
      await Promise.all([page.waitForEvent('load'), page.locator('nav a[href$="/settings"]').click()]);

      await page.check('input[name=question][value=first-pet]');
      await page.fill('input[name=answer]', 'Duque de la Sierra');
      await page.fill('input[name=password]', 'Otra#Clave2026');
      await submit(page, 'input[name=answer]');
      assert.ok(await page.locator('[role=alert]').count());
      assert.equal(await page.inputValue('input[name=answer]'), '', 'the answer is not shown again');
      assert.ok(await page.isChecked('input[name=question][value=first-pet]'), 'but the choice is');
      await page.fill('input[name=answer]', 'Duque de la Sierra');
      await page.fill('input[name=password]', PASSWORD);
      await Promise.all([page.waitForEvent('load'), page.locator('form:has(input[name=answer]) button').first().click()]);
      assert.match(await page.innerText('#news'), WORDS[language].saved);
      assert.match(await page.innerText('main'), WORDS[language].asked);

      await Promise.all([page.waitForEvent('load'), page.locator('form[action$="/end-others"] button').click()]);
      assert.match(await page.innerText('#news'), WORDS[language].ended);
      await elsewhere.reload();
      assert.equal(new URL(elsewhere.url()).pathname, '/_portero/login');

      await Promise.all([page.waitForEvent('load'), page.locator('a[href*="/_portero/email"]').first().click()]);
      await page.fill('input[name=new_email]', 'ana@nueva.test');
      await page.fill('input[name=password]', PASSWORD);
      await submit(page, 'input[name=new_email]');
      assert.match(await page.innerText('#pending'), WORDS[language].wait);
      await Promise.all([page.waitForEvent('load'), page.locator('#pending button').click()]);
      assert.equal(await page.locator('#pending').count(), 0);
      assert.equal(new URL(page.url()).pathname, '/_portero/settings');

      const other = language === 'es' ? 'en' : 'es';
      await page.check(`input[name=language][value=${other}]`);
      await submit(page, 'input[name=language]');
      assert.equal(await page.getAttribute('html', 'lang'), other);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
      await elsewhere.context().close();

      // Q2
      const lost = await visitor(browser, { language, javaScript });
      await lost.goto(`${portero.origin}/_portero/recover?organization=acme&username=${username}`);
      await Promise.all([lost.waitForEvent('load'), lost.locator('a[href*="/secret-question"]').click()]);
      assert.match(await lost.innerText('.shown'), WORDS[language].asked);
      await lost.fill('input[name=answer]', 'duque de la sierra');
      await submit(lost, 'input[name=answer]');
      await lost.fill('input[name=new_password]', NEW);
      await lost.fill('input[name=confirm_password]', NEW);
      await submit(lost, 'input[name=new_password]');
      assert.match(await lost.innerText('h1'), WORDS[language].done);
      await lost.goto(`${portero.origin}/_portero/login`);
      await signIn(lost, username, NEW);
      assert.equal(new URL(lost.url()).pathname, '/_portero/portal');
      assert.deepEqual(lost.complaints, []);
      await lost.context().close();
    });
  }

  const walk = (name, steps) =>
    test(`${name} (${language})`, async () => {
      const page = await visitor(browser, { language });
      await steps(page);
      assert.equal(await page.getAttribute('html', 'lang'), language);
      await inspect(page, `${name.replaceAll(' ', '-')}-${language}`);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });

  walk('settings', async (page) => {
    portero.addUser(`settings-${language}`);
    await enter(page, `settings-${language}`, '/settings');
  });
  walk('settings refused', async (page) => {
    portero.addUser(`refused-${language}`);
    await enter(page, `refused-${language}`, '/settings');
    await page.check('input[name=question][value=own]');
    await page.fill('input[name=answer]', 'x');
    await page.fill('input[name=password]', 'y');
    await submit(page, 'input[name=answer]');
    assert.ok(await page.locator('[role=alert]').count());
  });
  walk('email', async (page) => {
    portero.addUser(`email-${language}`);
    await enter(page, `email-${language}`, '/email');
    await page.fill('input[name=new_email]', 'ana@nueva.test');
    await page.fill('input[name=password]', PASSWORD);
    await submit(page, 'input[name=new_email]');
    assert.ok(await page.locator('#pending').count());
  });
  walk('email link void', (page) => page.goto(`${portero.origin}/_portero/email/confirm?token=none`));
  walk('secret question', (page) =>
    page.goto(`${portero.origin}/_portero/recover/secret-question?organization=acme&username=nobody`),
  );
  walk('secret question names', (page) => page.goto(`${portero.origin}/_portero/recover/secret-question`));
}
