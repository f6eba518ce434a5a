import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration } from '../../lib/config/configuration.js';
import { checkTls } from '../../lib/http/tls/tls-table.js';
import { builtInModules } from '../../lib/modules/index.js';
import { Certificates, NO_OPENSSL } from '../helpers/certificates.js';

t.test('certificates and keys are checked when the configuration is', { skip: NO_OPENSSL }, async (t) => {
  const certificates = new Certificates(t);
  certificates.make('site');
  certificates.make('rsa', { key: 'rsa' });
  certificates.make('old', { days: -1 });
  certificates.make('locked', { passPhrase: 'secret' });
  certificates.make('authority', { isAuthority: true });
  certificates.revoke('authority');
  writeFileSync(certificates.file('text'), 'this is no certificate\n');
  writeFileSync(
    certificates.file('broken.crt'),
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  );
  writeFileSync(
    certificates.file('broken.key'),
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  );
  writeFileSync(certificates.file('both.pem'), certificates.read('site.crt') + certificates.read('site.key'));
  writeFileSync(certificates.file('short.bin'), 'x'.repeat(47));

  /** What is wrong with directives, as `line:column: severity: message`. */
  const check = (config: string): string[] => {
    const folder = certificates.folder;
    const { configuration, problems } = loadConfiguration({
      file: join(folder, 'httpd.conf'),
      modules: builtInModules([]),
      environment: {},
      text: config.replaceAll(/^ +/gm, ''),
    });
    return [...problems, ...(configuration === undefined ? [] : checkTls(configuration))].map(
      ({ place, severity, message }) =>
        `${place?.line ?? 0}:${place?.column ?? 0}: ${severity}: ${message.replaceAll(`${folder}/`, '')}`,
    );
  };

  const rows: [name: string, config: string, problems: (string | RegExp)[]][] = [
    [
      'a certificate and its key',
      'SSLEngine on\nSSLCertificateFile site.crt\nSSLCertificateKeyFile site.key',
      [],
    ],
    ['both in one file', 'SSLEngine on\nSSLCertificateFile both.pem', []],
    ['what is not used is not looked at', 'SSLCertificateFile text\nSSLCertificateKeyFile text', []],
    [
      'no certificate',
      'SSLEngine on',
      ['1:1: error: SSLEngine is on here, but no certificate is configured; add SSLCertificateFile'],
    ],
    [
      'no certificate in a virtual host',
      'Listen 8443 https\n<VirtualHost *:8443>\nServerName x.test\n</VirtualHost>',
      ['2:1: error: SSLEngine is on here, but no certificate is configured; add SSLCertificateFile'],
    ],
    [
      'no key',
      'SSLEngine on\nSSLCertificateFile site.crt',
      [
        '2:20: error: site.crt has no private key in PEM form; name the file that has it with SSLCertificateKeyFile',
      ],
    ],
    [
      'files of another kind',
      'SSLEngine on\nSSLCertificateFile text\nSSLCertificateKeyFile site.key',
      ['2:20: error: text has no certificate in PEM form'],
    ],
    [
      'a certificate in the place of the key',
      'SSLEngine on\nSSLCertificateFile site.crt\nSSLCertificateKeyFile site.crt',
      ['3:23: error: site.crt has no private key in PEM form'],
    ],
    [
      'a certificate that is broken',
      'SSLEngine on\nSSLCertificateFile broken.crt\nSSLCertificateKeyFile site.key',
      [/^2:20: error: the certificate in broken\.crt cannot be used: ./],
    ],
    [
      'a key that is broken',
      'SSLEngine on\nSSLCertificateFile site.crt\nSSLCertificateKeyFile broken.key',
      [/^3:23: error: the private key in broken\.key cannot be used: ./],
    ],
    [
      "another certificate's key",
      'SSLEngine on\nSSLCertificateFile site.crt\nSSLCertificateKeyFile rsa.key',
      ['3:23: error: the private key in rsa.key is not that of the certificate'],
    ],
    [
      'a certificate that has ended',
      'SSLEngine on\nSSLCertificateFile old.crt\nSSLCertificateKeyFile old.key',
      [/^2:20: warning: the certificate in old\.crt has expired \(.*\); clients will refuse it$/],
    ],
    [
      'an encrypted key and nobody to ask',
      'SSLEngine on\nSSLCertificateFile locked.crt\nSSLCertificateKeyFile locked.key',
      [
        '3:23: error: the private key in locked.key is encrypted, and nobody can be asked for its pass phrase; ' +
          'name a program that prints it with SSLPassPhraseDialog exec:path, or decrypt the key',
      ],
    ],
    [
      'ciphers that there are not',
      'SSLEngine on\nSSLCertificateFile both.pem\nSSLCipherSuite NONSENSE',
      [/^3:16: error: OpenSSL does not accept this: .*no cipher match/],
    ],
    [
      'clients that nobody could vouch for',
      'SSLEngine on\nSSLCertificateFile both.pem\nSSLVerifyClient require',
      [
        '3:1: error: clients are asked for certificates, but none would be accepted; ' +
          'name those who issue them with SSLCACertificateFile',
      ],
    ],
    [
      'issuers that are none',
      'SSLEngine on\nSSLCertificateFile both.pem\nSSLVerifyClient require\nSSLCACertificateFile text',
      [/^3:1: error: clients are asked/, '4:22: error: text has no certificate in PEM form'],
    ],
    [
      'lists of revoked certificates that are none',
      `SSLEngine on\nSSLCertificateFile both.pem\nSSLVerifyClient require\nSSLCACertificateFile authority.crt
      SSLCARevocationCheck chain`,
      ['3:1: error: SSLCARevocationCheck needs lists of revoked certificates; add SSLCARevocationFile'],
    ],
    [
      'lists of revoked certificates',
      `SSLEngine on\nSSLCertificateFile both.pem\nSSLVerifyClient require\nSSLCACertificateFile authority.crt
      SSLCARevocationCheck chain\nSSLCARevocationFile authority.crl`,
      [],
    ],
    [
      'a file for tickets of another length',
      'SSLEngine on\nSSLCertificateFile both.pem\nSSLSessionTicketKeyFile short.bin',
      ['3:25: error: short.bin has 47 bytes; keys of session tickets have 48'],
    ],
    [
      'what the main server says is told once',
      `SSLCertificateFile site.crt\nSSLCertificateKeyFile rsa.key\nListen 443
      <VirtualHost *:443>\nServerName a.test\n</VirtualHost>
      <VirtualHost *:443>\nServerName b.test\n</VirtualHost>`,
      ['2:23: error: the private key in rsa.key is not that of the certificate'],
    ],
  ];
  for (const [name, config, problems] of rows) {
    const found = check(config).sort();
    t.equal(found.length, problems.length, `${name}: ${found.join('; ')}`);
    for (const [index, problem] of problems.entries()) t.match(found[index], problem, name);
  }
});
