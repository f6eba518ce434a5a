import t from 'tap';
import {
  changeRegexDefaults,
  compileRegex,
  currentRegexDefaults,
  groupsOf,
  REGEX_DEFAULTS,
  RegexError,
  withRegexDefaults,
} from '../../lib/config/regex.js';

void t.test('regular expressions are in the syntax of PCRE', (t) => {
  const matches: readonly [pattern: string, text: string][] = [
    ['\\.dll$', '/a/b.dll'],
    ['(?i)\\.DLL$', 'x.dll'],
    ['(?i)(?s)a.B', 'A\nb'],
    ['a.b', 'a\nb'],
    ['(?-s)a.b', 'a\rb'],
    ['\\Aabc\\z', 'abc'],
    ['abc\\Z', 'abc\n'],
    ['(?m)^b$', 'a\nb\nc'],
    ['[[:digit:]_]+x', '1_x'],
    ['[^[:space:]]', 'a'],
    ['[[:^digit:]]', 'a'],
    ['[]a]+$', ']a'],
    ['^[^]a]+$', 'b'],
    ['[[]x', '[x'],
    ['[a\\]b]+$', 'a]b'],
    ['[\\Qa]b\\E]+$', 'a]b'],
    ['[\\w-]+$', 'a-b'],
    ['(?P<name>a)(?P=name)', 'aa'],
    ['\\x{41}\\x42\\103\\o{104}', 'ABCD'],
    ['\\x{a}', '\n'],
    ['a\\-b\\_', 'a-b_'],
    ['^\\s$', ' '],
    ['^[\\s]$', '\t'],
    ['ü$', 'gr\xc3\xbc'],
    ['(a)\\1', 'aa'],
    ['(a)(b)\\g{-1}\\g1', 'abba'],
    ['(?<q>["\'])x\\k<q>', '"x"'],
    ['(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)\\10', 'abcdefghijj'],
    ['\\Qa.b*\\E+', 'a.b***'],
    ['a{,2}', 'a{,2}'],
    ['x{1', 'x{1'],
    ['(?:a|b)(?#what follows is c)c', 'bc'],
    ['(?x) a b # and then\n c', 'abc'],
    ['^(?U)a+', 'aaa'],
    ['\\h\\R\\N', ' \r\nx'],
    ['a++b', 'aab'],
    ['\\cA\\e\\a', '\x01\x1b\x07'],
    ['(?<=a)b(?!c)', 'abd'],
    ['(?i:A)b', 'ab'],
    ['a(?i)B|C', 'c'],
  ];
  for (const [pattern, text] of matches) t.match(text, compileRegex(pattern), `${pattern} matches ${text}`);
  const others: readonly [pattern: string, text: string][] = [
    ['\\s', '\xa0'],
    ['a', 'A'],
    ['[]a]x', 'xx]'],
    ['(?i:A)b', 'aB'],
    ['(?i)\xe4', '\xc4'],
    ['(?>a+)a', 'aaa'],
    ['a++a', 'aaa'],
    ['(?-s)^a.b', 'a\nb'],
    ['abc$', 'abc\n'],
    ['\\bx', 'ax'],
    ['[^[:^digit:]]', 'a'],
  ];
  for (const [pattern, text] of others) {
    t.notMatch(text, compileRegex(pattern), `${pattern} does not match ${text}`);
  }
  t.end();
});

void t.test('groups have the numbers that they have in the pattern', (t) => {
  const regex = compileRegex('(?>(a+))(b*+)(?<last>c)(?>d|(e))');
  const found = regex.exec('xaabbce');
  t.strictSame(Array.from(found ?? []), ['aabbce', 'aa', 'bb', 'c', 'e']);
  t.equal(found?.index, 1);
  t.strictSame(groupsOf(regex), { count: 4, names: new Map([['last', 3]]) });
  t.equal(regex.test('aabbcd'), true);
  t.equal('aabbcd'.replace(regex, '$3$1'), 'caa', 'also for those who replace');
  t.strictSame(Array.from(compileRegex('(a)|(b)').exec('b') ?? []), ['b', undefined, 'b']);
  t.equal(groupsOf(compileRegex('(?:a)[(]\\(')).count, 0);
  t.end();
});

void t.test('letter case is that of ASCII', (t) => {
  const regex = compileRegex('^[a-c]ü\\x44(x)\\1$', { ignoreCase: true });
  t.match('Bü'.replace('ü', '\xc3\xbc') + 'dXx', regex);
  t.notMatch('B\xe3\xbcdXx', compileRegex('^[a-c]ü\\x44Xx$', { ignoreCase: true }), 'a byte is no letter');
  t.end();
});

void t.test('the defaults hold for what is compiled after them, until the configuration is read', (t) => {
  t.equal(currentRegexDefaults(), REGEX_DEFAULTS);
  withRegexDefaults(REGEX_DEFAULTS, () => {
    changeRegexDefaults({ ignoreCase: true, dotAll: false, dollarEndOnly: false });
    const regex = compileRegex('^a.b$');
    t.match('A b\n', regex);
    t.notMatch('a\nb', regex);
    t.notMatch('A', compileRegex('(?-i)a'));
  });
  t.equal(currentRegexDefaults(), REGEX_DEFAULTS);
  t.notMatch('A', compileRegex('a'));
  t.end();
});

void t.test('what is wrong or cannot be done is said with its place in the pattern', (t) => {
  const cases: readonly [pattern: string, offset: number, message: RegExp][] = [
    ['ü(', 1, /missing closing parenthesis$/],
    ['a)', 1, /unmatched closing parenthesis$/],
    ['ab[c', 2, /missing terminating \]/],
    ['a**', 2, /quantifier does not follow a repeatable item$/],
    ['^*', 1, /quantifier does not follow/],
    ['a{3,1}', 1, /numbers out of order/],
    ['a{65536}', 1, /number too big/],
    ['[b-a]', 1, /range out of order/],
    ['[\\d-z]', 1, /invalid range/],
    ['[[.a.]]', 1, /collating/],
    ['x\\', 1, /\\ at end of pattern$/],
    ['\\p{L}', 0, /\\p is not supported/],
    ['a\\Kb', 1, /\\K is not supported/],
    ['\\x{263a}', 0, /too large/],
    ['(a)\\2', 3, /non-existent/],
    ['\\k<x>', 0, /non-existent/],
    ['(?R)', 0, /recursion/],
    ['(?&x)', 0, /recursion/],
    ['(a)(?(1)b)', 3, /conditions/],
    ['(?|a)', 0, /not supported/],
    ['(*COMMIT)', 0, /verbs/],
    ['(?z)', 0, /unrecognized character/],
    ['(?#x', 0, /comment/],
    ['(?<a>x)(?<a>y)', 7, /same name/],
    ['(x)(?i)\\1', 0, /letter case/],
    ['('.repeat(300), 250, /too deeply nested/],
  ];
  for (const [pattern, offset, message] of cases) {
    try {
      compileRegex(pattern);
      t.fail(`${pattern} was compiled`);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      t.equal(error.offset, offset, pattern);
      t.match(error.message, /^Regex could not be compiled: ./);
      t.match(error.reason, message);
    }
  }
  t.end();
});
