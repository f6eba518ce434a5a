import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Argument } from '../../config/directive.js';
import { fetchedFile, noteFile } from '../../config/kept-files.js';
import type { Place } from '../../config/place.js';
import { messageOf } from '../../errors.js';
import type { TlsSettings } from './settings.js';

/** No file of certificates, keys or revocation lists is larger. */
const MAX_FILE = 64 * 1024 * 1024;

/** So many files of a folder of certificates are read. */
const MAX_FILES = 10_000;

const TICKET_KEY_BYTES = 48;

/** Tells what is wrong with a file: the reason, and the argument that names it. */
export interface Reporter {
  error(message: string, place: Place): void;
  warning(message: string, place: Place): void;
}

/** A certificate with its key. */
export interface KeyPair {
  /** the certificate, then those that lead to one that clients know */
  readonly chain: string;
  readonly key: string;
  /** the key has to be decrypted with a pass phrase */
  readonly isEncrypted: boolean;
  /** `RSA`, `ECC` or `DSA`, for programs that are asked for a pass phrase */
  readonly algorithm: string;
  /** the file of the key */
  readonly file: string;
  readonly place: Place;
}

/** What a host needs for handshakes, read from its files. */
export interface Credentials {
  readonly pairs: readonly KeyPair[];
  /** certificates that clients' certificates may be signed with */
  readonly authorities: readonly string[];
  /** lists of revoked certificates; undefined when they are not looked at */
  readonly revoked: readonly string[] | undefined;
  readonly ticketKeys: Buffer | undefined;
  /** of a certificate's file, when it has some */
  readonly dhParameters: string | undefined;
}

/** Reads the files of a host. What cannot be used is reported and left out. */
export function readCredentials(tls: TlsSettings, reporter: Reporter): Credentials {
  const chainFile = tls.chainFile === undefined ? [] : readBlocks(tls.chainFile, CERTIFICATE, reporter);
  const pairs = tls.certificateFiles.flatMap((file, index) => {
    return readPair(file, tls.keyFiles[index], chainFile, reporter) ?? [];
  });
  const authorities = [
    ...(tls.caFile === undefined ? [] : readBlocks(tls.caFile, CERTIFICATE, reporter)),
    ...(tls.caPath === undefined ? [] : readFolder(tls.caPath, CERTIFICATE, reporter)),
  ];
  checkAuthorities(tls, authorities, reporter);
  return {
    pairs,
    authorities,
    revoked: tls.crlCheck ? readRevoked(tls, reporter) : undefined,
    ticketKeys: tls.ticketKeyFile && readTicketKeys(tls.ticketKeyFile, reporter),
    dhParameters: readDhParameters(tls.certificateFiles),
  };
}

/** What begins a PEM block of a kind. */
const CERTIFICATE = /(?:X509 |TRUSTED )?CERTIFICATE/;
const REVOCATION_LIST = /X509 CRL/;
const PRIVATE_KEY = /(?:\w+ )*PRIVATE KEY/;
const DH_PARAMETERS = /DH PARAMETERS/;

function blocksOf(text: string, kind: RegExp): string[] {
  const pattern = new RegExp(`-----BEGIN (${kind.source})-----[^]*?-----END \\1-----`, 'g');
  return [...text.matchAll(pattern)].map(([block]) => block);
}

function readFile(file: Argument, reporter: Reporter): string | undefined {
  try {
    if (statSync(file.text).size > MAX_FILE) throw new Error(`it is larger than ${MAX_FILE} bytes`);
    const text = readFileSync(file.text, 'latin1');
    noteFile(file.text);
    return text;
  } catch (error) {
    const text = fetchedFile(file.text);
    if (text !== undefined) return text;
    reporter.error(`${file.text} cannot be read: ${messageOf(error)}`, file.place);
    return undefined;
  }
}

/** The PEM blocks of a file that has to have some. */
function readBlocks(file: Argument, kind: RegExp, reporter: Reporter): string[] {
  const text = readFile(file, reporter);
  if (text === undefined) return [];
  const blocks = blocksOf(text, kind);
  if (blocks.length === 0) {
    const wanted = kind === CERTIFICATE ? 'certificate' : 'list of revoked certificates';
    reporter.error(`${file.text} has no ${wanted} in PEM form`, file.place);
  }
  return blocks;
}

function readFolder(folder: Argument, kind: RegExp, reporter: Reporter): string[] {
  let names: string[];
  try {
    names = readdirSync(folder.text).sort();
  } catch (error) {
    reporter.error(`${folder.text} cannot be read: ${messageOf(error)}`, folder.place);
    return [];
  }
  if (names.length > MAX_FILES) {
    reporter.error(`${folder.text} has more than ${MAX_FILES} files`, folder.place);
    return [];
  }
  const blocks = names.flatMap((name) => {
    const path = join(folder.text, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() !== true || stats.size > MAX_FILE) return [];
    return blocksOf(readFileSync(path, 'latin1'), kind);
  });
  // The links by hash that OpenSSL wants beside the files lead to the same certificates.
  return [...new Set(blocks)];
}

