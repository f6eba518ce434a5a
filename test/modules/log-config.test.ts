import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { createLogModule } from '../../lib/modules/log/index.js';
import { builtInModules } from '../../lib/modules/index.js';
import { configure, problemsOf, serve, type TestServer } from '../http/harness.js';

const read = (server: TestServer, name: string): string => readFileSync(join(server.root, name), 'utf8');

t.test('what is wrong is reported with its place', async (t) => {
  const root = t.testdir({ file: '' });
  const rows: [line: string, problem: string | RegExp][] = [
    ['LogFormat "%h %y" common', '1:11: error: Unrecognized LogFormat directive %y'],
    ['CustomLog a.log "%{x"', '1:17: error: Ran off end of LogFormat parsing args to some directive'],
    ['CustomLog a.log common env=', '1:24: error: missing environment variable name'],
    ['CustomLog a.log common env=!', '1:24: error: missing environment variable name'],
    ['CustomLog a.log common expr=', '1:24: error: missing condition'],
    ['CustomLog a.log common when=x', '1:24: error: error in condition clause'],
    ['CustomLog "|" common', '1:11: error: there is no program behind the bar'],
    ['CustomLog "||$ " common', '1:11: error: there is no program behind the bar'],
    ['CustomLog a.log', /^1:1: error: CustomLog takes 2-3 arguments, A file or a program/],
    ['LogFormat a b c', /error: LogFormat takes 1-2 arguments/],
    ['TransferLog a b', /error: TransferLog takes one argument/],
    ['BufferedLogs maybe', '1:14: error: BufferedLogs must be On or Off'],
    [
      '<VirtualHost *>\nGlobalLog a.log "%h"\n</VirtualHost>',
      '2:1: error: GlobalLog cannot occur within <VirtualHost> section',
    ],
    [
      'CustomLog none/a.log "%h"',
      "1:11: error: Cannot access directory '@ROOT@/none/' for log file 'none/a.log'; create it, or name another file",
    ],
    ['TransferLog file/a.log', /error: Cannot access directory '@ROOT@\/file\/'/],
    [
      'LogFormat common "%h"',
      '1:18: warning: LogFormat: the nickname comes last, and this one looks like a format',
    ],
  ];
  for (const [line, problem] of rows) {
    const found = problemsOf(line, root);
    t.equal(found.length, 1, line);
    if (typeof problem === 'string') t.equal(found[0], problem);
    else t.match(found[0], problem);
  }
});

t.test('a nickname may be defined after its use; a word that is none is logged as it is', async (t) => {
  const root = t.testdir({});
  const problems = (text: string) =>
    createLogModule().check?.(configure(`Listen 0\nDocumentRoot .\n${text}`, root, builtInModules([])));
  t.same(problems('CustomLog a.log later\nCustomLog b.log CLF\nLogFormat "%h" later'), []);
  t.match(problems('LogFormat "%h" known\nCustomLog a.log unknown'), [
    {
      severity: 'warning',
      message: /^no LogFormat defines the nickname unknown \(defined: known\)/,
      place: { line: 4, column: 17 },
    },
  ]);
  const server = await serve(t, {
    config: 'CustomLog a.log later\nCustomLog b.log word\nLogFormat "<%U>" later',
  });
  await server.get('/x');
  await server.stop();
  t.equal(read(server, 'a.log'), '</x>\n');
  t.equal(read(server, 'b.log'), 'word\n');
});

t.test('logs that name the same file share it, and each request has its line in each', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': 'x' } },
    config: 'LogFormat "one %U" one\nCustomLog access.log one\nCustomLog access.log "two %>s"',
  });
  await server.get('/x.txt');
  await server.get('/none');
  await server.stop();
  t.equal(read(server, 'access.log'), 'one /x.txt\ntwo 200\none /none\ntwo 404\n');
});

t.test(
  'TransferLog has the last format without a nickname, and otherwise the Common Log Format',
  async (t) => {
    const common = await serve(t, { config: 'TransferLog a.log\nCustomLog b.log CLF' });
    await common.get('/x');
    await common.stop();
    t.match(read(common, 'a.log'), /^127\.0\.0\.1 - - \[.*\] "GET \/x HTTP\/1\.1" 404 \d+\n$/);
    t.equal(read(common, 'a.log'), read(common, 'b.log'));
    const own = await serve(t, {
      config: 'TransferLog a.log\nLogFormat "%U"\nLogFormat named\nLogFormat "named %U" named',
    });
    await own.get('/x');
    await own.stop();
    t.equal(read(own, 'a.log'), 'named /x\n');
  },
);

