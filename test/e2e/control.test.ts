import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { isAlive, startHost, workerPids } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

interface Run {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the program to its end. */
async function run(...args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, out, error };
}

forEachTarget(async (t, target) => {
  const host = await startHost(t, {
    config: 'ISAPICacheFile www/isapi/cached.dll\n',
    prepare: ({ isapi }) => {
      buildExtension('scenario', target, isapi);
      buildExtension('lifecycle', target, isapi, 'cached.dll');
    },
  });
  const file = join(host.root, 'httpd.conf');
  const rounds = target === 'elf' ? 6 : 2;

  await t.test(`${rounds} recyclings under load lose no request`, async (t) => {
    let running = true;
    let count = 0;
    const wrong: string[] = [];
    const client = async (path: string, right: RegExp): Promise<void> => {
      while (running) {
        const { status, body } = await host.get(path);
        count++;
        if (status !== 200 || !right.test(body)) wrong.push(`${path}: ${status}`);
      }
    };
    const clients = [
      ...Array.from({ length: 6 }, () => client('/isapi/cached.dll', /requests=\d/)),
      client('/isapi/scenario.dll?hello', /^hello\n$/),
      client('/isapi/scenario.dll?sleep=200', /slept=200/),
    ];
    const replaced: RegExpExecArray[] = [];
    // One that is replaced before it is ready is not told of.
    await host.waitForLog('IH2001');
    for (let round = 0; round < rounds; round++) {
      const { status, out, error } = await run('pool', 'recycle', 'default', '-f', file);
      t.same([status, error], [0, '']);
      const found = /^pool default, (\w+): worker process (\d+) was replaced by (\d+)\n$/.exec(out);
      t.ok(found, out);
      if (found) replaced.push(found);
    }
    running = false;
    await Promise.all(clients);
    t.same(wrong, []);
    t.ok(count > rounds, `${count} requests`);
    const pids = workerPids(host.errorLog());
    t.equal(pids.length, rounds + 1);
    t.same(
      replaced.map(([, runtime, old, now]) => [runtime, Number(old), Number(now)]),
      pids
        .slice(1)
        .map((pid, index) => [{ elf: 'native', win64: 'wine64', win32: 'wine32' }[target], pids[index], pid]),
      'each was followed by the next one',
    );
    t.same(pids.filter(isAlive), pids.slice(-1));
    t.match(
      host.errorLog(),
      /IH2007: worker process is being replaced: it was asked for \(isapi-host pool recycle\)/,
    );
  });

  await t.test('an extension that stays loaded is let go of, and loaded as it is then', async (t) => {
    buildExtension('scenario', target, host.isapi, 'cached.dll');
    t.match((await host.get('/isapi/cached.dll?hello')).body, /requests=\d/, 'the old one');
    const cached = join(host.isapi, 'cached.dll');
    const { status, out } = await run('extension', 'unload', cached, '-f', file);
    t.equal(status, 0);
    t.match(out, /^pool default, \w+: worker process \d+ was replaced by \d+\n$/);
    t.equal((await host.get('/isapi/cached.dll?hello')).body, 'hello\n', 'the new one');
    const named = await run('extension', 'unload', 'cached', '-f', file);
    t.match(named, { status: 0, out: /^pool default, \w+: worker process \d+ was replaced by \d+\n$/ });
    t.match(await run('extension', 'unload', 'cahced.dll', '-f', file), {
      status: 1,
      error: `isapi-host: there is no extension cahced.dll: did you mean ${cached}?\n`,
    });
  });

  await t.test('one that does not stay loaded needs nothing', async (t) => {
    const scenario = join(host.isapi, 'scenario.dll');
    const unloaded =
      'It is unloaded whenever no request is in it; the next request loads the file that is there then.\n';
    const other = buildExtension('scenario', target, host.isapi, 'never-run.dll');
    t.match(await run('extension', 'unload', other, '-f', file), {
      status: 0,
      out: `${other} is not named by ISAPICacheFile, and no request for it has come since the server started: there is nothing to unload\n${unloaded}`,
    });
    await host.get('/isapi/scenario.dll?hello');
    for (const name of [scenario, 'scenario.dll', 'isapi/scenario.dll', 'scenario']) {
      t.match(await run('extension', 'unload', name, '-f', file), {
        status: 0,
        out: `${scenario} is not named by ISAPICacheFile: there is nothing to unload\n${unloaded}`,
      });
    }
  });
});

