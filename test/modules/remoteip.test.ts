import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { readProxyHeader } from '../../lib/http/proxy-protocol.js';
import { readGreeting } from '../../lib/http/tls/client-hello.js';
import { randomFrom } from '../helpers/random.js';
import { exchange, parseResponse, serve, statuses } from '../http/harness.js';

/** Tells whom the request is from. */
const tell: Handler = (request) => {
  const { remoteAddress, peerAddress, output, notes } = request;
  const header = (name: string): string => request.header(name) ?? '-';
  const seen = [remoteAddress, peerAddress, header('x-forwarded-for'), header('x-proxies')];
  output.head(200, undefined, [['Content-Type', 'text/plain']]);
  output.end(Buffer.from([...seen, notes.get('remoteip-proxy-ip-list') ?? '-'].join('|')));
  return 'done';
};

const site = { handlers: { tell }, files: { www: { 'x.tell': '' } } };

t.test('RemoteIPHeader names the client as far as its proxies are trusted', async (t) => {
  const rows: [name: string, config: string, sent: string, seen: string][] = [
    ['any proxy, about the Internet', '', '198.51.100.7', '198.51.100.7|127.0.0.1|-|127.0.0.1|127.0.0.1'],
    ['any proxy, about the inner network', '', '10.0.0.7', '127.0.0.1|127.0.0.1|10.0.0.7|-|-'],
    ['an internal proxy', 'RemoteIPInternalProxy 127.0.0.1', '10.0.0.7', '10.0.0.7|127.0.0.1|-|-|-'],
    [
      'one that is not trusted',
      'RemoteIPInternalProxy 192.0.2.0/24',
      '10.0.0.7',
      '127.0.0.1|127.0.0.1|10.0.0.7|-|-',
    ],
    [
      'several proxies, the last one unknown',
      'RemoteIPInternalProxy 127.0.0.0/8 10.0.0.0/8',
      '198.51.100.7, 192.0.2.9, 10.1.1.1',
      '192.0.2.9|127.0.0.1|198.51.100.7|-|-',
    ],
    [
      'an outer proxy behind an inner one',
      'RemoteIPInternalProxy 127.0.0.1\nRemoteIPTrustedProxy 192.0.2.9',
      '198.51.100.7, 192.0.2.9',
      '198.51.100.7|127.0.0.1|-|192.0.2.9|192.0.2.9',
    ],
    [
      'an outer proxy may not name the inner network',
      'RemoteIPTrustedProxy 127.0.0.1',
      '192.168.1.1',
      '127.0.0.1|127.0.0.1|192.168.1.1|-|-',
    ],
    ['IPv6', 'RemoteIPInternalProxy 127.0.0.1', '2001:DB8::1', '2001:db8::1|127.0.0.1|-|-|-'],
    ['IPv4 within IPv6', 'RemoteIPInternalProxy 127.0.0.1', '::ffff:192.0.2.1', '192.0.2.1|127.0.0.1|-|-|-'],
    ['a proxy by its name', 'RemoteIPInternalProxy localhost', '10.0.0.7', '10.0.0.7|127.0.0.1|-|-|-'],
    ['no address', 'RemoteIPInternalProxy 127.0.0.1', 'unknown', '127.0.0.1|127.0.0.1|unknown|-|-'],
  ];
  for (const [name, config, sent, seen] of rows) {
    const server = await serve(t, {
      ...site,
      config: `AddHandler tell .tell
        RemoteIPHeader X-Forwarded-For
        RemoteIPProxiesHeader X-Proxies
        ${config}`,
    });
    t.equal((await server.get('/x.tell', `X-Forwarded-For: ${sent}`)).body, seen, name);
  }
});

t.test('logs, access control and variables go by the client that was found', async (t) => {
  const config = `AddHandler tell .tell
    RemoteIPHeader X-Real-IP
    RemoteIPInternalProxy 127.0.0.1
    LogFormat "%a %{c}a %h" short
    CustomLog access.log short
    <Location /x.tell>
      Require ip 192.0.2.7
    </Location>`;
  const server = await serve(t, { ...site, config });
  t.equal((await server.get('/x.tell', 'X-Real-IP: 192.0.2.7')).status, 200);
  t.equal((await server.get('/x.tell', 'X-Real-IP: 192.0.2.8')).status, 403);
  t.equal((await server.get('/x.tell')).status, 403);
  await server.stop();
  const lines = [
    '192.0.2.7 127.0.0.1 192.0.2.7',
    '192.0.2.8 127.0.0.1 192.0.2.8',
    '127.0.0.1 127.0.0.1 127.0.0.1',
  ];
  t.same(readFileSync(`${server.root}/access.log`, 'utf8').trimEnd().split('\n'), lines);
});

const request = 'GET /x.tell HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n';

