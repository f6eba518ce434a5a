import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { compileFormat } from '../../lib/modules/log/format.js';
import { createLogModule } from '../../lib/modules/log/index.js';
import { strftime } from '../../lib/modules/log/strftime.js';
import { builtInModules } from '../../lib/modules/index.js';
import { configure, problemsOf, serve } from '../http/harness.js';

const app: Handler = (request) => {
  request.notes.set('isapi-parameter', 'a "note"');
  request.queryAppendix = 'APPENDED';
  request.user = 'kit';
  request.output.head(299, undefined, [
    ['X-Out', 'one'],
    ['X-Out', 'two'],
  ]);
  request.output.end(Buffer.from('hello'));
  return 'done';
};

const items: [format: string, expected: string | RegExp][] = [
  ['%a %h %{c}a %A', '127.0.0.1 127.0.0.1 127.0.0.1 127.0.0.1'],
  ['%b %B', '5 5'],
  ['%D', /^\d+$/],
  ['%T %{ms}T %{us}T %{s}T', /^0 \d+ \d+ 0$/],
  ['%f', /\/www\/x\.app$/],
  ['%H %m', 'HTTP/1.1 GET'],
  ['%U %q', '/x.app/info ?a=%20bAPPENDED'],
  ['%r', 'GET /x.app/info?a=%20b HTTP/1.1'],
  ['%s %>s %<s', '299 299 299'],
  ['%{X-In}i %{x-in}i %{None}i', 'caf\\xe9\\"\\\\ caf\\xe9\\"\\\\ -'],
  ['%{X-Out}o %{server}o', 'one, two isapi-host/1.2.3'],
  ['%{isapi-parameter}n %{none}n', 'a \\"note\\" -'],
  ['%{VARIABLE}e', 'value'],
  ['%{b}C', '2'],
  ['%k %l %u', '0 - kit'],
  ['%L', '-'],
  ['%p %{local}p %{remote}p', /^8080 \d+ \d+$/],
  ['%P', String(process.pid)],
  ['%R', 'app'],
  ['%v %V', 'site.test asked.test'],
  ['%X', '-'],
  ['%t', /^\[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]$/],
  ['%{%Y-%m}t %{begin:%Y}t %{sec}t %{msec_frac}t', /^\d{4}-\d\d \d{4} \d{10} \d{3}$/],
  ['%299{X-In}i %!299{X-In}i %200,404U', 'caf\\xe9\\"\\\\ - -'],
  ['100%% \\"quoted\\" \\t.', '100% "quoted" \t.'],
];

t.test('each item of a format gives its value', async (t) => {
  const text = items.map(
    ([format], index) => `CustomLog ${index}.log "${format.replace(/(?<!\\)"/g, '\\"')}"`,
  );
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: ['AddHandler app .app', 'SetEnv VARIABLE value', ...text].join('\n'),
    handlers: { app },
  });
  await server.send(
    'GET /x.app/info?a=%20b HTTP/1.1\r\nHost: asked.test:8080\r\nConnection: close\r\n' +
      'X-In: caf\xe9"\\\r\nCookie: a=1; b=2\r\n\r\n',
  );
  await server.stop();
  for (const [index, [format, expected]] of items.entries()) {
    const line = readFileSync(join(server.root, `${index}.log`), 'utf8').slice(0, -1);
    if (typeof expected === 'string') t.equal(line, expected, format);
    else t.match(line, expected, format);
  }
});

const wrong: [format: string, message: string][] = [
  ['%I', '%I belongs to mod_logio, which isapi-host does not have'],
  ['%y', '%y is no item of a log format'],
  ['%{Referer}', '%{Referer} is no item of a log format'],
  ['%i', '%i needs the name of a header in braces'],
  ['%{x}m', '%{x}m takes no argument in braces'],
  ['%{foo}p', '%{foo}p takes no other argument than canonical, local, remote'],
  ['%{%Q}t', '%{%Q}t has the conversion %Q in its format, which there is not'],
];
for (const [format, message] of wrong) {
  t.test(`the format ${format} is refused`, async (t) => {
    const compiled = compileFormat(format);
    t.type(compiled, 'string');
    t.match(compiled, message);
  });
}