t.test('the command line and a running server', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, {
    pools: '[default]\n[shop]\nthreads.min = 2\n',
    prepare: ({ isapi }) => buildExtension('scenario', 'elf', isapi),
  });
  const file = join(host.root, 'httpd.conf');
  const socket = join(host.root, 'logs', 'isapi-host.sock');

  t.equal(lstatSync(socket).mode & 0o777, 0o600, 'the socket is for its owner');

  t.match(await run('pool', 'recycle', 'default', '-f', file), {
    status: 0,
    out: 'pool default: no worker process runs; the next request starts one\n',
  });
  t.match(await run('pool', 'recycle', 'none', '-f', file), {
    status: 1,
    error: 'isapi-host: there is no application pool none; there are: default, shop\n',
  });
  t.match(await run('pool', 'recycle', '-f', file), { status: 2 });

  await host.get('/isapi/scenario.dll?hello');
  const [pid] = workerPids(host.errorLog());
  const list = await run('pool', 'list', '--socket', socket);
  const [head = '', first = '', second = ''] = list.out.split('\n');
  t.equal(head, 'POOL     RUNTIME' + head.slice(16), 'a table');
  t.match(head, /^POOL +RUNTIME +PID +STATE +AGE +REQUESTS +THREADS +WAITING +MEMORY$/);
  t.match(first, new RegExp(`^default +native +${pid} +serves +\\d+ s +1 +0/\\d+ +0 +(?:-|\\d+ MiB)$`));
  t.match(second, /^shop +- +- +idle$/);
  const items = (await run('pool', 'list', '-f', file, '--json')).out.trimEnd().split('\n');
  t.match(
    items.map((line) => JSON.parse(line) as unknown),
    [{ pool: 'default', runtime: 'native', pid, state: 'serves', requests: 1 }, { pool: 'shop' }],
  );

  await t.test('a reload leaves the socket as it is, and goes to the newest configuration', async (t) => {
    const inode = lstatSync(socket).ino;
    writeFileSync(join(host.root, 'pools.ini'), '[default]\n[other]\n');
    const from = host.errorLog().length;
    process.kill(host.pid, 'SIGHUP');
    await host.waitForLog(/IH0009/, from);
    t.equal(lstatSync(socket).ino, inode);
    t.match(await run('pool', 'recycle', 'shop', '-f', file), {
      status: 1,
      error: 'isapi-host: there is no application pool shop; there are: default, other\n',
    });
  });

  await t.test('a configuration that is broken meanwhile is said to be, and --socket helps', async (t) => {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `${text}Nonsense\n`);
    const { status, error } = await run('pool', 'list', '-f', file);
    t.equal(status, 1);
    t.match(
      error,
      /has errors, so that it does not tell the control socket; mend them, or name that of the running server with --socket/,
    );
    t.equal((await run('pool', 'list', '-f', file, '--socket', socket)).status, 0);
    writeFileSync(file, text);
  });

  await t.test('a second server cannot have the same socket', async (t) => {
    const own = ['-c', 'PidFile logs/second.pid', '-c', `ControlSocket ${socket}`];
    const { status, error } = await run('serve', '-f', file, ...own);
    t.equal(status, 1);
    t.match(error, new RegExp(`isapi-host: another server listens on the control socket ${socket}; stop it`));
    t.equal((await run('pool', 'list', '-f', file)).status, 0, 'the first one is still there');
  });

  await t.test('the socket of a server that was killed is replaced by the next', async (t) => {
    t.equal(await host.stop(), 0);
    t.notOk(existsSync(socket));
    t.match(await run('pool', 'list', '-f', file), {
      status: 1,
      error: `isapi-host: no server runs with this configuration: there is no control socket ${socket}\n`,
    });
    const start = async (): Promise<() => Promise<unknown>> => {
      const server = spawn(process.execPath, [main, 'serve', '-f', file], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      t.teardown(() => server.kill('SIGKILL'));
      const ended = once(server, 'close');
      await once(server.stdout, 'data');
      return () => {
        server.kill('SIGKILL');
        return ended;
      };
    };
    const kill = await start();
    await kill();
    t.ok(existsSync(socket), 'it is left');
    t.match(await run('pool', 'list', '-f', file), { status: 1, error: /which one has left behind\n$/ });
    await start();
    t.equal((await run('pool', 'list', '-f', file)).status, 0);
  });
});

t.test('ControlSocket is checked when the configuration is read', { skip: skipWithout('elf') }, async (t) => {
  const host = await startHost(t, { config: 'ControlSocket off' });
  const file = join(host.root, 'httpd.conf');
  t.notOk(existsSync(join(host.root, 'logs', 'isapi-host.sock')));
  t.match(await run('pool', 'list', '-f', file), {
    status: 1,
    error: /has no control socket: there is ControlSocket off/,
  });
  const long = await run('check', '-f', file, '-c', `ControlSocket ${'x'.repeat(200)}`);
  t.equal(long.status, 1);
  t.match(
    long.error,
    /error: the name of a socket may have 107 bytes at most, and .* let ControlSocket name a shorter one/,
  );
});

t.test(
  'a server whose folder has too long a name goes without a socket',
  { skip: skipWithout('elf') },
  async (t) => {
    const host = await startHost(t, {
      config: `PidFile ${'long/'.repeat(20)}x.pid`,
      prepare: ({ root }) => mkdirSync(join(root, 'long/'.repeat(20)), { recursive: true }),
    });
    t.match(
      await host.waitForLog('IH0311'),
      /IH0311: there is no control socket, .*: the name of a socket may have 107 bytes at most/,
    );
  },
);
