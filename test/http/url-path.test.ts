import t from 'tap';
import { parseTarget, unsafeName } from '../../lib/http/url-path.js';

const good: [target: string, path: string, query?: string][] = [
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/a?x=1&y=%20', '/a', 'x=1&y=%20'],
  ['/a?b?c', '/a', 'b?c'],
  ['/%41%62', '/Ab'],
  ['/%e4%C3%A9', '/\xe4\xc3\xa9'],
  ['/a%20b', '/a b'],
  ['/a%3Fb?c', '/a?b', 'c'],
  ['/a%23b', '/a#b'],
  ['/a%252fb', '/a%2fb'],
  ['/a/./b/../c', '/a/c'],
  ['/a/%2e/b/%2e%2e/c', '/a/c'],
  ['/a/b/..', '/a/'],
  ['/a/.', '/a/'],
  ['/a/..', '/'],
  ['//a///b//', '/a/b/'],
  ['/...', '/...'],
  ['/.hidden', '/.hidden'],
  ['/a/..b/c', '/a/..b/c'],
  ['*', '*'],
  ['http://h/', '/'],
  ['http://h', '/'],
  ['http://h?q', '/', 'q'],
  ['HTTPS://h:8080/a/../b?q', '/b', 'q'],
];
for (const [target, path, query = ''] of good) {
  t.test(`the target ${target} leads to the path ${path}`, async (t) => {
    const parsed = parseTarget(target);
    t.match(parsed, { path, query });
  });
}

const refused: [target: string, status: number, reason: string][] = [
  ['/a%', 400, 'an escape that is not % and two hexadecimal digits'],
  ['/a%4', 400, 'an escape that is not % and two hexadecimal digits'],
  ['/a%g0', 400, 'an escape that is not % and two hexadecimal digits'],
  ['/a%u0041', 400, 'an escape that is not % and two hexadecimal digits'],
  ['/a%00b', 404, '%00'],
  ['/a%2fb', 404, '%2f'],
  ['/a%2F..%2fb', 404, '%2f'],
  ['/..', 400, 'the path leads above the root'],
  ['/../etc/passwd', 400, 'the path leads above the root'],
  ['/a/../../b', 400, 'the path leads above the root'],
  ['/%2e%2e/b', 400, 'the path leads above the root'],
  ['/a#b', 400, 'a fragment is not sent to a server'],
  ['/a b', 400, 'a control character or a space'],
  ['/a\x7f', 400, 'a control character or a space'],
  ['a/b', 400, 'not a path and not an http URL'],
  ['', 400, 'not a path and not an http URL'],
  ['ftp://h/', 400, 'not a path and not an http URL'],
  ['http:///a', 400, 'the URL has no host, or names a user'],
  ['http://user@h/a', 400, 'the URL has no host, or names a user'],
];
for (const [target, status, reason] of refused) {
  t.test(`the target ${JSON.stringify(target)} is refused with ${status}`, async (t) => {
    t.match(parseTarget(target), { status, reason });
  });
}

t.test('the authority of an absolute target is kept apart from the path', async (t) => {
  t.match(parseTarget('http://Other.test:81/x'), { authority: 'Other.test:81', path: '/x' });
  t.match(parseTarget('/x'), { authority: undefined });
});

const names: [segment: string, reason: string | undefined][] = [
  ['app.dll', undefined],
  ['.htaccess', undefined],
  ['a b', undefined],
  ['a..b', undefined],
  ['app.dll.', 'a trailing dot or space'],
  ['app.dll...', 'a trailing dot or space'],
  ['app.dll ', 'a trailing dot or space'],
  ['app.dll::$DATA', 'a colon'],
  ['c:', 'a colon'],
  ['..\\x', 'a backslash'],
];
for (const [segment, reason] of names) {
  t.test(
    `the name ${JSON.stringify(segment)} ${reason ? `is refused for ${reason}` : 'may name a file'}`,
    async (t) => {
      t.equal(unsafeName(segment), reason);
    },
  );
}

const suspicious: [target: string, expected: boolean][] = [
  ['/a/b.dll', false],
  ['/a/b.dll/c', false],
  ['/a/b.dll.', true],
  ['/a/b./c', true],
  ['/a/b%20/c', true],
  ['/a/b%5cc', true],
  ['/a/b\\c', true],
  ['/a/b::$DATA', true],
  ['/a/b%3a/c', true],
  ['/a/b/.', false],
];
for (const [target, expected] of suspicious) {
  t.test(`the target ${target} ${expected ? 'needs' : 'needs no'} look at each of its names`, async (t) => {
    t.match(parseTarget(target), { suspicious: expected });
  });
}
