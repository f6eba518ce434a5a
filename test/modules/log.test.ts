import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { compileFormat } from '../../lib/modules/log/format.js';
import { serve } from '../http/harness.js';

const app: Handler = (request) => {
  request.notes.set('isapi-parameter', 'a "note"');
  request.queryAppendix = 'APPENDED';
  request.user = 'kit';
  request.output.head(299, undefined, [
    ['X-Out', 'one'],
    ['X-Out', 'two'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['Content-Type', 'text/plain; charset=utf-8'],
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
  ['%{X-Out}o %{Set-Cookie}o %{Content-Type}o %{server}o %{Connection}o', 'one a=1, b=2 text/plain - close'],
  ['%{isapi-parameter}n %{none}n', 'a \\"note\\" -'],
  ['%{VARIABLE}e', 'value'],
  ['%{b}C %{B}C %{c}C %{empty}C', '2 3 2 3 - -'],
  ['%k %l %u', '0 - kit'],
  ['%L', '-'],
  ['%p %{CANONICAL}p %{local}p %{remote}p %{other}p', /^8888 8888 \d+ \d+ other$/],
  [
    '%P %{pid}P %{tid}P %{hextid}P %{other}P',
    `${process.pid} ${process.pid} ${process.pid} ${process.pid.toString(16)} other`,
  ],
  ['%R', 'app'],
  ['%v %V', 'site.test asked.test'],
  ['%X', '-'],
  ['%t', /^\[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]$/],
  ['%{%Y-%m}t %{begin:%Y}t %{sec}t %{msec_frac}t', /^\d{4}-\d\d \d{4} \d{10} \d{3}$/],
  ['%299{X-In}i %!299{X-In}i %200,404U %!200,404m', 'caf\\xe9\\"\\\\ - - GET'],
  ['%I %O %S', /^1\d\d \d{3} \d{3}$/],
  ['%^FB %{X}^ti %{X}^to', /^\d+ - -$/],
  ['%{SSL_PROTOCOL}x %{HTTPS}x %{version}c', '- off -'],
  ['%{c}L %{x}m %i %e %n %o', '- GET - - - -'],
  ['100%% \\"quoted\\" \\t\\x.', '100% "quoted" \t\\x.'],
];

t.test('each item of a format gives its value', async (t) => {
  const text = items.map(
    ([format], index) => `CustomLog ${index}.log "${format.replace(/(?<!\\)"/g, '\\"')}"`,
  );
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: [
      'ServerName site.test:8888',
      'LogIOTrackTTFB on',
      'AddHandler app .app',
      'SetEnv VARIABLE value',
      ...text,
    ].join('\n'),
    handlers: { app },
  });
  await server.send(
    'GET /x.app/info?a=%20b HTTP/1.1\r\nHost: asked.test:8080\r\nConnection: close\r\n' +
      'X-In: caf\xe9"\\\r\nCookie: a=1; b= 2 3 ; empty=\r\n\r\n',
  );
  await server.stop();
  for (const [index, [format, expected]] of items.entries()) {
    const line = readFileSync(join(server.root, `${index}.log`), 'utf8').slice(0, -1);
    if (typeof expected === 'string') t.equal(line, expected, format);
    else t.match(line, expected, format);
  }
});

const wrong: [format: string, message: string][] = [
  ['%y', 'Unrecognized LogFormat directive %y'],
  ['%^zz', 'Unrecognized LogFormat directive %^'],
  ['%constructor', '%c'],
  ['%{Referer}', 'Ran off end of LogFormat parsing args to some directive'],
  ['%>200', 'Ran off end of LogFormat parsing args to some directive'],
  ['%', 'Ran off end of LogFormat parsing args to some directive'],
];
for (const [format, message] of wrong) {
  t.test(`the format ${format}`, async (t) => {
    const compiled = compileFormat(format);
    if (message === '%c') t.type(compiled, 'object', 'names of objects are no items');
    else t.equal(compiled, message);
  });
}

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

t.test('items tell of the request as it came or as it was answered', async (t) => {
  const format = '%s %>s %U %>U %<m %>m %q %R %<q %r %{WHICH}e %<{WHICH}e %f %<f';
  const server = await serve(t, {
    files: { www: { 'x.app': '', 'error.txt': 'sorry' } },
    config: `AddHandler app .app
      ErrorDocument 404 /error.txt
      SetEnvIf Request_URI none WHICH=first
      SetEnvIf Request_URI error WHICH=second
      CustomLog access.log "${format}"`,
    handlers: { app: () => ({ redirect: '/error.txt?b' }) },
  });
  await server.send('POST /none?a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  await server.get('/x.app?a');
  await server.get('/error.txt?');
  await server.stop();
  const www = join(server.root, 'www');
  t.same(readFileSync(join(server.root, 'access.log'), 'utf8').trimEnd().split('\n'), [
    `404 404 /none /error.txt POST GET  - ?a POST /none?a HTTP/1.1 second first ${www}/error.txt ${www}/none`,
    `200 200 /x.app /error.txt GET GET ?b app ?a GET /x.app?a HTTP/1.1 second - ${www}/error.txt ${www}/x.app`,
    `200 200 /error.txt /error.txt GET GET ? - ? GET /error.txt? HTTP/1.1 second second ${www}/error.txt ${www}/error.txt`,
  ]);
});

t.test('a password in a URL is not logged', async (t) => {
  const server = await serve(t, { config: 'CustomLog access.log "%r"' });
  await server.get('http://kit:secret@site.test/x');
  await server.get('http://site.test/a:b@c');
  await server.stop();
  t.equal(
    readFileSync(join(server.root, 'access.log'), 'utf8'),
    'GET http://kit:XXXXXXXX@site.test/x HTTP/1.1\nGET http://site.test/a:b@c HTTP/1.1\n',
  );
});

t.test('trailers of a request are logged once its body was read', async (t) => {
  const reader: Handler = async (request) => {
    request.input.resume();
    await once(request.input, 'end');
    request.output.end();
    return 'done' as const;
  };
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: 'AddHandler app .app\nCustomLog access.log "%{X-Sum}^ti"',
    handlers: { app: reader },
  });
  await server.send(
    'POST /x.app HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n' +
      '1\r\nx\r\n0\r\nX-Sum: a "b"\r\n\r\n',
  );
  await server.stop();
  t.equal(readFileSync(join(server.root, 'access.log'), 'utf8'), 'a \\"b\\"\n');
});

t.test('traffic is that of the connection since the request before', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.txt': 'x'.repeat(1000) } },
    config: 'CustomLog access.log "%I %O %S"',
  });
  const first = 'GET /x.txt HTTP/1.1\r\nHost: site.test\r\n\r\n';
  const received = await server.send(first + first.replace('x\r\n', 'x\r\nX: y\r\n'), true);
  await server.stop();
  const lines = readFileSync(join(server.root, 'access.log'), 'utf8').trimEnd().split('\n');
  const numbers = lines.map((line) => line.split(' ').map(Number));
  const sum = (index: number): number => numbers.reduce((total, line) => total + (line[index] ?? NaN), 0);
  t.equal(lines.length, 2);
  t.equal(sum(1), received.length);
  t.equal(sum(0) + sum(1), sum(2));
});
