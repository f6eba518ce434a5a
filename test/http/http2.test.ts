import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { once } from 'node:events';
import t, { type Test } from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { ask, handshake, openSession, replyOf } from '../helpers/tls-client.js';
import { exchange, parseResponse, serve, type TestServer } from './harness.js';

const text = [['Content-Type', 'text/plain']] as const;

/** Tells what the request is and how much of a body it has. */
const echo: Handler = async (request) => {
  let length = 0;
  for await (const chunk of request.input) length += (chunk as Buffer).length;
  const lines = [`${request.method} ${request.target} ${request.protocol} ${request.scheme} ${length}`];
  for (const name of ['host', 'cookie']) lines.push(`${name}=${request.header(name) ?? ''}`);
  request.output.head(200, undefined, [
    ...text,
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['Connection', 'close'],
    ['Keep-Alive', 'timeout=5'],
  ]);
  request.output.end(Buffer.from(lines.join('\n')));
  return 'done' as const;
};

/** Answers without a look at the body. */
const ignore: Handler = ({ output }) => {
  output.head(200, undefined, text);
  output.end(Buffer.from('ignored\n'));
  return 'done';
};

/** Says a length that it does not keep. */
const short: Handler = ({ output }) => {
  output.head(200, undefined, text, 100);
  output.end(Buffer.from('short'));
  return 'done';
};

const site = {
  handlers: { echo, ignore, short },
  config: `Protocols h2 h2c http/1.1
    AddHandler echo .echo
    AddHandler ignore .ignore
    AddHandler short .short`,
  files: { www: { 'x.echo': '', 'x.ignore': '', 'x.short': '', 'a.txt': 'a file\n' } },
};

const urlOf = (server: TestServer): string => `http://127.0.0.1:${server.port}`;

