import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findUser } from '../../lib/pool/accounts.js';
import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { runProgramApart } from '../helpers/program-process.js';
import { startHost, type Folders } from '../helpers/server.js';

const nobody = findUser('nobody');
const skip =
  skipWithout('elf') ||
  (process.getuid?.() !== 0 && 'needs root, to become another user') ||
  (nobody === undefined && 'needs the user nobody');
// The tests are skipped without it.
const server = nobody!;

const CONFIG = 'User nobody\nGroup #65534\nISAPITrace failures\n';
const OLDER = 'calls-20260101T000000000Z-1.jsonl';
const TRACE = '2s5d0o1q.jsonl';

function prepare({ root, isapi }: Folders): void {
  buildExtension('scenario', 'elf', isapi, 'scenario.dll');
  chmodSync(root, 0o755);
}

/** What a server of root's has left. */
function leaveFiles(folders: Folders): void {
  prepare(folders);
  const logs = join(folders.root, 'logs');
  for (const name of ['calls', 'traces']) mkdirSync(join(logs, name));
  for (const name of [`calls/${OLDER}`, 'calls/calls.jsonl', 'calls/notes.txt', `traces/${TRACE}`]) {
    writeFileSync(join(logs, name), '', { mode: 0o600 });
  }
  writeFileSync(join(folders.root, 'secret'), '');
  symlinkSync(join(folders.root, 'secret'), join(logs, 'calls', OLDER.replace('-1.', '-2.')));
  linkSync(join(folders.root, 'secret'), join(logs, 'calls', OLDER.replace('-1.', '-3.')));
}

t.test('what a server of root has left goes to the User of the next one', { skip }, async (t) => {
  const host = await startHost(t, { config: CONFIG, prepare: leaveFiles });
  const owner = (name: string): number => lstatSync(join(host.root, 'logs', name)).uid;
  for (const name of ['calls', 'calls/calls.jsonl', `calls/${OLDER}`, 'traces', `traces/${TRACE}`]) {
    t.equal(owner(name), server.uid, name);
  }
  t.equal(owner('calls/notes.txt'), 0, 'and nothing of somebody else');
  t.equal(statSync(join(host.root, 'secret')).uid, 0, 'nor what a link leads to, or what has two names');
  await host.get('/isapi/scenario.dll?variable=NO_SUCH_THING');
  await host.waitForFile(join(host.root, 'logs', 'calls', 'calls.jsonl'), /NO_SUCH_THING/);
  t.notMatch(host.errorLog(), /IH110[0-3]|IH1123/);
});

t.test('a folder that somebody has named keeps its owner when others use it too', { skip }, async (t) => {
  const config = `${CONFIG}ISAPITraceFolder shared\n`;
  const host = await startHost(t, {
    config,
    prepare: (folders) => {
      prepare(folders);
      mkdirSync(join(folders.root, 'shared'));
      for (const name of [TRACE, 'other.txt']) writeFileSync(join(folders.root, 'shared', name), '');
    },
  });
  t.equal(statSync(join(host.root, 'shared')).uid, 0);
  t.match(await host.waitForLog('IH1123'), /shared: EACCES.*; let the user nobody write there/);
});

t.test(
  'a journal that cannot be opened is told with its name, the user and what to do',
  { skip },
  async (t) => {
    const host = await startHost(t, {
      config: CONFIG,
      prepare: (folders) => {
        prepare(folders);
        mkdirSync(join(folders.root, 'elsewhere'));
        symlinkSync(join(folders.root, 'elsewhere'), join(folders.root, 'logs', 'calls'));
      },
    });
    const calls = join(host.root, 'logs', 'calls');
    const line = await host.waitForLog('IH1100');
    t.ok(line.includes(`the call journal ${calls} cannot be opened by the user nobody: EACCES`), line);
    t.ok(line.includes(`as root: chown -R nobody ${calls}; `), line);
    const { status, error } = await runProgramApart(['calls', '-f', join(host.root, 'httpd.conf')]);
    t.equal(status, 0);
    t.match(error, `isapi-host: the server (pid ${String(host.pid)}) cannot write its call journal: EACCES`);
  },
);

t.test(
  'a journal that cannot be written any more is told by its real name, and by calls',
  { skip },
  async (t) => {
    const host = await startHost(t, { config: CONFIG, prepare });
    const calls = join(host.root, 'logs', 'calls');
    const before = await runProgramApart(['calls', '-f', join(host.root, 'httpd.conf')]);
    t.notMatch(before.error, 'cannot write its call journal');
    renameSync(join(calls, 'calls.jsonl'), join(calls, OLDER));
    chownSync(calls, 0, 0);
    await host.get('/isapi/scenario.dll?variable=NO_SUCH_THING');
    const line = await host.waitForLog('IH1101');
    t.ok(line.includes(`open '${join(calls, 'calls.jsonl')}'; as root: chown -R nobody ${calls}; `), line);
    const { error } = await runProgramApart(['calls', '-f', join(host.root, 'httpd.conf')]);
    t.match(
      error,
      /cannot write its call journal: EACCES.*; what extensions were refused since then is not shown here/,
    );
  },
);
