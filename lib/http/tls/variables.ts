import type { X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.js';
import {
  legacyNameText,
  nameText,
  nameVariables,
  VARIABLE_PARTS,
  windowsNameText,
  type NameEntry,
} from './names.js';
import type { TlsConnection } from './tls-connection.js';

/** How names are written: as RFC 2253 has it, or as `SSLOptions LegacyDNStringFormat` has it. */
export interface VariableOptions {
  readonly legacyNames?: boolean;
}

type Value = (tls: TlsConnection, options: VariableOptions) => string | undefined;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;

/** mod_ssl's variables without the `SSL_` in front of them; those of certificates are below. */
const VALUES: Readonly<Record<string, Value>> = {
  VERSION_INTERFACE: () => 'mod_ssl/isapi-host',
  VERSION_LIBRARY: () => `OpenSSL/${process.versions.openssl}`,
  VERSION_LIBRARY_INTERFACE: () => `OpenSSL/${process.versions.openssl}`,
  PROTOCOL: (tls) => tls.protocol,
  SECURE_RENEG: () => 'true',
  COMPRESS_METHOD: () => 'NULL',
  CIPHER: (tls) => tls.cipher,
  CIPHER_EXPORT: (tls) => String(tls.keyBits.secret < 56),
  CIPHER_USEKEYSIZE: (tls) => String(tls.keyBits.secret),
  CIPHER_ALGKEYSIZE: (tls) => String(tls.keyBits.bits),
  CLIENT_VERIFY: (tls) => tls.verified,
  CLIENT_CERT_RFC4523_CEA: (tls) => {
    const certificate = tls.clientCertificate;
    if (certificate === undefined) return undefined;
    const serial = BigInt(`0x${certificate.serial || '0'}`);
    return `{ serialNumber ${serial}, issuer rdnSequence:"${nameText(certificate.issuer)}" }`;
  },
  SESSION_ID: (tls) => tls.sessionId,
  SESSION_RESUMED: (tls) => (tls.isResumed ? 'Resumed' : 'Initial'),
  TLS_SNI: (tls) => tls.serverName,
};

type CertificateValue = (certificate: Certificate, options: VariableOptions) => string | undefined;

const distinguishedName = (name: readonly NameEntry[], { legacyNames }: VariableOptions): string =>
  legacyNames === true ? legacyNameText(name) : nameText(name);

/** What follows `SSL_CLIENT_` and `SSL_SERVER_`. */
const CERTIFICATE_VALUES: Readonly<Record<string, CertificateValue>> = {
  M_VERSION: (certificate) => String(certificate.version),
  M_SERIAL: (certificate) => certificate.serial,
  V_START: (certificate) => dateText(certificate.notBefore),
  V_END: (certificate) => dateText(certificate.notAfter),
  V_REMAIN: (certificate) =>
    String(Math.max(0, Math.floor((certificate.notAfter.getTime() - Date.now()) / DAY))),
  S_DN: (certificate, options) => distinguishedName(certificate.subject, options),
  I_DN: (certificate, options) => distinguishedName(certificate.issuer, options),
  A_SIG: (certificate) => certificate.signatureAlgorithm,
  A_KEY: (certificate) => certificate.keyAlgorithm,
  CERT: (certificate) => certificate.pem,
};

/** The variables of `SSLOptions StdEnvVars` that are in no list of parts. */
const STANDARD: readonly string[] = [
  ...['VERSION_INTERFACE', 'VERSION_LIBRARY', 'PROTOCOL', 'SECURE_RENEG', 'COMPRESS_METHOD', 'CIPHER'],
  ...['CIPHER_EXPORT', 'CIPHER_USEKEYSIZE', 'CIPHER_ALGKEYSIZE', 'CLIENT_VERIFY', 'CLIENT_M_VERSION'],
  ...['CLIENT_M_SERIAL', 'CLIENT_V_START', 'CLIENT_V_END', 'CLIENT_V_REMAIN', 'CLIENT_S_DN', 'CLIENT_I_DN'],
  ...['CLIENT_A_KEY', 'CLIENT_A_SIG', 'CLIENT_CERT_RFC4523_CEA', 'SERVER_M_VERSION', 'SERVER_M_SERIAL'],
  ...['SERVER_V_START', 'SERVER_V_END', 'SERVER_S_DN', 'SERVER_I_DN', 'SERVER_A_KEY', 'SERVER_A_SIG'],
  ...['SESSION_ID', 'SESSION_RESUMED'],
];

/**
 * The value of one of mod_ssl's variables, a byte string; undefined when there is none.
 * @param name with `SSL_`, in any letter case but for the parts of names
 */
export function tlsVariable(
  tls: TlsConnection,
  name: string,
  options: VariableOptions = {},
): string | undefined {
  const [, end = ''] = /^SSL_(.+)$/i.exec(name) ?? [];
  const upper = end.toUpperCase();
  const value = Object.hasOwn(VALUES, upper) ? VALUES[upper] : undefined;
  if (value !== undefined) return value(tls, options);
  const [, number] = /^CLIENT_CERT_CHAIN_(\d{1,4})$/.exec(upper) ?? [];
  if (number !== undefined) return pemOf(tls.clientChain[Number(number)]);
  const [, side, rest = ''] = /^(CLIENT|SERVER)_(.+)$/i.exec(end) ?? [];
  if (side === undefined) return undefined;
  const certificate = side.toUpperCase() === 'CLIENT' ? tls.clientCertificate : tls.serverCertificate;
  return certificate && certificateVariable(certificate, rest, options);
}

function certificateVariable(
  certificate: Certificate,
  name: string,
  options: VariableOptions,
): string | undefined {
  const upper = name.toUpperCase();
  const value = Object.hasOwn(CERTIFICATE_VALUES, upper) ? CERTIFICATE_VALUES[upper] : undefined;
  if (value !== undefined) return value(certificate, options);
  const [, which, part = ''] = /^([SI])_DN_(.+)$/i.exec(name) ?? [];
  if (which !== undefined) {
    return namePart(which.toUpperCase() === 'S' ? certificate.subject : certificate.issuer, part);
  }
  const [, kind, number] = /^SAN_(Email|DNS|OTHER_msUPN|OTHER_dnsSRV)_(\d{1,4})$/i.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const names = certificate.alternativeNames.filter(
    (other) => other.kind.toLowerCase() === kind.toLowerCase(),
  );
  return names[Number(number)]?.value;
}

/** `CN`, the second `OU` as `OU_1`, and with `_RAW` behind it. */
function namePart(name: readonly NameEntry[], text: string): string | undefined {
  const [, part = '', number = '0'] = /^([A-Za-z]+)(?:_(\d{1,4}))?(?:_RAW)?$/.exec(text) ?? [];
  const oid = VARIABLE_PARTS.get(part);
  return name.filter((entry) => entry.oid === oid)[Number(number)]?.value;
}

/** All variables of `SSLOptions StdEnvVars`. */
export function standardVariables(tls: TlsConnection, options: VariableOptions): [string, string][] {
  const variables: [string, string][] = [];
  for (const [side, certificate] of [
    ['SERVER', tls.serverCertificate],
    ['CLIENT', tls.clientCertificate],
  ] as const) {
    if (certificate === undefined) continue;
    for (const [letter, name] of [
      ['S', certificate.subject],
      ['I', certificate.issuer],
    ] as const) {
      for (const [part, value] of nameVariables(name))
        variables.push([`SSL_${side}_${letter}_DN_${part}`, value]);
    }
    const counts = new Map<string, number>();
    for (const { kind, value } of certificate.alternativeNames) {
      const count = counts.get(kind) ?? 0;
      counts.set(kind, count + 1);
      variables.push([`SSL_${side}_SAN_${kind}_${count}`, value]);
    }
  }
  for (const name of STANDARD) {
    const value = tlsVariable(tls, `SSL_${name}`, options);
    if (value !== undefined && value !== '') variables.push([`SSL_${name}`, value]);
  }
  return variables;
}

/** The variables of `SSLOptions ExportCertData`: the certificates themselves. */
export function certificateVariables(tls: TlsConnection): [string, string][] {
  return [
    ['SSL_SERVER_CERT', tls.serverCertificate?.pem ?? ''],
    ['SSL_CLIENT_CERT', tls.clientCertificate?.pem ?? ''],
    ...tls.clientChain.map(
      (one, index) => [`SSL_CLIENT_CERT_CHAIN_${index}`, one.toString()] as [string, string],
    ),
  ];
}

/** What IIS's variables about TLS say: only those that are not empty. */
export function iisVariables(tls: TlsConnection): [string, string][] {
  const { clientCertificate: client, serverCertificate: server } = tls;
  const variables: [string, string][] = [];
  const keySize = String(tls.keyBits.secret);
  const secretKeySize = String(server?.keyBits ?? 0);
  const issuer = windowsNameText(server?.issuer ?? []);
  const subject = windowsNameText(server?.subject ?? []);
  for (const prefix of ['CERT_', 'HTTPS_']) {
    variables.push([`${prefix}KEYSIZE`, keySize], [`${prefix}SECRETKEYSIZE`, secretKeySize]);
    variables.push([`${prefix}SERVER_ISSUER`, issuer], [`${prefix}SERVER_SUBJECT`, subject]);
  }
  if (client !== undefined) {
    // Bit 0: there is a certificate; bit 1: nobody who is known has issued it.
    variables.push(['CERT_FLAGS', tls.verifyError === undefined ? '1' : '3']);
    variables.push(['CERT_COOKIE', client.x509.fingerprint.replaceAll(':', '').toLowerCase()]);
    variables.push(['CERT_ISSUER', windowsNameText(client.issuer)]);
    variables.push(['CERT_SUBJECT', windowsNameText(client.subject)]);
    variables.push(['CERT_SERIALNUMBER', client.serial.toLowerCase().replace(/..(?!$)/g, '$&-')]);
  }
  return variables;
}

/** A time as OpenSSL prints it: `Nov 20 13:59:36 2026 GMT`. */
function dateText(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${day} ${time} ${date.getUTCFullYear()} GMT`;
}

function pemOf(x509: X509Certificate | undefined): string | undefined {
  return x509?.toString();
}
