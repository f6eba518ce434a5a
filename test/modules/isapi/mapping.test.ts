import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Module } from '../../../lib/http/module.js';
import { optionsOf } from '../../../lib/http/settings.js';
import { requestFacts } from '../../../lib/modules/isapi/facts.js';
import { mapScript, mapWalked, programOf, translateMapped } from '../../../lib/modules/isapi/mapping.js';
import { MAPPING_DIRECTIVES } from '../../../lib/modules/isapi/mapping-settings.js';
import { loadConfiguration } from '../../../lib/config/configuration.js';
import { builtInModules } from '../../../lib/modules/index.js';
import { parseResponse, serve, type TestServer } from '../../http/harness.js';

/** The mappings of mod_isapi with a handler that tells what an extension would see. */
const mapping: Module = {
  name: 'isapi',
  directives: MAPPING_DIRECTIVES,
  hooks: { translate: translateMapped, walked: mapWalked, fixups: mapScript },
  handlers: {
    'isapi-handler': (request) => {
      if (request.server === undefined) return 500;
      const facts = requestFacts(request, request.server, 'default');
      const { scriptName, scriptFilename, pathInfo, pathTranslated, urlPath, query, contextDocumentRoot } =
        facts;
      const program = programOf(request);
      const { execCgi } = optionsOf(request.settings);
      const seen = { program, execCgi, scriptName, scriptFilename, pathInfo, pathTranslated, urlPath, query };
      request.output.end(Buffer.from(JSON.stringify({ ...seen, contextDocumentRoot })));
      return 'done';
    },
  },
};

async function ask(server: TestServer, target: string): Promise<Record<string, string | boolean>> {
  const { body, status } = await server.get(target);
  if (status !== 200) return { status: String(status) };
  return JSON.parse(body.replaceAll(server.root, '@ROOT@')) as Record<string, string>;
}

const files = {
  apps: { 'shop.dll': '', 'asp.dll': '' },
  www: {
    folder: { 'real.txt': 'real', sub: { 'x.txt': 'x' } },
    pages: { 'a.asp': '', 'b.txt': 'text', deep: { 'c.ASP': '' } },
  },
};

/** What is wrong with a configuration, as `line:column: severity: message`. */
function problemsOf(text: string): string[] {
  const base = t.testdir({ 'a.dll': '' });
  const { problems } = loadConfiguration({
    file: join(base, 'httpd.conf'),
    serverRoot: base,
    modules: builtInModules([mapping]),
    environment: {},
    text,
  });
  return problems.map(({ place, severity, message }) =>
    `${place?.line ?? 0}:${place?.column ?? 0}: ${severity}: ${message}`.replaceAll(base, '@ROOT@'),
  );
}

t.test('arguments and places are checked', async (t) => {
  const space = 'ISAPIExtension needs a <Location> or <Directory> without wildcards around it, and not';
  const rows: [directive: string, problems: string[]][] = [
    ['<Location /a>\nISAPIExtension a.dll\n</Location>', []],
    ['ISAPIExtension a.dll', ['1:1: error: ISAPIExtension not allowed here']],
    ['<Location /a*>\nISAPIExtension a.dll\n</Location>', [`2:1: error: ${space} <Location /a*>`]],
    ['<Files x>\nISAPIExtension a.dll\n</Files>', [`2:1: error: ${space} <Files x>`]],
    [
      '<Location /a>\nISAPIExtension b.dll\n</Location>',
      ['2:16: warning: ISAPIExtension @ROOT@/b.dll is not a file; requests for it will fail'],
    ],
    ['ISAPIScriptMap .asp a.dll no-check GET,POST HEAD', []],
    [
      'ISAPIScriptMap asp a.dll',
      ['1:16: error: ISAPIScriptMap takes an extension that begins with a dot, or * for every name'],
    ],
    [
      'ISAPIScriptMap .asp a.dll check-file no-check',
      [
        '1:38: error: ISAPIScriptMap takes check-file or no-check, and names of methods such as GET,POST, behind the file',
      ],
    ],
  ];
  for (const [directive, problems] of rows) t.same(problemsOf(directive), problems, directive);
});

