import t from 'tap';
import { compilePattern, isPattern } from '../../lib/config/fnmatch.js';
import { nearestName } from '../../lib/config/nearest.js';

void t.test('shell patterns match as apr_fnmatch does', (t) => {
  const cases: readonly [pattern: string, text: string, pathname: boolean, period: boolean][] = [
    ['/a/*', '/a/b', false, false],
    ['/a/*', '/a/b/c', false, false],
    ['/a/*', '/a/b', true, false],
    ['/a/*/', '/a//', true, false],
    ['?', 'é', true, false],
    ['a?c', 'abc', true, true],
    ['[a-c]x', 'bx', true, false],
    ['[!a-c]x', 'dx', true, false],
    ['[^a-c]x', 'dx', true, false],
    ['[]a]', ']', true, false],
    ['[a-]', '-', true, false],
    ['[*]', '*', true, false],
    ['a\\*', 'a*', true, false],
    ['[a', '[a', true, false],
    ['.*', '.x', true, true],
    ['a.b', 'a.b', true, true],
    ['***a', 'bca', true, false],
  ];
  for (const [pattern, text, pathname, period] of cases) {
    t.match(text, compilePattern(pattern, { pathname, period }), `${pattern} matches ${text}`);
  }
  const not: readonly [pattern: string, text: string, pathname: boolean, period: boolean][] = [
    ['/a/*', '/a/b/c', true, false],
    ['/a?b', '/a/b', true, false],
    ['/a[/]b', '/a/b', true, false],
    ['[!a]x', 'ax', true, false],
    ['[!a]', '/', true, false],
    ['*', '.x', true, true],
    ['?x', '.x', true, true],
    ['[.]x', '.x', true, true],
    ['a.b', 'axb', true, false],
    ['a\\*', 'ab', true, false],
    ['a', 'ab', true, false],
    ['[c-a]', 'b', true, false],
  ];
  for (const [pattern, text, pathname, period] of not) {
    t.notMatch(text, compilePattern(pattern, { pathname, period }), `${pattern} does not match ${text}`);
  }
  t.match('ABC.DLL', compilePattern('abc.*', { ignoreCase: true }));
  t.end();
});

void t.test('a pattern has an unescaped wildcard', (t) => {
  for (const text of ['*', 'a?', '[ab]', 'a\\\\*']) t.equal(isPattern(text), true, text);
  for (const text of ['a', 'a\\*', '[', 'a[]', '\\?']) t.equal(isPattern(text), false, text);
  t.end();
});

void t.test('the nearest name takes the fewest changes and at most a third of the letters', (t) => {
  const names = ['Options', 'Order', 'ServerName', 'ServerRoot'];
  t.equal(nearestName('serverNam', names), 'ServerName');
  t.equal(nearestName('ServerRoto', names), 'ServerRoot');
  t.equal(nearestName('Optoins', names), 'Options');
  t.equal(nearestName('Ordre', names), 'Order');
  t.equal(nearestName('Frobnicate', names), undefined);
  t.equal(nearestName('', names), undefined);
  t.equal(nearestName('x'.repeat(101), ['x'.repeat(101)]), undefined);
  t.end();
});