t.test('HTTP/2 without TLS', async (t) => {
  t.test('a request has what it would have in HTTP/1.1', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const reply = await ask(
      session,
      { ':path': '/x.echo?q', ':method': 'POST', cookie: ['a=1', 'b=2'] },
      'hello',
    );
    t.equal(reply.body, 'POST /x.echo?q HTTP/2.0 http 5\nhost=site.test\ncookie=a=1; b=2');
    t.same(reply.headers['set-cookie'], ['a=1', 'b=2']);
    t.equal(reply.headers.connection, undefined, 'what is about connections of HTTP/1.1 is left out');
    t.equal(reply.headers['keep-alive'], undefined);
    t.match(reply.headers, { ':status': 200, 'content-type': 'text/plain', server: 'isapi-host/1.2.3' });
    t.ok(reply.headers.date);
  });

  t.test('HTTP/1.1 is spoken on the same port', async (t) => {
    const server = await serve(t, site);
    t.match(await server.get('/a.txt'), { status: 200, body: 'a file\n' });
  });

  t.test('files, conditions, ranges and HEAD', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const whole = await ask(session, { ':path': '/a.txt' });
    t.match(whole, { status: 200, body: 'a file\n' });
    const { etag } = whole.headers;
    t.match(await ask(session, { ':path': '/a.txt', 'if-none-match': etag }), { status: 304, body: '' });
    t.match(await ask(session, { ':path': '/a.txt', range: 'bytes=2-5' }), { status: 206, body: 'file' });
    const head = await ask(session, { ':path': '/a.txt', ':method': 'HEAD' });
    t.match(head, { status: 200, body: '', reset: 0, headers: { 'content-length': '7' } });
    t.match(await ask(session, { ':path': '/none' }), { status: 404, body: /Not Found/ });
  });

  t.test('requests run at the same time, as many as H2MaxSessionStreams says', async (t) => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const hold: Handler = async ({ output }) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => {
        if (release.push(resolve) >= 5) for (const go of release.splice(0)) go();
      });
      running--;
      output.end(Buffer.from('x'));
      return 'done' as const;
    };
    const config = `${site.config}\nH2MaxSessionStreams 5`;
    const server = await serve(t, { ...site, handlers: { ...site.handlers, echo: hold }, config });
    const session = await openSession(t, urlOf(server));
    if (session.remoteSettings.maxConcurrentStreams !== 5) await once(session, 'remoteSettings');
    t.equal(session.remoteSettings.maxConcurrentStreams, 5);
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask(session, { ':path': '/x.echo' })));
    t.same(
      replies.map(({ status }) => status),
      Array.from({ length: 20 }, () => 200),
    );
    t.equal(most, 5);
  });

  t.test('a stream that the client resets is a client that is gone, and the session goes on', async (t) => {
    let gone = false;
    let begun: (() => void) | undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const wait: Handler = async ({ output }) => {
      begun?.();
      await new Promise<void>((resolve) => output.onLost(resolve));
      gone = output.lost;
      return 'done' as const;
    };
    const server = await serve(t, { ...site, handlers: { ...site.handlers, ignore: wait } });
    const session = await openSession(t, urlOf(server));
    const stream = session.request({ ':path': '/x.ignore', ':authority': 'site.test' });
    stream.on('error', () => undefined);
    await started;
    stream.close(http2.constants.NGHTTP2_CANCEL);
    t.match(await ask(session, { ':path': '/x.echo' }), { status: 200 });
    await server.stop();
    t.ok(gone);
  });

  t.test('a body that breaks off fails for its reader', async (t) => {
    const reasons: string[] = [];
    const read: Handler = async ({ input, output }) => {
      try {
        for await (const chunk of input) t.ok(chunk);
      } catch (error) {
        reasons.push((error as { code: string }).code);
      }
      output.end();
      return 'done' as const;
    };
    const server = await serve(t, { ...site, handlers: { ...site.handlers, ignore: read } });
    const session = await openSession(t, urlOf(server));
    const stream = session.request({ ':path': '/x.ignore', ':method': 'POST', ':authority': 'site.test' });
    stream.on('error', () => undefined);
    stream.write('half');
    await ask(session, { ':path': '/x.echo' });
    session.destroy();
    await server.stop();
    t.same(reasons, ['BODY_INCOMPLETE']);
  });

  t.test('a body that nobody reads need not be sent', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const stream = session.request({ ':path': '/x.ignore', ':method': 'POST', ':authority': 'site.test' });
    stream.write(Buffer.alloc(30_000));
    t.match(await replyOf(stream), { status: 200, body: 'ignored\n', reset: 0 });
    t.match(await ask(session, { ':path': '/x.echo' }), { status: 200 });
  });

  t.test('a body over LimitRequestBody gets 413', async (t) => {
    const server = await serve(t, { ...site, config: `${site.config}\nLimitRequestBody 10` });
    const session = await openSession(t, urlOf(server));
    const stated = { ':path': '/x.echo', ':method': 'POST', 'content-length': 20 };
    t.equal((await ask(session, stated, 'x'.repeat(20))).status, 413, 'by its length');
    const unstated = { ':path': '/x.echo', ':method': 'POST' };
    t.equal((await ask(session, unstated, 'x'.repeat(20))).status, 413, 'as it comes');
  });

  t.test('less body than its Content-Length says resets the stream', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const reply = await ask(session, { ':path': '/x.short' });
    t.not(reply.reset, http2.constants.NGHTTP2_NO_ERROR);
    t.match(await ask(session, { ':path': '/x.echo' }), { status: 200 });
  });

  t.test('Expect: 100-continue is answered when somebody wants the body', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const headers = {
      ':path': '/x.echo',
      ':method': 'POST',
      ':authority': 'site.test',
      expect: '100-continue',
    };
    const stream = session.request(headers);
    stream.on('continue', () => stream.end('after'));
    t.match(await replyOf(stream), { status: 200, body: /HTTP\/2\.0 http 5/ });
    const unread = session.request({ ...headers, ':path': '/x.ignore' });
    let continued = false;
    unread.on('continue', () => (continued = true));
    t.match(await replyOf(unread), { status: 200 });
    t.notOk(continued);
  });

  t.test('limits of headers, and a Host that is malformed', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    t.equal((await ask(session, { ':path': '/x.echo', x: 'y'.repeat(8300) })).status, 431, 'a long header');
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x${index}`, 'y']));
    t.equal((await ask(session, { ':path': '/x.echo', ...many })).status, 431, 'many headers');
    t.equal((await ask(session, { ':path': `/${'x'.repeat(8300)}` })).status, 414, 'a long target');
    const bad = await ask(session, { ':path': '/x.echo', ':authority': 'a/b' });
    t.equal(bad.reset, http2.constants.NGHTTP2_PROTOCOL_ERROR, 'a bad authority');
    t.equal((await ask(session, { ':path': '/../x' })).status, 400, 'a path above the root');
  });

  t.test('a slow reader is waited for, and what it has not taken stays bounded', async (t) => {
    let written = 0;
    const flood: Handler = async ({ output }) => {
      output.head(200, undefined, text);
      for (let count = 0; count < 400; count++) {
        if (!output.write(Buffer.alloc(10_000, 'x'))) await output.drained();
        written += 10_000;
      }
      output.end();
      return 'done' as const;
    };
    const server = await serve(t, { ...site, handlers: { ...site.handlers, ignore: flood } });
    const session = await openSession(t, urlOf(server));
    const stream = session.request({ ':path': '/x.ignore', ':authority': 'site.test' });
    await once(stream, 'response');
    await ask(session, { ':path': '/x.echo' });
    await ask(session, { ':path': '/x.echo' });
    t.ok(written < 1_000_000, `${written} bytes were written ahead`);
    let received = 0;
    stream.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(stream, 'end');
    t.equal(received, 4_000_000);
  });

  t.test('a session without requests is closed after KeepAliveTimeout', async (t) => {
    const server = await serve(t, { ...site, config: `${site.config}\nKeepAliveTimeout 50ms` });
    const session = await openSession(t, urlOf(server));
    await ask(session, { ':path': '/x.echo' });
    if (!session.closed) await once(session, 'close');
    t.pass('the server has closed it');
  });

  t.test('a stopping server answers what is running', async (t) => {
    let go: (() => void) | undefined;
    let begun: (() => void) | undefined;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const wait: Handler = async ({ output }) => {
      begun?.();
      await new Promise<void>((resolve) => (go = resolve));
      output.end(Buffer.from('late'));
      return 'done' as const;
    };
    const server = await serve(t, { ...site, handlers: { ...site.handlers, ignore: wait } });
    const session = await openSession(t, urlOf(server));
    const reply = ask(session, { ':path': '/x.ignore' });
    await started;
    const stopped = server.stop();
    go?.();
    t.match(await reply, { status: 200, body: 'late' });
    await stopped;
  });

  t.test('H2Direct off leaves HTTP/1.1 alone', async (t) => {
    const server = await serve(t, { ...site, config: `${site.config}\nH2Direct off` });
    const answer = await exchange(server.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    t.match(answer, /^HTTP\/1\.1 [45]\d\d /);
    const alike = 'PROPFIND /none HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n';
    const begun = await exchange((await serve(t, site)).port, alike);
    t.equal(parseResponse(begun).status, 405, 'what only begins alike is HTTP/1.1');
  });

  t.test('the access log says HTTP/2.0', async (t) => {
    const config = `LogFormat "%r %>s %B" short\nCustomLog access.log short\n${site.config}`;
    const server = await serve(t, { ...site, config });
    const session = await openSession(t, urlOf(server));
    await ask(session, { ':path': '/a.txt' });
    await server.stop();
    t.equal(readFileSync(`${server.root}/access.log`, 'utf8'), 'GET /a.txt HTTP/2.0 200 7\n');
  });

  t.test('a client that resets streams without end loses its session', async (t) => {
    const server = await serve(t, site);
    const session = await openSession(t, urlOf(server));
    const closed = new Promise((resolve) => session.once('close', resolve));
    for (let count = 0; count < 2000 && !session.destroyed; count++) {
      const stream = session.request({ ':path': '/x.echo', ':authority': 'site.test' });
      stream.on('error', () => undefined);
      stream.close(http2.constants.NGHTTP2_CANCEL);
      if (count % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    t.match(await server.get('/a.txt'), { status: 200 }, 'others are served');
  });

  t.end();
});

t.test('HTTP/2 over TLS', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site', { subject: '/CN=site.test', key: 'rsa' });

  async function serveTls(t: Test, config: string): Promise<TestServer & { secure: number }> {
    const server = await serve(t, {
      ...site,
      config: `Listen 127.0.0.1:0 https
        SSLCertificateFile ${certificates.file('site.crt')}
        SSLCertificateKeyFile ${certificates.file('site.key')}
        AddHandler echo .echo
        ${config}`,
    });
    return { ...server, secure: Number(new URL(server.server.urls[1] ?? '').port) };
  }

  t.test('Protocols and ProtocolsHonorOrder decide what is spoken', async (t) => {
    const rows: [config: string, offered: string[], chosen: string | false][] = [
      ['', ['h2', 'http/1.1'], 'http/1.1'],
      ['Protocols h2 http/1.1', ['http/1.1', 'h2'], 'h2'],
      ['Protocols http/1.1 h2', ['h2', 'http/1.1'], 'http/1.1'],
      ['Protocols h2 http/1.1\nProtocolsHonorOrder off', ['http/1.1', 'h2'], 'http/1.1'],
      ['Protocols h2 http/1.1', ['http/1.1'], 'http/1.1'],
      ['Protocols h2 http/1.1', ['http/1.0'], 'http/1.0'],
      ['Protocols h2 http/1.1', [], false],
    ];
    for (const [config, offered, chosen] of rows) {
      const server = await serveTls(t, config);
      const socket = await handshake(t, server.secure, { ALPNProtocols: offered });
      t.equal(socket.alpnProtocol, chosen, `${config}: ${offered.join(' ')}`);
    }
    const server = await serveTls(t, 'Protocols h2 http/1.1');
    await t.rejects(handshake(t, server.secure, { ALPNProtocols: ['acme-tls/1'] }));
  });

  t.test('a request over TLS', async (t) => {
    const server = await serveTls(t, 'Protocols h2 http/1.1');
    const session = await openSession(t, `https://127.0.0.1:${server.secure}`, { servername: 'site.test' });
    const reply = await ask(session, { ':path': '/x.echo', ':method': 'POST' }, 'hello');
    t.match(reply.body, /^POST \/x\.echo HTTP\/2\.0 https 5\n/);
  });

  t.test('H2ModernTLSOnly refuses ciphers that HTTP/2 forbids', async (t) => {
    for (const [setting, status] of [
      ['on', 0],
      ['off', 200],
    ] as const) {
      const ciphers = 'SSLCipherSuite AES128-SHA256\nSSLProtocol TLSv1.2';
      const server = await serveTls(t, `Protocols h2\n${ciphers}\nH2ModernTLSOnly ${setting}`);
      const session = await openSession(t, `https://127.0.0.1:${server.secure}`, {
        ciphers: 'AES128-SHA256',
      });
      const reply = await ask(session, { ':path': '/x.echo' }).catch(() => ({ status: 0 }));
      t.equal(reply.status, status, setting);
    }
  });

  t.end();
});
