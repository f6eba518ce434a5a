import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { parseResponse, problemsOf, serve } from '../http/harness.js';

const root = t.testdir({});

const where: Handler = (request) => {
  const { path, query, pathInfo, method } = request;
  request.output.end(
    Buffer.from(JSON.stringify({ path, query, pathInfo, method, env: [...request.env.keys()] })),
  );
  return 'done';
};
const handlers = { where };

t.test('arguments are checked', async (t) => {
  const rows: [directive: string, problems: string[]][] = [
    [
      'DirectoryIndexRedirect sometimes',
      ['1:24: error: DirectoryIndexRedirect ON|OFF|permanent|temp|seeother|3xx'],
    ],
    [
      'DirectoryIndexRedirect 200',
      ['1:24: error: DirectoryIndexRedirect only accepts values between 300 and 399'],
    ],
    ['DirectoryIndexRedirect SeeOther', []],
    ['DirectoryCheckHandler maybe', ['1:23: error: DirectoryCheckHandler must be On or Off']],
    ['FallbackResource disabled', []],
  ];
  for (const [directive, problems] of rows) t.same(problemsOf(directive, root), problems, directive);
});

t.test('the index is the first URL that leads to a file', async (t) => {
  const server = await serve(t, {
    files: {
      www: {
        a: { 'b.html': 'b', 'c.html': 'c' },
        'with blank': { 'my index.html': 'blank' },
        none: {},
        denied: { 'x.html': 'x', 'y.html': 'y' },
        closed: { 'x.html': 'x' },
        'common.app': '',
      },
    },
    config: [
      'AddHandler where .app',
      'SetEnv COLOR green',
      'DirectoryIndex x.html y.html',
      '<Files x.html>\nRequire all denied\n</Files>',
      '<Location /a>\nDirectoryIndex missing.html b.html c.html\n</Location>',
      '<Location "/with blank">\nDirectoryIndex my%20index.html\n</Location>',
      '<Location /none>\nDirectoryIndex a.html /common.app/info\n</Location>',
    ].join('\n'),
    handlers,
  });
  t.equal((await server.get('/a/')).body, 'b');
  t.equal((await server.get('/with%20blank/')).body, 'blank');
  t.match(JSON.parse((await server.get('/none/?q')).body), {
    path: '/common.app/info',
    query: 'q',
    pathInfo: '/info',
    env: ['COLOR'],
  });
  t.equal((await server.get('/denied/')).body, 'y', 'what is denied is passed over');
  t.equal((await server.get('/closed/')).status, 403, 'but not turned into 404');
});

t.test('disabled forgets what was named before', async (t) => {
  const server = await serve(t, {
    files: { www: { 'index.html': 'index', off: { 'index.html': 'x' }, disabled: { disabled: 'file' } } },
    config: [
      '<Location /off>\nDirectoryIndex index.html\nDirectoryIndex disabled\n</Location>',
      '<Location /disabled>\nDirectoryIndex other disabled\n</Location>',
    ].join('\n'),
  });
  t.equal((await server.get('/')).body, 'index');
  t.equal((await server.get('/off/')).status, 404);
  t.equal((await server.get('/disabled/')).body, 'file');
});

t.test('clients can be redirected to the index', async (t) => {
  for (const [argument, status] of [
    ['On', 302],
    ['permanent', 301],
    ['seeother', 303],
    ['307', 307],
  ] as const) {
    const server = await serve(t, {
      files: { www: { 'index.html': 'x' } },
      config: `DirectoryIndexRedirect ${argument}`,
    });
    const response = await server.get('/?a=b');
    t.match(response, { status, headers: { location: 'http://site.test/index.html' } }, argument);
  }
});

t.test('a folder with a handler of its own has no index where DirectoryCheckHandler is on', async (t) => {
  const files = { www: { 'index.html': 'index' } };
  const config = '<Location />\nSetHandler where\n</Location>';
  const off = await serve(t, { files, config, handlers });
  t.match(JSON.parse((await off.get('/')).body), { path: '/index.html' });
  const on = await serve(t, { files, config: `${config}\nDirectoryCheckHandler On`, handlers });
  t.match(JSON.parse((await on.get('/')).body), { path: '/' });
});

t.test(
  'the slash of a folder is added by a redirect, if DirectorySlash and the client allow it',
  async (t) => {
    const server = await serve(t, {
      files: { www: { folder: { 'index.html': 'x' }, off: { 'index.html': 'x' }, careful: {} } },
      config: [
        '<Location /off>\nDirectorySlash Off\n</Location>',
        '<Location /careful>\nSetEnv redirect-carefully\n</Location>',
      ].join('\n'),
    });
    t.match(await server.get('/folder?a=b'), {
      status: 301,
      headers: { location: 'http://site.test/folder/?a=b' },
    });
    t.equal((await server.get('/off')).status, 404);
    t.equal((await server.get('/careful')).status, 301);
    const post = 'POST /careful HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    t.equal(parseResponse(await server.send(post)).status, 404);
  },
);

t.test('FallbackResource answers for what is not there', async (t) => {
  const server = await serve(t, {
    files: { www: { 'front.app': '', 'real.txt': 'real', off: {} } },
    config: [
      'AddHandler where .app',
      'FallbackResource /front.app',
      '<Location /off>\nFallbackResource disabled\n</Location>',
    ].join('\n'),
    handlers,
  });
  t.match(JSON.parse((await server.get('/some/where?x=y')).body), { path: '/front.app', query: 'x=y' });
  t.equal((await server.get('/real.txt')).body, 'real');
  t.equal((await server.get('/off/x')).status, 404);
  const post = 'POST /some HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
  t.match(JSON.parse(parseResponse(await server.send(post)).body), { method: 'POST' });
});

t.test('a FallbackResource that is not there gives 404, or 500 where it has itself for one', async (t) => {
  const away = await serve(t, { config: '<Location /in>\nFallbackResource /none.app\n</Location>' });
  t.equal((await away.get('/in/x')).status, 404);
  const server = await serve(t, { config: 'FallbackResource /none.app' });
  t.equal((await server.get('/x')).status, 500);
  t.match(await server.stop(), /IH0115: Request exceeded the limit of 10 /);
});