t.test('hosts have logs of their own, or those of the main server, and global ones', async (t) => {
  const server = await serve(t, {
    config: `
      LogFormat "common %v" f
      LogFormat "default %v"
      CustomLog main.log f
      TransferLog transfer.log
      GlobalLog global.log f env=!QUIET
      <VirtualHost *:*>
        ServerName one
        CustomLog one.log f
        LogFormat "own %v" f
      </VirtualHost>
      <VirtualHost *:*>
        ServerName two
        LogFormat "two %v"
        SetEnvIf Request_URI quiet QUIET
      </VirtualHost>`,
  });
  const get = (host: string, path = '/'): Promise<string> =>
    server.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  await get('one');
  await get('two');
  await get('two', '/quiet');
  await server.stop();
  t.equal(read(server, 'one.log'), 'own one\n');
  t.equal(read(server, 'main.log'), 'common two\ncommon two\n');
  t.equal(read(server, 'global.log'), 'common one\ncommon two\n');
  t.equal(read(server, 'transfer.log'), 'two two\ntwo two\n', 'the default format is that of the host');
});

t.test('a variable decides whether a request is logged: that of the request as it came', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': '', 'error.txt': '' } },
    config: `SetEnvIf Request_URI none MISSING
      ErrorDocument 404 /error.txt
      CustomLog with.log "%U" ENV=MISSING
      CustomLog without.log "%U" env=!MISSING`,
  });
  await server.get('/x.txt');
  await server.get('/none');
  await server.stop();
  t.equal(read(server, 'with.log'), '/none\n');
  t.equal(read(server, 'without.log'), '/x.txt\n');
});

t.test('an expression decides whether a request is logged', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': '' } },
    config: `CustomLog errors.log "%U" "expr=%{REQUEST_STATUS} -ge 400"
      CustomLog x.log "%U" "expr=%{REQUEST_URI} =~ /x/ && resp('Content-Type') == 'text/plain'"`,
  });
  await server.get('/x.txt');
  await server.get('/y.txt');
  await server.stop();
  t.equal(read(server, 'errors.log'), '/y.txt\n');
  t.equal(read(server, 'x.log'), '/x.txt\n');
});

t.test('lines are written when the response has ended, buffered ones together', async (t) => {
  const server = await serve(t, { config: 'CustomLog a.log "%U"' });
  await server.get('/x');
  t.equal(read(server, 'a.log'), '/x\n');
  const buffered = await serve(t, { config: 'BufferedLogs on\nCustomLog a.log "%U"' });
  await buffered.get('/x');
  t.equal(read(buffered, 'a.log'), '');
  const long = `/${'y'.repeat(4093)}`;
  await buffered.get(long);
  t.equal(read(buffered, 'a.log'), '/x\n', 'the second did not fit behind the first');
  await buffered.get(`${long}${'z'.repeat(100)}`);
  t.equal(read(buffered, 'a.log').split('\n').length, 4, 'a long one is written at once, in order');
  await buffered.get('/last');
  await buffered.stop();
  t.match(read(buffered, 'a.log'), /z\n\/last\n$/);
});

t.test('a log that was renamed goes on in a new file when logs are reopened', async (t) => {
  const server = await serve(t, { config: 'CustomLog a.log "%U"\nBufferedLogs on' });
  await server.get('/before');
  renameSync(join(server.root, 'a.log'), join(server.root, 'a.log.1'));
  renameSync(join(server.root, 'error.log'), join(server.root, 'error.log.1'));
  await server.server.reopenLogs();
  await server.get('/after');
  const errors = await server.stop();
  t.equal(read(server, 'a.log.1'), '/before\n');
  t.equal(read(server, 'a.log'), '/after\n');
  t.match(read(server, 'error.log.1'), 'IH0001');
  t.match(errors, /File does not exist.*after/);
  t.notMatch(errors, 'before');
});

t.test('a log that cannot be opened again goes on in the old file, and the others are opened', async (t) => {
  const server = await serve(t, {
    files: { sub: {} },
    config: 'CustomLog sub/a.log "%U"\nCustomLog b.log "%U"',
  });
  renameSync(join(server.root, 'sub'), join(server.root, 'moved'));
  renameSync(join(server.root, 'b.log'), join(server.root, 'b.log.1'));
  await t.rejects(server.server.reopenLogs(), { code: 'LOG_OPEN' });
  await server.get('/x');
  await server.stop();
  t.equal(read(server, 'moved/a.log'), '/x\n');
  t.equal(read(server, 'b.log'), '/x\n');
  t.equal(existsSync(join(server.root, 'sub')), false);
});

t.test('LogIOTrackTTFB may be different for folders', async (t) => {
  const slow: Handler = (request) => {
    request.output.end();
    return 'done';
  };
  const server = await serve(t, {
    files: { www: { 'x.app': '', 'y.app': '' } },
    config: 'AddHandler app .app\nCustomLog a.log "%^FB"\n<Location /x.app>\nLogIOTrackTTFB on\n</Location>',
    handlers: { app: slow },
  });
  await server.get('/x.app');
  await server.get('/y.app');
  await server.stop();
  t.match(read(server, 'a.log'), /^\d+\n-\n$/);
});
