import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Page } from 'playwright-core';

import { openBrowser, openPage, skipWithoutBrowser } from '../helpers/browser.js';
import { skipWithout } from '../helpers/compilers.js';
import { contrastProblems } from '../helpers/contrast.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost, type Host } from '../helpers/server.js';

/** How long anything on the page may take to show. Milliseconds. */
const PATIENCE = 60_000;

const CONFIG = `
ISAPITrace failures
<Location "/server-status">
    SetHandler isapi-status
    Require local
</Location>
<Location "/server-info">
    SetHandler server-info
    Require local
</Location>
`;

const EXTENSION = '/isapi/scenario.dll';
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

const skip = skipWithoutBrowser() || skipWithout('elf');

t.test('the status page in a browser', { skip }, async (t) => {
  const host = await startHost(t, {
    config: CONFIG,
    pools: '[default]\nrapid_fail.count = 0\n',
    prepare: ({ isapi }) => {
      buildExtension('scenario', 'elf', isapi);
    },
  });
  const browser = await openBrowser(t);
  const url = `http://127.0.0.1:${host.port}/server-status`;
  t.equal((await host.get(`${EXTENSION}?hello`)).status, 200);

  await t.test('it follows what happens, and complains of nothing', async (t) => {
    const { page, complaints } = await openPage(t, browser, url, { viewport: DESKTOP });
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE });
    const cell = page.locator('#extensions td[data-label="Requests"]');
    const before = Number(await cell.innerText());
    for (let i = 0; i < 3; i++) await host.get(`${EXTENSION}?hello`);
    await cell.getByText(String(before + 3), { exact: true }).waitFor({ timeout: PATIENCE });
    t.same(complaints, []);
  });

  await t.test('a request shows while it runs, with its URL, and its secrets do not', async (t) => {
    const { page, complaints } = await openPage(t, browser, url, { viewport: DESKTOP });
    const path = `${EXTENSION}?meet=2&event=here&password=hidden&%3Cb%3E=1`;
    const running = host.get(path);
    await host.waitForFile(join(host.isapi, 'scenario.dll.events'), /^here$/m);
    const request = page.locator('#requests .request');
    await request.waitFor({ timeout: PATIENCE });
    t.match(
      await request.innerText(),
      /^GET \/isapi\/scenario\.dll\?meet=2&event=here&password=\*+&%3Cb%3E=1$/,
    );
    t.equal(await page.locator('#requests b').count(), 0);
    t.equal((await host.get(`${EXTENSION}?meet=2`)).status, 200);
    t.equal((await running).status, 200);
    await request.waitFor({ state: 'detached', timeout: PATIENCE });
    t.same(complaints, []);
  });

  await t.test('a failure appears, and opens its trace', async (t) => {
    const { page, complaints } = await openPage(t, browser, url, { viewport: DESKTOP });
    t.equal((await host.get(`${EXTENSION}?null`)).status, 502);
    const link = page.locator('#failures a').first();
    await link.waitFor({ timeout: PATIENCE });
    t.equal(await link.innerText(), `GET ${EXTENSION}?null`);
    await page.getByText('failed in the last 10 minutes').waitFor({ timeout: PATIENCE });
    await link.click();
    await page.waitForURL(/\?trace=/);
    const trace = await page.locator('pre.trace').innerText();
    t.match(trace, /^Trace \w+ /);
    t.match(trace, /HttpExtensionProc .*did not return/);
    t.match(trace, /signal SIGSEGV/);
    await page.getByText('Back to the status').click();
    await page.locator('#extensions').waitFor();
    t.match(await page.locator('#extensions td[data-label="Errors"]').innerText(), '1');
    t.same(complaints, []);
  });

  await t.test('a trace that is not there any more says so', async (t) => {
    const { page } = await openPage(t, browser, `${url}?trace=00000000`);
    t.match(await page.locator('.notice').innerText(), /^This trace is not there any more/);
  });

  await t.test('the keyboard gets everywhere, and updates leave it where it is', async (t) => {
    const { page } = await openPage(t, browser, url, { viewport: DESKTOP });
    await page.keyboard.press('Tab');
    t.equal(await focused(page), 'Skip to the application pools');
    const place = await page.locator('.skip').boundingBox();
    t.ok(place !== null && place.y >= 0, 'it can be seen while it has the focus');
    await page.keyboard.press('Enter');
    t.match(page.url(), /#pools$/);
    const summary = page.locator('#extensions summary').first();
    await summary.focus();
    t.not(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none');
    await page.keyboard.press('Enter');
    const file = page.getByText(join(host.isapi, 'scenario.dll'));
    await file.waitFor({ state: 'visible' });
    await moreRequests(t, host, page);
    t.ok(await file.isVisible(), 'what is open stays open');
    t.equal(await focused(page), 'scenario.dll');
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    await page.getByText('Paused').waitFor();
    t.ok(await page.getByRole('button', { name: 'Resume' }).isVisible());
    await page.keyboard.press('Enter');
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE });
  });

  await t.test('a phone scrolls down only, and so does every other window', async (t) => {
    for (const target of [url, `http://127.0.0.1:${host.port}/server-info`]) {
      const { page } = await openPage(t, browser, target, { viewport: PHONE, isMobile: true });
      for (const summary of await page.locator('summary').all()) await summary.click();
      t.equal(await page.evaluate<number>('document.documentElement.scrollWidth'), PHONE.width, target);
      for (const width of [320, 768, 1024, 1160, 1600]) {
        const other = await openPage(t, browser, target, { viewport: { width, height: 800 } });
        const found = await other.page.evaluate<number>('document.documentElement.scrollWidth');
        t.equal(found, width, target);
      }
    }
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    await t.test(`every text has contrast enough when it is ${colorScheme}`, async (t) => {
      for (const target of [url, `http://127.0.0.1:${host.port}/server-info`]) {
        const { page } = await openPage(t, browser, target, { viewport: DESKTOP, colorScheme });
        for (const summary of await page.locator('summary').all()) await summary.click();
        const { problems, texts } = await contrastProblems(page);
        t.same(problems, [], target);
        t.ok(texts > 30, 'there were texts to look at');
      }
    });
  }

  await t.test('without scripts it is whole, and can be had again and again', async (t) => {
    const { page, complaints } = await openPage(t, browser, url, { javaScriptEnabled: false });
    t.match(await page.locator('#pools').innerText(), /default\s+native\s+ready/);
    t.match(await page.locator('#extensions').innerText(), /scenario\.dll/);
    await page.getByText('Load again every 5 s').click();
    await page.waitForURL(/\?refresh=5$/);
    t.equal(await page.locator('meta[http-equiv="refresh"]').getAttribute('content'), '5');
    t.same(complaints, []);
  });

  await t.test('a reload of the configuration leaves the page and its numbers there', async (t) => {
    const { page, complaints } = await openPage(t, browser, url, { viewport: DESKTOP });
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE });
    const requests = await page.locator('#extensions td[data-label="Requests"]').innerText();
    process.kill(host.pid, 'SIGHUP');
    await page.getByText('configuration 2 since').waitFor({ timeout: PATIENCE });
    t.equal(await page.locator('#extensions td[data-label="Requests"]').innerText(), requests);
    await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE });
    t.same(complaints, []);
  });
});

/** The text of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.textContent.trim()');
}

/** Has requests answered, and waits until the page shows them. */
async function moreRequests(t: Test, host: Host, page: Page): Promise<void> {
  const cell = page.locator('#extensions td[data-label="Requests"]');
  const before = Number(await cell.innerText());
  t.equal((await host.get(`${EXTENSION}?hello`)).status, 200);
  await cell.getByText(String(before + 1), { exact: true }).waitFor({ timeout: PATIENCE });
}
