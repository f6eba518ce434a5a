import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Module } from '../../lib/http/module.js';
import { serve } from './harness.js';

const FILES = { www: { 'a.txt': 'text a', 'b.txt': 'text b', sub: { 'index.html': 'index' } } };

void t.test('sections with conditions are decided for each request', async (t) => {
  const config = `
    <If "%{QUERY_STRING} == 'one'">
      Header set X-Which one
      <If "%{REQUEST_URI} =~ m#b\\.txt$#">
        Header set X-Inner b
      </If>
    </If>
    <ElseIf "req('X-Kind') == 'special'">
      Header set X-Which special
    </ElseIf>
    <Else>
      Header set X-Which other
    </Else>`;
  const server = await serve(t, { config, files: FILES });
  const one = await server.get('/b.txt?one');
  t.match(one.headers, { 'x-which': 'one', 'x-inner': 'b' });
  t.notOk('vary' in one.headers, 'what was asked is in the URL');
  const special = await server.get('/b.txt?two', 'X-Kind: special');
  t.equal(special.headers['x-which'], 'special');
  t.equal(special.headers['vary'], 'X-Kind');
  t.equal('x-inner' in special.headers, false);
  const other = await server.get('/a.txt');
  t.match(other.headers, { 'x-which': 'other', vary: 'X-Kind' });
});

void t.test('a condition decides before a URL is mapped, too', async (t) => {
  const config = `
    <If "%{HTTP_HOST} == 'old.test'">
      Redirect permanent / http://new.test/
    </If>
    <Location /moved>
      <If "%{QUERY_STRING} != 'stay'">
        Redirect temp "http://new.test/%{QUERY_STRING}"
      </If>
    </Location>`;
  const server = await serve(t, { config, files: FILES });
  const moved = await server.send('GET /a.txt HTTP/1.1\r\nHost: old.test\r\nConnection: close\r\n\r\n');
  t.match(moved, /^HTTP\/1\.1 301 /);
  t.match(moved, /\r\nLocation: http:\/\/new\.test\/a\.txt\r\n/);
  t.equal((await server.get('/a.txt')).status, 200);
  t.match(await server.get('/moved?x'), { status: 302, headers: { location: 'http://new.test/x' } });
  t.equal((await server.get('/moved?stay')).status, 404);
});

void t.test('what a condition sets counts more than all sections, and in .htaccess too', async (t) => {
  const config = `
    <Directory "@ROOT@/www">
      AllowOverride All
    </Directory>
    <Location /a.txt>
      ForceType text/from-location
    </Location>
    <If "-f %{REQUEST_FILENAME}">
      Header set X-File yes
    </If>`;
  const files = {
    www: {
      ...FILES.www,
      '.htaccess': '<If "%{REQUEST_METHOD} == \'GET\'">\nForceType text/from-if\n</If>\n',
    },
  };
  const server = await serve(t, { config, files });
  const found = await server.get('/a.txt');
  t.match(found.headers, { 'content-type': 'text/from-if', 'x-file': 'yes' });
  writeFileSync(join(server.root, 'www', '.htaccess'), "<If \"file('/etc/passwd') == ''\">\n</If>\n");
  t.equal((await server.get('/a.txt')).status, 500);
  t.match(await server.stop(), /\.htaccess:1:6: error: .*file not available in restricted context/);
});

void t.test('a condition that cannot be evaluated is false, and that is logged', async (t) => {
  const config = `
    <If "file('/no/such/file') == ''">
      Header set X-If yes
    </If>
    <Else>
      Header set X-If no
    </Else>`;
  const server = await serve(t, { config, files: FILES });
  t.equal((await server.get('/a.txt')).headers['x-if'], 'no');
  t.match(
    await server.stop(),
    /IH0240: Failed to evaluate <If> condition: Cannot open file \/no\/such\/file/,
  );
});

void t.test('conditions ask whether a client may have something', async (t) => {
  const config = `
    <Location /denied>
      Require all denied
    </Location>
    <Location /a.txt>
      # Whether there is a file is found out by the handler, and that is not asked.
      <If "-U '/b.txt' && -U '/none' && ! -U '/denied' && -U '/sub/'">
        Header set X-Url yes
      </If>
      <If "-F 'b.txt' && ! -F 'none.txt' && -F '%{DOCUMENT_ROOT}/b.txt'">
        Header set X-File yes
      </If>
    </Location>
    <If "-U %{REQUEST_URI}">
      Header set X-Self yes
    </If>`;
  const server = await serve(t, { config, files: FILES });
  t.match((await server.get('/a.txt')).headers, { 'x-url': 'yes', 'x-file': 'yes', 'x-self': 'yes' });
});

