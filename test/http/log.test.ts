import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { formatRecord, openErrorLog, ServerLog } from '../../lib/http/log.js';
import { levelNumber, type LogLevels } from '../../lib/http/settings.js';
import { builtInModules } from '../../lib/modules/index.js';
import { configure } from './harness.js';

const at = (level: Parameters<typeof levelNumber>[0]): LogLevels => ({
  base: levelNumber(level),
  modules: new Map(),
});

t.test("a line has the form of Apache's default", async (t) => {
  const record = {
    time: '2026-11-20T10:15:50.123456Z',
    level: 'error',
    module: 'isapi',
    number: 'IH1001',
    msg: 'failed to load x.dll',
    pid: 123,
    client: '1.2.3.4:567',
    pool: 'default',
    request: 'abc',
  } as const;
  // The time is local: the tests do not say where.
  const text = formatRecord(record).replace(/ \d\d:\d\d:/, ' hh:mm:');
  t.equal(
    text,
    '[Fri Nov 20 hh:mm:50.123456 2026] [isapi:error] [pid 123] [client 1.2.3.4:567] [pool default] [request abc] IH1001: failed to load x.dll\n',
  );
});

t.test('brackets of what is not known are left out', async (t) => {
  const line = formatRecord({
    time: '2026-01-02T03:04:05.000001Z',
    level: 'notice',
    module: 'core',
    number: 'IH0001',
    msg: 'x',
    pid: 1,
  });
  t.match(line, /^\[\w{3} Jan 0\d \d\d:\d\d:05\.000001 2026\] \[core:notice\] \[pid 1\] IH0001: x\n$/);
});

t.test('control characters cannot make lines of their own', async (t) => {
  const line = formatRecord({
    time: '2026-01-02T03:04:05.000001Z',
    level: 'info',
    module: 'core',
    number: 'IH0101',
    msg: 'a\nb\r\tc\x1b[1m\x7f\\"é',
    pid: 1,
  });
  t.match(line, /IH0101: a\\nb\\r\\tc\\x1b\[1m\\x7f\\"é\n$/);
});

t.test('messages below the level are not written', async (t) => {
  const root = t.testdir();
  const path = join(root, 'error.log');
  const log = new ServerLog(path, 'default', {
    base: levelNumber('warn'),
    modules: new Map([['http', levelNumber('info')]]),
  });
  log.write('fileMissing', { file: 'below' });
  log.write('configurationWarning', { problem: 'above' });
  log.write('headersExceeded', { reason: 'of a module that has a level of its own' });
  log.write('serverStopped');
  await log.close();
  const numbers = [...readFileSync(path, 'utf8').matchAll(/IH\d{4}/g)].map(([number]) => number);
  t.same(numbers, ['IH0004', 'IH0123', 'IH0003'], 'start and stop are always told');
});

t.test('JSON lines have stable fields', async (t) => {
  const root = t.testdir();
  const path = join(root, 'error.log');
  const log = new ServerLog(path, 'json', at('info'));
  log.write(
    'fileMissing',
    { file: '/srv/a "b"\n' },
    { client: '1.2.3.4:5', request: 'a1', pool: 'p', extension: 'x.dll' },
  );
  await log.close();
  const record = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  t.match(record['time'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  delete record['time'];
  t.same(record, {
    level: 'info',
    module: 'core',
    number: 'IH0101',
    name: 'fileMissing',
    params: { file: '/srv/a "b"\n' },
    client: '1.2.3.4:5',
    request: 'a1',
    pool: 'p',
    extension: 'x.dll',
    pid: process.pid,
    msg: 'File does not exist: /srv/a "b"\n',
  });
});

t.test('many lines arrive complete and in order', async (t) => {
  const root = t.testdir();
  const path = join(root, 'error.log');
  const log = new ServerLog(path, 'default', at('info'));
  for (let index = 0; index < 20_000; index++) log.write('fileMissing', { file: String(index) });
  await log.close();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, 20_000);
  t.match(lines.at(-1), /File does not exist: 19999$/);
});

t.test('a log that cannot be opened says what to do', async (t) => {
  const path = join(t.testdir(), 'none', 'error.log');
  t.throws(() => new ServerLog(path, 'default', at('info')), {
    code: 'LOG_OPEN',
    message:
      /error\.log cannot be opened: ENOENT.*; create its folder, or let the directive name another file$/,
  });
});

t.test('without ErrorLog the log is logs/error_log where there is a folder logs', async (t) => {
  const root = t.testdir({ logs: {} });
  const log = openErrorLog(configure('Listen 127.0.0.1:0\nDocumentRoot .', root, builtInModules([])));
  log.write('serverStopped');
  await log.close();
  t.match(readFileSync(join(root, 'logs', 'error_log'), 'utf8'), /IH0003: stopped\n$/);
  const bare = t.testdir({});
  await openErrorLog(configure('Listen 127.0.0.1:0\nDocumentRoot .', bare, builtInModules([]))).close();
  t.equal(existsSync(join(bare, 'logs')), false);
});
