import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { ExpressionError, parseCondition, parseText } from '../../lib/config/expression/index.js';
import { compilePattern } from '../../lib/config/fnmatch.js';
import type { Problem } from '../../lib/config/place.js';
import { parsePools } from '../../lib/config/pools.js';
import { READING_DIRECTIVES } from '../../lib/config/reading-directives.js';
import { compileRegex, RegexError } from '../../lib/config/regex.js';
import { SECTIONS } from '../../lib/config/section-table.js';
import { hashCost, verifyPassword } from '../../lib/modules/authn-file/crypt/index.js';
import { builtInModules } from '../../lib/modules/index.js';
import { WatchedFiles } from '../../lib/http/watched-file.js';
import { fakeModules } from './fake-modules.js';
import { goldenCases } from './golden.js';

/** Every run tries the same texts. */
const SEED = 20_261_120;

function check<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, holds: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, holds), { seed: SEED, numRuns });
}

/** Texts of any characters, and of those that the grammars give a meaning to. */
function texts(tokens: readonly string[]): fc.Arbitrary<string> {
  const token = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...tokens) },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 4 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
  );
  return fc.array(token, { maxLength: 24 }).map((parts) => parts.join(''));
}

/** Everything that is wrong has a place, and the place is one of the text. */
function checkPlaces(problems: readonly Problem[], text: string): void {
  const lines = text.split('\n');
  for (const { place, message } of problems) {
    if (!place) throw new Error(`no place: ${message}`);
    const line = lines[place.line - 1];
    if (line === undefined) throw new Error(`line ${place.line} of ${lines.length}: ${message}`);
    if (place.column < 1 || place.column > line.length + 1) {
      throw new Error(`column ${place.column} of ${line.length}: ${message}`);
    }
    // The directive Throws of the tests does.
    if (/^(?!Throws )<?\w+>? failed: /.test(message)) throw new Error(`a directive has thrown: ${message}`);
  }
}

const MODULES = builtInModules([]);
const NAMES = [
  ...MODULES.flatMap(({ directives, sections = [] }) => [
    ...directives.map(({ name }) => name),
    ...sections.map(({ name }) => `<${name}`),
  ]),
  ...SECTIONS.map(({ kind }) => `<${kind}`),
  ...READING_DIRECTIVES.map(({ name, container }) => (container ? `<${name}` : name)),
  // What these name on the machine is none of the test's business.
].filter((name) => !/^(?:Include|ServerRoot)/.test(name));

const ARGUMENTS =
  'On Off none all default "" "a b" \'q\' 0 1 -1 80 443 1000000000000 1.5 10ms * *:80 127.0.0.1 [::1]:80 _default_ ' +
  '/ /x /x/ ~ ^/(.*)$ ( \\ $1 %{HTTP_HOST} expr=true expr=( "expr=%{X}" env=X env=!X early set always X-Name ' +
  'text/html .html html en http://a.test/ 301 404 gone permanent +ExecCGI -Indexes GET POST valid-user ip user ' +
  'granted not host "%h %l" combined logs/x "|cat" syslog:x info core:debug ${X} !a a=b true "%{HTTPS} == \'on\'"';

const line = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(fc.constantFrom(...ARGUMENTS.split(' ')), { maxLength: 4 }))
  .map(([name, args]) => {
    const text = [name, ...args].join(' ');
    return name.startsWith('<') ? `${text}>\nServerAdmin x\n</${name.slice(1)}>` : text;
  });

/** Directives of every module with arguments of every kind, some of them in sections. */
const directives = fc
  .array(line, { minLength: 1, maxLength: 6 })
  .chain((lines) =>
    fc
      .constantFrom('', 'Directory /x', 'Location /x', 'VirtualHost *:80', 'Files x', 'If true', 'RequireAll')
      .map((section) =>
        section === ''
          ? lines.join('\n')
          : [`<${section}>`, ...lines, `</${section.split(' ')[0]}>`].join('\n'),
      ),
  );

function checkOffset(offset: number, text: string): void {
  if (offset < 0 || offset > text.length) throw new Error(`offset ${offset} of ${text.length}`);
}

void t.test('any directives of the modules are settings, or problems with places', (t) => {
  const root = t.testdir({ conf: {} });
  const file = join(root, 'httpd.conf');
  check(directives, 3000, (text) => {
    const { configuration, problems } = loadConfiguration({
      file,
      text,
      modules: MODULES,
      environment: {},
    });
    checkPlaces(problems, text);
    configuration?.main.settingsFor({ path: '/x/y', filename: '/x/y' });
  });
  t.end();
});

