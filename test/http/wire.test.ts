import { readFileSync } from 'node:fs';
import net from 'node:net';
import t from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { exchange, parseResponse, serve, statuses } from './harness.js';

const text = [['Content-Type', 'text/plain']] as const;

/** Tells method and what it read of the body. */
const echo: Handler = async (request) => {
  let length = 0;
  for await (const chunk of request.input) length += (chunk as Buffer).length;
  request.output.head(200, undefined, text);
  request.output.end(Buffer.from(`${request.method} ${length}\n`));
  return 'done' as const;
};

/** Answers without a look at the body. */
const ignore: Handler = (request) => {
  request.output.head(200, undefined, text);
  request.output.end(Buffer.from(`${request.target} ignored\n`));
  return 'done';
};

/** Writes twice, so that the length is not known at the head. */
const stream: Handler = (request) => {
  request.output.head(200, undefined, text);
  request.output.write(Buffer.from('one '));
  request.output.write(Buffer.from('two\n'));
  request.output.end();
  return 'done';
};

const site = {
  handlers: { echo, ignore, stream },
  config:
    'AddHandler echo .echo\nAddHandler ignore .ignore\nAddHandler stream .stream\nMaxKeepAliveRequests 0',
  files: { www: { 'x.echo': '', 'x.ignore': '', 'x.stream': '' } },
};

const head = (line: string, ...headers: string[]): string =>
  `${[line, 'Host: site.test', ...headers].join('\r\n')}\r\n\r\n`;
const last = 'Connection: close';

