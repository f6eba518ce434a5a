import t from 'tap';
import type { Module } from '../../lib/http/module.js';
import type { HttpRequest } from '../../lib/http/request.js';
import { parseResponse, serve } from './harness.js';

/** A module that notes where a request comes past. */
function observer(seen: string[], more: Module['hooks'] = {}): Module {
  const note = (name: string) => (request: HttpRequest) => {
    seen.push(`${name} ${request.path}`);
    return 'declined' as const;
  };
  return {
    name: 'observer',
    directives: [],
    handlers: {
      plain: ({ output }) => {
        output.head(200, undefined, [['X-Own', 'one']]);
        output.end(Buffer.from('plain'));
        return 'done';
      },
      elsewhere: () => ({ redirect: '/b.plain' }),
      bad: () => 403,
    },
    hooks: {
      received: note('received'),
      walked: note('walked'),
      fixups: note('fixups'),
      respond: (request, head) => {
        seen.push(`respond ${request.path} ${head.status}${head.isError ? ' error' : ''}`);
        head.headers.push(['X-Seen', 'yes']);
      },
      ...more,
    },
  };
}

const config =
  'AddHandler plain .plain\nAddHandler elsewhere .go\nAddHandler bad .bad\nRedirect /moved /b.plain';
const files = { www: { 'a.go': '', 'b.plain': '', 'c.bad': '', 'd.txt': 'file' } };

t.test('hooks run in the order of a request, from the start after an internal redirect', async (t) => {
  const seen: string[] = [];
  const server = await serve(t, { config, files, modules: [observer(seen)] });
  const response = await server.get('/a.go');
  t.match(response, { status: 200, headers: { 'x-own': 'one', 'x-seen': 'yes' }, body: 'plain' });
  t.same(seen, [
    'received /a.go',
    'walked /a.go',
    'fixups /a.go',
    'received /b.plain',
    'walked /b.plain',
    'fixups /b.plain',
    'respond /b.plain 200',
  ]);
});

t.test('every head passes the respond hooks once', async (t) => {
  const seen: string[] = [];
  const server = await serve(t, { config, files, modules: [observer(seen)] });
  const rows: [request: string, expected: string][] = [
    ['GET /d.txt HTTP/1.1\r\nHost: x', 'respond /d.txt 200'],
    ['GET /none HTTP/1.1\r\nHost: x', 'respond /none 404 error'],
    ['GET /moved HTTP/1.1\r\nHost: x', 'respond /moved 302 error'],
    ['GET /c.bad HTTP/1.1\r\nHost: x', 'respond /c.bad 403 error'],
    ['HEAD /b.plain HTTP/1.1\r\nHost: x', 'respond /b.plain 200'],
    ['OPTIONS * HTTP/1.1\r\nHost: x', 'respond * 200'],
    ['GET / HTTP/1.1\r\nHost: a b', 'respond / 400 error'],
    ['GET / HTTP/1.1\r\nHost: x\r\nA b: c', 'respond / 400 error'],
  ];
  for (const [request, expected] of rows) {
    seen.length = 0;
    const response = parseResponse(await server.send(`${request}\r\nConnection: close\r\n\r\n`));
    t.equal(response.headers['x-seen'], 'yes', request);
    t.same(
      seen.filter((line) => line.startsWith('respond')),
      [expected],
      request,
    );
  }
});

t.test('a hook that answers ends the way of the request', async (t) => {
  const rows: [hooks: Module['hooks'], status: number, last: string][] = [
    [{ received: ({ path }) => (path === '/d.txt' ? 410 : 'declined') }, 410, 'respond /d.txt 410 error'],
    [{ walked: ({ fileKind }) => (fileKind === 'file' ? 451 : 'declined') }, 451, 'respond /d.txt 451 error'],
  ];
  for (const [hooks, status, last] of rows) {
    const seen: string[] = [];
    const server = await serve(t, { config, files, modules: [observer(seen, hooks)] });
    t.equal((await server.get('/d.txt')).status, status);
    t.equal(seen.at(-1), last);
    t.notOk(seen.includes('fixups /d.txt'));
  }
});

t.test('a respond hook may change the status, the phrase and every header', async (t) => {
  const modules = [
    observer([], {
      respond(_, head) {
        head.status = 299;
        head.reason = 'Fine';
        head.headers.splice(0, Infinity, ['X-New', '1'], ['X-New', '2']);
      },
    }),
  ];
  const server = await serve(t, { config, files, modules });
  const response = await server.get('/b.plain');
  t.match(response, { status: 299, reason: 'Fine', headers: { 'x-new': '1\n2' }, body: 'plain' });
  t.equal(response.headers['x-own'], undefined);
});

t.test('a module may say that it has nothing to do with a response', async (t) => {
  const seen: string[] = [];
  const modules = [observer(seen, { responds: ({ path }) => path !== '/b.plain' })];
  const server = await serve(t, { config, files, modules });
  t.equal((await server.get('/b.plain')).headers['x-seen'], undefined);
  t.equal((await server.get('/d.txt')).headers['x-seen'], 'yes');
});

t.test('early hooks run before those of every module', async (t) => {
  const seen: string[] = [];
  const late: Module = {
    name: 'late',
    directives: [],
    earlyHooks: {
      received() {
        seen.push('early');
        return 'declined';
      },
    },
  };
  const server = await serve(t, { config, files, modules: [observer(seen), late] });
  await server.get('/b.plain');
  t.same(seen.slice(0, 2), ['early', 'received /b.plain']);
});

t.test('an error page goes out without headers that cannot be sent', async (t) => {
  const bad: Module = {
    name: 'bad-location',
    directives: [],
    handlers: {
      broken(request) {
        request.errorHeaders.push(['Location', '/a\r\nX-Split: yes']);
        return 302;
      },
    },
  };
  const server = await serve(t, { config: 'AddHandler broken .plain', files, modules: [bad] });
  const response = await server.get('/b.plain');
  t.equal(response.status, 500);
  t.equal(response.headers['x-split'], undefined);
  t.equal(response.headers['location'], undefined);
});
