import net from 'node:net';
import t from 'tap';
import type { Handler, Outcome } from '../../lib/http/module.js';
import type { HeaderList } from '../../lib/http/output.js';
import { parseResponse, serve, type TestServer } from './harness.js';

type Work = (request: Parameters<Handler>[0]) => Outcome | Promise<Outcome>;

/** A server whose handler does what a test wants. */
async function handling(t: Parameters<typeof serve>[0], work: Work): Promise<TestServer> {
  return serve(t, {
    config: '<Location /run>\nSetHandler work\n</Location>',
    handlers: { work },
  });
}

/** A handler that answers with a head and a body. */
function answer(status: number, headers: HeaderList, ...body: string[]): Work {
  return (request) => {
    request.output.head(status, undefined, headers);
    for (const part of body) request.output.write(Buffer.from(part));
    request.output.end();
    return 'done' as const;
  };
}

t.test('more body than its Content-Length says is dropped', async (t) => {
  const server = await handling(t, answer(200, [['Content-Length', '3']], 'hel', 'lo'));
  const text = await server.send(
    'GET /run HTTP/1.1\r\nHost: x\r\n\r\nGET /run HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  t.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhelHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhel$/);
});

t.test('less body than its Content-Length says cuts the connection', async (t) => {
  const server = await handling(t, answer(200, [['Content-Length', '10']], 'hello'));
  const text = await server.send('GET /run HTTP/1.1\r\nHost: x\r\n\r\n');
  t.match(text, /Content-Length: 10\r\n[^]*\r\n\r\nhello(RESET)?$/);
});

t.test("headers that are the server's own are not an extension's", async (t) => {
  const headers: HeaderList = [
    ['Server', 'mine'],
    ['Date', 'yesterday'],
    ['Transfer-Encoding', 'chunked'],
    ['Keep-Alive', 'timeout=99'],
    ['Trailer', 'X-Later'],
    ['Content-Length', 'many'],
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['X-Latin', 'caf\xe9'],
  ];
  const server = await handling(t, answer(200, headers, 'hello'));
  const response = await server.get('/run');
  t.match(response, {
    headers: {
      server: 'isapi-host/1.2.3',
      'set-cookie': 'a=1\nb=2',
      'x-latin': 'caf\xe9',
      connection: 'close',
    },
    body: 'hello',
  });
  t.not(response.headers['date'], 'yesterday');
  t.equal(response.headers['content-length'], undefined);
});

t.test('Connection: close from a handler closes the connection', async (t) => {
  const server = await handling(t, answer(200, [['Connection', 'x-what, Close']], 'hello'));
  const response = parseResponse(await server.send('GET /run HTTP/1.1\r\nHost: x\r\n\r\n'));
  t.match(response, { headers: { connection: 'close' }, body: 'hello' });
});

const broken: [name: string, status: number, reason: string | undefined, headers: HeaderList][] = [
  ['a line break in a value', 200, undefined, [['X', 'a\r\nSet-Cookie: b=1']]],
  ['a control character in a value', 200, undefined, [['X', 'a\x01b']]],
  ['a character that is no byte', 200, undefined, [['X', '\u0142']]],
  ['a space in a name', 200, undefined, [['X Y', 'a']]],
  ['an empty name', 200, undefined, [['', 'a']]],
  ['a line break in the reason', 200, 'OK\r\nX: y', []],
  ['an interim status', 100, undefined, []],
  ['a status above 999', 1000, undefined, []],
];
for (const [name, status, reason, headers] of broken) {
  t.test(`${name} makes the response an error document`, async (t) => {
    const server = await handling(t, (request) => {
      request.output.head(status, reason, headers);
      request.output.end(Buffer.from('body'));
      return 'done' as const;
    });
    const response = await server.get('/run');
    t.equal(response.status, 500);
    t.notMatch(JSON.stringify(response), /b=1|X: y/);
    t.match(await server.stop(), /\[http:error\].*IH0124: .*, aborting request/);
  });
}

t.test('responses that have no body are sent without one', async (t) => {
  const none = await handling(t, answer(204, [['Content-Length', '4']], 'body'));
  const empty = await none.get('/run');
  t.match(empty, { status: 204, body: '' });
  t.equal(empty.headers['content-length'], undefined);
  const same = await handling(t, answer(304, [['ETag', '"x"']], 'body'));
  t.match(await same.get('/run'), { status: 304, headers: { etag: '"x"' }, body: '' });
});

t.test('statuses and reasons go out as a handler chose them', async (t) => {
  const server = await handling(t, (request) => {
    request.output.head(299, 'My Own Reason', []);
    request.output.end();
    return 'done' as const;
  });
  t.match(await server.get('/run'), {
    status: 299,
    reason: 'My Own Reason',
    headers: { 'content-length': '0' },
  });
});

t.test('a head reaches the client before its body, when the body takes time', async (t) => {
  let goOn = (): void => undefined;
  const server = await handling(t, async (request) => {
    request.output.head(200, undefined, []);
    await new Promise<void>((resolve) => (goOn = resolve));
    request.output.end(Buffer.from('late'));
    return 'done' as const;
  });
  const text = await new Promise<string>((resolve) => {
    let received = '';
    const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () => {
      socket.write('GET /run HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (received.endsWith('\r\n\r\n')) goOn();
    });
    socket.on('close', () => resolve(received));
  });
  t.match(parseResponse(text), { status: 200, body: 'late' });
});

t.test('each write reaches the client before the next', async (t) => {
  let next = (): void => undefined;
  const server = await handling(t, async (request) => {
    request.output.head(200, undefined, []);
    for (const part of ['one', 'two', 'three']) {
      const seen = new Promise<void>((resolve) => (next = resolve));
      request.output.write(Buffer.from(part));
      await seen;
    }
    request.output.end();
    return 'done' as const;
  });
  const text = await new Promise<string>((resolve) => {
    let received = '';
    const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () => {
      socket.write('GET /run HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (/(one|two|three)\r\n$/.test(received)) next();
    });
    socket.on('close', () => resolve(received));
  });
  t.equal(parseResponse(text).body, 'onetwothree');
});

t.test('a slow client slows the handler', async (t) => {
  const chunk = Buffer.alloc(256 * 1024, 'x');
  let written = 0;
  let waited = 0;
  const server = await handling(t, async (request) => {
    request.output.head(200, undefined, [['Content-Length', String(chunk.length * 80)]]);
    for (let index = 0; index < 80; index++) {
      written += chunk.length;
      if (!request.output.write(chunk)) {
        waited++;
        await request.output.drained();
      }
    }
    request.output.end();
    return 'done' as const;
  });
  const response = await server.get('/run');
  t.equal(response.body.length, chunk.length * 80);
  t.equal(written, chunk.length * 80);
  t.ok(waited > 0, 'a write told that it should wait');
});

t.test('a client that goes away is noticed, and waiting for it ends', async (t) => {
  let lost = 0;
  let finished = (): void => undefined;
  const done = new Promise<void>((resolve) => (finished = resolve));
  const server = await handling(t, async (request) => {
    request.output.onLost(() => lost++);
    request.output.head(200, undefined, []);
    const chunk = Buffer.alloc(1024 * 1024);
    while (!request.output.lost) {
      if (!request.output.write(chunk)) await request.output.drained();
    }
    t.equal(request.output.keepAlive, false);
    finished();
    return 'done' as const;
  });
  const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () => {
    socket.write('GET /run HTTP/1.1\r\nHost: x\r\n\r\n');
  });
  socket.once('data', () => socket.destroy());
  await done;
  t.equal(lost, 1);
});

t.test('a response that is aborted is not taken for a whole one', async (t) => {
  const server = await handling(t, (request) => {
    request.output.head(200, undefined, []);
    request.output.write(Buffer.from('part'));
    request.output.abort();
    return 'done' as const;
  });
  const chunked = await server.send('GET /run HTTP/1.1\r\nHost: x\r\n\r\n');
  t.notMatch(chunked, /0\r\n\r\n$/);
  const old = await server.send('GET /run HTTP/1.0\r\nHost: x\r\n\r\n');
  t.match(old, /RESET$/);
});

t.test('keepAlive tells what was negotiated', async (t) => {
  const seen: boolean[] = [];
  const server = await handling(t, (request) => {
    seen.push(request.output.keepAlive);
    request.output.end(Buffer.from('x'));
    return 'done' as const;
  });
  await server.send(
    'GET /run HTTP/1.1\r\nHost: x\r\n\r\nGET /run HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  await server.send('GET /run HTTP/1.0\r\nHost: x\r\n\r\n');
  t.same(seen, [true, false, false]);
});