void t.test('an answer that takes time is waited for', async (t) => {
  const slow: Module = {
    name: 'slow',
    directives: [],
    hooks: {
      async fixups(request) {
        if (request.path !== '/slow') return 'declined';
        await new Promise((resolve) => setImmediate(resolve));
        return request.query === 'no' ? 403 : 'declined';
      },
    },
  };
  const config = `
    SetEnvIfExpr "-U '/slow'" EARLY=yes
    <Directory "@ROOT@/www">
      SetEnvIfExpr "-U '/slow'" LATE=yes
    </Directory>
    <Location /a.txt>
      <If "-U '/slow' && ! -U '/slow?no'">
        Header set X-If "%{EARLY}e %{LATE}e"
      </If>
      Require expr -U '/slow'
    </Location>
    <Location /b.txt>
      Require expr -U '/slow?no'
    </Location>
    <Location /sub>
      Header set X-Response yes "expr=-U '/slow?later'"
    </Location>`;
  const server = await serve(t, { config, files: { www: { ...FILES.www, slow: '' } }, modules: [slow] });
  const found = await server.get('/a.txt');
  t.equal(found.status, 200);
  t.equal(found.headers['x-if'], 'yes yes');
  t.equal((await server.get('/b.txt')).status, 403);
  // Where a head is written nothing can be waited for.
  t.equal((await server.get('/sub/')).status, 200);
  t.match(await server.stop(), /-U, -A and -F cannot wait for an answer here/);
});

void t.test('named groups of sections are variables of the request', async (t) => {
  const config = `
    <LocationMatch "^/site/(?<name>[a-z]+)/">
      Alias "@ROOT@/www/%{env:MATCH_NAME}.txt"
      Header set X-Location "%{MATCH_NAME}e"
    </LocationMatch>
    <FilesMatch "^(?<base>.)\\.txt$">
      Header set X-File "expr=%{reqenv:MATCH_BASE}"
    </FilesMatch>`;
  const server = await serve(t, { config, files: FILES });
  const found = await server.get('/site/b/');
  t.equal(found.body, 'text b');
  t.match(found.headers, { 'x-location': 'b', 'x-file': 'b' });
});

void t.test('the variables of expressions are those of the request', async (t) => {
  const variables = [
    'REQUEST_METHOD REQUEST_SCHEME REQUEST_URI QUERY_STRING PATH_INFO IS_SUBREQ THE_REQUEST',
    'REQUEST_FILENAME SCRIPT_FILENAME DOCUMENT_ROOT DOCUMENT_URI CONTEXT_PREFIX CONTEXT_DOCUMENT_ROOT',
    'SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_ADMIN REQUEST_STATUS CONTENT_TYPE HANDLER',
    'REMOTE_ADDR REMOTE_HOST REMOTE_USER REMOTE_IDENT AUTH_TYPE CONN_REMOTE_ADDR HTTPS HTTP2 IPV6 API_VERSION',
    'HTTP_USER_AGENT HTTP_HOST HTTP_ACCEPT HTTP_COOKIE HTTP_REFERER HTTP_FORWARDED HTTP_PROXY_CONNECTION',
  ];
  const lines = variables.map((row, index) => {
    const text = row.split(' ').map((name) => `%{${name}}`);
    return `Header set X-${index} "expr=${text.join('|')}"`;
  });
  const config = ['ServerAdmin webmaster@site.test', 'Alias /al "@ROOT@/www"', ...lines].join('\n');
  const server = await serve(t, { config, files: FILES });
  const { headers } = await server.get('/al/a.txt?q=%41', 'User-Agent: Probe', 'Cookie: c=1', 'Referer: r');
  const www = join(server.root, 'www');
  t.equal(headers['x-0'], 'GET|http|/al/a.txt|q=%41||false|GET /al/a.txt?q=%41 HTTP/1.1');
  t.equal(headers['x-1'], `${www}/a.txt|${www}/a.txt|${www}|/al/a.txt|/al|${www}`);
  t.equal(headers['x-2'], 'site.test|80|HTTP/1.1|webmaster@site.test|200|text/plain|text/plain');
  t.equal(headers['x-3'], '127.0.0.1|127.0.0.1||||127.0.0.1|off|off|off|20120211');
  t.equal(headers['x-4'], 'Probe|site.test||c=1|r||');
});

void t.test('times and names of owners are those of the machine', async (t) => {
  const config = `
    Header set X-Time "expr=%{TIME} %{TIME_YEAR}%{TIME_MON}%{TIME_DAY}%{TIME_HOUR}%{TIME_MIN}%{TIME_SEC} %{TIME_WDAY}"
    Header set X-File "expr=%{LAST_MODIFIED} %{SCRIPT_USER} %{SCRIPT_GROUP}"`;
  const server = await serve(t, { config, files: FILES });
  const { headers } = await server.get('/a.txt');
  t.match(headers['x-time'], /^\d{14} \d{14} [0-6]$/);
  t.match(headers['x-file'], /^20\d{12} \S* \S*$/);
});

void t.test('a text of an expression may have any byte, from the configuration to the wire', async (t) => {
  const config = 'Header set X-Text "expr=ü%{tolower:Ü}%{req:X}"';
  const server = await serve(t, { config, files: FILES });
  const { headers } = await server.get('/a.txt', 'X: \xff');
  t.equal(headers['x-text'], '\xc3\xbc\xc3\x9c\xff');
});