t.test('a Location belongs to one extension, with the rest of the URL as path info', async (t) => {
  const server = await serve(t, {
    files,
    config: [
      '<Location /shop>\nISAPIExtension apps/shop.dll\nOptions +ExecCGI\n</Location>',
      '<Location /shop/off>\nISAPIExtension none\n</Location>',
      '<Location /folder/>\nISAPIExtension @ROOT@/apps/asp.dll\n</Location>',
    ].join('\n'),
    modules: [mapping],
  });
  t.match(await ask(server, '/shop/cart/a:b%5Cc.?x=y'), {
    program: '@ROOT@/apps/shop.dll',
    execCgi: true,
    scriptName: '/shop',
    scriptFilename: '@ROOT@/apps/shop.dll',
    pathInfo: '/cart/a:b\\c.',
    pathTranslated: '@ROOT@/www/cart/a:b\\c.',
    urlPath: '',
    query: 'x=y',
    contextDocumentRoot: '@ROOT@/www',
  });
  t.match(await ask(server, '/shop'), { scriptName: '/shop', pathInfo: '', pathTranslated: '' });
  t.match(await ask(server, '/shop/'), { scriptName: '/shop', pathInfo: '/' });
  t.match(await ask(server, '/shopping'), { status: '404' });
  t.match(await ask(server, '/shop/off'), { status: '404' });
  t.match(await ask(server, '/folder/real.txt'), { scriptName: '/folder', pathInfo: '/real.txt' });
  t.match(await ask(server, '/folder'), { status: '301' });
});

t.test('the root may belong to one extension, and path info is still a URL of the files', async (t) => {
  const server = await serve(t, {
    files,
    config: '<Location />\nISAPIExtension apps/shop.dll\n</Location>',
    modules: [mapping],
  });
  t.match(await ask(server, '/folder/real.txt'), {
    scriptName: '',
    pathInfo: '/folder/real.txt',
    pathTranslated: '@ROOT@/www/folder/real.txt',
  });
  t.match(await ask(server, '/'), { scriptName: '', pathInfo: '/' });
});

t.test('access rules hold for what is mapped', async (t) => {
  const server = await serve(t, {
    files,
    config: [
      '<Location /shop>\nISAPIExtension apps/shop.dll\n</Location>',
      '<Location /shop/admin>\nRequire all denied\n</Location>',
      '<Directory @ROOT@/apps>\n<Files asp.dll>\nRequire all denied\n</Files>\n</Directory>',
      '<Location /asp>\nISAPIExtension apps/asp.dll\n</Location>',
    ].join('\n'),
    modules: [mapping],
  });
  t.match(await ask(server, '/shop/a'), { scriptName: '/shop' });
  t.match(await ask(server, '/shop/admin/a'), { status: '403' });
  t.match(await ask(server, '/asp/a'), { status: '403' });
});

t.test('a Directory belongs to one extension, by whatever URL it is reached', async (t) => {
  const server = await serve(t, {
    files,
    config: [
      'Alias /other @ROOT@/www/folder',
      '<Directory @ROOT@/www/folder>\nISAPIExtension @ROOT@/apps/shop.dll\n</Directory>',
    ].join('\n'),
    modules: [mapping],
  });
  t.match(await ask(server, '/folder/sub/x.txt/y'), {
    program: '@ROOT@/apps/shop.dll',
    scriptName: '/folder',
    scriptFilename: '@ROOT@/apps/shop.dll',
    pathInfo: '/sub/x.txt/y',
  });
  t.match(await ask(server, '/other/nothing'), { scriptName: '/other', pathInfo: '/nothing' });
  t.match(await ask(server, '/folder/'), { scriptName: '/folder', pathInfo: '/' });
});