t.test('requests that cannot be understood', async (t) => {
  const server = await serve(t, site);
  const rows: [name: string, bytes: string, status: number][] = [
    [
      'a Content-Length that is no number',
      head('POST /x.echo HTTP/1.1', 'Content-Length: 5x') + 'hello',
      400,
    ],
    ['a negative Content-Length', head('POST /x.echo HTTP/1.1', 'Content-Length: -5'), 400],
    [
      'two different Content-Lengths',
      head('POST /x.echo HTTP/1.1', 'Content-Length: 5', 'Content-Length: 6') + 'hello',
      400,
    ],
    [
      'both length headers',
      head('POST /x.echo HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked') + '0\r\n\r\n',
      400,
    ],
    [
      'a transfer encoding without chunked, which leaves the length open',
      head('POST /x.echo HTTP/1.1', 'Transfer-Encoding: gzip'),
      400,
    ],
    [
      'another transfer encoding before chunked',
      head('POST /x.echo HTTP/1.1', 'Transfer-Encoding: gzip, chunked') + '0\r\n\r\n',
      501,
    ],
    ['a bad chunk size', head('POST /x.echo HTTP/1.1', 'Transfer-Encoding: chunked') + 'zz\r\n', 400],
    ['a header without a colon', head('GET /x.echo HTTP/1.1', 'nonsense'), 400],
    ['a space before the colon', head('GET /x.echo HTTP/1.1', 'X : y'), 400],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['another version', 'GET /x.echo HTTP/3.0\r\nHost: x\r\n\r\n', 505],
    ['no Host', 'GET /x.echo HTTP/1.1\r\n\r\n', 400],
    ['two Hosts', head('GET /x.echo HTTP/1.1', 'Host: other.test'), 400],
    ['a malformed Host', 'GET /x.echo HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
    ['an unknown expectation', head('GET /x.echo HTTP/1.1', 'Expect: miracles'), 417],
    ['a path above the root', head('GET /../x HTTP/1.1'), 400],
    ['a bad escape', head('GET /%zz HTTP/1.1'), 400],
    ['a header that is too long', head('GET /x.echo HTTP/1.1', `X: ${'y'.repeat(8200)}`), 431],
    [
      'too many headers',
      head('GET /x.echo HTTP/1.1', ...Array.from({ length: 101 }, (_, i) => `X${i}: y`)),
      431,
    ],
    ['a line that is too long', head(`GET /${'x'.repeat(8200)} HTTP/1.1`), 414],
    ['CONNECT', 'CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n', 405],
    ['an asterisk with GET', head('GET * HTTP/1.1', last), 400],
  ];
  for (const [name, bytes, status] of rows) {
    const response = parseResponse(await server.send(bytes));
    t.equal(response.status, status, name);
    t.equal(response.headers['connection'], 'close', `${name}: the connection is closed`);
    t.match(
      response.body,
      /^<!DOCTYPE HTML PUBLIC "-\/\/IETF\/\/DTD HTML 2\.0\/\/EN">/,
      `${name}: a page says so`,
    );
  }
});

t.test('headers beyond every limit are cut off', async (t) => {
  const server = await serve(t, {
    ...site,
    config: `${site.config}\nLimitRequestFields 2\nLimitRequestFieldSize 100`,
  });
  const response = parseResponse(await server.send(head('GET /x.echo HTTP/1.1', `X: ${'y'.repeat(20_000)}`)));
  t.equal(response.status, 431);
});

t.test('what was refused is in both logs', async (t) => {
  const server = await serve(t, {
    ...site,
    config: `LogFormat "%r %>s %U %q" short\nCustomLog access.log short\n${site.config}`,
  });
  await server.send(head('POST /x.echo?a=%20b HTTP/1.1', 'Content-Length: 5x'));
  t.match(
    await server.stop(),
    /\[http:info\].*IH0118: request cannot be understood \(Invalid character in Content-Length\), answering 400/,
  );
  t.equal(
    readFileSync(`${server.root}/access.log`, 'utf8'),
    'POST /x.echo?a=%20b HTTP/1.1 400 /x.echo ?a=%20b\n',
  );
});

t.test('a response is framed as its client can read it', async (t) => {
  const server = await serve(t, site);
  const known = parseResponse(await server.send(head('GET /x.ignore HTTP/1.1', last)));
  t.match(known.headers, { 'content-length': '18', server: 'isapi-host/1.2.3' });
  t.equal(known.headers['transfer-encoding'], undefined);
  const unknown = parseResponse(await server.send(head('GET /x.stream HTTP/1.1', last)));
  t.match(unknown, { headers: { 'transfer-encoding': 'chunked' }, body: 'one two\n' });
  const old = parseResponse(await server.send('GET /x.stream HTTP/1.0\r\n\r\n'));
  t.equal(old.headers['transfer-encoding'], undefined);
  t.match(old, { status: 200, headers: { connection: 'close' }, body: 'one two\n' });
  const kept = await server.send(
    'GET /x.ignore HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /x.ignore HTTP/1.0\r\n\r\n',
  );
  t.same(statuses(kept), [200, 200]);
});

t.test('HEAD has the headers and no body', async (t) => {
  const server = await serve(t, site);
  const response = parseResponse(await server.send(head('HEAD /x.ignore HTTP/1.1', last)));
  t.match(response, { status: 200, headers: { 'content-length': '18' }, body: '' });
  const streamed = parseResponse(await server.send(head('HEAD /x.stream HTTP/1.1', last)));
  t.equal(streamed.headers['content-length'], undefined);
  t.equal(streamed.body, '');
});

t.test('requests that are sent ahead are answered in order', async (t) => {
  const server = await serve(t, site);
  const many = Array.from({ length: 40 }, (_, i) => head(`GET /x.ignore?${i} HTTP/1.1`)).join('');
  const text = await server.send(many + head('GET /x.ignore?end HTTP/1.1', last));
  const order = [...text.matchAll(/\?(\w+) ignored/g)].map(([, number]) => number);
  t.same(order, [...Array.from({ length: 40 }, (_, i) => String(i)), 'end']);
});

t.test('requests that are sent ahead do not run at the same time', async (t) => {
  let running = 0;
  let most = 0;
  const slow: Handler = async (request) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    request.output.end(Buffer.from('x'));
    return 'done' as const;
  };
  const server = await serve(t, { ...site, handlers: { echo: slow } });
  const text = await server.send(head('GET /x.echo HTTP/1.1').repeat(5) + head('GET /x.echo HTTP/1.1', last));
  t.same(statuses(text), [200, 200, 200, 200, 200, 200]);
  t.equal(most, 1);
});

t.test('a client that shuts down its side still gets its response', async (t) => {
  const server = await serve(t, site);
  const text = await server.send(head('GET /x.stream HTTP/1.1'), true);
  t.match(parseResponse(text), { status: 200, body: 'one two\n' });
});

