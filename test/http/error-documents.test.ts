import t from 'tap';
import { parseResponse, problemsOf, serve } from './harness.js';

const root = t.testdir({});

/** Tells what a handler sees of a request that was redirected to it. */
const handlers = {
  tell: (
    request: Parameters<NonNullable<NonNullable<Parameters<typeof serve>[1]>['handlers']>[string]>[0],
  ) => {
    const { method, path, query, errorStatus, redirected } = request;
    const env = Object.fromEntries([...request.env].filter(([name]) => name.startsWith('REDIRECT_')));
    request.output.head(errorStatus ?? 200, undefined, []);
    request.output.end(
      Buffer.from(
        JSON.stringify({ method, path, query, env, before: redirected?.path, was: redirected?.method }),
      ),
    );
    return 'done' as const;
  },
};

t.test('ErrorDocument takes a status and one of four things', async (t) => {
  const rows: [directive: string, problems: string[]][] = [
    ['ErrorDocument 404 "gone away"', []],
    ['ErrorDocument 404 default', []],
    ['ErrorDocument 404 /x', []],
    ['ErrorDocument 404 https://other.test/', []],
    ['ErrorDocument 999 x', ['1:15: error: Unsupported HTTP response code 999']],
    ['ErrorDocument many x', ['1:15: error: Unsupported HTTP response code many']],
    [
      'ErrorDocument 401 http://other.test/',
      ['1:19: warning: cannot use a full URL in a 401 ErrorDocument directive --- ignoring!'],
    ],
  ];
  for (const [directive, problems] of rows) t.same(problemsOf(directive, root), problems, directive);
  t.match(problemsOf('ErrorDocument 404 a b', root), [/ErrorDocument takes two arguments/]);
});

t.test('a text is the page, with its status', async (t) => {
  const server = await serve(t, { config: 'ErrorDocument 404 "Not <b>here</b>"' });
  t.match(await server.get('/none'), {
    status: 404,
    headers: { 'content-type': 'text/html; charset=iso-8859-1', 'content-length': '15' },
    body: 'Not <b>here</b>',
  });
  const head = parseResponse(await server.send('HEAD /none HTTP/1.0\r\n\r\n'));
  t.match(head, { status: 404, headers: { 'content-length': '15' }, body: '' });
});

t.test('an address is a redirect', async (t) => {
  const server = await serve(t, { config: 'ErrorDocument 404 https://other.test/x?y' });
  t.match(await server.get('/none'), { status: 302, headers: { location: 'https://other.test/x?y' } });
});

t.test('a local URL answers with the status of the error, and says what the request was', async (t) => {
  const server = await serve(t, {
    files: { www: { 'sorry.txt': 'so sorry', 'tell.app': '', 'secret.txt': '' } },
    config: [
      'ErrorDocument 404 /sorry.txt',
      'ErrorDocument 403 /tell.app/more?why=not',
      'AddHandler tell .app',
      'SetEnv COLOR green',
      '<Files secret.txt>\nRequire all denied\n</Files>',
    ].join('\n'),
    handlers,
  });
  t.match(await server.get('/none', 'Range: bytes=0-1', 'If-None-Match: *'), {
    status: 404,
    headers: { 'content-type': 'text/plain', 'content-length': '8' },
    body: 'so sorry',
  });
  const request =
    'POST /secret.txt?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi';
  const denied = parseResponse(await server.send(request));
  t.equal(denied.status, 403);
  t.match(JSON.parse(denied.body), {
    method: 'GET',
    was: 'POST',
    path: '/tell.app/more',
    query: 'why=not',
    before: '/secret.txt',
    env: {
      REDIRECT_STATUS: '403',
      REDIRECT_URL: '/secret.txt',
      REDIRECT_QUERY_STRING: 'a=b',
      REDIRECT_REQUEST_METHOD: 'POST',
    },
  });
});

