import t, { type Test } from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { handshake, send as sendSecurely } from '../helpers/tls-client.js';
import { serve, statuses } from './harness.js';

/** Reads the body, whatever it is. */
const read: Handler = async ({ input, output }) => {
  let length = 0;
  for await (const chunk of input) length += (chunk as Buffer).length;
  output.end(Buffer.from(`${length}\n`));
  return 'done' as const;
};

/** Bytes of a request: a line, a Host, more headers, what follows them. */
function request(line: string, headers: readonly string[] = [], body = ''): string {
  return `${[line, 'Host: site.test', ...headers].join('\r\n')}\r\n\r\n${body}`;
}

/** Another request that somebody could have hidden behind the first. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n';

const chunked = (body: string): string =>
  request('POST /x.read HTTP/1.1', ['Transfer-Encoding: chunked'], body);
const post = (...headers: string[]): string => request('POST /x.read HTTP/1.1', headers, '0\r\n\r\n');
const get = (...headers: string[]): string => request('GET /x.read HTTP/1.1', headers);
const line = (text: string): string => request(text);

/** What a request looks like, and which status it gets; nothing behind it is looked at any more. */
const REFUSED: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ['both length headers', post('Content-Length: 5', 'Transfer-Encoding: chunked'), 400],
  ['both length headers, the other way round', post('Transfer-Encoding: chunked', 'Content-Length: 5'), 400],
  ['an encoding behind chunked', post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity'), 400],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked'), 400],
  ['an encoding that only looks like chunked', post('Transfer-Encoding: xchunked'), 400],
  ['an encoding in quotes', post('Transfer-Encoding: "chunked"'), 400],
  ['an encoding behind a vertical tab', post('Transfer-Encoding: \x0bchunked'), 400],
  ['a space before the colon', post('Transfer-Encoding : chunked'), 400],
  ['an encoding on a line that goes on', post('Transfer-Encoding:\r\n chunked'), 400],
  ['a list of lengths', post('Content-Length: 0, 0'), 400],
  ['the same length twice', post('Content-Length: 0', 'Content-Length: 0'), 400],
  ['a length with a sign', post('Content-Length: +0'), 400],
  ['a length in hexadecimal', post('Content-Length: 0x0'), 400],
  ['a length that is too large for a number', post('Content-Length: 99999999999999999999'), 400],
  ['an empty length', post('Content-Length: '), 400],
  ['a header on a line that goes on (obs-fold)', get('X: a', ' b'), 400],
  ['a first header that begins with a space', 'GET / HTTP/1.1\r\n Host: site.test\r\n\r\n', 400],
  ['lines that end in LF alone', 'GET / HTTP/1.1\nHost: site.test\n\n', 400],
  ['a header that ends in LF alone', get('X: y\nTransfer-Encoding: chunked'), 400],
  ['CR alone in a header', get('X: y\rTransfer-Encoding: chunked'), 400],
  ['NUL in a value', get('X: a\0b'), 400],
  ['NUL in a name', get('X\0: a'), 400],
  ['NUL in the target', line('GET /a\0 HTTP/1.1'), 400],
  ['a control character in a value', get('X: a\x01b'), 400],
  ['a header without a name', get(': b'), 400],
  ['tabs in the request line', line('GET\t/\tHTTP/1.1'), 400],
  ['a version in small letters', line('GET / http/1.1'), 400],
  ['a version with two digits', line('GET / HTTP/1.10'), 400],
  ['a version that there is not', line('GET / HTTP/1.2'), 505],
  ['a whole URL without a Host', 'GET http://site.test/ HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', get('Host: other.test'), 400],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: site.test/x\r\n\r\n', 400],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: a@site.test\r\n\r\n', 400],
  ['a Host with a port that is none', 'GET / HTTP/1.1\r\nHost: site.test:99999\r\n\r\n', 400],
  ['a fragment', line('GET /#x HTTP/1.1'), 400],
  ['a chunk size that is negative', chunked('-1\r\n\r\n'), 400],
  ['a chunk size with 0x', chunked('0x0\r\n\r\n'), 400],
  ['a chunk size that is too large', chunked('fffffffffffffffff\r\n\r\n'), 400],
  ['a chunk size behind a space', chunked(' 3\r\nabc\r\n0\r\n\r\n'), 400],
  ['chunks that end in LF alone', chunked('3\nabc\n0\n\n'), 400],
  ['a chunk that is longer than its size', chunked('3\r\nabcd\r\n0\r\n\r\n'), 400],
  ['LF within a chunk extension', chunked('3;\nxx\r\nabc\r\n0\r\n\r\n'), 400],
  ['a chunk extension without end', chunked(`3;${'a'.repeat(20_000)}\r\nabc\r\n0\r\n\r\n`), 400],
];

/** What is fine, with the request behind it. */
const TAKEN: readonly (readonly [name: string, bytes: string, status: number])[] = [
  ['chunks', chunked('3\r\nabc\r\n0\r\n\r\n'), 200],
  ['chunk extensions', chunked('3;a=b;c="d"\r\nabc\r\n0\r\n\r\n'), 200],
  ['trailers', chunked('3\r\nabc\r\n0\r\nX: y\r\n\r\n'), 200],
  ['empty lines before a request', `\r\n\r\n${get()}`, 200],
  ['a GET with a body', request('GET /x.read HTTP/1.1', ['Content-Length: 3'], 'abc'), 200],
  ['a HEAD with a body', request('HEAD /x.read HTTP/1.1', ['Content-Length: 3'], 'abc'), 200],
  ['a whole URL', line('GET http://site.test/x.read HTTP/1.1'), 200],
];

const site = {
  handlers: { read },
  config: 'AddHandler read .read',
  files: { www: { 'x.read': '' } },
};

async function checkForms(t: Test, send: (bytes: string) => Promise<string>): Promise<void> {
  for (const [name, bytes, status] of REFUSED) {
    const text = await send(bytes + hidden);
    t.same(statuses(text), [status], name);
    t.match(text, /\r\nConnection: close\r\n/, `${name}: the connection is closed`);
  }
  for (const [name, bytes, status] of TAKEN)
    t.same(statuses(await send(bytes + hidden)), [status, 404], name);
}

t.test('forms that others could read differently', async (t) => {
  const server = await serve(t, site);
  await checkForms(t, (bytes) => server.send(bytes));
});

t.test('forms that others could read differently, over TLS', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site');
  const server = await serve(t, {
    ...site,
    config: `Listen 127.0.0.1:0 https
      SSLCertificateFile ${certificates.file('site.crt')}
      SSLCertificateKeyFile ${certificates.file('site.key')}
      ${site.config}`,
  });
  const port = Number(new URL(server.server.urls[1] ?? '').port);
  await checkForms(t, async (bytes) => sendSecurely(await handshake(t, port), bytes));
});

t.test('a request of HTTP/1.0 with chunks closes the connection behind it', async (t) => {
  const server = await serve(t, site);
  const old =
    'POST /x.read HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  t.same(statuses(await server.send(old + hidden)), [200]);
});
