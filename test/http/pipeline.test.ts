import t from 'tap';
import type { Handler, ServerContext } from '../../lib/http/module.js';
import type { HttpRequest } from '../../lib/http/request.js';
import { serve } from './harness.js';

const say =
  (text: (request: HttpRequest) => string): Handler =>
  (request) => {
    request.output.head(200, undefined, [['Content-Type', 'text/plain']]);
    request.output.end(Buffer.from(text(request), 'latin1'));
    return 'done';
  };

const where = say(({ path, pathInfo, filename, query }) =>
  JSON.stringify({ path, pathInfo, filename, query }),
);

t.test('a handler sees where its URL leads', async (t) => {
  const server = await serve(t, {
    files: { www: { app: { 'x.dll': '' } } },
    config: 'AddHandler where .dll',
    handlers: { where },
  });
  const { body } = await server.get('/app/./x.dll/more//info/?a=%20');
  t.same(JSON.parse(body), {
    path: '/app/x.dll/more/info/',
    pathInfo: '/more/info/',
    filename: `${server.root}/www/app/x.dll`,
    query: 'a=%20',
  });
});

t.test('what has a handler is never sent as a file', async (t) => {
  const server = await serve(t, {
    files: {
      www: { 'a.unknown': 'SECRET', 'a.declines': 'SECRET', 'a.throws': 'SECRET', 'a.odd': 'SECRET' },
    },
    config:
      'AddHandler nobody .unknown\nAddHandler declines .declines\nAddHandler throws .throws\nAddHandler odd .odd',
    handlers: {
      declines: () => 'declined',
      odd: () => 999,
      throws: () => {
        throw new Error('out of order');
      },
    },
  });
  for (const name of ['unknown', 'declines', 'throws', 'odd']) {
    const response = await server.get(`/a.${name}`);
    t.equal(response.status, 500, name);
    t.notMatch(response.body, /SECRET/);
  }
  const log = await server.stop();
  t.match(
    log,
    /\[core:error\].*IH0111: no module of this server provides the handler "nobody" for .*\/www\/a\.unknown/,
  );
  t.match(log, /IH0112: the handler "declines" declined/);
  t.match(log, /IH0113: the handler "throws" failed for .*: out of order/);
  t.match(log, /IH0114: Handler for odd returned invalid result code 999/);
});

t.test('forms of a name that would evade a handler give 404', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.dll': 'SECRET', '.': {} } },
    config: 'AddHandler where .dll',
    handlers: { where },
  });
  for (const target of [
    '/x.dll.',
    '/x.dll%20',
    '/x.dll::$DATA',
    '/x.dll%3a%3a$DATA',
    '/x%5c..%5cx.dll',
    '/x.dll%00.txt',
  ]) {
    const response = await server.get(target);
    t.equal(response.status, 404, target);
    t.notMatch(response.body, /SECRET/);
  }
  t.match(JSON.parse((await server.get('/x.dll/c:%5cx.')).body), { pathInfo: '/c:\\x.' });
  t.match(await server.stop(), /\[core:info\].*IH0107: refused \/x\.dll\.: a trailing dot or space/);
});

t.test('a handler that ends with a status gets the error document of it', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: 'AddHandler app .app',
    handlers: { app: () => 403 },
  });
  t.match(await server.get('/x.app'), {
    status: 403,
    headers: { 'content-type': 'text/html; charset=iso-8859-1' },
    body: /<title>403 Forbidden<\/title>[^]*<h1>Forbidden<\/h1>/,
  });
});

t.test('an error document escapes what the client sent', async (t) => {
  const server = await serve(t);
  const { body, status } = await server.get('/%3Cscript%3E&"');
  t.equal(status, 404);
  t.match(body, /&lt;script&gt;&amp;&quot;/);
  t.notMatch(body, /<script>/);
});

t.test('a body over LimitRequestBody is refused before the handler runs', async (t) => {
  let calls = 0;
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: 'AddHandler app .app\nLimitRequestBody 10',
    handlers: {
      app: async (request) => {
        calls++;
        const parts: string[] = [];
        for await (const chunk of request.input) parts.push(String(chunk));
        request.output.end(Buffer.from(parts.join('')));
        return 'done' as const;
      },
    },
  });
  const post = (header: string, body: string): Promise<string> =>
    server.send(`POST /x.app HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n${body}`);
  t.match(await post('Content-Length: 11', 'x'.repeat(11)), /^HTTP\/1\.1 413 Request Entity Too Large\r\n/);
  t.equal(calls, 0);
  t.match(await post('Content-Length: 10', 'x'.repeat(10)), /\r\n\r\nx{10}$/);
  const grown = await post('Transfer-Encoding: chunked', '8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n');
  t.match(grown, /^HTTP\/1\.1 413 /);
  t.match(
    await server.stop(),
    /IH0120: Requested content-length of 11 is larger[^]*IH0121: Read content length is larger/,
  );
});

/** A server whose handler `run` may use the server's context. */
async function withContext(
  t: Parameters<typeof serve>[0],
  run: (context: ServerContext, request: HttpRequest) => Promise<void>,
) {
  let context: ServerContext | undefined;
  return serve(t, {
    files: {
      www: { 'x.run': '', 'x.app': '', 'file.txt': 'a file\n', folder: { 'index.html': 'index\n' } },
      other: {},
    },
    config: 'AddHandler run .run\nAddHandler where .app\nAlias /elsewhere @ROOT@/other',
    handlers: { where },
    modules: [
      {
        name: 'context',
        directives: [],
        hooks: { start: (server) => void (context = server) },
        handlers: {
          run: async (request) => {
            if (context !== undefined) await run(context, request);
            request.output.end();
            return 'done' as const;
          },
        },
      },
    ],
  });
}

