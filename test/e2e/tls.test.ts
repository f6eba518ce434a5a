import { X509Certificate } from 'node:crypto';

import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';
import { buildExtension } from '../helpers/extensions.js';
import { startHost } from '../helpers/server.js';
import { forEachTarget } from '../helpers/targets.js';
import { ask, openSession, secureGet } from '../helpers/tls-client.js';

forEachTarget(async (t, target) => {
  t.test('what an extension sees of TLS', { skip: NO_OPENSSL }, async (t) => {
    const certificates = new Certificates(t);
    certificates.make('site', { subject: '/C=DE/O=Test, Inc/CN=site.test', key: 'rsa' });
    certificates.make('authority', { isAuthority: true, subject: '/O=Test/CN=Authority' });
    certificates.make('client', {
      issuer: 'authority',
      subject: '/C=DE/ST=Hesse/CN=Jo "Joe"/emailAddress=jo@site.test',
    });
    const host = await startHost(t, {
      config: `Listen 127.0.0.1:0 https
        Protocols h2 http/1.1
        SSLCertificateFile ${certificates.file('site.crt')}
        SSLCertificateKeyFile ${certificates.file('site.key')}
        SSLCACertificateFile ${certificates.file('authority.crt')}
        SSLVerifyClient optional
        SSLOptions +StdEnvVars`,
      prepare: ({ isapi }) => {
        buildExtension('scenario', target, isapi);
      },
    });
    const [, digits] = /https:\/\/127\.0\.0\.1:(\d+)\//.exec(await host.waitForLog('IH0001')) ?? [];
    const port = Number(digits);
    const anonymous = { name: 'site.test' };
    const known = {
      ...anonymous,
      cert: certificates.read('client.crt'),
      key: certificates.read('client.key'),
    };
    const value = async (name: string, options: typeof anonymous): Promise<string | undefined> => {
      const { body } = await secureGet(t, port, `/isapi/scenario.dll?variable=${name}`, options);
      const [, found] = /^value=(.*)$/m.exec(body) ?? [];
      return found?.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    };
    const { fingerprint, serialNumber } = new X509Certificate(certificates.read('client.crt'));
    const server = 'C=DE, O="Test, Inc", CN=site.test';
    const rows: [name: string, anonymous: string, known: string][] = [
      ['HTTPS', 'on', 'on'],
      ['SERVER_PORT_SECURE', '1', '1'],
      ['SERVER_PORT', '443', '443'],
      ['HTTPS_KEYSIZE', '256', '256'],
      ['CERT_KEYSIZE', '256', '256'],
      ['HTTPS_SECRETKEYSIZE', '2048', '2048'],
      ['HTTPS_SERVER_SUBJECT', server, server],
      ['CERT_SERVER_ISSUER', server, server],
      ['CERT_FLAGS', '0', '1'],
      ['CERT_SUBJECT', '', 'C=DE, S=Hesse, CN="Jo ""Joe""", E=jo@site.test'],
      ['CERT_ISSUER', '', 'O=Test, CN=Authority'],
      ['CERT_COOKIE', '', fingerprint.replaceAll(':', '').toLowerCase()],
      ['CERT_SERIALNUMBER', '', serialNumber.toLowerCase().replace(/..(?!$)/g, '$&-')],
      ['SSL_PROTOCOL', 'TLSv1.3', 'TLSv1.3'],
      ['SSL_CLIENT_VERIFY', 'NONE', 'SUCCESS'],
    ];
    for (const [name, without, withCertificate] of rows) {
      t.equal(await value(name, anonymous), without, `${name} of a client without a certificate`);
      t.equal(await value(name, known), withCertificate, `${name} of a client with a certificate`);
    }
    const session = await openSession(t, `https://127.0.0.1:${port}`, { servername: 'site.test' });
    const reply = await ask(session, { ':path': '/isapi/scenario.dll?variable=SERVER_PROTOCOL' });
    t.match(reply.body, /^value=HTTP\/2\.0$/m);
    session.destroy();
  });
});