t.test('a format that is wrong is reported with its place', async (t) => {
  const root = t.testdir({});
  t.match(problemsOf('LogFormat "%h %y" common', root), [/^1:11: error: LogFormat: %y is no item/]);
  t.match(problemsOf('CustomLog a.log "%I"', root), [/^1:17: error: CustomLog: %I belongs to mod_logio/]);
  t.match(problemsOf('CustomLog "|prog" "%h"', root), [
    /^1:11: error: CustomLog takes a file; programs are not/,
  ]);
});

t.test('a nickname may be defined after its use, but it must be', async (t) => {
  const root = t.testdir({});
  const problems = (text: string) =>
    createLogModule().check?.(configure(`Listen 0\nDocumentRoot .\n${text}`, root, builtInModules([])));
  t.same(problems('CustomLog a.log later\nLogFormat "%h" later'), []);
  t.match(problems('LogFormat "%h" known\nCustomLog a.log unknown'), [
    {
      severity: 'error',
      message: 'CustomLog: no LogFormat defines the nickname unknown (defined: known)',
      place: { line: 4, column: 17 },
    },
  ]);
});

t.test('logs that name the same file share it, and each request has its line in each', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': 'x' } },
    config: 'LogFormat "one %U" one\nCustomLog access.log one\nCustomLog access.log "two %>s"',
  });
  await server.get('/x.txt');
  await server.get('/none');
  await server.stop();
  t.equal(readFileSync(join(server.root, 'access.log'), 'utf8'), 'one /x.txt\ntwo 200\none /none\ntwo 404\n');
});

t.test('a request whose client went away is logged once', async (t) => {
  let arrived = (): void => undefined;
  const inside = new Promise<void>((resolve) => (arrived = resolve));
  const held: Handler = async (request) => {
    const lost = new Promise<void>((resolve) => request.output.onLost(resolve));
    arrived();
    await lost;
    return 'done' as const;
  };
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: 'AddHandler app .app\nCustomLog access.log "%U %X"',
    handlers: { app: held },
  });
  const { connect } = await import('node:net');
  const socket = connect({ port: server.port, host: '127.0.0.1' }, () => {
    socket.write('GET /x.app HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  await inside;
  socket.resetAndDestroy();
  await server.stop();
  t.equal(readFileSync(join(server.root, 'access.log'), 'utf8'), '/x.app X\n');
});

t.test('without ServerName, %v is the name of the machine', async (t) => {
  const format = compileFormat('%v');
  if (typeof format === 'string') throw new Error(format);
  const root = t.testdir({});
  const host = configure('Listen 0\nDocumentRoot .', root, builtInModules([])).main;
  t.equal(format({ host } as Parameters<typeof format>[0]), hostname());
});

t.test('strftime knows the conversions of C', async (t) => {
  const date = new Date(2026, 0, 2, 15, 4, 5);
  const rows: [format: string, expected: string][] = [
    ['%a %A %b %B %h', 'Fri Friday Jan January Jan'],
    ['%d %e %j %m %y %Y %C', '02  2 002 01 26 2026 20'],
    ['%H %I %k %l %M %S %p %P', '15 03 15  3 04 05 PM pm'],
    ['%F %T %R %D %r', '2026-01-02 15:04:05 15:04 01/02/26 03:04:05 PM'],
    ['%c', 'Fri Jan  2 15:04:05 2026'],
    ['%u %w %U %W %V %G %g', '5 5 00 00 01 2026 26'],
    ['%s%n%t%%', `${Math.floor(date.getTime() / 1000)}\n\t%`],
  ];
  for (const [format, expected] of rows) t.equal(strftime(format, date), expected, format);
  t.equal(strftime('%G-%V', new Date(2027, 0, 1)), '2026-53', 'a week belongs to the year of its Thursday');
});
