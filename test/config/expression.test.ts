import { join } from 'node:path';
import t from 'tap';
import { parseCondition, parseText, type ExpressionScope } from '../../lib/config/expression/index.js';

interface Facts {
  readonly variables?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly accessible?: readonly string[];
}

/** What conditions have said that the response depends on. */
let varied: string[] = [];

function scopeOf({
  variables = {},
  headers = {},
  address = '127.0.0.1',
  accessible = [],
}: Facts): ExpressionScope {
  return {
    variable: (name) => variables[name] ?? '',
    requestHeader: (name) => headers[name.toLowerCase()],
    responseHeader: (name) => (name === 'X-Sent' ? 'sent' : undefined),
    environment: (name) => (name === 'E' ? 'from env' : undefined),
    note: (name) => (name === 'N' ? 'from notes' : undefined),
    remoteAddress: address,
    isAccessible: (kind, target) => accessible.includes(`${kind}:${target}`),
    certificateExtensions: (id) => (id === '1.2.3' ? ['one', 'two'] : []),
    varyBy: (name) => varied.push(name),
  };
}

const holds = (text: string, facts: Facts = {}): boolean => parseCondition(text).holds(scopeOf(facts));
const textOf = (text: string, facts: Facts = {}): string => parseText(text).text(scopeOf(facts));

void t.test('operators bind as in Apache', (t) => {
  const cases: readonly [text: string, value: boolean][] = [
    ['true || false && false', true],
    ['(true || false) && false', false],
    ['! true || true', true],
    ['not (true and false)', true],
    ['!!!false', true],
    ["! 'a' == 'b' && true", true],
    ["'a' . 'b' == 'ab'", true],
    ["'1' -eq '01' && '1' != '01'", true],
    ['-1 lt 0', true],
    ["'9223372036854775808' -eq '9223372036854775807'", true],
    ["'x' in {'x'}", true],
    ["'two' -in PeerExtList('1.2.3')", true],
    ["'three' -in PeerExtList('1.2.3')", false],
  ];
  for (const [text, value] of cases) t.equal(holds(text), value, text);
  t.end();
});

void t.test('captures are those of the last expression with groups that was tried', (t) => {
  t.equal(holds("'ab' =~ /(.)(.)/ && $2$1 == 'ba'".replace('$2$1', '"$2$1"')), true);
  t.equal(holds("'ab' =~ /(.)b/ && 'x' =~ /x/ && $1 == 'a'"), true);
  t.equal(holds("'ab' =~ /(.)b/ && 'x' !~ /(y)/ && $1 == ''"), true);
  t.equal(holds("'ab' =~ m#(?>(a))b#i && $1 == 'a' && $9 == ''"), true);
  const { holds: isTrue, captures } = parseCondition("'ab' =~ /a(.)/").evaluate(scopeOf({}));
  t.equal(isTrue, true);
  t.strictSame(Array.from(captures ?? []), ['ab', 'b']);
  t.end();
});

void t.test('functions make texts', (t) => {
  const cases: readonly [text: string, value: string][] = [
    ['%{tolower:ÄBC}', '\xc3\x84bc'],
    ['%{toupper:a%{tolower:B}}', 'AB'],
    ['%{escape:a b/ü?}', 'a%20b/%c3%bc%3f'],
    ['%{unescape:a%20b%2Fc}', 'a b%2Fc'],
    ['[%{unescape:a%0}]', '[]'],
    ['[%{unescape:a%00b}]', '[]'],
    ['%{base64:ü}', 'w7w='],
    ['%{unbase64:w7w=}', '\xc3\xbc'],
    ['[%{unbase64:YQBi}]', '[a]'],
    ['%{md5:foo}', 'acbd18db4cc2f85cedef654fccc4a4d8'],
    ['%{sha1:foo}', '0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33'],
    ['%{ldap:a*(b)\\\\ü}', 'a\\2a\\28b\\29\\5c\\c3\\bc'],
    ['%{filesize:/nowhere}%{filesize:/}', '00'],
    ['%{req:X}%{http:x}%{req_novary:X}%{resp:X-Sent}', 'vvvsent'],
    [
      '%{reqenv:E}|%{note:N}|%{env:E}|%{env:N}|%{osenv:NO_SUCH_VARIABLE}',
      'from env|from notes|from env|from notes|',
    ],
    ['%{SSL:SSL_PROTOCOL} %{SSL_PROTOCOL}', 'TLSv1.3 TLSv1.3'],
    ['\\101\\t\\x\\\\ 50% $ }', 'A\tx\\ 50% $ }'],
    ['"quotes" and \'quotes\'', '"quotes" and \'quotes\''],
    ['%{request_method}', 'GET'],
  ];
  const facts = { variables: { SSL_PROTOCOL: 'TLSv1.3', REQUEST_METHOD: 'GET' }, headers: { x: 'v' } };
  for (const [text, value] of cases) t.equal(textOf(text, facts), value, text);
  const file = join(t.testdir({ file: 'content\n' }), 'file');
  t.equal(textOf(`%{file:${file}}%{filesize:${file}}`), 'content\n8');
  t.end();
});

