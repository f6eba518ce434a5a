import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { isRunning, runningPid } from '../../lib/cli/pid-file.js';
import { waitFor } from '../helpers/server.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

/** As root extensions run only where that is said. */
const user = process.getuid?.() === 0 ? 'User root\n' : '';

/** A folder with a configuration; what was started in it in the background ends with the test. */
function site(t: Test, config = ''): { root: string; pidFile: string; run: (...args: string[]) => Result } {
  const root = t.testdir({
    'httpd.conf': `Listen 127.0.0.1:0\nServerName site.test\nDocumentRoot www\nLogLevel info\n${config}${user}`,
    www: { 'x.txt': 'x' },
    logs: {},
  });
  const pidFile = join(root, 'logs', 'isapi-host.pid');
  t.teardown(async () => {
    const pid = pidIn(pidFile);
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    await waitFor(
      () => !isRunning(pid),
      () => 'the server is still there',
    );
  });
  const run = (...args: string[]): Result => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, '-d', root, ...(args.includes('-e') ? [] : ['-e', 'error']), ...args],
      {
        encoding: 'utf8',
        timeout: 120_000,
      },
    );
    return { status, out: stdout, error: stderr };
  };
  return { root, pidFile, run };
}

interface Result {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function pidIn(file: string): number | undefined {
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined;
}

t.test('-k starts a server in the background, reloads it and stops it', async (t) => {
  const { root, pidFile, run } = site(t);
  const started = run('-k', 'start');
  t.match(started, { status: 0, out: /^isapi-host \S+ serves http:\/\/127\.0\.0\.1:\d+\/\n$/, error: '' });
  const pid = pidIn(pidFile) ?? 0;
  const [url = ''] = /http\S+/.exec(started.out) ?? [];
  t.equal(await (await fetch(`${url}x.txt`)).text(), 'x');

  t.same(run('-k', 'start'), { status: 0, out: `isapi-host (pid ${pid}) already running\n`, error: '' });
  t.match(run(), {
    status: 1,
    out: '',
    error: `a server with the PID file ${pidFile} runs already (pid ${pid}): end it with -k stop`,
  });
  appendFileSync(join(root, 'httpd.conf'), 'Alias /y www\n');
  t.same(run('-k', 'graceful'), {
    status: 0,
    out: `isapi-host (pid ${pid}) has the new configuration\n`,
    error: '',
  });
  t.equal(await (await fetch(`${url}y/x.txt`)).text(), 'x');
  t.match(run('-k', 'restart'), { status: 0 });
  t.equal(pidIn(pidFile), pid, 'it is the same process');

  appendFileSync(join(root, 'httpd.conf'), 'Nonsense\n');
  t.match(run('-k', 'graceful'), {
    status: 1,
    error: /httpd\.conf:\d+:1: error: Invalid command 'Nonsense'/,
  });
  writeFileSync(
    join(root, 'httpd.conf'),
    readFileSync(join(root, 'httpd.conf'), 'utf8').replace('Nonsense\n', ''),
  );

  t.same(run('-k', 'stop'), { status: 0, out: `isapi-host (pid ${pid}) stopped\n`, error: '' });
  t.notOk(isRunning(pid));
  t.notOk(existsSync(pidFile), 'the PID file is gone');
  t.same(run('-k', 'stop'), {
    status: 0,
    out: 'isapi-host (no pid file) not running\n',
    error: `isapi-host: there is no PID file ${pidFile}\n`,
  });
  const log = readFileSync(join(root, 'logs', 'error_log'), 'utf8');
  t.same(
    [...log.matchAll(/(IH00(?!04)\d{2}): /g)].map(([, number]) => number),
    ['IH0001', 'IH0008', 'IH0009', 'IH0008', 'IH0009', 'IH0002', 'IH0003'],
  );
});

t.test('a configuration that becomes wrong is told by the server, which keeps the old one', async (t) => {
  const { root, pidFile, run } = site(t);
  t.match(run('-k', 'start'), { status: 0 });
  const pid = pidIn(pidFile) ?? 0;
  appendFileSync(join(root, 'httpd.conf'), 'Nonsense\nTimeout never\n');
  process.kill(pid, 'SIGHUP');
  const log = await waitFor(
    () => /[^]*IH0010: .*it has 2 errors\n/.exec(readFileSync(join(root, 'logs', 'error_log'), 'utf8')),
    () => 'the log does not tell it',
  );
  t.match(log[0], /IH0015: .*httpd\.conf:\d+:1: error: Invalid command 'Nonsense'/);
  t.match(log[0], /IH0015: .*httpd\.conf:\d+:9: error: /);
  t.match(readFileSync(`${pidFile}.reload`, 'utf8'), /^1 failed\n[^]*httpd\.conf:\d+:1: error: /);
  process.kill(pid, 'SIGTERM');
  await waitFor(
    () => !isRunning(pid),
    () => 'the server does not end',
  );
});

t.test('a start in the background makes the folder logs, so that the server can be heard and ended', (t) => {
  const { root, pidFile, run } = site(t);
  rmSync(join(root, 'logs'), { recursive: true });
  t.match(run('-k', 'stop'), { status: 0, error: `there is no PID file ${pidFile}, nor a folder for it` });
  // With what is lesser than an error, which is told once.
  const started = run('-e', 'warn', '-c', 'DocumentRoot nowhere', '-k', 'start');
  t.equal(started.status, 0);
  t.equal(started.error.match(/warning: DocumentRoot/g)?.length, 1, started.error);
  t.ok(pidIn(pidFile));
  t.match(readFileSync(join(root, 'logs', 'error_log'), 'utf8'), 'IH0001');
  t.ok(existsSync(join(root, 'logs', 'calls')), 'the call journal has its folder');
  t.match(run('-k', 'stop'), { status: 0, out: /stopped/ });
  t.end();
});

t.test('a server in the background that could not be heard or ended is not started', (t) => {
  const { root, run } = site(t);
  rmSync(join(root, 'logs'), { recursive: true });
  t.match(run('-c', 'ErrorLog stderr', '-k', 'start'), {
    status: 1,
    error: /ErrorLog stderr would be lost: .* let ErrorLog name a file/,
  });
  rmSync(join(root, 'logs'), { recursive: true });
  writeFileSync(join(root, 'logs'), 'a file');
  t.match(run('-k', 'start'), { status: 1, out: '' });
  t.end();
});

t.test('graceful starts a server where none runs', (t) => {
  const { run } = site(t);
  const { status, out } = run('-k', 'graceful');
  t.equal(status, 0);
  t.match(out, /^isapi-host not running, trying to start\nisapi-host \S+ serves http/);
  t.match(run('-k', 'graceful-stop'), { status: 0, out: /stopped/ });
  t.end();
});

const noTerminal =
  spawnSync('script', ['--version']).status !== 0 && 'needs the program script (on Debian: bsdutils)';

t.test('graceful-stop ends a server in a terminal', { skip: noTerminal }, async (t) => {
  const { root, pidFile, run } = site(t);
  const command = `'${process.execPath}' '${main}' -d '${root}' -e error`;
  const terminal = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(terminal, 'exit');
  await waitFor(
    () => pidIn(pidFile),
    () => 'the server does not start',
  );
  t.match(run('-k', 'graceful-stop'), { status: 0, out: /stopped/ });
  await ended;
});

t.test('a start in the background that fails says why', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { pidFile, run } = site(t, `Listen 127.0.0.1:${port}\n`);
  t.match(run('-k', 'start'), {
    status: 1,
    error: /isapi-host: cannot listen on 127\.0\.0\.1:\d+: another program/,
  });
  t.notOk(existsSync(pidFile));
});

t.test('a PID file with something else in it is told', (t) => {
  const { pidFile, run } = site(t);
  writeFileSync(pidFile, 'hello\n');
  t.match(run('-k', 'stop'), { status: 1, error: /Error retrieving pid file .*Remove it before continuing/ });
  writeFileSync(pidFile, '');
  t.match(run('-k', 'stop'), { status: 0, out: /\(no pid file\) not running/ });
  t.end();
});

t.test('a process id that belongs to a later process is of no server', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'pid');
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  // It has been spawned.
  const pid = child.pid!;
  writeFileSync(file, `${pid}\n`);
  t.same(runningPid(file), { pid, running: true });
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(file, hourAgo, hourAgo);
  t.same(runningPid(file), { pid, running: process.platform !== 'linux' });
  writeFileSync(file, `${process.pid}\n`);
  t.match(runningPid(file), { running: false }, 'this process itself');
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(file, `${pid}\n`);
  t.same(runningPid(file), { pid, running: false });
  t.equal(runningPid(join(folder, 'none')), undefined);
});
