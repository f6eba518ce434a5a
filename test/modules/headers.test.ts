import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { parseResponse, problemsOf, serve } from '../http/harness.js';

const root = t.testdir({});

/** Answers with headers of its own, and the request's headers as they came to it. */
const app: Handler = ({ output, rawHeaders }) => {
  output.head(200, undefined, [
    ['Content-Type', 'text/plain'],
    ['X-App', 'one'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['ETag', '"e"'],
  ]);
  output.end(Buffer.from(JSON.stringify(rawHeaders)));
  return 'done';
};
const missing: Handler = ({ output }) => {
  output.head(404, 'Nope', [['X-App', 'one']]);
  output.end(Buffer.from('no'));
  return 'done';
};
const handlers = { app, missing };
const files = { www: { 'x.app': '', 'y.missing': '', 'a.txt': 'file' } };
const base = 'AddHandler app .app\nAddHandler missing .missing\n';

t.test('the actions of Header work on what an extension sends', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'Header set X-Set one',
      'Header set X-Set two',
      'Header setifempty X-Set three',
      'Header setifempty X-App three',
      'Header setifempty X-Empty three',
      'Header add X-Add one',
      'Header add X-Add two',
      'Header append X-Append one',
      'Header append X-Append two',
      'Header append X-App two',
      'Header merge X-Merge one',
      'Header merge X-Merge "two, three"',
      'Header merge X-Merge two',
      'Header merge X-Merge one',
      'Header unset ETag',
      'Header edit Set-Cookie ^(.*)$ "$1; Secure"',
      'Header set X-Edit aaa',
      'Header edit X-Edit a "<$0>"',
      'Header set X-Edit-All aaa',
      'Header edit* X-Edit-All a b',
      'Header set X-Begin abc',
      'Header edit X-Begin ^ "> "',
      'Header set X-Colon: colon',
      'Header echo ^X-Echo-',
      'Header set Content-Type text/new',
      'Header add Content-Type text/other',
    ].join('\n')}`,
  });
  const { headers } = await server.get('/x.app', 'X-Echo-A: 1', 'X-Echo-B: 2', 'X-Other: 3');
  t.match(headers, {
    'x-set': 'two',
    'x-app': 'one, two',
    'x-empty': 'three',
    'x-add': 'one\ntwo',
    'x-append': 'one, two',
    'x-merge': 'one, two, three',
    'set-cookie': 'a=1; Secure\nb=2; Secure',
    'x-edit': '<a>aa',
    'x-edit-all': 'bbb',
    'x-begin': '> abc',
    'x-colon': 'colon',
    'x-echo-a': '1',
    'x-echo-b': '2',
    'content-type': 'text/new',
  });
  t.equal(headers['etag'], undefined);
  t.equal(headers['x-other'], undefined);
});

t.test('always is for errors too, and the rest for what handlers send', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'Header set X-Success yes',
      'Header onsuccess set X-Named yes',
      'Header always set X-Always yes',
      'Header always unset X-App',
      'Header always unset Last-Modified',
      'Header always set Location http://away/',
      'Redirect /moved http://other/',
    ].join('\n')}`,
  });
  const app = await server.get('/x.app');
  t.match(app.headers, { 'x-success': 'yes', 'x-named': 'yes', 'x-always': 'yes' });
  t.equal(app.headers['x-app'], undefined);
  const own = await server.get('/y.missing');
  t.match(own, { status: 404, reason: 'Nope', headers: { 'x-success': 'yes', 'x-always': 'yes' } });
  const file = await server.get('/a.txt');
  t.match(file.headers, { 'x-success': 'yes', 'x-always': 'yes' });
  t.ok(file.headers['last-modified'], 'it is in the other table');
  for (const target of ['/none', '/moved']) {
    const { headers } = await server.get(target);
    t.equal(headers['x-always'], 'yes', target);
    t.equal(headers['x-success'], undefined, target);
  }
  t.equal((await server.get('/moved')).headers['location'], 'http://away/\nhttp://other/');
  const malformed = parseResponse(await server.send('GET / HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n'));
  t.match(malformed, { status: 400, headers: { 'x-always': 'yes' } });
});