t.test('a subrequest answers in the place of its parent', async (t) => {
  const server = await withContext(t, (context, request) =>
    context.subrequest(request, decodeURIComponent(request.query)),
  );
  t.match(await server.get('/x.run?/file.txt', 'Range: bytes=0-1'), { status: 200, body: 'a file\n' });
  t.match(await server.get('/x.run?/folder/'), { status: 200, body: 'index\n' });
  t.equal((await server.get('/x.run?/none')).status, 404);
  t.equal((await server.get('/x.run?/../x')).status, 400);
  t.equal((await server.get('/x.run?http://other.test/file.txt')).status, 404);
  t.match(JSON.parse((await server.get(`/x.run?${encodeURIComponent('/x.app/info?q')}`)).body), {
    pathInfo: '/info',
    query: 'q',
  });
});

t.test('a subrequest after the head of its parent adds its body', async (t) => {
  const server = await withContext(t, async (context, request) => {
    request.output.head(201, undefined, [['X-A', '1']]);
    await context.subrequest(request, '/file.txt');
    request.output.write(Buffer.from('after\n'));
  });
  t.match(await server.get('/x.run'), { status: 201, headers: { 'x-a': '1' }, body: 'a file\nafter\n' });
});

t.test('subrequests that lead to themselves end', async (t) => {
  const server = await withContext(t, (context, request) => context.subrequest(request, '/x.run'));
  t.equal((await server.get('/x.run')).status, 500);
  t.match(await server.stop(), /IH0115: Request exceeded the limit of 10 internal redirects/);
});

t.test('URLs are mapped to files without a look at the disk', async (t) => {
  let mapped: unknown;
  const server = await withContext(t, async (context, request) => {
    mapped = [
      context.mapUrl(request, '/a%20b/c?q'),
      context.mapUrl(request, '/elsewhere/x'),
      context.mapUrl(request, '/../x'),
      context.mapPath(request, '/50%/x'),
    ].map(({ path, filename, aliasPrefix }) => ({ path, filename, aliasPrefix }));
  });
  await server.get('/x.run');
  t.same(mapped, [
    { path: '/a b/c', filename: `${server.root}/www/a b/c`, aliasPrefix: undefined },
    { path: '/elsewhere/x', filename: `${server.root}/other/x`, aliasPrefix: '/elsewhere' },
    { path: '/../x', filename: '', aliasPrefix: undefined },
    { path: '/50%/x', filename: `${server.root}/www/50%/x`, aliasPrefix: undefined },
  ]);
});

t.test('an internal redirect that leads to itself ends', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.loop': '' } },
    config: 'AddHandler loop .loop',
    handlers: { loop: ({ path }) => ({ redirect: path }) },
  });
  t.equal((await server.get('/x.loop')).status, 500);
});

t.test('a .htaccess that cannot be read forbids everything in its folder', async (t) => {
  const server = await serve(t, {
    files: { www: { '.htaccess': {}, 'x.txt': 'x' } },
    config: '<Directory "www">\nAllowOverride All\n</Directory>',
  });
  t.equal((await server.get('/x.txt')).status, 403);
  t.match(
    await server.stop(),
    /\[core:alert\].*IH0116: .*Could not open .*\/www\/\.htaccess: it is a folder/,
  );
});

t.test('an error in .htaccess fails the request and is logged with its place', async (t) => {
  const server = await serve(t, {
    files: { www: { '.htaccess': 'Options +ExecCGI\nNonsense\n', 'x.txt': 'x' } },
    config: '<Directory @ROOT@/www>\nAllowOverride All\n</Directory>',
  });
  t.equal((await server.get('/x.txt')).status, 500);
  t.match(
    await server.stop(),
    /\[core:alert\].*IH0116: .*\/www\/\.htaccess:2:1: error: Invalid command 'Nonsense'/,
  );
});

t.test('names, ports and addresses are those of the request', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.app': '' } },
    config: 'AddHandler app .app\nServerName Configured.test:8123',
    handlers: {
      app: say((r) => [r.serverName, r.serverPort, r.remoteAddress, r.localAddress, r.protocol].join(' ')),
    },
  });
  const ask = async (line: string, host: string): Promise<string> =>
    (await server.send(`${line}\r\n${host}Connection: close\r\n\r\n`)).split('\r\n\r\n')[1] ?? '';
  t.equal(
    await ask('GET /x.app HTTP/1.1', 'Host: Other.TEST.:81\r\n'),
    'other.test 81 127.0.0.1 127.0.0.1 HTTP/1.1',
  );
  t.equal(
    await ask('GET /x.app HTTP/1.1', 'Host: other.test\r\n'),
    'other.test 8123 127.0.0.1 127.0.0.1 HTTP/1.1',
  );
  t.equal(
    await ask('GET http://absolute.test/x.app HTTP/1.1', 'Host: x\r\n'),
    'absolute.test 8123 127.0.0.1 127.0.0.1 HTTP/1.1',
  );
  t.equal(await ask('GET /x.app HTTP/1.0', ''), 'Configured.test 8123 127.0.0.1 127.0.0.1 HTTP/1.0');
});