void t.test('any directives in .htaccess are settings, or problems with places', (t) => {
  const root = t.testdir({ www: {} });
  const name = join(root, 'www', '.htaccess');
  const text = '<Directory />\nAllowOverride All\n</Directory>';
  const { configuration } = loadConfiguration({
    file: join(root, 'x'),
    text,
    modules: MODULES,
    environment: {},
  });
  const query = { path: '/x', filename: join(root, 'www', 'x') };
  let length = 0;
  check(directives, 500, (content) => {
    // The size differs from one to the next, so that the file is read again.
    const padded = content.length === length ? `${content}\n` : content;
    length = padded.length;
    writeFileSync(name, padded);
    checkPlaces(configuration?.main.settingsFor(query).problems ?? [], readFileSync(name, 'utf8'));
  });
  t.end();
});

void t.test('any text as configuration is a tree, or problems with places', (t) => {
  const corpus = goldenCases('golden')
    .map(({ input }) => input)
    .filter((input) => !/include|serverroot|^===/im.test(input));
  const pieces = corpus.flatMap((input) => input.split('\n')).filter((each) => each.length < 200);
  const tokens = [
    ...pieces,
    '\n',
    '\n',
    '\n',
    '\\\n',
    '"',
    '<',
    '>',
    '</',
    '#',
    '${X}',
    '<If "',
    '">\n',
    '</If>\n',
  ];
  const file = join(t.testdir(), 'httpd.conf');
  check(texts(tokens), 3000, (text) => {
    if (/include|serverroot/i.test(text)) return;
    const { problems } = loadConfiguration({ file, text, modules: fakeModules, environment: {} });
    checkPlaces(problems, text);
  });
  t.end();
});

void t.test('any text as an expression is one, or is refused with a place in it', (t) => {
  const tokens =
    '%{ } : ( ) { } , . \' " \\ $1 && || ! and or not in -in == =~ !~ / m# #i < -eq eq -ipmatch -f -R true false ' +
    "HTTP_HOST tolower req 10.0.0.0/8 '10.0.0.0/8' 'x' 12 -1 \\101 %{HTTP_HOST} ( tolower('x') '%{X}'";
  const read = (parse: () => unknown, text: string): void => {
    try {
      parse();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      checkOffset(error.offset, text);
    }
  };
  check(texts([...tokens.split(' '), ' ', ' ']), 5000, (text) => {
    read(() => parseCondition(text), text);
    read(() => parseText(text), text);
    read(() => parseCondition(`'x' == "${text}"`), `'x' == "${text}"`);
  });
  t.end();
});

void t.test('any text as a regular expression or a pattern is one, or is refused with a place in it', (t) => {
  const tokens =
    'a b . * + ? *+ ++ ?? {2} {1,3} {,2} ( (?: (?> (?= (?<! (?<n> (?i) (?x: (?# ) | [ [^ ] - \\ \\d \\Q \\E \\1 \\g{-1} ' +
    '\\k<n> \\x41 \\x{ [:alpha:] ^ $ \\b \\K \\p (?R) (*X) #';
  check(texts(tokens.split(' ')), 5000, (text) => {
    try {
      compileRegex(text).test('ab');
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      checkOffset(error.offset, text);
    }
    compilePattern(text, { pathname: true }).test('ab');
  });
  t.end();
});

void t.test('any text as pools.ini is pools, or problems with places', (t) => {
  const tokens = goldenCases('golden-pools').flatMap(({ input }) => input.split('\n'));
  check(texts([...tokens, '\n', '\n', '[', ']', '=', ';', '"', 'env[A]=']), 2000, (text) => {
    const { pools, problems } = parsePools(text, 'pools.ini');
    checkPlaces(problems, text);
    if (!pools.has('default')) throw new Error('there is no default pool');
  });
  t.end();
});

void t.test('any text as a line of a password file is taken for what it is, and nothing is thrown', (t) => {
  const tokens =
    '$ : $apr1$ $1$ $2y$ $2a$05$ $5$ $6$ rounds=1000$ rounds= {SHA} {SSHA} ./ab 0123456789 ' +
    'W6ph5Mm5Pz8GgiULbPgzG37mj9g= abJnggxhB/yWI 5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8';
  check(texts(tokens.split(' ')), 2000, (text) => {
    const bytes = Buffer.from(text, 'utf8').toString('latin1');
    if (hashCost(bytes) === 'quick') verifyPassword('password', bytes);
  });
  const name = join(t.testdir(), 'file');
  const files = new WatchedFiles((lines) => lines.map((each) => each.split(':')));
  check(texts([...tokens.split(' '), '\n', '\\\n', '\r\n', '#']), 200, (text) => {
    writeFileSync(name, text);
    const { value } = files.read(name);
    if (value.length < 1) throw new Error('a text has at least one line');
  });
  t.end();
});
