import { chmodSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { callServer } from '../../lib/cli/control-client.js';
import type { Json } from '../../lib/http/control/action.js';
import { findUser } from '../../lib/pool/accounts.js';
import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { isWithinReach } from '../helpers/reach.js';
import { runHost, startHost, workerPids, type Folders, type Host } from '../helpers/server.js';
import { traced } from '../helpers/traces.js';

const nobody = findUser('nobody');
const other = findUser('daemon');

const skip =
  skipWithout('elf') ||
  (process.getuid?.() !== 0 && 'needs root, to become another user') ||
  (!(nobody && other) && 'needs the users nobody and daemon') ||
  (!isWithinReach(nobody?.uid ?? 0) && 'needs the program in a place that other users can read');

// The tests are skipped without them.
const server = nobody!;
const guest = other!;

const USERS = 'User nobody\nGroup #65534\n<Files own.dll>\nISAPIApplicationPool own\n</Files>\n';

/** Extensions that other users can read, and logs that only root can reach. */
function prepare({ root, isapi }: Folders): void {
  for (const file of ['scenario.dll', 'own.dll']) buildExtension('scenario', 'elf', isapi, file);
  chmodSync(root, 0o755);
  chmodSync(join(root, 'logs'), 0o700);
}

/** The numbers that Linux shows of a process: real, effective, saved and for files. */
function idsOf(pid: number, kind: 'Uid' | 'Gid'): string | undefined {
  return new RegExp(`^${kind}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

function four(id: number): string {
  return Array.from({ length: 4 }, () => String(id)).join('\t');
}

/** The process ids of the worker processes of a pool. */
function pidsOf(host: Host, pool: string): number[] {
  const lines = host.errorLog().split('\n');
  return workerPids(lines.filter((line) => line.includes(`[pool ${pool}]`)).join('\n'));
}

t.test('a server that root starts becomes User, and its worker processes with it', { skip }, async (t) => {
  const host = await startHost(t, { config: USERS, pools: '[default]\n[own]\nuser = daemon\n', prepare });

  await t.test('for good', async (t) => {
    t.equal(idsOf(host.pid, 'Uid'), four(server.uid));
    t.equal(idsOf(host.pid, 'Gid'), four(65534));
    t.equal((await host.get('/isapi/scenario.dll?hello')).status, 200);
    const [pid = 0] = pidsOf(host, 'default');
    t.equal(idsOf(pid, 'Uid'), four(server.uid));
    t.match(host.errorLog(), /IH0283: the server is now of the user nobody/);
    t.equal(statSync(join(host.root, 'logs', 'error_log')).uid, 0, 'logs were opened before');
  });

  await t.test('a pool of its own user has that one', async (t) => {
    t.equal((await host.get('/isapi/own.dll?hello')).status, 200);
    const [pid = 0] = pidsOf(host, 'own');
    t.equal(idsOf(pid, 'Uid'), four(guest.uid));
    t.equal(idsOf(pid, 'Gid'), four(guest.gid));
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    t.ok(environment.includes('USER=daemon'));
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    t.match(status, /^Groups:\s*$/m, 'and none of the groups of root');
  });

  await t.test('what it does otherwise works there too: crashes, output, more threads', async (t) => {
    const replies = await Promise.all(Array.from({ length: 8 }, () => host.get('/isapi/own.dll?hello')));
    t.same(new Set(replies.map(({ status }) => status)), new Set([200]));
    await host.get('/isapi/own.dll?printf=a%20word');
    t.match(await host.waitForLog('scenario writes to stdout'), /\[pool own\] IH2006/);
    t.equal((await host.get('/isapi/own.dll?null')).status, 502);
    t.match(await host.waitForLog('IH2005'), /\[pool own\].*signal SIGSEGV/);
    t.equal((await host.get('/isapi/own.dll?hello')).status, 200);
  });

  await t.test('the call journal and the control socket are in that folder as well', async (t) => {
    await host.get('/isapi/scenario.dll?variable=NO_SUCH_THING');
    const calls = join(host.root, 'logs', 'calls');
    t.match(await host.waitForFile(join(calls, 'calls.jsonl'), /NO_SUCH_THING/), /"kind":"unknown-variable"/);
    t.equal(statSync(calls).uid, server.uid);
    t.equal(statSync(join(calls, 'calls.jsonl')).uid, server.uid);
    const socket = join(host.root, 'logs', 'isapi-host.sock');
    t.equal(statSync(socket).uid, server.uid);
    t.equal(statSync(socket).mode & 0o777, 0o600);
    const items: Json[] = [];
    const events = { item: (item: Json) => items.push(item) };
    t.equal(await callServer(socket, { action: 'pool list', args: {} }, events), 'done');
    t.match(items, [{ pool: 'default', state: 'serves' }]);
  });

  await t.test('logs in a folder of root are opened anew', async (t) => {
    const log = (name: string): string => join(host.root, 'logs', name);
    renameSync(log('access_log'), log('access_log.1'));
    process.kill(host.pid, 'SIGUSR1');
    await host.waitForLog('IH0011');
    await host.get('/isapi/scenario.dll?anew');
    t.match(await host.accessLog(1), [/scenario\.dll\?anew 200/]);
    t.notMatch(readFileSync(log('access_log.1'), 'utf8'), 'anew');
    t.equal(statSync(log('access_log')).uid, 0);
  });

  await t.test(
    'a new configuration may have a file that only root can read, and a pool as before',
    async (t) => {
      const file = join(host.root, 'httpd.conf');
      writeFileSync(file, `${readFileSync(file, 'utf8')}AddType text/x-new .new\n`);
      chmodSync(file, 0o600);
      process.kill(host.pid, 'SIGHUP');
      await host.waitForLog('IH0009');
      writeFileSync(join(host.www, 'x.new'), 'x');
      const { headers } = await host.get('/x.new');
      t.match(headers, { 'content-type': 'text/x-new' });
      t.equal((await host.get('/isapi/own.dll?hello')).status, 200);
    },
  );

  await t.test('a user that the server was not started with needs a restart', async (t) => {
    writeFileSync(join(host.root, 'pools.ini'), '[default]\n[own]\nuser = bin\n');
    process.kill(host.pid, 'SIGHUP');
    const line = await host.waitForLog('IH0015');
    t.match(line, /pools\.ini:3:8: error: the server was not started with this user.*restart it/);
    t.equal((await host.get('/isapi/own.dll?hello')).status, 200, 'and the old configuration stays at work');
  });
});

t.test('names that are not there are told with their places', { skip }, async (t) => {
  const { status, output } = await runHost(t, { config: 'User no-such-user\nGroup no-such-group' });
  t.equal(status, 1);
  t.match(output, /error: bad user name no-such-user; there is no such user/);
  t.match(output, /error: bad group name no-such-group/);
});

t.test('a server of root that others reach has to say whose extensions are', { skip }, async (t) => {
  const listen = 'Listen 0.0.0.0:0';
  const { status, output } = await runHost(t, {
    config: listen,
    prepare: ({ root }) => {
      const file = join(root, 'httpd.conf');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^User .*$/m, ''));
    },
  });
  t.equal(status, 1);
  t.match(
    output,
    /extensions of the pool default would run as root: name another user.*"User root" says that it is meant/,
  );
});

t.test('traces are kept by a server that root has started', { skip }, async (t) => {
  await t.test('in a folder that it makes before it gives up its rights', async (t) => {
    const host = await startHost(t, {
      config: 'User nobody\nGroup #65534\nISAPITrace all\n',
      prepare: (folders) => {
        prepare(folders);
        chmodSync(join(folders.root, 'logs'), 0o755);
      },
    });
    const { record } = await traced(host, '/isapi/scenario.dll?hello');
    const folder = join(host.root, 'logs', 'traces');
    t.equal(statSync(folder).uid, server.uid);
    t.equal(statSync(join(folder, `${record.id}.jsonl`)).uid, server.uid);

    const isOfServer = (name: string): boolean => name.startsWith('isapi-host.');
    const own = ['isapi-host.pid', 'isapi-host.pid.reload', 'isapi-host.sock'];
    t.same(readdirSync(join(host.root, 'logs')).filter(isOfServer).sort(), own);
    t.equal(await host.stop(), 0);
    t.same(
      readdirSync(join(host.root, 'logs')).filter(isOfServer),
      [],
      'root has removed them for the server',
    );
  });

  await t.test('and it says at once when it cannot', async (t) => {
    const host = await startHost(t, { config: 'User nobody\nGroup #65534\nISAPITrace all\n', prepare });
    const line = await host.waitForLog('IH1123');
    t.match(line, /logs\/traces: EACCES: .*; let the user nobody write there, or name another folder/);
    t.equal((await host.get('/isapi/scenario.dll?hello')).status, 200);
  });
});