void t.test('questions about files, addresses and access', (t) => {
  const folder = t.testdir({ file: 'x', empty: '', sub: {}, link: t.fixture('symlink', 'file') });
  const cases: readonly [text: string, value: boolean][] = [
    [`-e '${folder}' && -d '${folder}' && ! -f '${folder}'`, true],
    [`-f '${folder}/file' && -s '${folder}/file'`, true],
    [`-s '${folder}/empty' || -s '${folder}/sub' || -e '${folder}/none' || -x '${folder}/file'`, false],
    [`-L '${folder}/link' && -h '${folder}/link' && -f '${folder}/link' && ! -L '${folder}/file'`, true],
    ["-d '' || -e ''", false],
    ["-R '10.0.0.0/8' && ! -R '10.2'", true],
    ["'::1' -ipmatch '::1/128' && ! 'junk' -ipmatch '10.0.0.0/8'", true],
    ["-U '/a' && -A '/a' && -F '/f' && ! -F '/a'", true],
    ["-T 'yes' && ! (-T 'No' || -T 'oFF' || -T '0' || -T 'False' || -T '')", true],
    ["'a/b' -strmatch 'a*' && ! 'a/b' -fnmatch 'a*' && 'A' -strcmatch 'a'", true],
    ["'abc' -strmatch %{REQUEST_URI}", true],
  ];
  const facts = { address: '10.1.2.3', accessible: ['url:/a', 'file:/f'], variables: { REQUEST_URI: 'a*' } };
  for (const [text, value] of cases) t.equal(holds(text, facts), value, text);
  t.end();
});

void t.test('a condition says which headers a response depends on, and a text does not', (t) => {
  varied = [];
  textOf('%{HTTP_COOKIE}%{req:X}');
  t.strictSame(varied, []);
  holds(
    "%{HTTP_COOKIE} == '' && req('X') == '' && %{HTTP_HOST} == '' && req('Host') == '' && req_novary('Y') == ''",
  );
  t.strictSame(varied, ['Cookie', 'X']);
  varied = [];
  parseCondition("%{HTTP_REFERER} == ''", { isUnvarying: true }).holds(scopeOf({}));
  t.strictSame(varied, []);
  t.end();
});

void t.test('an expression that cannot be evaluated says why', (t) => {
  const condition = parseCondition("true && file('/no/such') == ''");
  t.throws(() => condition.holds(scopeOf({})), { message: 'Cannot open file /no/such', offset: 8 });
  t.throws(() => textOf('%{file:/}'), { message: 'Cannot read from file /' });
  t.equal(holds("false && file('/no/such') == ''"), false, 'what is not asked for does not fail');
  t.end();
});

void t.test('what cannot be read is refused with its place', (t) => {
  const texts: readonly [text: string, offset: number, message: RegExp][] = [
    ['%{NO_SUCH}', 0, /^Variable 'NO_SUCH' does not exist$/],
    ['ab%{nofunc:x}', 2, /^Function 'nofunc' does not exist$/],
    ['%{tolower:}', 10, /unexpected '}'/],
    ['%{tolower:x', 9, /^Unterminated/],
    ['%{REMOTE-ADDR}', 8, /^Invalid character in variable name '-'$/],
    ['%{', 0, /^Unterminated/],
    ['x\\', 1, /backslash/],
    ['\\8', 0, /^Bad escape sequence$/],
    ['\\777', 0, /^Escape sequence out of bound$/],
    ['%{tolower:'.repeat(200), 1000, /within each other/],
  ];
  for (const [text, offset, message] of texts) {
    t.throws(() => parseText(text), { offset, message }, text.slice(0, 20));
  }
  for (const depth of [90, 200, 20_000]) {
    const text = `${'('.repeat(depth)}true${')'.repeat(depth)}`;
    if (depth < 100) t.equal(holds(text), true);
    else
      t.throws(
        () => parseCondition(text),
        { offset: 100, message: /within each other/ },
        `${depth} parentheses`,
      );
  }
  t.equal(holds(`${'!'.repeat(20_000)}true`), true, 'what has no end of its own needs no stack');
  t.equal(holds(Array.from({ length: 5000 }, () => 'true').join(' && ')), true);
  const restricted = { isRestricted: true };
  t.throws(() => parseText('%{file:/x}', restricted), {
    message: 'file not available in restricted context',
  });
  t.throws(() => parseCondition("filesize('/x') == 0", restricted), { message: /restricted/ });
  t.equal(parseCondition("-f '/no/such/file'", restricted).holds(scopeOf({})), false);
  t.end();
});

void t.test('a text without variables is known before any request', (t) => {
  t.equal(parseText('plain \\101').constant, 'plain A');
  t.equal(parseText('').constant, '');
  t.equal(parseText('%{HTTPS}').constant, undefined);
  t.end();
});