t.test('a file that has not changed is no error', async (t) => {
  const server = await serve(t, {
    files,
    config: 'Header set X-Success yes\nHeader always set X-Always yes',
  });
  const { headers } = await server.get('/a.txt');
  const again = await server.get('/a.txt', `If-None-Match: ${headers['etag'] ?? ''}`);
  t.equal(again.status, 304);
  t.match(again.headers, { 'x-always': 'yes', 'x-success': 'yes' });
});

t.test('values have items and escapes', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnv NAME value',
      'SetEnvIf Request_URI "([^?]*)" LINES=$1',
      'Header set X-Env "%{NAME}e %{NONE}e 100%% \\\\x %"',
      'Header set X-Time "%t"',
      'Header set X-Duration "%D"',
      'Header set X-Load "%l"',
      'Header set X-Busy "%b %i"',
      'Header set X-Lines "%{LINES}e"',
    ].join('\n')}`,
  });
  const { headers } = await server.get('/x.app/a%0d%0aX-Split:%20yes');
  t.equal(headers['x-env'], 'value (null) 100% \\x %');
  t.match(headers['x-time'], /^t=\d{16}$/);
  const age = Date.now() * 1000 - Number(headers['x-time']?.slice(2));
  t.ok(age >= -1000 && age < 3_600_000_000, 'microseconds since 1970');
  t.match(headers['x-duration'], /^D=\d+$/);
  t.match(headers['x-load'], /^l=\d+\.\d\d\/\d+\.\d\d\/\d+\.\d\d$/);
  const [, busy, idle] = /^b=(\d+) i=(\d+)$/.exec(headers['x-busy'] ?? '') ?? [];
  t.equal(Number(busy) + Number(idle), 100);
  t.equal(headers['x-lines'], '/x.app/a  X-Split: yes');
  t.equal(headers['x-split'], undefined);
});

t.test('a variable decides whether a directive counts', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnvIf User-Agent robot ROBOT',
      'SetEnv FIXED',
      'Header set X-Robot yes env=ROBOT',
      'Header set X-Human yes env=!ROBOT',
      'Header set X-Fixed yes env=FIXED',
      'Header unset X-App env=NONE',
    ].join('\n')}`,
  });
  const robot = (await server.get('/x.app', 'User-Agent: a robot')).headers;
  t.match(robot, { 'x-robot': 'yes', 'x-fixed': 'yes', 'x-app': 'one' });
  t.equal(robot['x-human'], undefined);
  const human = (await server.get('/x.app', 'User-Agent: a person')).headers;
  t.equal(human['x-human'], 'yes');
  t.equal(human['x-robot'], undefined);
});

t.test('expressions are conditions and values, and see what came before', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'Header set X-App "one two"',
      'Header set X-Value "expr=%{REQUEST_URI} %{resp:X-App} %{env:NONE}."',
      'Header set X-Posted yes "expr=%{REQUEST_METHOD} == \'POST\'"',
      'Header set X-Got yes "expr=%{REQUEST_METHOD} == \'GET\'"',
      'Header always set X-Missing yes "expr=%{REQUEST_STATUS} == 404"',
      'Header edit X-App two "expr=<%{REQUEST_METHOD}>"',
    ].join('\n')}`,
  });
  const { headers } = await server.get('/x.app');
  t.match(headers, { 'x-app': 'one <GET>', 'x-value': '/x.app one two .', 'x-got': 'yes' });
  t.equal(headers['x-posted'], undefined);
  t.equal(headers['x-missing'], undefined);
  t.equal((await server.get('/none')).headers['x-missing'], 'yes');
});

t.test('extensions see the request headers that RequestHeader leaves', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'SetEnvIf X-Early e SEEN',
      'RequestHeader set X-Early e early',
      'RequestHeader set X-Seen yes env=SEEN',
      'RequestHeader set X-New "in %{SEEN}e"',
      'RequestHeader append Accept more',
      'RequestHeader edit User-Agent "^(\\w+)" "not $1"',
      'RequestHeader unset X-Gone',
      'RequestHeader add X-Multi one',
      'RequestHeader add X-Multi two',
      'RequestHeader set X-Lines "a\\r\\nb"',
      '<Location /x.app/inner>',
      'RequestHeader set X-New inner',
      '</Location>',
    ].join('\n')}`,
  });
  const list = JSON.parse(
    (await server.get('/x.app', 'Accept: any', 'User-Agent: curl/1', 'X-Gone: 1', 'X-Gone: 2')).body,
  ) as string[];
  t.same(list, [
    ...['Host', 'site.test', 'Connection', 'close', 'Accept', 'any, more', 'User-Agent', 'not curl/1'],
    ...['X-Early', 'e', 'X-Seen', 'yes', 'X-New', 'in 1', 'X-Multi', 'one', 'X-Multi', 'two'],
    ...['X-Lines', 'a  b'],
  ]);
  t.match(JSON.parse((await server.get('/x.app/inner')).body), ['Host', 'site.test']);
  t.ok((await server.get('/x.app/inner')).body.includes('"X-New","inner"'));
});

