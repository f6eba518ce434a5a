import t from 'tap';
import { problemsOf, serve } from '../http/harness.js';

const root = t.testdir({});

t.test('what extensions can mean is checked', async (t) => {
  const rows: [directive: string, problem: RegExp | undefined][] = [
    ['AddType text/x-a .a', undefined],
    ['AddType nothing .a', /^1:9: error: AddType takes a MIME type, such as text\/plain, and extensions$/],
    ['AddCharset "a b" .a', /^1:12: error: AddCharset takes a charset, such as utf-8, and extensions$/],
    ['AddEncoding gzip', /^1:1: error: AddEncoding requires at least two arguments/],
    ['AddLanguage fr .fr fr2', undefined],
    ['DefaultLanguage "a b"', /^1:17: error: DefaultLanguage takes a language, such as fr$/],
    ['ModMimeUsePathInfo on', /^1:1: error: ModMimeUsePathInfo not allowed here$/],
    [
      'AddOutputFilter INCLUDES .shtml',
      /^1:17: error: AddOutputFilter: the filter INCLUDES belongs to mod_include, which isapi-host does not have/,
    ],
    [
      'AddInputFilter mine .x',
      /^1:16: error: AddInputFilter: the filter mine is of a module which isapi-host does not have/,
    ],
    ['SetOutputFilter DEFLATE', /^1:17: error: SetOutputFilter: the filter DEFLATE belongs to mod_deflate/],
    ['RemoveOutputFilter .shtml', undefined],
    ['MultiviewsMatch Sometimes', /^1:17: error: Unrecognized option 'Sometimes'$/],
    ['MultiviewsMatch Handlers Any', /^1:26: error: Any is incompatible with Handlers$/],
    [
      'MultiviewsMatch Handlers Filters',
      /^1:1: warning: MultiviewsMatch has an effect with mod_negotiation only/,
    ],
  ];
  for (const [directive, problem] of rows) {
    const problems = problemsOf(directive, root);
    if (problem === undefined) t.same(problems, [], directive);
    else t.match(problems, [problem], directive);
  }
});

t.test('each extension of a name says something', async (t) => {
  const server = await serve(t, {
    files: {
      www: {
        'x.html.fr.gz': 'a',
        'x.fr.en.html': 'b',
        'x.html.utf8': 'c',
        'x.txt.gz.br': 'd',
        plain: 'e',
        'x.typed': 'f',
      },
    },
    config: [
      'AddLanguage fr .fr',
      'AddLanguage EN en',
      'AddEncoding x-gzip .gz',
      'AddEncoding br .br',
      'RemoveType .gz .br',
      'AddCharset UTF-8 .utf8',
      'DefaultLanguage de',
      'AddType "text/x-typed;charset=latin1 ; x; format = flowed" .typed',
    ].join('\n'),
  });
  const rows: [name: string, type: string | undefined, language: string, encoding?: string][] = [
    ['x.html.fr.gz', 'text/html', 'fr', 'x-gzip'],
    ['x.fr.en.html', 'text/html', 'fr,en'],
    ['x.html.utf8', 'text/html; charset=utf-8', 'de'],
    ['x.txt.gz.br', 'text/plain', 'de', 'x-gzip, br'],
    ['plain', undefined, 'de'],
    ['x.typed', 'text/x-typed; charset=latin1; format=flowed', 'de'],
  ];
  for (const [name, type, language, encoding] of rows) {
    const { headers } = await server.get(`/${name}`);
    t.equal(headers['content-type'], type, name);
    t.equal(headers['content-language'], language, name);
    t.equal(headers['content-encoding'], encoding, name);
  }
});

t.test('the charset of an extension takes the place of that of the type', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.t.u': '' } },
    config: 'AddType "text/x-t; charset=latin1; a=b" .t\nAddCharset utf-8 .u',
  });
  const { headers } = await server.get('/x.t.u');
  t.match(headers['content-type'], /^text\/x-t; charset=utf-8; ?a=b$/);
});

t.test('what an inner section removes is gone there, and only there', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.html.fr': '', in: { 'x.html.fr': '', 'x.txt': '' } } },
    config: [
      'AddLanguage fr .fr',
      '<Directory @ROOT@/www/in>',
      'RemoveLanguage .fr',
      'AddLanguage it .fr',
      'RemoveType .txt',
      '</Directory>',
    ].join('\n'),
  });
  t.equal((await server.get('/x.html.fr')).headers['content-language'], 'fr');
  t.equal((await server.get('/in/x.html.fr')).headers['content-language'], undefined);
  t.equal((await server.get('/in/x.txt')).headers['content-type'], undefined);
});

t.test('path info counts as a part of the name with ModMimeUsePathInfo', async (t) => {
  const server = await serve(t, {
    files: { www: { file: 'x' } },
    config: 'AcceptPathInfo On\n<Location /file>\nModMimeUsePathInfo On\n</Location>',
  });
  t.equal((await server.get('/file/x.html')).headers['content-type'], 'text/html');
  t.equal((await server.get('/file')).headers['content-type'], undefined);
});

t.test('ForceType counts more than the name', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.html': '', in: { 'x.html': '' } } },
    config: [
      '<Location />\nForceType IMAGE/gif\n</Location>',
      '<Location /in>\nForceType none\n</Location>',
    ].join('\n'),
  });
  t.equal((await server.get('/x.html')).headers['content-type'], 'image/gif');
  t.equal((await server.get('/in/x.html')).headers['content-type'], 'text/html');
  t.match(problemsOf('<Location />\nForceType gif\n</Location>', root), [
    '2:11: error: ForceType takes a MIME type, such as text/plain, or none',
  ]);
});

t.test('AddDefaultCharset is for plain text and HTML without a charset', async (t) => {
  const server = await serve(t, {
    files: { www: { 'x.html': '', 'x.txt': '', 'x.png': '', 'x.html.u': '', off: { 'x.html': '' } } },
    config: 'AddDefaultCharset on\nAddCharset utf-8 .u\n<Location /off>\nAddDefaultCharset Off\n</Location>',
  });
  const typeOf = async (path: string) => (await server.get(path)).headers['content-type'];
  t.equal(await typeOf('/x.html'), 'text/html; charset=iso-8859-1');
  t.equal(await typeOf('/x.txt'), 'text/plain; charset=iso-8859-1');
  t.equal(await typeOf('/x.png'), 'image/png');
  t.equal(await typeOf('/x.html.u'), 'text/html; charset=utf-8');
  t.equal(await typeOf('/off/x.html'), 'text/html');
});
