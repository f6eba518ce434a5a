import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { waitFor } from '../helpers/server.js';
import { exchange, statuses } from '../http/harness.js';

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));

interface Program {
  readonly child: ChildProcess;
  /** what it has written to both streams */
  text(): string;
  /** resolves when the text matches */
  wait(pattern: RegExp): Promise<RegExpExecArray>;
  /** resolves to exit status or signal */
  readonly ended: Promise<number | string | null>;
}

function start(t: Test, args: string[]): Program {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  let check = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += String(chunk);
      check();
    });
  }
  const ended = once(child, 'close').then(([status, signal]) => (status ?? signal) as number | string | null);
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    child,
    text: () => text,
    ended,
    wait: (pattern) =>
      new Promise((resolve, reject) => {
        check = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        check();
        void ended.then(() => reject(new Error(`ended before ${String(pattern)}: ${text}`)));
      }),
  };
}

/** As root extensions run only where that is said. */
const user = process.getuid?.() === 0 ? 'User root\n' : '';

const config =
  'Listen 127.0.0.1:0\nServerName site.test\nDocumentRoot www\nLogLevel info\nCustomLog logs/access.log "%U %>s"\n' +
  user;

t.test('serves until SIGTERM, and then ends in order with all logs written', async (t) => {
  const root = t.testdir({ 'httpd.conf': config, www: { 'x.txt': 'x' }, logs: {} });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  const [, port] = await program.wait(/serves http:\/\/127\.0\.0\.1:(\d+)\//);
  const text = await exchange(
    Number(port),
    'GET /x.txt HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  t.same(statuses(text), [200, 404]);
  program.child.kill('SIGTERM');
  t.equal(await program.ended, 0);
  t.equal(readFileSync(join(root, 'logs', 'access.log'), 'utf8'), '/x.txt 200\n/none 404\n');
  const log = readFileSync(join(root, 'logs', 'error_log'), 'utf8');
  const numbers = [...log.matchAll(/(IH0(?!004|311)\d{3}): /g)].map(([, number]) => number);
  t.same(numbers, ['IH0001', 'IH0101', 'IH0002', 'IH0003']);
  t.match(log, /IH0002: caught SIGTERM, shutting down\n/);
});

t.test('without a folder for logs the error log goes to standard error', async (t) => {
  const root = t.testdir({ 'httpd.conf': `Listen 127.0.0.1:0\nDocumentRoot .\n${user}` });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  await program.wait(/\[core:notice\] \[pid \d+\] IH0001: isapi-host\/[\d.]+ \(\w+\) started/);
  program.child.kill('SIGINT');
  t.equal(await program.ended, 0);
});

t.test('a port that is taken ends the start with status 1', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const root = t.testdir({ 'httpd.conf': `Listen 127.0.0.1:${port}\nDocumentRoot .\n${user}` });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  t.equal(await program.ended, 1);
  t.match(program.text(), `isapi-host: cannot listen on 127.0.0.1:${port}: another program listens there;`);
});

t.test('a log that cannot be opened ends the start with status 1', async (t) => {
  const root = t.testdir({ 'httpd.conf': `${config}ErrorLog none/error.log\n`, www: {}, logs: {} });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  t.equal(await program.ended, 1);
  t.match(
    program.text(),
    /httpd\.conf:\d+:10: error: Cannot access directory '.*\/none\/' for main error log; create it/,
  );
});

t.test('warnings are shown and logged, and do not prevent the start', async (t) => {
  const root = t.testdir({ 'httpd.conf': config, logs: {} });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  await program.wait(/serves http/);
  t.match(program.text(), /httpd\.conf:3:14: warning: DocumentRoot .* is not a folder/);
  program.child.kill('SIGTERM');
  t.equal(await program.ended, 0);
  t.match(
    readFileSync(join(root, 'logs', 'error_log'), 'utf8'),
    /IH0004: .*httpd\.conf:3:14: warning: DocumentRoot/,
  );
  t.ok(existsSync(join(root, 'logs', 'access.log')));
});

t.test('a second signal ends it at once', async (t) => {
  const root = t.testdir({
    'httpd.conf': `${config}GracefulShutdownTimeout 0\n`,
    www: { big: Buffer.alloc(50_000_000) },
    logs: {},
  });
  const program = start(t, ['serve', '-f', join(root, 'httpd.conf')]);
  const [, port] = await program.wait(/serves http:\/\/127\.0\.0\.1:(\d+)\//);
  // A client that does not take its response keeps it from ending.
  const socket = connect(Number(port), '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write('GET /big HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  program.child.kill('SIGTERM');
  const log = join(root, 'logs', 'error_log');
  await waitFor(
    () => readFileSync(log, 'utf8').includes('IH0002'),
    () => 'the first signal is not told',
  );
  program.child.kill('SIGTERM');
  t.equal(await program.ended, 1);
  t.notMatch(readFileSync(log, 'utf8'), /IH0003/);
});
