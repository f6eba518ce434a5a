import type { X509Certificate } from 'node:crypto';
import {
  contextTag,
  DER,
  derElements,
  derOid,
  derText,
  derTime,
  primitiveTag,
  type DerElement,
} from './der.js';
import type { NameEntry } from './names.js';

/** Algorithms by object identifier, as OpenSSL's long names have them. */
const ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'rsaEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10045.2.1': 'id-ecPublicKey',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.2.840.10040.4.1': 'dsaEncryption',
  '1.2.840.10040.4.3': 'dsaWithSHA1',
  '2.16.840.1.101.3.4.3.2': 'dsa_with_SHA256',
  '1.3.101.112': 'ED25519',
  '1.3.101.113': 'ED448',
};

const SUBJECT_ALT_NAME = '2.5.29.17';

/** A name that a certificate has besides its subject. */
export interface AlternativeName {
  readonly kind: 'Email' | 'DNS' | 'OTHER_msUPN' | 'OTHER_dnsSRV';
  /** a byte string */
  readonly value: string;
}

/** Other names by object identifier that have variables. */
const OTHER_NAMES: Readonly<Record<string, AlternativeName['kind']>> = {
  '1.3.6.1.4.1.311.20.2.3': 'OTHER_msUPN',
  '1.3.6.1.5.5.7.8.7': 'OTHER_dnsSRV',
};

/** What a certificate says, read when it is first asked for. All strings are byte strings. */
export class Certificate {
  readonly x509: X509Certificate;
  /** 3 for nearly all */
  readonly version: number;
  /** hexadecimal, two digits a byte */
  readonly serial: string;
  readonly signatureAlgorithm: string;
  readonly keyAlgorithm: string;
  readonly issuer: readonly NameEntry[];
  readonly subject: readonly NameEntry[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly alternativeNames: readonly AlternativeName[];

  constructor(x509: X509Certificate) {
    this.x509 = x509;
    const [whole] = derElements(x509.raw);
    const [body] = derElements(whole?.content ?? NOTHING);
    const fields = derElements(body?.content ?? NOTHING);
    const version =
      fields[0]?.tag === contextTag(0) ? derElements(fields.shift()?.content ?? NOTHING)[0] : undefined;
    this.version = (version?.content[0] ?? 0) + 1;
    const [serial, signature, issuer, validity, subject, key, ...rest] = fields;
    this.serial = serialText(serial?.content ?? NOTHING);
    this.signatureAlgorithm = algorithm(signature);
    this.keyAlgorithm = algorithm(derElements(key?.content ?? NOTHING)[0]);
    this.issuer = nameEntries(issuer);
    this.subject = nameEntries(subject);
    const [from, to] = derElements(validity?.content ?? NOTHING);
    this.notBefore = from === undefined ? new Date(0) : derTime(from);
    this.notAfter = to === undefined ? new Date(0) : derTime(to);
    this.alternativeNames = alternativeNames(rest.find(({ tag }) => tag === contextTag(3)));
  }

  /** Bits of the public key, 0 where that has no meaning. */
  get keyBits(): number {
    const { asymmetricKeyDetails: details } = this.x509.publicKey;
    return details?.modulusLength ?? CURVE_BITS[details?.namedCurve ?? ''] ?? 0;
  }

  /** The certificate as text. */
  get pem(): string {
    return this.x509.toString();
  }
}

const NOTHING = Buffer.alloc(0);

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
};

/** A number as OpenSSL prints it: whole bytes, a zero in front of the first bit left out. */
function serialText(content: Buffer): string {
  const text = content.toString('hex').toUpperCase();
  return content.length > 1 && content[0] === 0 ? text.slice(2) : text;
}

function algorithm(element: DerElement | undefined): string {
  const [oid] = derElements(element?.content ?? NOTHING);
  return oid === undefined ? 'UNKNOWN' : (ALGORITHMS[derOid(oid.content)] ?? 'UNKNOWN');
}

function nameEntries(name: DerElement | undefined): NameEntry[] {
  const entries: NameEntry[] = [];
  for (const set of derElements(name?.content ?? NOTHING)) {
    for (const [index, pair] of derElements(set.content).entries()) {
      const [oid, value] = derElements(pair.content);
      if (oid === undefined || value === undefined) continue;
      entries.push({
        oid: derOid(oid.content),
        value: derText(value).toString('latin1'),
        encoded: value.whole.toString('hex').toUpperCase(),
        joined: index > 0,
      });
    }
  }
  return entries;
}

function alternativeNames(extensions: DerElement | undefined): AlternativeName[] {
  const [list] = derElements(extensions?.content ?? NOTHING);
  for (const extension of derElements(list?.content ?? NOTHING)) {
    const [oid, ...rest] = derElements(extension.content);
    const value = rest.at(-1);
    if (oid === undefined || value === undefined || derOid(oid.content) !== SUBJECT_ALT_NAME) continue;
    const [names] = derElements(value.content);
    return derElements(names?.content ?? NOTHING).flatMap(alternativeName);
  }
  return [];
}

function alternativeName({ tag, content }: DerElement): AlternativeName[] {
  if (tag === primitiveTag(1)) return [{ kind: 'Email', value: content.toString('latin1') }];
  if (tag === primitiveTag(2)) return [{ kind: 'DNS', value: content.toString('latin1') }];
  if (tag !== contextTag(0)) return [];
  const [oid, wrapped] = derElements(content);
  const kind = oid && OTHER_NAMES[derOid(oid.content)];
  const [text] = derElements(wrapped?.content ?? NOTHING);
  return kind === undefined || text === undefined ? [] : [{ kind, value: derText(text).toString('latin1') }];
}

/** The identifier in an encoded session, hexadecimal; "" where it has none. */
export function sessionIdOf(session: Buffer | undefined): string {
  const [whole] = derElements(session ?? NOTHING);
  const [, , , id] = derElements(whole?.content ?? NOTHING);
  return id?.tag === DER.OCTET_STRING ? id.content.toString('hex') : '';
}
