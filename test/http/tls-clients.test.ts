import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Handler } from '../../lib/http/module.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { secureGet, type HandshakeOptions } from '../helpers/tls-client.js';
import { serve, type TestServer } from './harness.js';

const tell: Handler = ({ env, user, authType, output }) => {
  const lines = [
    `user=${user ?? ''} ${authType ?? ''}`,
    ...[...env].map(([key, value]) => `${key}=${value}`),
  ];
  output.head(200, undefined, [['Content-Type', 'text/plain']]);
  output.end(Buffer.from(`${lines.join('\n')}\n`, 'latin1'));
  return 'done';
};

t.test('certificates of clients', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site', { subject: '/CN=site.test' });
  certificates.make('authority', { isAuthority: true, subject: '/O=Test/CN=Authority' });
  certificates.make('middle', { isAuthority: true, issuer: 'authority', subject: '/CN=Middle' });
  const subject = '/C=DE/O=Test, Inc/OU=one/OU=two/CN=Jo Ä';
  const names = 'email:jo@site.test,DNS:jo.site.test,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jo@domain';
  certificates.make('client', { issuer: 'authority', subject, names });
  certificates.make('revoked', { issuer: 'authority', subject: '/CN=Gone' });
  certificates.make('deep', { issuer: 'middle', subject: '/CN=Deep' });
  certificates.make('stranger', { subject: '/CN=Stranger' });
  certificates.make('expired', { issuer: 'authority', subject: '/CN=Old', days: -1 });
  certificates.revoke('authority', 'revoked');

  async function serveClients(t: Test, config: string): Promise<TestServer & { secure: number }> {
    const server = await serve(t, {
      handlers: { tell },
      config: `Listen 127.0.0.1:0 https
        SSLCertificateFile @C@/site.crt
        SSLCertificateKeyFile @C@/site.key
        SSLCACertificateFile @C@/authority.crt
        AddHandler tell .tell
        ${config}`.replaceAll('@C@', certificates.folder),
      files: { www: { 'x.tell': '', 'a.txt': 'a file\n' } },
    });
    return { ...server, secure: Number(new URL(server.server.urls[1] ?? '').port) };
  }

  const as = (name: string, ...chain: string[]): HandshakeOptions => ({
    name: 'site.test',
    cert: [name, ...chain].map((one) => certificates.read(`${one}.crt`)).join(''),
    key: certificates.read(`${name}.key`),
  });
  const nobody: HandshakeOptions = { name: 'site.test' };

  t.test('who is let in', async (t) => {
    const rows: [mode: string, client: string, options: HandshakeOptions, verified: string | undefined][] = [
      ['none', 'a known one', as('client'), 'NONE'],
      ['require', 'nobody', nobody, undefined],
      ['require', 'a known one', as('client'), 'SUCCESS'],
      ['require', 'a stranger', as('stranger'), undefined],
      ['require', 'one whose certificate has ended', as('expired'), undefined],
      ['optional', 'nobody', nobody, 'NONE'],
      ['optional', 'a known one', as('client'), 'SUCCESS'],
      ['optional', 'a stranger', as('stranger'), undefined],
      ['optional_no_ca', 'nobody', nobody, 'NONE'],
      ['optional_no_ca', 'a stranger', as('stranger'), 'GENEROUS'],
      ['optional_no_ca', 'one whose certificate has ended', as('expired'), undefined],
      ['require', 'one with another certificate between', as('deep', 'middle'), undefined],
      ['require\nSSLVerifyDepth 2', 'one with another certificate between', as('deep', 'middle'), 'SUCCESS'],
    ];
    for (const [mode, client, options, verified] of rows) {
      const server = await serveClients(t, `SSLVerifyClient ${mode}\nSSLOptions +StdEnvVars`);
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
        const name = `${mode}, ${client}, ${maxVersion}`;
        const response = await secureGet(t, server.secure, '/x.tell', { ...options, maxVersion });
        t.equal(/^SSL_CLIENT_VERIFY=(.*)$/m.exec(response.body)?.[1], verified, name);
      }
      const log = await server.stop();
      t.equal(log.includes('IH0301'), verified === undefined, `${mode}, ${client}: the log says why`);
    }
  });

  t.test('revoked certificates are refused when SSLCARevocationCheck says so', async (t) => {
    const lists = 'SSLVerifyClient require\nSSLCARevocationFile @C@/authority.crl\n';
    const checked = await serveClients(t, `${lists}SSLCARevocationCheck chain`);
    t.equal((await secureGet(t, checked.secure, '/a.txt', as('client'))).status, 200);
    t.equal((await secureGet(t, checked.secure, '/a.txt', as('revoked'))).status, 0);
    t.match(await checked.stop(), /IH0301: .*CERT_REVOKED/);
    const unchecked = await serveClients(t, lists);
    t.equal((await secureGet(t, unchecked.secure, '/a.txt', as('revoked'))).status, 200);
  });

  t.test('the variables of a certificate', async (t) => {
    const server = await serveClients(t, 'SSLVerifyClient optional\nSSLOptions +StdEnvVars +ExportCertData');
    const { body } = await secureGet(t, server.secure, '/x.tell', as('client'));
    const utf8 = Buffer.from('Jo Ä').toString('latin1');
    for (const line of [
      `SSL_CLIENT_S_DN=CN=${utf8},OU=two,OU=one,O=Test\\, Inc,C=DE`,
      `SSL_CLIENT_S_DN_CN=${utf8}`,
      'SSL_CLIENT_S_DN_OU=one',
      'SSL_CLIENT_S_DN_OU_1=two',
      'SSL_CLIENT_I_DN=CN=Authority,O=Test',
      'SSL_CLIENT_I_DN_O=Test',
      'SSL_CLIENT_SAN_Email_0=jo@site.test',
      'SSL_CLIENT_SAN_DNS_0=jo.site.test',
      'SSL_CLIENT_SAN_OTHER_msUPN_0=jo@domain',
      'SSL_CLIENT_M_VERSION=3',
      'SSL_CLIENT_A_SIG=ecdsa-with-SHA256',
      'SSL_CLIENT_A_KEY=id-ecPublicKey',
    ]) {
      t.ok(body.split('\n').includes(line), line);
    }
    t.match(body, /^SSL_CLIENT_V_REMAIN=(?:29|30)$/m);
    t.match(body, /^SSL_CLIENT_V_END=[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$/m);
    t.match(
      body,
      /^SSL_CLIENT_CERT_RFC4523_CEA=\{ serialNumber \d+, issuer rdnSequence:"CN=Authority,O=Test" \}$/m,
    );
    t.match(body, /^SSL_CLIENT_CERT=-----BEGIN CERTIFICATE-----$/m);
    t.notMatch(body, /CERT_CHAIN_0/, 'its own is not in the chain');
    t.match(body, /^SSL_SERVER_CERT=-----BEGIN CERTIFICATE-----$/m);
    const deep = await serveClients(
      t,
      'SSLVerifyClient require\nSSLVerifyDepth 2\nSSLOptions +ExportCertData',
    );
    const chained = await secureGet(t, deep.secure, '/x.tell', as('deep', 'middle'));
    t.match(chained.body, /^SSL_CLIENT_CERT_CHAIN_0=-----BEGIN CERTIFICATE-----$/m);
  });

  t.test('SSLUserName makes a user of a certificate', async (t) => {
    const config = `SSLVerifyClient optional
      <Location />
        SSLUserName SSL_CLIENT_S_DN_O
      </Location>`;
    const server = await serveClients(t, config);
    t.match(
      (await secureGet(t, server.secure, '/x.tell', as('client'))).body,
      /^user=Test, Inc ClientCert\n/,
    );
    t.match((await secureGet(t, server.secure, '/x.tell', nobody)).body, /^user= \n/);
    t.match(await server.stop(), /IH0306: Failed to set the user to 'SSL_CLIENT_S_DN_O'/);
  });

  t.test('FakeBasicAuth gives the holder of a certificate the credentials of a user', async (t) => {
    certificates.make('plain', { issuer: 'authority', subject: '/C=DE/CN=Plain' });
    // The password is always "password".
    writeFileSync(certificates.file('users'), '/C=DE/CN=Plain:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n');
    const config = `SSLVerifyClient optional
      SSLOptions +FakeBasicAuth
      <Location />
        AuthType Basic
        AuthName x
        AuthUserFile @C@/users
        Require valid-user
      </Location>`;
    const server = await serveClients(t, config);
    t.match(
      (await secureGet(t, server.secure, '/x.tell', as('plain'))).body,
      /^user=\/C=DE\/CN=Plain Basic\n/,
    );
    t.equal((await secureGet(t, server.secure, '/x.tell', as('client'))).status, 401);
    t.equal((await secureGet(t, server.secure, '/x.tell', nobody)).status, 401);
    const forged = Buffer.from('/C=DE/CN=Plain:password').toString('base64');
    const headers = [`Authorization: Basic ${forged}`];
    t.equal((await secureGet(t, server.secure, '/x.tell', { ...nobody, headers })).status, 403);
    t.match(await server.stop(), /IH0309: Encountered FakeBasicAuth spoof: \/C=DE\/CN=Plain/);
  });

  t.test('Require ssl-verify-client wants a certificate for a part of a host', async (t) => {
    const config = `SSLVerifyClient optional
      <Location /x.tell>
        Require ssl-verify-client
      </Location>`;
    const server = await serveClients(t, config);
    t.equal((await secureGet(t, server.secure, '/x.tell', as('client'))).status, 200);
    t.equal((await secureGet(t, server.secure, '/x.tell', nobody)).status, 403);
    t.equal((await secureGet(t, server.secure, '/a.txt', nobody)).status, 200);
  });

  t.end();
});
