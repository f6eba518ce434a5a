import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { serve } from '../http/harness.js';

const where: Handler = ({ filename, aliasPrefix, aliasTarget, pathInfo, output }) => {
  output.end(Buffer.from(JSON.stringify({ filename, aliasPrefix, aliasTarget, pathInfo })));
  return 'done';
};
const handlers = { where };

t.test('a Redirect leads below another URL, with the query', async (t) => {
  const server = await serve(t, {
    config: [
      'Redirect /a http://other/b',
      'Redirect permanent /p /q',
      'Redirect seeother /s/ http://other/?fixed=1',
      'Redirect 307 /t http://other/',
      'RedirectTemp /temp http://other/temp',
      'RedirectPermanent /perm http://other/perm',
    ].join('\n'),
  });
  const rows: [target: string, status: number, location: string | undefined][] = [
    ['/a', 302, 'http://other/b'],
    ['/a/x%20y%3b?q=%20', 302, 'http://other/b/x%20y;?q=%20'],
    ['/a/%c3%a4', 302, 'http://other/b/%c3%a4'],
    ['/ab', 404, undefined],
    ['/p/x', 301, 'http://site.test/q/x'],
    ['/s/x?y', 303, 'http://other/?fixed=1x'],
    ['/s', 404, undefined],
    ['/t/', 307, 'http://other//'],
    ['/temp', 302, 'http://other/temp'],
    ['/perm/x', 301, 'http://other/perm/x'],
  ];
  for (const [target, status, location] of rows) {
    const response = await server.get(target);
    t.equal(response.status, status, target);
    t.equal(response.headers['location'], location, target);
  }
});

t.test('a status without a URL answers with it', async (t) => {
  const server = await serve(t, {
    files: { www: { 'gone.txt': 'there', 'empty.txt': 'there' } },
    config: 'Redirect gone /gone.txt\nRedirect 404 /none\nRedirect 204 /empty.txt\nRedirect 451 /law',
  });
  t.match(await server.get('/gone.txt'), { status: 410, body: /Gone/ });
  t.equal((await server.get('/none/x')).status, 404);
  t.match(await server.get('/empty.txt'), { status: 204, body: '' });
  t.equal((await server.get('/law')).status, 451);
});

t.test('RedirectMatch puts groups into the URL and escapes its path', async (t) => {
  const server = await serve(t, {
    config: [
      'RedirectMatch 301 ^/old/([^/]+)/(.*)$ http://other/$2/$1?from=$1#$2',
      'RedirectMatch ^/local/(.*) /new/$1\\$1',
      'RedirectMatch gone \\.bak$',
      'RedirectMatch ^/relative/(.*) new/$1',
      'RedirectMatch ^/split/([^/]*) http://other/?$1',
    ].join('\n'),
  });
  t.match(await server.get('/old/a%20b/c?q'), {
    status: 301,
    headers: { location: 'http://other/c/a%20b?from=a b#c' },
  });
  t.equal((await server.get('/local/x?q')).headers['location'], 'http://site.test/new/x$1?q');
  t.equal((await server.get('/a/b.bak')).status, 410);
  t.equal((await server.get('/relative/x')).status, 500);
  const split = await server.get('/split/a%0d%0aX-Split:%20yes');
  t.equal(split.status, 500);
  t.equal(split.headers['x-split'], undefined);
  t.match(
    await server.stop(),
    /alias:error.*cannot redirect '\/relative\/x' to 'new\/x'; target is not a valid absoluteURI or abs_path/,
  );
});

t.test('RedirectRelative leaves out the name of the server', async (t) => {
  const server = await serve(t, {
    config: '<Location /in>\nRedirectRelative on\nRedirect /in/a /b\n</Location>\nRedirect /out /b',
  });
  t.equal((await server.get('/in/a/x')).headers['location'], '/b/x');
  t.equal((await server.get('/out')).headers['location'], 'http://site.test/b');
});

t.test('redirects come before aliases, and .htaccess ones after both', async (t) => {
  const server = await serve(t, {
    files: { www: {}, dir: { 'x.txt': 'x', 'y.txt': 'y', '.htaccess': 'Redirect /alias/y.txt /htaccess' } },
    config: [
      'Alias /alias @ROOT@/dir',
      'Redirect /alias/x.txt /redirect',
      '<Directory @ROOT@/dir>\nAllowOverride FileInfo\n</Directory>',
    ].join('\n'),
  });
  t.equal((await server.get('/alias/x.txt')).headers['location'], 'http://site.test/redirect');
  t.equal((await server.get('/alias/y.txt')).headers['location'], 'http://site.test/htaccess');
  t.equal((await server.get('/alias/none')).status, 404);
});

