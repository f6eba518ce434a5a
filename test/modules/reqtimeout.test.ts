import net from 'node:net';
import t, { type Test } from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { timeAllowed } from '../../lib/http/request-times.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { exchange, serve, statuses } from '../http/harness.js';

const echo: Handler = async ({ input, output }) => {
  let length = 0;
  for await (const chunk of input) length += (chunk as Buffer).length;
  output.end(Buffer.from(`${length}`));
  return 'done' as const;
};

const site = { handlers: { echo }, files: { www: { 'x.echo': '' } } };

/** Sends a piece, and another after every pause, until the server closes the connection; gives what it said. */
function drip(t: Test, port: number, pieces: readonly string[], pause: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = net.connect({ port, host: '127.0.0.1' });
    let next = 0;
    const go = (): void => {
      const piece = pieces[next++];
      if (piece !== undefined && socket.writable) socket.write(piece, 'latin1');
    };
    const timer = setInterval(go, pause);
    socket.once('connect', go);
    t.teardown(() => socket.destroy());
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve(text);
    });
  });
}

t.test('data extends the time, but not beyond the most', async (t) => {
  t.equal(timeAllowed({ initial: 20, most: 40, rate: 500 }, 0), 20);
  t.equal(timeAllowed({ initial: 20, most: 40, rate: 500 }, 5000), 30);
  t.equal(timeAllowed({ initial: 20, most: 40, rate: 500 }, 500_000), 40);
  t.equal(timeAllowed({ initial: 20, most: 0, rate: 500 }, 500_000), 1020);
  t.equal(timeAllowed({ initial: 20, most: 0, rate: 0 }, 500_000), 20);
  t.equal(timeAllowed({ initial: 0, most: 0, rate: 0 }, 0), Infinity);
});

t.test('a head that comes too slowly gets 408, although it never pauses for long', async (t) => {
  const server = await serve(t, { ...site, config: 'RequestReadTimeout header=1' });
  const slow = ['GET / HTTP/1.1\r\n', ...Array.from({ length: 100 }, (_, index) => `X${index}: y\r\n`)];
  t.same(statuses(await drip(t, server.port, slow, 50)), [408]);
  t.match(await server.stop(), /IH0330: Request header read timeout/);
});

t.test('a connection that says nothing is closed without a word', async (t) => {
  const server = await serve(t, { ...site, config: 'RequestReadTimeout header=1' });
  t.equal(await exchange(server.port, ''), '');
});

t.test('a body that comes too slowly gets 408', async (t) => {
  const config = 'AddHandler echo .echo\nRequestReadTimeout body=1,MinRate=1000';
  const server = await serve(t, { ...site, config });
  const head = 'POST /x.echo HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1000\r\n\r\n';
  const slow = [head, ...Array.from({ length: 200 }, () => 'xx')];
  t.same(statuses(await drip(t, server.port, slow, 50)), [408]);
  t.match(await server.stop(), /IH0330: Request body read timeout/);
});

t.test('a body that comes fast enough may take longer', async (t) => {
  const config = 'AddHandler echo .echo\nRequestReadTimeout body=1,MinRate=100';
  const server = await serve(t, { ...site, config });
  const head =
    'POST /x.echo HTTP/1.1\r\nHost: site.test\r\nContent-Length: 3000\r\nConnection: close\r\n\r\n';
  const pieces = [head, ...Array.from({ length: 30 }, () => 'x'.repeat(100))];
  t.match(await drip(t, server.port, pieces, 100), /^HTTP\/1\.1 200 [^]*\r\n\r\n3000$/);
});

t.test('between two requests only KeepAliveTimeout counts', async (t) => {
  const config = 'AddHandler echo .echo\nRequestReadTimeout header=1\nKeepAliveTimeout 10';
  const server = await serve(t, { ...site, config });
  const one = 'GET /x.echo HTTP/1.1\r\nHost: site.test\r\n';
  const pieces = [`${one}\r\n`, `${one}Connection: close\r\n\r\n`];
  t.same(statuses(await drip(t, server.port, pieces, 2500)), [200, 200]);
});

t.test('a handshake has its own time', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site');
  const server = await serve(t, {
    ...site,
    config: `Listen 127.0.0.1:0 https
      SSLCertificateFile ${certificates.file('site.crt')}
      SSLCertificateKeyFile ${certificates.file('site.key')}
      RequestReadTimeout handshake=1`,
  });
  const port = Number(new URL(server.server.urls[1] ?? '').port);
  const slow = Array.from({ length: 200 }, (_, index) => (index === 0 ? '\x16\x03\x01\x02\x00\x01' : '\0'));
  t.match(await drip(t, port, slow, 50), /^[^H]*$/);
  t.match(await server.stop(), /IH0330: Request handshake read timeout/);
});
