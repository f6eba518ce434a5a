import net from 'node:net';
import t from 'tap';
import { HostError } from '../../lib/errors.js';
import { listenAll } from '../../lib/http/listeners.js';
import { createServer } from 'node:http';
import type { Handler } from '../../lib/http/module.js';
import { serve, statuses } from './harness.js';

const echo: Handler = async (request) => {
  let length = 0;
  for await (const chunk of request.input) length += (chunk as Buffer).length;
  request.output.end(Buffer.from(String(length)));
  return 'done' as const;
};

const site = {
  handlers: { echo },
  files: { www: { 'x.echo': '', 'x.txt': 'text' } },
};
const get = 'GET /x.txt HTTP/1.1\r\nHost: x\r\n\r\n';

t.test('KeepAlive Off closes each connection after its response', async (t) => {
  const server = await serve(t, { ...site, config: 'KeepAlive Off' });
  t.same(statuses(await server.send(get + get)), [200]);
});

t.test('MaxKeepAliveRequests closes a connection after so many', async (t) => {
  const server = await serve(t, { ...site, config: 'MaxKeepAliveRequests 3' });
  t.same(statuses(await server.send(get.repeat(5))), [200, 200, 200]);
});

t.test('an idle connection is closed after KeepAliveTimeout', async (t) => {
  const server = await serve(t, { ...site, config: 'KeepAliveTimeout 100ms' });
  t.same(statuses(await server.send(get)), [200], 'and nothing is said about it');
});

t.test('a client that does not finish its request gets 408 after Timeout', async (t) => {
  const server = await serve(t, { ...site, config: 'Timeout 1' });
  t.same(statuses(await server.send('GET /x.txt HTTP/1.1\r\nHost:')), [408]);
});

t.test('a client that says nothing is let go without a word', async (t) => {
  const server = await serve(t, { ...site, config: 'Timeout 1' });
  t.equal(await server.send(''), '');
});

t.test('a body that stays away fails for its reader after Timeout', async (t) => {
  const server = await serve(t, { ...site, config: 'Timeout 1\nAddHandler echo .echo' });
  const text = await server.send('POST /x.echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf');
  t.same(statuses(text), [408]);
  t.match(await server.stop(), /IH0122: the request body did not arrive: nothing arrived for 1 s/);
});

t.test('a handler may take longer than Timeout', async (t) => {
  const slow: Handler = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    request.output.end(Buffer.from('slow'));
    return 'done' as const;
  };
  const server = await serve(t, {
    ...site,
    handlers: { echo: slow },
    config: 'Timeout 1\nAddHandler echo .echo',
  });
  t.match(await server.get('/x.echo'), { status: 200, body: 'slow' });
});

t.test('a client that takes no data is cut off after Timeout', async (t) => {
  let cutOff = (): void => undefined;
  const done = new Promise<void>((resolve) => (cutOff = resolve));
  const endless: Handler = async (request) => {
    request.output.head(200, undefined, []);
    while (!request.output.lost) {
      if (!request.output.write(Buffer.alloc(65_536))) await request.output.drained();
    }
    cutOff();
    return 'done' as const;
  };
  const server = await serve(t, {
    ...site,
    handlers: { echo: endless },
    config: 'Timeout 1\nAddHandler echo .echo',
  });
  const socket = net.connect({ port: server.port, host: '127.0.0.1' }, () => {
    socket.write('GET /x.echo HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
  });
  await done;
  socket.destroy();
  t.match(await server.stop(), /IH0126: the client took no data for 1 s/);
});

t.test('a server that stops lets running requests end and closes idle connections', async (t) => {
  let release = (): void => undefined;
  let entered = (): void => undefined;
  const inside = new Promise<void>((resolve) => (entered = resolve));
  const held: Handler = async (request) => {
    entered();
    await new Promise<void>((resolve) => (release = resolve));
    request.output.end(Buffer.from('finished'));
    return 'done' as const;
  };
  const order: string[] = [];
  const server = await serve(t, {
    ...site,
    handlers: { echo: held },
    config: 'AddHandler echo .echo',
    modules: [
      { name: 'a', directives: [], hooks: { stop: () => void order.push('a') } },
      { name: 'b', directives: [], hooks: { stop: () => void order.push('b') } },
    ],
  });
  const idle = server.send(get);
  const running = server.send('GET /x.echo HTTP/1.1\r\nHost: x\r\n\r\n');
  await inside;
  const stopped = server.stop();
  t.same(statuses(await idle), [200]);
  release();
  t.match(await running, /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*finished$/);
  await stopped;
  t.same(order, ['b', 'a'], 'modules stop in reverse order');
});

t.test('an address that is taken is refused with what to do', async (t) => {
  const server = await serve(t);
  const other = createServer();
  const error: unknown = await listenAll([{ address: '127.0.0.1', port: server.port }], [other]).catch(
    (reason: unknown) => reason,
  );
  t.ok(error instanceof HostError && error.code === 'LISTEN');
  t.match(
    (error as HostError).message,
    `cannot listen on 127.0.0.1:${server.port}: another program listens there; end it, or let Listen name another port`,
  );
});

t.test('several addresses are listened on, and none when one fails', async (t) => {
  const first = createServer();
  const second = createServer();
  const urls = await listenAll(
    [
      { address: '127.0.0.1', port: 0 },
      { address: '127.0.0.1', port: 0 },
    ],
    [first, second],
  );
  t.equal(new Set(urls).size, 2);
  first.close();
  const taken = Number(new URL(urls[1] ?? '').port);
  const third = createServer();
  await t.rejects(
    listenAll(
      [
        { address: '127.0.0.1', port: 0 },
        { address: '127.0.0.1', port: taken },
      ],
      [third, createServer()],
    ),
    { code: 'LISTEN' },
  );
  t.equal(third.listening, false);
  second.close();
});