t.test('a section without a URL path is redirected as a whole', async (t) => {
  const server = await serve(t, {
    files: { www: { 'f.txt': 'f' } },
    config: [
      '<Location /a>\nRedirect http://other/fixed\n</Location>',
      '<Location /a/gone>\nRedirect gone\n</Location>',
      '<Location /b>\nRedirect 308 /b/c http://other/\n</Location>',
      '<Files f.txt>\nRedirect permanent /file\n</Files>',
    ].join('\n'),
  });
  t.match(await server.get('/a/x/y?q'), { status: 302, headers: { location: 'http://other/fixed?q' } });
  t.equal((await server.get('/a/gone/x')).status, 410);
  t.match(await server.get('/b/c/d'), { status: 308, headers: { location: 'http://other//d' } });
  t.equal((await server.get('/b/x')).status, 404);
  t.match(await server.get('/f.txt'), { status: 301, headers: { location: 'http://site.test/file' } });
});

t.test('URLs and file names of sections may have expressions in them', async (t) => {
  const server = await serve(t, {
    files: { www: {}, 'site.test': { 'a.txt': 'a' } },
    config: [
      '<Location /a>\nAlias "@ROOT@/%{HTTP_HOST}/a.txt"\n</Location>',
      '<Location /r>\nRedirect 307 "http://other/%{REQUEST_METHOD} x?%{REQUEST_SCHEME}"\n</Location>',
      '<Location /file>\nAlias "%{file:@ROOT@/none}"\n</Location>',
    ].join('\n'),
  });
  t.equal((await server.get('/a')).body, 'a');
  t.equal((await server.get('/r/x?y')).headers['location'], 'http://other/GET%20x?http');
  t.equal((await server.get('/file')).status, 500);
  t.match(await server.stop(), /core:error.*Can't evaluate expression of Alias: Cannot open file/);
});

t.test('AliasMatch builds a file name from groups', async (t) => {
  const server = await serve(t, {
    files: { www: {}, one: { 'a.txt': 'a', 'x.app': '' }, two: { 'b.txt': 'b' }, 'two.txt': 'two' },
    config: [
      'AddHandler where .app',
      'AliasMatch ^/m/([a-z]+)$ @ROOT@/one/$1.txt',
      'AliasMatch ^/rel/(.*) one/../two/$1',
      'ScriptAliasMatch ^/bin/(.*) @ROOT@/one/$1',
      'AliasMatch ^/folder/?(.*) @ROOT@/one/$1',
    ].join('\n'),
    handlers,
  });
  t.equal((await server.get('/m/a')).body, 'a');
  t.equal((await server.get('/rel/b.txt')).body, 'b');
  t.equal((await server.get('/rel/../two.txt')).status, 404);
  t.same(JSON.parse((await server.get('/bin/x.app/info')).body), {
    filename: `${server.root}/one/x.app`,
    pathInfo: '/info',
  });
  t.equal((await server.get('/bin/a.txt')).status, 500, 'a CGI program, which nobody runs');
  t.equal((await server.get('/folder/a.txt')).body, 'a');
});

t.test('an Alias in a Location leads to one file, or with AliasPreservePath below a folder', async (t) => {
  const server = await serve(t, {
    files: { www: {}, one: { 'a.txt': 'a', 'x.app': '' } },
    config: [
      'AddHandler where .app',
      '<Location /file>\nAlias @ROOT@/one/a.txt\n</Location>',
      '<Location /keep>\nAliasPreservePath on\nAlias one\n</Location>',
    ].join('\n'),
    handlers,
  });
  t.equal((await server.get('/file')).body, 'a');
  t.equal((await server.get('/file/what/ever')).body, 'a');
  t.equal((await server.get('/keep/a.txt')).body, 'a');
  t.same(JSON.parse((await server.get('/keep/x.app/info')).body), {
    filename: `${server.root}/one/x.app`,
    aliasPrefix: '/keep',
    aliasTarget: `${server.root}/one`,
    pathInfo: '/info',
  });
});
