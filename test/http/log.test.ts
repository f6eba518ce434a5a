import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openErrorLog, ServerLog } from '../../lib/http/log.js';
import { CORE, levelNumber, type LogLevels } from '../../lib/http/settings.js';
import { builtInModules } from '../../lib/modules/index.js';
import type { Handler } from '../../lib/http/module.js';
import { configure, problemsOf, serve } from './harness.js';

const LEVELS = 'emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8';

const at = (level: Parameters<typeof levelNumber>[0]): LogLevels => ({
  base: levelNumber(level),
  modules: new Map(),
});

t.test('messages below the level are not written', async (t) => {
  const root = t.testdir();
  const path = join(root, 'error.log');
  const log = new ServerLog(
    { target: path, format: 'default' },
    {
      base: levelNumber('warn'),
      modules: new Map([['http', levelNumber('info')]]),
    },
  );
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
  const log = new ServerLog({ target: path, format: 'json' }, at('info'));
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
  const log = new ServerLog({ target: path, format: 'default' }, at('info'));
  for (let index = 0; index < 20_000; index++) log.write('fileMissing', { file: String(index) });
  await log.close();
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  t.equal(lines.length, 20_000);
  t.match(lines.at(-1), /File does not exist: 19999$/);
});

t.test('a log that cannot be opened says what to do', async (t) => {
  const path = join(t.testdir(), 'none', 'error.log');
  t.throws(() => new ServerLog({ target: path, format: 'default' }, at('info')), {
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

t.test('what is wrong with a log is reported with its place', async (t) => {
  const root = t.testdir({});
  const rows: [line: string, problem: string][] = [
    ['ErrorLog "|"', '1:10: error: ErrorLog: there is no program behind the bar'],
    [
      'ErrorLog none/x',
      "1:10: error: Cannot access directory '@ROOT@/none/' for main error log; create it, or name another file",
    ],
    [
      '<VirtualHost *>\nErrorLog none/x\n</VirtualHost>',
      `2:10: error: Cannot access directory '@ROOT@/none/' for error log of this vhost; create it, or name another file`,
    ],
    ['ErrorLogFormat "%m"', "1:16: error: main ErrorLogFormat must contain message format string '%M'"],
    ['ErrorLogFormat session "%a"', '1:16: error: ErrorLogFormat type must be one of request, connection'],
    [
      'ErrorLogFormat request "%M"',
      '1:24: error: %M cannot be used in once-per-request or once-per-connection formats',
    ],
    ['LogLevel loud', `1:10: error: Log level keyword must be one of ${LEVELS}`],
    ['LogLevel isapi:loud', `1:10: error: isapi:loud: Log level keyword must be one of ${LEVELS}`],
    ['LogLevel isapi:', "1:10: error: Module specifier 'isapi' must be followed by a log level keyword"],
    ['LogLevel isapy:debug', '1:10: error: Cannot find module isapy'],
    [
      'LogLevel rewrite:trace3',
      '1:10: warning: isapi-host has no module rewrite, so that its level has no effect',
    ],
  ];
  for (const [line, problem] of rows) t.same(problemsOf(line, root), [problem], line);
  for (const line of ['LogLevel mod_alias.c:info', 'LogLevel core:info pool:debug', 'ErrorLogFormat JSON']) {
    t.same(problemsOf(line, root), [], line);
  }
});

t.test('a level without a module begins anew, and one with a module adds to it', async (t) => {
  const root = t.testdir({});
  const levels = (text: string): unknown => {
    const { base, modules } = configure(text, root, builtInModules([])).main.settings.get(CORE).logLevels;
    return [base, ...modules];
  };
  t.same(levels('LogLevel http:debug info alias_module:trace1'), [6, ['alias', 8]]);
  t.same(levels('LogLevel http:debug\nLogLevel error'), [3]);
  t.same(levels('LogLevel error\nLogLevel http:debug'), [3, ['http', 7]]);
});

const lines = (root: string, name: string): string[] =>
  readFileSync(join(root, name), 'utf8').trimEnd().split('\n');

t.test('hosts have error logs, formats and levels of their own', async (t) => {
  const server = await serve(t, {
    config: `
      ErrorLogFormat "main %v %l %M"
      <VirtualHost *:*>
        ServerName one
        ErrorLog one.log
      </VirtualHost>
      <VirtualHost *:*>
        ServerName two
        ErrorLog one.log
        ErrorLogFormat "two %v %V %M"
      </VirtualHost>
      <VirtualHost *:*>
        ServerName three
        LogLevel warn
        <Location /told>
          LogLevel core:info
        </Location>
      </VirtualHost>`,
  });
  const get = (host: string, path = '/x'): Promise<string> =>
    server.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  for (const host of ['one', 'two', 'three']) await get(host);
  await get('three', '/told');
  const main = (await server.stop()).trimEnd().split('\n');
  const www = join(server.root, 'www');
  t.same(lines(server.root, 'one.log'), [
    `main one info IH0101: File does not exist: ${www}/x`,
    `two two two IH0101: File does not exist: ${www}/x`,
  ]);
  t.match(main[0], /^main site\.test notice IH0001: /);
  t.same(main.slice(1), [`main three info IH0101: File does not exist: ${www}/told`]);
});

t.test('a connection and a request are told of once, before their first message', async (t) => {
  const twice: Handler = (request) => {
    request.log('fileMissing', { file: 'a' });
    request.log('fileMissing', { file: 'b' });
    return 404;
  };
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    handlers: { twice },
    config: `AddHandler twice .app
      ErrorLogFormat "%{c}L %L %M"
      ErrorLogFormat connection "connection %{c}L %k"
      ErrorLogFormat request "request %L %{X-Kit}i"
      ErrorLogFormat request "%+{X-None}i"
      CustomLog access.log "%{c}L %L"`,
  });
  const request = 'GET /x.app HTTP/1.1\r\nHost: x\r\nX-Kit: kit\r\n\r\n';
  await server.send(request + request, true);
  const [first = '', ...rest] = (await server.stop()).trimEnd().split('\n').slice(1);
  const [, connection = ''] = /^connection (c\w+) 0$/.exec(first) ?? [];
  const [a = '', b = ''] = lines(server.root, 'access.log').map((line) => line.split(' ')[1]);
  t.same(rest, [
    `request ${a} kit`,
    `${connection} ${a} IH0101: File does not exist: a`,
    `${connection} ${a} IH0101: File does not exist: b`,
    `request ${b} kit`,
    `${connection} ${b} IH0101: File does not exist: a`,
    `${connection} ${b} IH0101: File does not exist: b`,
  ]);
  t.not(a, b);
  t.same(lines(server.root, 'access.log'), [`${connection} ${a}`, `${connection} ${b}`]);
});

const onWindows = process.platform === 'win32' && 'the programs are those of Unix';

t.test('a program may take the error log', { skip: onWindows }, async (t) => {
  const server = await serve(t, { config: 'ErrorLog "|$cat > piped.log"' });
  await server.get('/none');
  await server.stop();
  const found = lines(server.root, 'piped.log');
  t.match(found[0], 'IH0001');
  t.match(found[1], /IH0101: File does not exist: .*\/none$/);
});