t.test('an error of the error document is told with the first one', async (t) => {
  const server = await serve(t, {
    config:
      'ErrorDocument 404 /not/there\nErrorDocument 403 /loop\n<LocationMatch ^/l>\nRequire all denied\n</LocationMatch>\n<Location /loop>\nSetEnv X\n</Location>',
  });
  const missing = await server.get('/none');
  t.equal(missing.status, 404);
  t.match(missing.body, /nothing at \/none on.*Additionally, .*: 404 Not Found/s);
  const loop = await server.get('/locked');
  t.equal(loop.status, 403);
  t.match(loop.body, /Additionally, .*: 403 Forbidden/);
});

t.test('inner sections add documents and restore the built-in page', async (t) => {
  const server = await serve(t, {
    config: [
      'ErrorDocument 404 outer',
      '<Location /a>\nErrorDocument 404 inner\nErrorDocument 403 closed\nRequire all denied\n</Location>',
      '<Location /b>\nErrorDocument 404 default\n</Location>',
    ].join('\n'),
  });
  t.equal((await server.get('/x')).body, 'outer');
  t.equal((await server.get('/a')).body, 'closed');
  t.match((await server.get('/b')).body, /<h1>Not Found<\/h1>/);
});

t.test('headers that belong to the error go with its document', async (t) => {
  const server = await serve(t, {
    files: { www: { 'file.txt': 'x', 'sorry.txt': 'sorry' } },
    config: 'ErrorDocument 405 /sorry.txt',
  });
  const request = 'DELETE /file.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  t.match(parseResponse(await server.send(request)), {
    status: 405,
    headers: { allow: 'GET,POST,OPTIONS,HEAD,TRACE' },
    body: 'sorry',
  });
});

t.test('requests that are refused at once have their documents too', async (t) => {
  const server = await serve(t, {
    files: { www: { 'bad.txt': 'how so?' } },
    config: 'ErrorDocument 400 /bad.txt\nErrorDocument 501 "what?"',
  });
  t.match(parseResponse(await server.send('GET / HTTP/1.1\r\n\r\n')), { status: 400, body: 'how so?' });
  t.match(parseResponse(await server.send('G\x01T / HTTP/1.1\r\n\r\n')), { status: 501, body: 'what?' });
});

t.test('the page names the server and its administrator as the directives say', async (t) => {
  const page = async (config: string, path = '/none') => (await (await serve(t, { config })).get(path)).body;
  t.notMatch(await page('ServerAdmin me@site.test'), /address|site\.test/);
  t.match(
    await page('ServerSignature On'),
    /<hr>\n<address>isapi-host\/1\.2\.3 \(Unix\) Server at site\.test Port \d+<\/address>/,
  );
  t.match(
    await page('ServerSignature EMail\nServerAdmin me@site.test'),
    /Server at <a href="mailto:me@site\.test">site\.test<\/a> Port/,
  );
  t.match(
    await page('ServerAdmin me@site.test\nSetHandler none-such', '/'),
    /please tell me@site\.test when/,
  );
});

t.test('a request that is too large gets its document', async (t) => {
  const server = await serve(t, {
    files: { www: { 'large.txt': 'too large', 'x.app': '' } },
    config: 'ErrorDocument 413 /large.txt\nLimitRequestBody 3\nAddHandler tell .app',
    handlers,
  });
  const head = 'POST /x.app HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789';
  t.match(parseResponse(await server.send(head)), { status: 413, body: 'too large' });
});

t.test('a loop of internal redirects ends at LimitInternalRecursion', async (t) => {
  let count = 0;
  const server = await serve(t, {
    config: 'LimitInternalRecursion 5\n<Location /go>\nSetHandler again\n</Location>',
    handlers: {
      again: () => {
        count++;
        return { redirect: '/go' };
      },
    },
  });
  t.equal((await server.get('/go')).status, 500);
  t.equal(count, 6);
  t.match(await server.stop(), /exceeded the limit of 5 internal redirects/);
});