function readPair(
  certificateFile: Argument,
  keyFile: Argument | undefined,
  chainFile: readonly string[],
  reporter: Reporter,
): KeyPair | undefined {
  const blocks = readBlocks(certificateFile, CERTIFICATE, reporter);
  const [first] = blocks;
  if (first === undefined) return undefined;
  const certificate = parseCertificate(first, certificateFile, reporter);
  const key = readKey(keyFile ?? certificateFile, keyFile === undefined, reporter);
  if (certificate === undefined || key === undefined) return undefined;
  checkDates(certificate, certificateFile, reporter);
  const isEncrypted = key.includes('ENCRYPTED');
  const source = keyFile ?? certificateFile;
  if (!isEncrypted && !belongs(certificate, key, source, reporter)) return undefined;
  return {
    chain: [...blocks, ...chainFile].join('\n'),
    key,
    isEncrypted,
    algorithm: ALGORITHM_NAMES[certificate.publicKey.asymmetricKeyType ?? ''] ?? 'UNKNOWN',
    file: source.text,
    place: source.place,
  };
}

const ALGORITHM_NAMES: Readonly<Record<string, string>> = {
  rsa: 'RSA',
  'rsa-pss': 'RSA',
  ec: 'ECC',
  ed25519: 'ECC',
  ed448: 'ECC',
  dsa: 'DSA',
};

function parseCertificate(pem: string, file: Argument, reporter: Reporter): X509Certificate | undefined {
  try {
    return new X509Certificate(pem.replace('TRUSTED CERTIFICATE', 'CERTIFICATE'));
  } catch (error) {
    reporter.error(`the certificate in ${file.text} cannot be used: ${messageOf(error)}`, file.place);
    return undefined;
  }
}

function readKey(file: Argument, isCertificateFile: boolean, reporter: Reporter): string | undefined {
  const text = readFile(file, reporter);
  if (text === undefined) return undefined;
  const [key] = blocksOf(text, PRIVATE_KEY);
  if (key === undefined) {
    const advice = isCertificateFile ? '; name the file that has it with SSLCertificateKeyFile' : '';
    reporter.error(`${file.text} has no private key in PEM form${advice}`, file.place);
  }
  return key;
}

function belongs(certificate: X509Certificate, key: string, file: Argument, reporter: Reporter): boolean {
  try {
    if (certificate.checkPrivateKey(createPrivateKey(key))) return true;
    reporter.error(`the private key in ${file.text} is not that of the certificate`, file.place);
  } catch (error) {
    reporter.error(`the private key in ${file.text} cannot be used: ${messageOf(error)}`, file.place);
  }
  return false;
}

function checkDates(certificate: X509Certificate, { text, place }: Argument, reporter: Reporter): void {
  const now = Date.now();
  if (Date.parse(certificate.validTo) < now) {
    reporter.warning(
      `the certificate in ${text} has expired (${certificate.validTo}); clients will refuse it`,
      place,
    );
  } else if (Date.parse(certificate.validFrom) > now) {
    const { validFrom } = certificate;
    reporter.warning(
      `the certificate in ${text} is not valid yet (${validFrom}); clients will refuse it`,
      place,
    );
  }
}

function checkAuthorities(tls: TlsSettings, authorities: readonly string[], reporter: Reporter): void {
  const file = tls.caFile ?? tls.caPath;
  if (file === undefined) return;
  for (const pem of authorities) parseCertificate(pem, file, reporter);
}

function readRevoked(tls: TlsSettings, reporter: Reporter): string[] {
  return [
    ...(tls.crlFile === undefined ? [] : readBlocks(tls.crlFile, REVOCATION_LIST, reporter)),
    ...(tls.crlPath === undefined ? [] : readFolder(tls.crlPath, REVOCATION_LIST, reporter)),
  ];
}

function readTicketKeys(file: Argument, reporter: Reporter): Buffer | undefined {
  const text = readFile(file, reporter);
  if (text === undefined) return undefined;
  if (text.length === TICKET_KEY_BYTES) return Buffer.from(text, 'latin1');
  const message = `${file.text} has ${text.length} bytes; keys of session tickets have ${TICKET_KEY_BYTES}`;
  reporter.error(message, file.place);
  return undefined;
}

/** Parameters of Diffie and Hellman's exchange may stand in the file of the first certificate, as in Apache. */
function readDhParameters([file]: readonly Argument[]): string | undefined {
  if (file === undefined) return undefined;
  try {
    return blocksOf(readFileSync(file.text, 'latin1'), DH_PARAMETERS)[0];
  } catch {
    // That the file cannot be read was reported for the certificate.
    return undefined;
  }
}