t.test('a body that breaks off fails for its reader', async (t) => {
  const server = await serve(t, site);
  const text = await server.send(head('POST /x.echo HTTP/1.1', 'Content-Length: 10') + 'half', true);
  t.same(statuses(text), [400]);
  t.match(await server.stop(), /IH0122: the request body did not arrive/);
});

t.test('a chunk that is malformed after good ones fails for the reader', async (t) => {
  const server = await serve(t, site);
  const text = await server.send(
    head('POST /x.echo HTTP/1.1', 'Transfer-Encoding: chunked') + '3\r\nabc\r\nx\r\n',
  );
  t.match(parseResponse(text), { status: 400, headers: { connection: 'close' } });
});

t.test('a small body that nobody read does not harm the connection', async (t) => {
  const server = await serve(t, site);
  const post = head('POST /x.ignore HTTP/1.1', 'Content-Length: 100000') + 'P'.repeat(100_000);
  const text = await server.send(post + head('GET /x.echo HTTP/1.1', last));
  t.same(statuses(text), [200, 200]);
  t.match(text, /GET 0\n$/);
});

t.test('a large body that nobody read closes the connection after the response', async (t) => {
  const server = await serve(t, site);
  const post = head('POST /x.ignore HTTP/1.1', 'Content-Length: 3000000') + 'P'.repeat(3_000_000);
  const text = await exchange(server.port, post + head('GET /x.echo HTTP/1.1', last), true);
  t.same(statuses(text), [200]);
  t.match(text, /ignored\n$/, 'the response arrives, and no reset takes it away');
});

t.test('chunks are joined for the reader', async (t) => {
  const server = await serve(t, site);
  const body = '5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n';
  const text = await server.send(head('PUT /x.echo HTTP/1.1', 'Transfer-Encoding: chunked', last) + body);
  t.match(parseResponse(text), { status: 200, body: 'PUT 11\n' });
});

t.test('100 Continue is sent when somebody reads, and not otherwise', async (t) => {
  const server = await serve(t, site);
  const expecting = (file: string): string =>
    head(`POST /${file} HTTP/1.1`, 'Content-Length: 5', 'Expect: 100-continue', last);
  const talk = (file: string): Promise<string> =>
    new Promise((resolve) => {
      let received = '';
      const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () =>
        socket.write(expecting(file)),
      );
      socket.on('data', (chunk) => {
        const before = received;
        received += chunk.toString('latin1');
        if (!before.includes('100 Continue') && received.includes('100 Continue')) socket.write('hello');
      });
      socket.on('close', () => resolve(received));
      socket.on('error', () => undefined);
    });
  t.same(statuses(await talk('x.echo')), [100, 200]);
  t.same(statuses(await talk('x.ignore')), [200]);
});

t.test('methods that the parser does not know reach a handler by their name', async (t) => {
  const server = await serve(t, site);
  const brew = await server.send(head('BREW /x.echo HTTP/1.1', 'Content-Length: 5') + 'beans');
  t.match(parseResponse(brew), { status: 200, headers: { connection: 'close' }, body: 'BREW 5\n' });
  const behind = await server.send(head('GET /x.echo HTTP/1.1') + head('BREW /x.stream HTTP/1.1'));
  t.same(statuses(behind), [200, 200]);
  const propx = await server.send(head('PROPX /x.echo HTTP/1.1'));
  t.match(parseResponse(propx).body, 'PROPX 0\n');
  t.equal(parseResponse(await server.send('B@EW / HTTP/1.1\r\n\r\n')).status, 501);
});

t.test('a method that the parser knows reaches a handler as it is', async (t) => {
  const server = await serve(t, site);
  for (const method of ['PUT', 'DELETE', 'PROPFIND', 'OPTIONS', 'M-SEARCH', 'PURGE']) {
    t.equal(parseResponse(await server.send(head(`${method} /x.echo HTTP/1.1`, last))).body, `${method} 0\n`);
  }
});

t.test('OPTIONS * is answered for the server as a whole', async (t) => {
  const server = await serve(t, site);
  const response = parseResponse(await server.send(head('OPTIONS * HTTP/1.1', last)));
  t.match(response, { status: 200, headers: { allow: 'GET,POST,OPTIONS,HEAD', 'content-length': '0' } });
});