t.test('a Location within an Alias belongs to its extension all the same', async (t) => {
  const server = await serve(t, {
    files,
    config: 'Alias /a @ROOT@/www\n<Location /a/shop>\nISAPIExtension apps/shop.dll\n</Location>',
    modules: [mapping],
  });
  t.match(await ask(server, '/a/shop/x'), {
    program: '@ROOT@/apps/shop.dll',
    scriptName: '/a/shop',
    pathInfo: '/x',
  });
});

t.test(
  'files with an extension belong to the program that it is mapped to, with the variables of IIS',
  async (t) => {
    const server = await serve(t, {
      files,
      config: 'ISAPIScriptMap .asp apps/asp.dll\nDirectoryIndex a.asp',
      modules: [mapping],
    });
    t.match(await ask(server, '/pages/a.asp?q'), {
      program: '@ROOT@/apps/asp.dll',
      scriptName: '/pages/a.asp',
      scriptFilename: '@ROOT@/www/pages/a.asp',
      pathInfo: '/pages/a.asp',
      pathTranslated: '@ROOT@/www/pages/a.asp',
      urlPath: '/pages/a.asp',
      query: 'q',
    });
    t.match(await ask(server, '/pages/deep/c.ASP/more'), {
      scriptName: '/pages/deep/c.ASP',
      scriptFilename: '@ROOT@/www/pages/deep/c.ASP',
      pathInfo: '/pages/deep/c.ASP/more',
      pathTranslated: '@ROOT@/www/pages/deep/c.ASP/more',
      urlPath: '/pages/deep/c.ASP/more',
    });
    t.match(await ask(server, '/pages/'), { scriptName: '/pages/a.asp' });
    t.match(await ask(server, '/pages/none.asp'), { status: '404' });
    t.equal((await server.get('/pages/b.txt')).body, 'text');
  },
);

t.test('with no-check the file need not be there, and with * any name is meant', async (t) => {
  const server = await serve(t, {
    files,
    config: [
      'ISAPIScriptMap .do apps/shop.dll no-check',
      '<Location /pages>\nISAPIScriptMap * apps/asp.dll\nISAPIScriptMap .txt none\n</Location>',
    ].join('\n'),
    modules: [mapping],
  });
  t.match(await ask(server, '/x.do/a.do?q'), {
    program: '@ROOT@/apps/shop.dll',
    scriptName: '/x.do',
    scriptFilename: '@ROOT@/www/x.do',
    pathInfo: '/x.do/a.do',
  });
  t.match(
    await ask(server, '/no/such/x.do'),
    { status: '404' },
    'sections are looked up for a name in a folder',
  );
  t.match(await ask(server, '/pages/a.asp'), { program: '@ROOT@/apps/asp.dll', scriptName: '/pages/a.asp' });
  t.match(await ask(server, '/pages/none'), { status: '404' });
  t.match(await ask(server, '/pages/deep/'), { status: '404' });
});

t.test('a mapping may be for some methods only', async (t) => {
  const server = await serve(t, {
    files,
    config: 'ISAPIScriptMap .asp apps/asp.dll GET,HEAD',
    modules: [mapping],
  });
  t.match(await ask(server, '/pages/a.asp'), { scriptName: '/pages/a.asp' });
  const post = 'POST /pages/a.asp HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
  t.match(parseResponse(await server.send(post)), { status: 405, headers: { allow: 'GET,HEAD' } });
  t.match(await server.stop(), /IH1006: the method POST is not among those/);
});

t.test('a program that comes later is found', async (t) => {
  const server = await serve(t, {
    files: { www: {} },
    config: '<Location /late>\nISAPIExtension apps/late.dll\n</Location>',
    modules: [mapping],
  });
  mkdirSync(join(server.root, 'apps'));
  writeFileSync(join(server.root, 'apps/late.dll'), '');
  t.match(await ask(server, '/late/x'), { program: '@ROOT@/apps/late.dll', pathInfo: '/x' });
});
