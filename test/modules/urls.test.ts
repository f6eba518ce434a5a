import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { optionsOf } from '../../lib/http/settings.js';
import { problemsOf, serve } from '../http/harness.js';

const root = t.testdir({ 'mime.types': '# types\ntext/x-own own OWN2\n\napplication/none\n' });

/** Tells what a handler sees of its URL. */
const where: Handler = (request) => {
  const { filename, aliasPrefix, aliasTarget, pathInfo, query, path, method } = request;
  const seen = {
    filename,
    aliasPrefix,
    aliasTarget,
    pathInfo,
    query,
    path,
    method,
    execCgi: optionsOf(request.settings).execCgi,
  };
  request.output.end(Buffer.from(JSON.stringify(seen)));
  return 'done';
};
const handlers = { where };

t.test('an Alias leads to another folder, and the first that matches counts', async (t) => {
  const server = await serve(t, {
    files: { www: {}, one: { 'x.app': '', 'y.txt': 'one' }, two: { 'z.txt': 'two' }, 'single.txt': 'single' },
    config: [
      'AddHandler where .app',
      'Alias /a/b @ROOT@/two',
      'Alias /a/ one/',
      'Alias /single @ROOT@/single.txt',
    ].join('\n'),
    handlers,
  });
  t.equal((await server.get('/a/y.txt')).body, 'one');
  t.equal((await server.get('/a/b/z.txt')).body, 'two');
  t.equal((await server.get('/a//y.txt')).body, 'one');
  t.equal((await server.get('/ab/y.txt')).status, 404);
  t.equal((await server.get('/a')).status, 404, 'the slash is part of the alias');
  t.equal((await server.get('/single')).body, 'single');
  t.equal((await server.get('/a/../single')).body, 'single');
  t.match(JSON.parse((await server.get('/a/x.app/info?q')).body), {
    filename: `${server.root}/one/x.app`,
    aliasPrefix: '/a',
    aliasTarget: `${server.root}/one`,
    pathInfo: '/info',
    execCgi: false,
  });
});

t.test('a ScriptAlias grants ExecCGI to extensions and never sends a file', async (t) => {
  const server = await serve(t, {
    files: { www: {}, bin: { 'x.app': '', 'script.pl': 'SECRET' } },
    config: 'AddHandler where .app\nScriptAlias /bin/ @ROOT@/bin/',
    handlers,
  });
  t.match(JSON.parse((await server.get('/bin/x.app')).body), { execCgi: true });
  const script = await server.get('/bin/script.pl');
  t.equal(script.status, 500);
  t.notMatch(script.body, /SECRET/);
  t.equal((await server.get('/bin/none')).status, 404);
  t.match(await server.stop(), /IH0111: no module of this server provides the handler "cgi-script"/);
});

t.test('an Alias that can never match is pointed out', async (t) => {
  t.same(problemsOf('Alias /a /x\nAlias /a/ /y', root), [
    '2:7: warning: The Alias directive will probably never match because it overlaps an earlier Alias',
  ]);
  t.match(problemsOf('Alias a /x', root), ['1:7: error: Alias takes a URL path that begins with a slash']);
});

t.test('every extension of a name counts, in any letter case, the last most', async (t) => {
  const other: Handler = (request) => {
    request.output.end(Buffer.from('other'));
    return 'done';
  };
  const server = await serve(t, {
    files: {
      www: {
        'a.APP': '',
        'a.app.bak': '',
        'a.app.oth': '',
        '.app': 'file',
        app: 'file',
        'a.application': 'file',
        sub: { 'a.app': 'file' },
        'folder.app': {},
      },
    },
    config:
      'AddHandler WHERE app .x\nAddHandler other .oth\n<Directory @ROOT@/www/sub>\nRemoveHandler .app\n</Directory>',
    handlers: { where, other },
  });
  for (const target of ['/a.APP', '/a.app.bak'])
    t.match((await server.get(target)).body, /^\{"filename"/, target);
  t.equal((await server.get('/a.app.oth')).body, 'other');
  for (const target of ['/.app', '/app', '/a.application', '/sub/a.app']) {
    t.equal((await server.get(target)).body, 'file', target);
  }
  t.equal((await server.get('/folder.app/')).status, 404, 'a folder has no handler by its name');
});

t.test('types come from AddType, then from TypesConfig or the built-in table', async (t) => {
  const files = {
    'mime.types': '# types\ntext/x-own own OWN2\n',
    www: { 'a.own': '', 'a.own2': '', 'a.html': '', 'a.new': '', 'a.zzz': '' },
  };
  const types = async (config: string): Promise<(string | undefined)[]> => {
    const server = await serve(t, { files, config });
    const found = [];
    for (const name of ['own', 'own2', 'html', 'new', 'zzz'])
      found.push((await server.get(`/a.${name}`)).headers['content-type']);
    return found;
  };
  t.same(await types('AddType "text/x-new; charset=utf-8" .new'), [
    undefined,
    undefined,
    'text/html',
    'text/x-new; charset=utf-8',
    undefined,
  ]);
  t.same(await types('TypesConfig mime.types\nAddType text/x-new new'), [
    'text/x-own',
    'text/x-own',
    undefined,
    'text/x-new',
    undefined,
  ]);
  t.match(problemsOf('TypesConfig none', root), [
    /^1:13: error: TypesConfig: @ROOT@\/none cannot be read \(ENOENT.*; name a file/,
  ]);
  t.match(problemsOf('AddType html .html', root), ['1:9: error: AddType takes a MIME type']);
});

t.test('a folder without its slash is redirected to the URL with it', async (t) => {
  const server = await serve(t, {
    files: { www: { 'a folder': {}, plain: {} } },
    config: '<Location /plain>\nDirectorySlash off\n</Location>',
  });
  const response = await server.get('/a%20folder?x=1');
  t.match(response, { status: 301, headers: { location: 'http://site.test/a%20folder/?x=1' } });
  t.match(response.body, /<a href="http:\/\/site\.test\/a%20folder\/\?x=1">/);
  t.equal((await server.get('/plain')).status, 404);
});

t.test('the index of a folder answers in its place', async (t) => {
  const server = await serve(t, {
    files: {
      www: {
        'index.html': 'root',
        app: { 'default.app': '', 'index.html': 'no' },
        off: { 'index.html': 'no' },
        empty: {},
        added: { 'two.html': 'two' },
        deep: { 'index.html': {} },
      },
    },
    config: [
      'AddHandler where .app',
      '<Location /app>\nDirectoryIndex none.html default.app index.html\n</Location>',
      '<Location /off>\nDirectoryIndex disabled\n</Location>',
      '<Location /empty>\nDirectoryIndex none.html /index.html\n</Location>',
      '<Location /added>\nDirectoryIndex one.html\nDirectoryIndex two.html\n</Location>',
    ].join('\n'),
    handlers,
  });
  t.equal((await server.get('/')).body, 'root');
  t.match(JSON.parse((await server.get('/app/?a=1')).body), {
    path: '/app/default.app',
    query: 'a=1',
    pathInfo: '',
  });
  const posted = await server.send(
    'POST /app/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  );
  t.match(posted, /"method":"POST"/);
  t.equal((await server.get('/off/')).status, 404);
  t.equal((await server.get('/empty/')).body, 'root');
  t.equal((await server.get('/added/')).body, 'two');
  t.equal((await server.get('/deep/')).status, 301, 'a folder is no index, but has a URL of its own');
});
