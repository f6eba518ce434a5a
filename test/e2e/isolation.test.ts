import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test } from 'tap';

import { report, type Reply } from '../helpers/client.js';
import type { Target } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { isAlive, startHost, waitFor, workerPids, type Host } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const AT = 'at address 0x[1-9a-f][0-9a-f]*';

/** How the log tells of the end: on ELF by its signal, on Windows by its exception or exit status. */
const ENDS: readonly (readonly [scenario: string, elf: string, windows: string])[] = [
  ['null', `signal SIGSEGV ${AT}`, `exception 0xC0000005 \\(access violation\\) ${AT}`],
  ['overflow', `signal SIGSEGV ${AT}`, 'exception 0xC00000FD \\(stack overflow\\).*'],
  ['abort', `signal SIGABRT ${AT}`, 'it called abort\\(\\) or exit\\(3\\)'],
  ['exit=7', 'it called exit\\(7\\)', 'it called exit\\(7\\)'],
  ['cpp', `signal SIGABRT ${AT}`, `exception 0xE06D7363 \\(C\\+\\+ exception\\) ${AT}`],
  ['divide', `signal SIGFPE ${AT}`, `exception 0xC0000094 \\(integer division by zero\\) ${AT}`],
  ['fpe', `signal SIGFPE ${AT}`, `exception 0xC000008E \\(floating-point division by zero\\) ${AT}`],
  ['illegal', `signal SIGILL ${AT}`, `exception 0xC000001D \\(illegal instruction\\) ${AT}`],
  ['thread', `signal SIGSEGV ${AT}`, `exception 0xC0000005 \\(access violation\\) ${AT}`],
];

const EXTENSION = '/isapi/scenario.dll';

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config:
      '<Location "/hangs">\nISAPIApplicationPool impatient\n</Location>\nAlias /hangs "@ROOT@/www/isapi"',
    pools: '[default]\nrapid_fail.count = 0\n[impatient]\nrequest.timeout = 1s\nrapid_fail.count = 0\n',
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
    },
  });

  for (const [scenario, elf, windows] of ENDS) {
    await t.test(`${scenario} ends its worker process and nothing else`, async (t) => {
      await crash(t, host, target, scenario, target === 'elf' ? elf : windows);
    });
  }

  await t.test('the other requests of that process are lost with it, and all others go on', async (t) => {
    const before = host.errorLog().length;
    const wire = await host.connect();
    wire.send(`GET ${EXTENSION}?hang&begin HTTP/1.1\r\nHost: x\r\n\r\n`);
    await wire.until(/begun\n/);
    const other = host.get(`${EXTENSION}?meet=2`);
    const [reply, neighbour] = await Promise.all([other, host.get(`${EXTENSION}?meet=2`)]);
    t.same([report(reply)['met'], report(neighbour)['met']], ['1', '1']);

    const waiting = host.get(`${EXTENSION}?meet=2&event=waiting`);
    await host.waitForFile(join(host.isapi, 'scenario.dll.events'), /^waiting$/m);
    t.equal((await host.get(`${EXTENSION}?null`)).status, 502);
    t.equal((await waiting).status, 502);
    // Its response had begun: all that can be done is to cut it.
    const text = await wire.closed();
    t.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*begun\n/);
    t.notMatch(text, /\r\n0\r\n\r\n$/);
    const lines = (number: string): number => host.errorLog().slice(before).split(`${number}: `).length - 1;
    await waitFor(
      () => lines('IH1051') >= 3,
      () => `each lost request has its line: ${host.errorLog()}`,
    );
    t.equal(lines('IH1051'), 3);
    t.equal(lines('IH2005'), 1, 'the one that crashed is blamed');
    t.equal((await host.get(`${EXTENSION}?hello`)).body, 'hello\n');
  });

  await t.test('a response that has begun is cut when the extension crashes', async (t) => {
    const reply = await host.get(`${EXTENSION}?null&begin=600000`);
    t.equal(reply.status, 200);
    t.match(reply.body, /^begun\n\0+$/);
    t.notOk(reply.complete);
    t.equal((await host.get(`${EXTENSION}?hello`)).body, 'hello\n');
  });

  await t.test('an extension that hangs is ended after request.timeout', async (t) => {
    const before = host.errorLog().length;
    t.equal((await host.get('/hangs/scenario.dll?hang')).status, 504);
    const line = await host.waitForLog(/IH2003: /, before);
    t.match(
      line,
      /\[pool:error\] \[pid \d+\] \[pool impatient\] IH2003: worker process was ended after [\d.]+ s: /,
    );
    await host.waitForLog(
      `IH1050: ${host.isapi}/scenario.dll did not answer within 1 s; its worker process is replaced`,
    );
    t.notOk(isAlive(pidOf(line)));
    t.equal((await host.get('/hangs/scenario.dll?hello')).body, 'hello\n');
  });

  await t.test(
    'nothing of the worker processes that ended is left, and the server is the same',
    async (t) => {
      const pids = workerPids(host.errorLog());
      t.ok(pids.length > ENDS.length);
      t.equal(new Set(pids).size, pids.length);
      // One process of each pool serves on.
      await waitFor(
        () => pids.filter(isAlive).length <= 2,
        () => `still there: ${pids.filter(isAlive).join(' ')}`,
      );
      t.same(debuggers(), [], 'Wine has started no debugger and no dialog');
      t.ok(isAlive(host.pid));
      t.equal((await host.get(`${EXTENSION}?hello`)).body, 'hello\n');
    },
  );
});

/** Makes a request that ends its worker process, and looks at what the client and the log are told. */
async function crash(t: Test, host: Host, target: Target, scenario: string, end: string): Promise<void> {
  const before = host.errorLog().length;
  const reply: Reply = await host.get(`${EXTENSION}?${scenario}`);
  t.equal(reply.status, 502);
  t.match(reply.body, /502 (?:Bad Gateway|Proxy Error)/);
  const line = await host.waitForLog(/IH2005: /, before);
  const file = `${host.isapi}/scenario.dll`;
  t.match(line, /\[pool:error\] \[pid \d+\] \[pool default\]/);
  t.match(line, new RegExp(`IH2005: ${file} ended its worker process after [\\d.]+ s: ${end}$`));
  await host.waitForLog(`IH1051: the worker process ended while ${file} was answering: `, before);
  const next = await host.get(`${EXTENSION}?process`);
  t.equal(next.status, 200);
  const { bits } = report(next);
  t.equal(bits, target === 'win32' ? '32' : '64');
  t.notOk(isAlive(pidOf(line)), 'the process is gone');
}

function pidOf(line: string): number {
  return Number(/\[pid (\d+)\]/.exec(line)?.[1]);
}

/** Programs of Wine's that show or examine a crash. */
function debuggers(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      return /winedbg|werfault/i.test(command) ? [`${pid} ${command}`] : [];
    } catch {
      return [];
    }
  });
}
