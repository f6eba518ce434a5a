import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { openErrorLog } from '../../lib/http/log.js';
import type { Handler } from '../../lib/http/module.js';
import { builtInModules } from '../../lib/modules/index.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { handshake, secureGet, serverName, send } from '../helpers/tls-client.js';
import { configure, exchange, handlerModule, parseResponse, serve, type TestServer } from './harness.js';

/** Tells what a request knows of itself. */
const tell: Handler = ({ scheme, serverName: name, serverPort, remoteAddress, env, output }) => {
  const lines = [
    `${scheme} ${name}:${serverPort} ${remoteAddress}`,
    ...[...env].map(([key, value]) => `${key}=${value}`),
  ];
  output.head(200, undefined, [['Content-Type', 'text/plain']]);
  output.end(Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
  return 'done';
};

/** A server with a port without TLS and one with it. */
async function serveTls(
  t: Test,
  certificates: Certificates,
  config: string,
): Promise<TestServer & { secure: number }> {
  const server = await serve(t, {
    handlers: { tell },
    config: `Listen 127.0.0.1:0 https\nAddHandler tell .tell\n${config.replaceAll('@C@', certificates.folder)}`,
    files: { www: { 'x.tell': '', 'a.txt': 'a file\n' } },
  });
  return { ...server, secure: Number(new URL(server.server.urls[1] ?? '').port) };
}

/** Puts another configuration to work on the same ports. */
async function reload(server: TestServer, certificates: Certificates, config: string): Promise<void> {
  const modules = builtInModules([handlerModule({ tell })]);
  const lines = [
    'Listen 127.0.0.1:0',
    'Listen 127.0.0.1:0 https',
    'ServerName site.test',
    'DocumentRoot www',
  ];
  const text = [...lines, config.replaceAll('@C@', certificates.folder)].join('\n');
  const configuration = configure(text, server.root, modules);
  const log = openErrorLog(configuration, join(server.root, 'second.log'));
  await server.server.reload({ configuration, modules, log, version: '1.2.3' });
}

const pair = (name: string): string =>
  `SSLCertificateFile @C@/${name}.crt\nSSLCertificateKeyFile @C@/${name}.key\n`;

t.test('TLS', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site', { subject: '/C=DE/O=Test, Inc/CN=site.test' });
  certificates.make('other', { subject: '/CN=other.test', key: 'rsa' });

  t.test('a request over TLS has its scheme, its default port and the variables of StdEnvVars', async (t) => {
    const server = await serveTls(t, certificates, `${pair('site')}SSLOptions +StdEnvVars`);
    t.match(server.server.urls[1], /^https:/);
    const { body } = await secureGet(t, server.secure, '/x.tell', { name: 'site.test' });
    t.match(body, /^https site\.test:443 127\.0\.0\.1\n/);
    t.match(body, /^HTTPS=on$/m);
    t.match(body, /^SSL_TLS_SNI=site\.test$/m);
    t.match(body, /^SSL_PROTOCOL=TLSv1\.3$/m);
    t.match(body, /^SSL_CIPHER_USEKEYSIZE=256$/m);
    t.match(body, /^SSL_SERVER_S_DN=CN=site\.test,O=Test\\, Inc,C=DE$/m);
    t.match(body, /^SSL_SERVER_S_DN_O=Test, Inc$/m);
    t.match(body, /^SSL_CLIENT_VERIFY=NONE$/m);
    t.match(body, /^SSL_SESSION_ID=[0-9a-f]+$/m);
    const plain = await server.get('/x.tell');
    t.match(plain.body, /^http site\.test:80 127\.0\.0\.1\n$/, 'the other port has nothing of this');
  });

  t.test('without StdEnvVars a request knows HTTPS and the name of the handshake alone', async (t) => {
    const server = await serveTls(t, certificates, pair('site'));
    const { body } = await secureGet(t, server.secure, '/x.tell', { name: 'site.test' });
    t.equal(body, 'https site.test:443 127.0.0.1\nHTTPS=on\nSSL_TLS_SNI=site.test\n');
  });

  const hosts = `
    <VirtualHost *>
      ServerName site.test
      ${pair('site')}
    </VirtualHost>
    <VirtualHost *>
      ServerName other.test
      ServerAlias *.other.test
      ${pair('other')}
    </VirtualHost>`;

  t.test('the name in the handshake chooses the certificate', async (t) => {
    const server = await serveTls(t, certificates, hosts);
    for (const [name, shown] of [
      ['site.test', 'site.test'],
      ['other.test', 'other.test'],
      ['www.other.test', 'other.test'],
      ['unknown.test', 'site.test'],
      ['', 'site.test'],
    ] as const) {
      t.equal(serverName(await handshake(t, server.secure, { name })), shown, name);
    }
  });

  t.test('a Host with other settings of TLS than the handshake gets 421', async (t) => {
    const server = await serveTls(t, certificates, hosts);
    const response = await secureGet(t, server.secure, '/a.txt', { name: 'site.test', asked: 'other.test' });
    t.equal(response.status, 421);
    t.match(await server.stop(), /IH0305: Hostname site\.test and hostname other\.test provided via HTTP/);
  });

  t.test('SSLVHostSNIPolicy decides which Hosts a handshake is good for', async (t) => {
    for (const [policy, status] of [
      ['insecure', 200],
      ['authonly', 200],
      ['strict', 421],
    ] as const) {
      const server = await serveTls(t, certificates, `SSLVHostSNIPolicy ${policy}\n${hosts}`);
      const { secure } = server;
      const response = await secureGet(t, secure, '/a.txt', { name: 'site.test', asked: 'other.test' });
      t.equal(response.status, status, policy);
    }
  });

  t.test('hosts with the same certificate serve each other’s connections', async (t) => {
    const config = `${pair('site')}
      <VirtualHost *>
        ServerName site.test
      </VirtualHost>
      <VirtualHost *>
        ServerName second.test
      </VirtualHost>`;
    const server = await serveTls(t, certificates, config);
    const response = await secureGet(t, server.secure, '/x.tell', {
      name: 'site.test',
      asked: 'second.test',
    });
    t.match(response, { status: 200, body: /^https second\.test/ });
  });

  t.test('SSLStrictSNIVHostCheck keeps clients away that name no host', async (t) => {
    const server = await serveTls(t, certificates, `SSLStrictSNIVHostCheck on\n${hosts}`);
    const without = await secureGet(t, server.secure, '/a.txt', { asked: 'site.test' });
    t.match(without, { status: 403, body: /Server Name Indication/ });
    t.equal((await secureGet(t, server.secure, '/a.txt', { name: 'site.test' })).status, 200);
  });

  t.test('a request without TLS on a port with TLS is told so', async (t) => {
    const server = await serveTls(t, certificates, pair('site'));
    const text = await exchange(server.secure, 'GET / HTTP/1.1\r\nHost: site.test\r\n\r\n');
    const response = parseResponse(text);
    t.match(response, { status: 400, headers: { connection: 'close' } });
    t.match(response.body, /speaking plain HTTP to an SSL-enabled server port/);
  });

  t.test('bytes that are neither TLS nor HTTP get no answer', async (t) => {
    const server = await serveTls(t, certificates, pair('site'));
    t.match(await exchange(server.secure, '\x00\x01\x02\x03\r\n\r\n'), /^(?:RESET)?$/);
    t.match(await exchange(server.secure, '\x16\x03\x01\x00\x04\x01\x00\x00\x00', true), /^[^H]*$/);
    t.match(await server.stop(), /IH0300: TLS handshake failed/);
  });

  t.test('SSLProtocol and SSLCipherSuite are kept', async (t) => {
    const config = `${pair('other')}SSLProtocol -all +TLSv1.2\nSSLCipherSuite ECDHE+AESGCM\nSSLHonorCipherOrder on`;
    const server = await serveTls(t, certificates, config);
    const socket = await handshake(t, server.secure, { ciphers: 'ALL' });
    t.equal(socket.getProtocol(), 'TLSv1.2');
    t.match(socket.getCipher().name, /^ECDHE-RSA-AES\d+-GCM/);
    await t.rejects(handshake(t, server.secure, { minVersion: 'TLSv1.3' }));
    await t.rejects(
      handshake(t, server.secure, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-SHA384' }),
    );
  });

  t.test('a handshake that fails is in the log', async (t) => {
    const server = await serveTls(t, certificates, `${pair('site')}SSLProtocol TLSv1.3`);
    await t.rejects(handshake(t, server.secure, { maxVersion: 'TLSv1.2' }));
    t.match(await server.stop(), /IH0300: TLS handshake failed: unsupported protocol\n/);
  });

  t.test('a client that shuts down its side still gets its response', async (t) => {
    const server = await serveTls(t, certificates, pair('site'));
    const socket = await handshake(t, server.secure, { allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('end', () => socket.destroy());
    socket.end('GET /a.txt HTTP/1.1\r\nHost: site.test\r\n\r\n');
    await closed;
    t.match(parseResponse(text), { status: 200, body: 'a file\n' });
  });

  t.test('the PROXY protocol comes before the handshake', async (t) => {
    const server = await serveTls(t, certificates, `${pair('site')}RemoteIPProxyProtocol on`);
    const raw = connect({ port: server.secure, host: '127.0.0.1' });
    raw.write('PROXY TCP4 192.0.2.1 192.0.2.2 4660 443\r\n');
    const socket = await handshake(t, server.secure, { socket: raw });
    const text = await send(socket, 'GET /x.tell HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n');
    t.match(parseResponse(text).body, /^https site\.test:443 192\.0\.2\.1\n/);
  });

  t.test('a host may have a certificate of each kind', async (t) => {
    const server = await serveTls(t, certificates, pair('site') + pair('other'));
    const common = { maxVersion: 'TLSv1.2' } as const;
    const rsa = await handshake(t, server.secure, { ...common, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    t.equal(serverName(rsa), 'other.test');
    const ec = await handshake(t, server.secure, { ...common, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' });
    t.equal(serverName(ec), 'site.test');
  });

  t.test('certificates between that of the server and its issuer are sent', async (t) => {
    certificates.make('root', { isAuthority: true });
    certificates.make('middle', { issuer: 'root', isAuthority: true });
    certificates.make('leaf', { issuer: 'middle', subject: '/CN=leaf.test', names: 'DNS:leaf.test' });
    const chain = `${pair('leaf')}SSLCertificateChainFile @C@/middle.crt`;
    const server = await serveTls(t, certificates, chain);
    const strict = { name: 'leaf.test', ca: certificates.read('root.crt'), rejectUnauthorized: true };
    t.ok((await handshake(t, server.secure, strict)).authorized, 'from SSLCertificateChainFile');
    writeFileSync(
      certificates.file('both.crt'),
      certificates.read('leaf.crt') + certificates.read('middle.crt'),
    );
    const both = `SSLCertificateFile @C@/both.crt\nSSLCertificateKeyFile @C@/leaf.key`;
    const second = await serveTls(t, certificates, both);
    t.ok((await handshake(t, second.secure, strict)).authorized, 'from SSLCertificateFile');
  });

  t.test('clients come back to a session by a ticket, and without tickets by its number', async (t) => {
    for (const config of ['SSLSessionTickets on', 'SSLSessionTickets off\nSSLSessionCache shmcb:x(512000)']) {
      const server = await serveTls(t, certificates, `${pair('site')}${config}\nSSLOptions +StdEnvVars`);
      const options = { maxVersion: 'TLSv1.2' } as const;
      const first = await handshake(t, server.secure, options);
      const session = first.getSession();
      first.destroy();
      const again = { ...options, ...(session !== undefined && { session }) };
      const { body } = await secureGet(t, server.secure, '/x.tell', again);
      t.match(body, /^SSL_SESSION_RESUMED=Resumed$/m, config);
    }
  });

  t.test('an encrypted key is opened with what the program of SSLPassPhraseDialog says', async (t) => {
    certificates.make('locked', { passPhrase: 'open sesame' });
    const program = certificates.file('phrase.sh');
    writeFileSync(program, `#!/bin/sh\necho "$1 $2" >> ${certificates.file('asked')}\necho 'open sesame'\n`, {
      mode: 0o755,
    });
    const config = `SSLPassPhraseDialog exec:@C@/phrase.sh\n${pair('locked')}`;
    const server = await serveTls(t, certificates, config);
    t.equal((await secureGet(t, server.secure, '/a.txt')).status, 200);
    t.equal(readFileSync(certificates.file('asked'), 'utf8'), 'site.test:443 ECC\n');
    writeFileSync(program, '#!/bin/sh\necho wrong\n', { mode: 0o755 });
    await t.rejects(serveTls(t, certificates, config), { code: 'TLS_KEY' });
    writeFileSync(program, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    await t.rejects(serveTls(t, certificates, config), { code: 'TLS_KEY' });
  });

  t.test('SSLRequireSSL and Require ssl refuse what comes without TLS', async (t) => {
    const config = `${pair('site')}
      <Location /a.txt>
        SSLRequireSSL
      </Location>
      <Location /x.tell>
        Require ssl
      </Location>`;
    const server = await serveTls(t, certificates, config);
    for (const path of ['/a.txt', '/x.tell']) {
      t.equal((await server.get(path)).status, 403, path);
      t.equal((await secureGet(t, server.secure, path)).status, 200, path);
    }
    t.match(await server.stop(), /IH0308: access to \S+a\.txt failed, reason: SSL connection required/);
  });

  t.test('many requests are served on one connection, also ahead', async (t) => {
    const server = await serveTls(t, certificates, `${pair('site')}MaxKeepAliveRequests 0`);
    const socket = await handshake(t, server.secure);
    const one = 'GET /a.txt HTTP/1.1\r\nHost: site.test\r\n';
    const text = await send(socket, `${one}\r\n`.repeat(20) + `${one}Connection: close\r\n\r\n`);
    t.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 21);
  });

  t.test('a reload puts another certificate to work, and open connections stay', async (t) => {
    const server = await serveTls(t, certificates, `${pair('site')}MaxKeepAliveRequests 0`);
    const kept = await handshake(t, server.secure);
    const before = await handshake(t, server.secure);
    t.equal(serverName(before), 'site.test');
    await reload(server, certificates, pair('other'));
    t.equal(serverName(await handshake(t, server.secure)), 'other.test');
    const text = await send(kept, 'GET /a.txt HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n');
    t.match(parseResponse(text), { status: 421 }, 'the handshake was made for other settings');
    await reload(server, certificates, pair('site'));
    const again = await send(before, 'GET /a.txt HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n');
    t.match(parseResponse(again), { status: 200 }, 'the settings are those of the handshake again');
  });

  t.test('a server that stops does not wait for handshakes', async (t) => {
    const server = await serveTls(t, certificates, pair('site'));
    const silent = connect({ port: server.secure, host: '127.0.0.1' });
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => undefined);
    await handshake(t, server.secure);
    silent.write('\x16\x03');
    await handshake(t, server.secure);
    await server.stop();
    await closed;
    t.pass('the connection was closed');
  });

  t.test('a greeting in many small pieces is understood', async (t) => {
    const server = await serveTls(t, certificates, hosts);
    const raw = connect({ port: server.secure, host: '127.0.0.1', noDelay: true });
    t.teardown(() => raw.destroy());
    let greeted = false;
    const pieces = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        if (greeted) {
          raw.write(chunk, done);
          return;
        }
        greeted = true;
        void (async () => {
          for (const byte of chunk) {
            await new Promise((resolve) => raw.write(Buffer.of(byte), resolve));
          }
          done();
        })();
      },
    });
    raw.on('data', (chunk: Buffer) => pieces.push(chunk));
    const socket = tls.connect({ socket: pieces, servername: 'other.test', rejectUnauthorized: false });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    t.equal(serverName(socket), 'other.test');
    socket.destroy();
  });

  t.end();
});
