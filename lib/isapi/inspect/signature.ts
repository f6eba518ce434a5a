import { X509Certificate } from 'node:crypto';
import { Unreadable, type ByteSource } from './byte-source.js';
import { DIRECTORY, type PeHeaders } from './pe-headers.js';

/** The signature that a PE file carries. It is not verified. */
export interface Signature {
  /** the name of the signer's certificate, undefined where it cannot be read */
  readonly signer?: string;
  readonly issuer?: string;
  /** when the certificate ends to be valid, as it stands in it */
  readonly validTo?: string;
}

const TYPE_PKCS = 2;
/** Larger ones hold whole archives. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_CERTIFICATES = 32;

/** Reads the certificate table of a PE file; undefined where there is none. Raises Unreadable. */
export function readSignature(source: ByteSource, headers: PeHeaders): Signature | undefined {
  // The one directory whose address is a place in the file.
  const { address, size } = headers.directory(DIRECTORY.certificates);
  if (address === 0 || size === 0) return undefined;
  const length = source.u32(address);
  if (length < 8) throw new Unreadable('is damaged');
  if (source.u16(address + 6) !== TYPE_PKCS || length > MOST_BYTES) return {};
  return signerOf(source.bytes(address + 8, length - 8)) ?? {};
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** with its head */
  readonly whole: Buffer;
}

const TAG = { integer: 2, sequence: 0x30, set: 0x31, context0: 0xa0 } as const;

/** The elements of DER, up to the first that makes no sense. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length && elements.length < 256;) {
    const tag = bytes[at] ?? 0;
    const first = bytes[at + 1] ?? 0;
    const extra = first < 0x80 ? 0 : first - 0x80;
    if (extra > 4 || at + 2 + extra > bytes.length) break;
    const length = extra === 0 ? first : bytes.readUIntBE(at + 2, extra);
    const start = at + 2 + extra;
    if (start + length > bytes.length) break;
    elements.push({
      tag,
      content: bytes.subarray(start, start + length),
      whole: bytes.subarray(at, start + length),
    });
    at = start + length;
  }
  return elements;
}

/** The certificate that a PKCS #7 SignedData (RFC 2315) was signed with. */
function signerOf(der: Buffer): Signature | undefined {
  const [contentInfo] = elementsOf(der);
  const explicit = elementsOf(contentInfo?.content ?? Buffer.alloc(0)).find(
    ({ tag }) => tag === TAG.context0,
  );
  const [signedData] = elementsOf(explicit?.content ?? Buffer.alloc(0));
  const parts = elementsOf(signedData?.content ?? Buffer.alloc(0));
  const certificates = parts.find(({ tag }) => tag === TAG.context0);
  const signers = parts.filter(({ tag }) => tag === TAG.set).at(-1);
  const [signerInfo] = elementsOf(signers?.content ?? Buffer.alloc(0));
  // SignerInfo: version, issuer and serial number.
  const [, identity] = elementsOf(signerInfo?.content ?? Buffer.alloc(0));
  const serial = elementsOf(identity?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === TAG.integer);
  if (certificates === undefined || serial === undefined) return undefined;
  const wanted = hexOf(serial.content);
  for (const { tag, whole } of elementsOf(certificates.content).slice(0, MOST_CERTIFICATES)) {
    if (tag !== TAG.sequence) continue;
    const certificate = certificateOf(whole);
    if (certificate === undefined || normalHex(certificate.serialNumber) !== wanted) continue;
    const issuer = nameOf(certificate.issuer);
    const signer = nameOf(certificate.subject);
    return { ...(signer && { signer }), ...(issuer && { issuer }), validTo: certificate.validTo };
  }
  return undefined;
}

function certificateOf(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

function hexOf(number: Buffer): string {
  return normalHex(number.toString('hex'));
}

function normalHex(hex: string): string {
  return hex.toLowerCase().replace(/^0+(?=.)/u, '');
}

/** The common name of a distinguished name as Node writes it, else its organization, else all of it on one line. */
function nameOf(distinguished: string | undefined): string | undefined {
  if (distinguished === undefined || distinguished === '') return undefined;
  const part = (name: string): string | undefined =>
    distinguished
      .split('\n')
      .find((line) => line.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  return part('CN') ?? part('O') ?? distinguished.replaceAll('\n', ', ');
}
