import t from 'tap';
import { parseAuthority } from '../../lib/http/authority.js';
import { displayText, escapePath, utf8Text } from '../../lib/http/byte-string.js';
import { hasListToken, isToken, parseLength } from '../../lib/http/header-syntax.js';
import { reasonPhrase } from '../../lib/http/status.js';

const authorities: [text: string, name: string | undefined, port?: number][] = [
  ['Site.TEST', 'site.test'],
  ['site.test:8080', 'site.test', 8080],
  ['site.test.', 'site.test'],
  ['site.test:', undefined],
  ['12345', undefined],
  ['12345:80', undefined],
  ['a..b', undefined],
  ['.', undefined],
  ['1.2.3', undefined],
  ['01.2.3.4', undefined],
  ['1.2.03.4', undefined],
  ['.1.2.3', undefined],
  ['foo.1bar', undefined],
  ['foo.1bar.', undefined],
  ['.foo', '.foo'],
  ['-', '-'],
  ['[FE80::1]', '[fe80::1]'],
  ['[::1.2.3.4]:5', '[::1.2.3.4]', 5],
  ['[::1::2]', undefined],
  ['[]', undefined],
  ['[::1', undefined],
  ['[::1]x', undefined],
  ['[fe80::1%lo]', undefined],
  ['a,b', undefined],
  ['a:8x', undefined],
  [':80', undefined],
  ['127.0.0.1:1', '127.0.0.1', 1],
  ['[::1]:81', '[::1]', 81],
  ['', ''],
  ['under_score', 'under_score'],
  ['a b', undefined],
  ['a/b', undefined],
  ['a@b', undefined],
  ['a:b', undefined],
  ['a:0', undefined],
  ['a:65536', undefined],
  ['::1', undefined],
  ['a"b', undefined],
  ['caf\xe9', undefined],
];
for (const [text, name, port] of authorities) {
  t.test(
    `the host ${JSON.stringify(text)} ${name === undefined ? 'is malformed' : `is ${JSON.stringify(name)}`}`,
    async (t) => {
      t.same(parseAuthority(text), name === undefined ? undefined : { name, port });
      t.same(
        parseAuthority(text),
        name === undefined ? undefined : { name, port },
        'also when it comes again',
      );
    },
  );
}

const unsafe: [text: string, name: string | undefined, port?: number][] = [
  ['a b', 'a b'],
  ['12345', '12345'],
  ['a.test, a.test', 'a.test, a.test'],
  ['site.test:', 'site.test:'],
  ['u@a.test:81', 'u@a.test', 81],
  ['foo.1bar', 'foo.1bar'],
  ['a..b', undefined],
  ['a/b', undefined],
  ['a\\b', undefined],
  ['a:0', undefined],
  ['[::1', undefined],
];
for (const [text, name, port] of unsafe) {
  const outcome = name === undefined ? 'is malformed' : `is ${JSON.stringify(name)}`;
  t.test(`by unsafe rules the host ${JSON.stringify(text)} ${outcome}`, async (t) => {
    t.same(parseAuthority(text, false), name === undefined ? undefined : { name, port });
  });
}

t.test('tokens are what names of headers and methods consist of', async (t) => {
  for (const text of ['Content-Type', 'X_Y', 'M-SEARCH', "!#$%&'*+-.^_`|~"])
    t.equal(isToken(text), true, text);
  for (const text of ['', 'a b', 'a:', 'a\r', 'a/b', 'caf\xe9', '(a)']) t.equal(isToken(text), false, text);
});

t.test('a Content-Length is digits and nothing else', async (t) => {
  const rows: [text: string, length: number | undefined][] = [
    ['0', 0],
    [' 12 ', 12],
    ['007', 7],
    ['', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['0x10', undefined],
    ['1e3', undefined],
    ['9999999999999999', undefined],
  ];
  for (const [text, length] of rows) t.equal(parseLength(text), length, JSON.stringify(text));
});

t.test('a list holds a token in any letter case', async (t) => {
  t.equal(hasListToken('keep-alive, Close', 'close'), true);
  t.equal(hasListToken('closed', 'close'), false);
});

t.test('byte strings become text where they are UTF-8', async (t) => {
  t.equal(utf8Text('plain'), 'plain');
  t.equal(utf8Text('caf\xc3\xa9'), 'café');
  t.equal(utf8Text('caf\xe9'), undefined);
  t.equal(displayText('caf\xe9'), 'caf\xe9');
  t.equal(utf8Text('\xef\xbf\xbd'), '\ufffd', 'the replacement character may be in a name');
});

t.test('a path is escaped so that it decodes to itself', async (t) => {
  t.equal(escapePath('/a b/50%/caf\xe9?#;=&'), '/a%20b/50%25/caf%E9%3F%23;=&');
});

t.test('reasons are those that Apache gives', async (t) => {
  const rows: [status: number, reason: string][] = [
    [200, 'OK'],
    [302, 'Found'],
    [404, 'Not Found'],
    [413, 'Request Entity Too Large'],
    [416, 'Requested Range Not Satisfiable'],
    [500, 'Internal Server Error'],
    [299, ''],
    [999, ''],
  ];
  for (const [status, reason] of rows) t.equal(reasonPhrase(status), reason, String(status));
});