/** A header of version 2. */
function binary(command: number, family: number, content: readonly number[]): string {
  const fixed = Buffer.from([
    0x0d,
    0x0a,
    0x0d,
    0x0a,
    0,
    0x0d,
    0x0a,
    0x51,
    0x55,
    0x49,
    0x54,
    0x0a,
    command,
    family,
  ]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  return Buffer.concat([fixed, length, Buffer.from(content)]).toString('latin1');
}

t.test('RemoteIPProxyProtocol takes the client from what stands before HTTP', async (t) => {
  const server = await serve(t, { ...site, config: 'AddHandler tell .tell\nRemoteIPProxyProtocol On' });
  const v4 = [192, 0, 2, 1, 192, 0, 2, 2, 0x12, 0x34, 0, 80];
  const v6 = [
    0x20,
    1,
    0x0d,
    0xb8,
    ...Array.from({ length: 11 }, () => 0),
    1,
    ...Array.from({ length: 16 }, () => 0),
  ];
  const rows: [name: string, header: string, client: string][] = [
    ['version 1', 'PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n', '192.0.2.1'],
    ['version 1, IPv6', 'PROXY TCP6 2001:db8::1 2001:db8::2 4660 80\r\n', '2001:db8::1'],
    ['version 1, nothing known', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
    ['version 2', binary(0x21, 0x11, v4), '192.0.2.1'],
    ['version 2 with more behind the addresses', binary(0x21, 0x11, [...v4, 4, 0, 1, 7]), '192.0.2.1'],
    ['version 2, IPv6', binary(0x21, 0x21, [...v6, 0, 1, 0, 2]), '2001:db8::1'],
    ['version 2, the proxy itself', binary(0x20, 0, []), '127.0.0.1'],
  ];
  for (const [name, header, client] of rows) {
    const { body } = parseResponse(await exchange(server.port, header + request));
    t.match(body, `${client}|127.0.0.1|`, name);
  }
  const refused: [name: string, bytes: string][] = [
    ['a request without a header', request],
    ['another protocol', `PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n${request}`],
    ['an address that is none', `PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n${request}`],
    ['IPv6 that says it is IPv4', `PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n${request}`],
    ['a port that is none', `PROXY TCP4 192.0.2.1 192.0.2.2 70000 2\r\n${request}`],
    ['a line without end', `PROXY TCP4 ${'1'.repeat(200)}`],
    ['version 3', binary(0x31, 0x11, v4) + request],
    ['an unknown command', binary(0x22, 0x11, v4) + request],
    ['addresses that are too short', binary(0x21, 0x11, v4.slice(0, 4)) + request],
    [
      'a length beyond all need',
      binary(
        0x21,
        0x11,
        Array.from({ length: 5000 }, () => 0),
      ) + request,
    ],
  ];
  for (const [name, bytes] of refused) t.same(statuses(await exchange(server.port, bytes)), [], name);
  t.equal((await server.stop()).match(/IH0320: RemoteIPProxyProtocol: /g)?.length, refused.length);
});

t.test('RemoteIPProxyProtocolExceptions speak without it', async (t) => {
  const config =
    'AddHandler tell .tell\nRemoteIPProxyProtocol On\nRemoteIPProxyProtocolExceptions 127.0.0.0/8';
  const server = await serve(t, { ...site, config });
  t.match((await server.get('/x.tell')).body, /^127\.0\.0\.1\|/);
  for (const [address, isException] of [
    ['*', true],
    ['192.0.2.1', false],
  ] as const) {
    const own = `<VirtualHost ${address}>\nRemoteIPProxyProtocolExceptions 127.0.0.0/8\n</VirtualHost>`;
    const both = `AddHandler tell .tell\nRemoteIPProxyProtocol On\n${own}`;
    const host = await serve(t, { ...site, config: both });
    const answer = await exchange(host.port, 'GET /x.tell HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    t.same(statuses(answer), isException ? [200] : [], address);
  }
});

t.test('a header in single bytes is understood', async (t) => {
  const whole = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n', 'latin1');
  for (let length = 0; length < whole.length; length++) {
    t.same(readProxyHeader(whole.subarray(0, length)), { kind: 'incomplete' });
  }
  t.match(readProxyHeader(whole), { kind: 'done', length: whole.length, client: { port: 4660 } });
});

t.test('any bytes at the beginning of a connection have a result', async (t) => {
  const random = randomFrom(7);
  const seeds: readonly [Buffer, ...Buffer[]] = [
    Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n', 'latin1'),
    Buffer.from(
      binary(
        0x21,
        0x21,
        Array.from({ length: 40 }, (_, index) => index),
      ),
      'latin1',
    ),
    Buffer.from('16030100300100002c0303' + '00'.repeat(32) + '0000020000010000', 'hex'),
  ];
  for (let count = 0; count < 20_000; count++) {
    const bytes = Buffer.from(random.pick(seeds));
    for (let changes = 1 + random.below(4); changes > 0; changes--) {
      bytes[random.below(bytes.length)] = random.below(256);
    }
    const part = bytes.subarray(0, random.below(bytes.length + 1));
    const { kind } = readProxyHeader(part);
    const greeting = readGreeting(part);
    if (!['done', 'incomplete', 'invalid'].includes(kind)) t.fail(kind);
    if (!['hello', 'incomplete', 'other'].includes(greeting.kind)) t.fail(greeting.kind);
  }
  t.pass('none of them threw');
});
