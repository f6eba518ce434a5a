import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { findUser } from '../../lib/pool/accounts.js';
import { findHome } from '../../lib/pool/runtimes/home.js';
import { packagesOf } from '../../lib/pool/runtimes/packages.js';
import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { runProgramApart } from '../helpers/program-process.js';
import { isWithinReach } from '../helpers/reach.js';
import { startHost, workerPids, type Folders } from '../helpers/server.js';
import { skipUnlessRunnable } from '../helpers/targets.js';

const nobody = findUser('nobody');
const daemon = findUser('daemon');

const skip =
  skipWithout('win64') ||
  skipUnlessRunnable('win32') ||
  (process.getuid?.() !== 0 && 'needs root, to become another user') ||
  (!(nobody && daemon) && 'needs the users nobody and daemon') ||
  (!isWithinReach(nobody?.uid ?? 0) && 'needs the program in a place that other users can read');

const CONFIG = 'User nobody\nGroup #65534\n<Files "own-*">\nISAPIApplicationPool own\n</Files>\n';
const POOLS = '[default]\n[own]\nuser = daemon\n';
const FILES = ['win64.dll', 'win32.dll', 'own-win64.dll', 'own-win32.dll'];

/** A home for runtimes with the builds of Node that are there already. */
function makeHome(t: Test): string {
  const home = mkdtempSync(join(tmpdir(), 'isapi-host-home-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 }));
  chmodSync(home, 0o755);
  mkdirSync(join(home, 'runtimes'));
  for (const name of ['wine64', 'wine32'] as const) {
    const { folder } = packagesOf(findHome(), name);
    cpSync(folder, join(home, 'runtimes', basename(folder)), { recursive: true, verbatimSymlinks: true });
  }
  return home;
}

function prepare({ root, isapi }: Folders): void {
  chmodSync(root, 0o755);
  for (const target of ['win64', 'win32'] as const) {
    for (const own of ['', 'own-']) buildExtension('scenario', target, isapi, `${own}${target}.dll`);
  }
}

t.test('Windows extensions run as User and as the users of pools', { skip, timeout: 240_000 }, async (t) => {
  const env = { ISAPI_HOST_HOME: makeHome(t) };
  const host = await startHost(t, { config: CONFIG, pools: POOLS, prepare, env });
  const file = join(host.root, 'httpd.conf');

  await t.test(
    'without a prefix of theirs the log and -t say whose is missing, and the command',
    async (t) => {
      t.equal((await host.get('/isapi/win64.dll?hello')).status, 500);
      const command = (name: string): string =>
        `the Wine prefix of the user ${name} is not set up: run as root "isapi-host setup wine --user ${name}"`;
      t.ok((await host.waitForLog('IH1054')).includes(command('nobody')));
      const from = host.errorLog().length;
      t.equal((await host.get('/isapi/own-win32.dll?hello')).status, 500);
      t.ok((await host.waitForLog('IH1054', from)).includes(command('daemon')));
      const { status, error } = await runProgramApart(['-t', '-f', file], { env });
      t.equal(status, 0);
      t.ok(error.includes(`in the pool default (user nobody): ${command('nobody')}`), error);
      t.ok(
        error.includes(`pools.ini:3:8: warning: Windows extensions cannot run in the pool own (user daemon)`),
        error,
      );
    },
  );

  await t.test('one command makes them, and the server that runs uses them', async (t) => {
    const { status, error } = await runProgramApart(['setup', 'wine', '-f', file], { env });
    t.equal(status, 0, error);
    for (const name of FILES) t.equal((await host.get(`/isapi/${name}?hello`)).status, 200, name);
    const users = workerPids(host.errorLog()).map((pid) => statSync(`/proc/${String(pid)}`).uid);
    // Skipped without them.
    t.same(users, [nobody!.uid, nobody!.uid, daemon!.uid, daemon!.uid]);
    const mode = statSync(join(env.ISAPI_HOST_HOME, 'accounts', 'daemon', 'prefix')).mode & 0o777;
    t.equal(mode, 0o700, "what is in a prefix is its user's alone");
    const checked = await runProgramApart(['-t', '-f', file], { env });
    t.notMatch(checked.error, 'Windows extensions cannot run');
  });

  await t.test('a prefix that a worker process uses is not made again', async (t) => {
    const { status, out, error } = await runProgramApart(['setup', 'wine', '--force', '--user', 'daemon'], {
      env,
    });
    t.equal(status, 1);
    t.match(
      error,
      /a server uses it \(process [\d, ]+\): stop it, then run "isapi-host setup wine --user daemon"/,
    );
    t.notMatch(out, 'copying', 'nothing that it uses was changed before');
  });

  await t.test('they crash there as anywhere', async (t) => {
    t.equal((await host.get('/isapi/own-win64.dll?null')).status, 502);
    t.match(await host.waitForLog('IH2005'), /\[pool own\].*0xC0000005/);
    t.equal((await host.get('/isapi/own-win64.dll?hello')).status, 200);
  });

  await t.test('doctor starts a worker process as each of them', async (t) => {
    const { out } = await runProgramApart(['doctor', '--json', '-f', file], { env });
    const { checks } = JSON.parse(out) as { checks: { name: string; state: string; text: string }[] };
    const found = checks.filter(({ name }) => name === 'wine64 runtime');
    t.same(
      found.map(({ state }) => state),
      ['ok', 'ok'],
    );
    t.match(
      found.map(({ text }) => text),
      [/^nobody: .*starts in \d+ ms/, /^daemon: .*starts in \d+ ms/],
    );
  });
});
