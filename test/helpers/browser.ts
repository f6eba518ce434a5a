import { spawnSync } from 'node:child_process';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Test } from 'tap';

/** The programs that Chromium may be, by the names that systems give it. */
const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string | undefined {
  for (const name of PROGRAMS) {
    const found = spawnSync('which', [name], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return undefined;
}

const program = process.platform === 'linux' ? findBrowser() : undefined;

/** For a test's `skip` option: false where there is a browser, else one line that says what to install. */
export function skipWithoutBrowser(): string | false {
  return program === undefined ? 'no Chromium: apt-get install chromium' : false;
}

/** A browser without windows; it ends with the test. */
export async function openBrowser(t: Test): Promise<Browser> {
  if (program === undefined) throw new Error(String(skipWithoutBrowser()));
  const browser = await chromium.launch({
    executablePath: program,
    // As root Chromium cannot confine itself; it sees nothing here but the test's own server.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  t.teardown(() => browser.close());
  return browser;
}

/** A page that is open, and everything that it has complained of. */
export interface OpenPage {
  readonly page: Page;
  /** errors and warnings of its console, and exceptions */
  readonly complaints: readonly string[];
}

/** Opens a URL in a window of its own; it is closed when the test ends. */
export async function openPage(
  t: Test,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  t.teardown(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}