t.test('early response headers give way to those of a handler', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}${[
      'Header set X-App early early',
      'Header set X-Early early early',
      'Header always set X-Always early early',
      'Header note X-Early noted',
      'Header set X-Late "%{NONE}e"',
    ].join('\n')}`,
  });
  t.match((await server.get('/x.app')).headers, { 'x-app': 'one', 'x-early': 'early', 'x-always': 'early' });
  const error = (await server.get('/none')).headers;
  t.equal(error['x-always'], 'early');
  t.equal(error['x-early'], undefined);
});

t.test('a note keeps the value of a header for the log', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}Header note X-App seen\nHeader unset X-App\nCustomLog access.log "%{seen}n %{X-App}o"`,
  });
  t.equal((await server.get('/x.app')).headers['x-app'], undefined);
  await server.stop();
  const { readFileSync } = await import('node:fs');
  t.equal(readFileSync(`${server.root}/access.log`, 'utf8'), 'one -\n');
});

t.test('a value that cannot be sent is an error, and an error goes without it', async (t) => {
  const server = await serve(t, {
    files,
    handlers,
    config: `${base}Header set X-Bad "a\\nb"\nHeader always set X-Worse "a\\nb"\nHeader always set X-Good good`,
  });
  const response = await server.get('/x.app');
  t.equal(response.status, 500);
  t.equal(response.headers['x-good'], 'good');
  t.equal(response.headers['x-worse'], undefined);
  t.match(
    await server.stop(),
    /headers:error.*header 'X-Worse' left out, its value 'a\\nb' contains invalid/,
  );
});

t.test('sections and .htaccess add to what is further out', async (t) => {
  const server = await serve(t, {
    files: {
      www: { 'x.app': '', sub: { 'x.app': '', '.htaccess': 'Header append X-A inner\nHeader unset X-B' } },
    },
    handlers,
    config: `${base}Header set X-A outer\nHeader set X-B outer\n<Directory @ROOT@/www>\nAllowOverride FileInfo\n</Directory>`,
  });
  t.match((await server.get('/x.app')).headers, { 'x-a': 'outer', 'x-b': 'outer' });
  const inner = (await server.get('/sub/x.app')).headers;
  t.equal(inner['x-a'], 'outer, inner');
  t.equal(inner['x-b'], undefined);
});

t.test('a file whose condition fails has the headers of a file, as in Apache', async (t) => {
  const server = await serve(t, { files: { www: { 'x.txt': 'x' } }, config: 'Header set X-A a' });
  const response = await server.get('/x.txt', 'If-Match: "other"');
  t.equal(response.status, 412);
  t.equal(response.headers['x-a'], 'a');
});

t.test('headers that the server makes itself are pointed out', (t) => {
  t.same(problemsOf('Header always unset Server\nRequestHeader set Server x', root), [
    '1:21: warning: Header has no effect on Server: ServerTokens decides on it',
  ]);
  t.end();
});
