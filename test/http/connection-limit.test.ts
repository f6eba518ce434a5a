import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { ConnectionLimit } from '../../lib/http/connection-limit.js';
import type { Handler, Outcome } from '../../lib/http/module.js';
import { waitFor } from '../helpers/server.js';
import { serve } from './harness.js';

const location = '<Location /h>\nSetHandler test\n</Location>';

/** A handler whose answers wait until they are let go, one by one. */
function held(): { handler: Handler; waiting: () => number; release: () => void } {
  const queue: (() => void)[] = [];
  return {
    waiting: () => queue.length,
    release: () => queue.shift()?.(),
    handler: async ({ output }): Promise<Outcome> => {
      await new Promise<void>((resolve) => queue.push(resolve));
      output.head(200, undefined, [['Content-Length', '4']]);
      output.end(Buffer.from('done'));
      return 'done';
    },
  };
}

t.test('connections over the limit wait until another one ends', async (t) => {
  const { handler, waiting, release } = held();
  const server = await serve(t, {
    config: `MaxRequestWorkers 1\nAsyncRequestWorkerFactor 1\n${location}`,
    handlers: { test: handler },
  });
  const answers = [1, 2, 3].map(() => server.send('GET /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'));
  await waitFor(
    () => waiting() === 2,
    () => 'two requests do not begin',
  );
  // Both places are taken; the third request begins when one of them is free, and not before.
  release();
  await waitFor(
    () => waiting() === 2,
    () => 'the third request does not begin',
  );
  release();
  release();
  for (const answer of await Promise.all(answers)) t.match(answer, /^HTTP\/1\.1 200 [^]*done$/);
  t.match(await server.stop(), /IH0012: there are 2 connections, as many as MaxRequestWorkers allows/);
});

t.test('an idle connection makes room for a new one', async (t) => {
  const server = await serve(t, {
    config: 'MaxRequestWorkers 1\nAsyncRequestWorkerFactor 1\nKeepAliveTimeout 60',
    files: { www: { 'x.txt': 'x' } },
  });
  const idle = await keepAlive(t, server.port);
  const second = await keepAlive(t, server.port);
  const closed = once(idle, 'close');
  t.match(await server.get('/x.txt'), { status: 200, body: 'x' });
  await closed;
  t.ok(idle.destroyed, 'the oldest one was closed');
  t.notOk(second.destroyed);
});

/** A connection that has had one answer and waits for its next request. */
async function keepAlive(t: Test, port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write('GET /x.txt HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

t.test('when the queue is full a connection is closed', async (t) => {
  const full: number[] = [];
  const limit = new ConnectionLimit({ makeRoom: () => undefined, full: (count) => full.push(count) });
  const server = net.createServer((socket) => socket.write('served'));
  limit.guard(server, (socket, serve) => serve(socket));
  limit.set(1, 1);
  server.listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const connect = (): net.Socket => {
    const socket = net.connect(port, '127.0.0.1');
    t.teardown(() => socket.destroy());
    socket.on('error', () => undefined);
    return socket;
  };
  const first = connect();
  t.equal(String(await once(first, 'data')), 'served');
  const second = connect();
  await waitFor(
    () => limit.counts.waiting === 1,
    () => 'the second connection does not wait',
  );
  await once(connect(), 'close');
  t.same(limit.counts, { open: 1, waiting: 1, most: 1 });
  t.same(full, [1], 'it is told once');
  first.destroy();
  t.equal(String(await once(second, 'data')), 'served');
  t.same(limit.counts, { open: 1, waiting: 0, most: 1 });
  const third = connect();
  await waitFor(
    () => limit.counts.waiting === 1,
    () => 'the third connection does not wait',
  );
  limit.set(2, 1);
  t.equal(String(await once(third, 'data')), 'served', 'a higher limit lets it in');
});
