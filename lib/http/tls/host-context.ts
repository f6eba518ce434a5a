import { createHash } from 'node:crypto';
import { constants as ssl } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls';
import type { VirtualHost } from '../../config/configuration.js';
import { messageOf } from '../../errors.js';
import { CORE } from '../settings.js';
import type { Credentials, Reporter } from './credentials.js';
import { TLS, TLS_VERSIONS, type TlsSettings, type TlsVersion } from './settings.js';

/** What TLS 1.3 uses when SSLCipherSuite does not say: OpenSSL's own choice. */
const TLS13_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

const SWITCHED_OFF: Readonly<Record<TlsVersion, number>> = {
  TLSv1: ssl.SSL_OP_NO_TLSv1,
  'TLSv1.1': ssl.SSL_OP_NO_TLSv1_1,
  'TLSv1.2': ssl.SSL_OP_NO_TLSv1_2,
  'TLSv1.3': ssl.SSL_OP_NO_TLSv1_3,
};

/** A key as OpenSSL takes it. */
export interface UsableKey {
  readonly pem: string;
  readonly passphrase?: string;
}

/** The options of Node's TLS for a host. */
export function tlsOptions(
  host: VirtualHost,
  credentials: Credentials,
  keys: readonly UsableKey[],
): TlsOptions {
  const tls = host.settings.get(TLS);
  const core = host.settings.get(CORE);
  return {
    ...contextOptions(tls, credentials, keys),
    requestCert: tls.verifyClient !== 'none',
    // Whether a certificate is good enough is decided when the handshake is over, with words for the log.
    rejectUnauthorized: false,
    // A client that shuts down its side after the request still gets its response.
    allowHalfOpen: true,
    handshakeTimeout: core.timeout * 1000,
    sessionTimeout: tls.sessionTimeout,
  };
}

/** Reports what OpenSSL does not accept of a host's settings. */
export function checkContext(host: VirtualHost, credentials: Credentials, reporter: Reporter): void {
  const tls = host.settings.get(TLS);
  // Keys that are encrypted are tried when the server starts: only then is somebody asked for pass phrases.
  const usable = credentials.pairs.filter(({ isEncrypted }) => !isEncrypted);
  const options = contextOptions(
    tls,
    { ...credentials, pairs: usable },
    usable.map(({ key }) => ({ pem: key })),
  );
  const { cert, key, ca, crl, dhparam, ciphers, ...rest } = options;
  const first = tls.certificateFiles[0];
  const attempts: readonly (readonly [SecureContextOptions, typeof first])[] = [
    [{ ...rest, ...(ciphers !== undefined && { ciphers }) }, tls.ciphers ?? tls.tls13Ciphers ?? first],
    [
      { ...(crl !== undefined && { crl }), ...(ca !== undefined && { ca }) },
      tls.crlFile ?? tls.crlPath ?? tls.caFile,
    ],
    [{ ...(dhparam !== undefined && { dhparam }) }, first],
    [{ ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }, first],
  ];
  for (const [part, argument] of attempts) {
    try {
      createSecureContext(part);
    } catch (error) {
      const place = argument?.place ?? first?.place ?? host.place;
      if (place !== undefined) reporter.error(`OpenSSL does not accept this: ${messageOf(error)}`, place);
    }
  }
}

function contextOptions(
  tls: TlsSettings,
  credentials: Credentials,
  keys: readonly UsableKey[],
): SecureContextOptions & TlsOptions {
  const wanted = TLS_VERSIONS.filter((version) => tls.versions.has(version));
  const [lowest = 'TLSv1.2'] = wanted;
  const highest = wanted.at(-1) ?? 'TLSv1.3';
  let secureOptions = ssl.SSL_OP_NO_COMPRESSION;
  for (const version of TLS_VERSIONS) if (!tls.versions.has(version)) secureOptions |= SWITCHED_OFF[version];
  if (!tls.tickets) secureOptions |= ssl.SSL_OP_NO_TICKET;
  const list = (tls.ciphers?.text ?? 'DEFAULT').replace(/[ ,]+/g, ':');
  const ciphers = `${(tls.tls13Ciphers?.text ?? TLS13_CIPHERS).replace(/[ ,]+/g, ':')}:${list}:!aNULL:!eNULL:!EXP`;
  return {
    cert: credentials.pairs.map(({ chain }) => chain),
    key: keys.map(({ pem, passphrase }) => (passphrase === undefined ? pem : { pem, passphrase })),
    // An empty list, so that none of Node's own authorities is trusted.
    ca: [...credentials.authorities],
    ...(credentials.revoked !== undefined && { crl: [...credentials.revoked] }),
    minVersion: lowest,
    maxVersion: highest,
    secureOptions,
    ciphers,
    honorCipherOrder: tls.honorCipherOrder,
    dhparam: credentials.dhParameters ?? 'auto',
    ecdhCurve: 'auto',
    // Sessions of one host are not good for another.
    sessionIdContext: sessionContext(tls),
    ...(credentials.ticketKeys !== undefined && { ticketKeys: credentials.ticketKeys }),
  };
}

function sessionContext(tls: TlsSettings): string {
  const { certificateFiles, caFile, caPath, verifyClient } = tls;
  const parts = [certificateFiles.map(({ text }) => text), caFile?.text, caPath?.text, verifyClient];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
