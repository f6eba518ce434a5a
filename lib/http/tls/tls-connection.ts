import type { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { VirtualHost } from '../../config/configuration.js';
import { Certificate, sessionIdOf } from './certificate.js';
import { handshakeProfile, TLS } from './settings.js';

/** Certificates above a client's own that are looked at: OpenSSL follows no longer chains. */
const MAX_CHAIN = 100;

/** Bits of a cipher's key, and of those how many are secret, by what its name has in it. */
const KEY_BITS: readonly (readonly [name: RegExp, bits: number, secret: number])[] = [
  [/NULL/, 0, 0],
  [/AES_?256|CHACHA20|CAMELLIA_?256|ARIA_?256/, 256, 256],
  [/AES_?128|CAMELLIA_?128|ARIA_?128|RC4|SEED|IDEA/, 128, 128],
  [/3DES|DES-CBC3/, 168, 112],
];

/** What is known of the TLS on a client's connection. Everything is worked out when it is first asked for. */
export class TlsConnection {
  /** the host whose certificate and settings the handshake used */
  readonly host: VirtualHost;
  /** the name that the client asked for in its handshake (SNI) */
  readonly serverName: string | undefined;
  readonly #socket: TLSSocket;
  #profile: string | undefined;
  #known: Client | undefined;
  #server: Certificate | undefined;

  constructor(socket: TLSSocket, host: VirtualHost, serverName: string | undefined) {
    this.#socket = socket;
    this.host = host;
    this.serverName = serverName;
  }

  /** `TLSv1.3`; undefined when the connection is gone */
  get protocol(): string | undefined {
    return this.#socket.getProtocol() ?? undefined;
  }

  /** OpenSSL's name of the cipher. */
  get cipher(): string {
    return this.#socket.getCipher().name;
  }

  /** Bits of the cipher's key, and how many of them are secret. */
  get keyBits(): { readonly bits: number; readonly secret: number } {
    const { cipher } = this;
    const [, bits = 0, secret = 0] = KEY_BITS.find(([name]) => name.test(cipher)) ?? [];
    return { bits, secret };
  }

  /** The session's identifier in hexadecimal, "" where it has none. */
  get sessionId(): string {
    return sessionIdOf(this.#socket.getSession());
  }

  get isResumed(): boolean {
    return this.#socket.isSessionReused();
  }

  /** The certificate that the server has shown. */
  get serverCertificate(): Certificate | undefined {
    if (this.#server === undefined) {
      const x509 = this.#socket.getX509Certificate();
      this.#server = x509 && new Certificate(x509);
    }
    return this.#server;
  }

  /** The certificate that the client has shown, valid or not. */
  get clientCertificate(): Certificate | undefined {
    return this.#client.certificate;
  }

  /** The certificates above its own that the client has sent. */
  get clientChain(): readonly X509Certificate[] {
    return this.#client.chain;
  }

  get #client(): Client {
    this.#known ??= readClient(this.#socket);
    return this.#known;
  }

  /** What OpenSSL found wrong with the client's certificate, by its name for it; undefined for nothing. */
  get verifyError(): string | undefined {
    // A client without a certificate has an error as well.
    const { authorizationError } = this.#socket as { authorizationError?: unknown };
    return this.clientCertificate === undefined || typeof authorizationError !== 'string'
      ? undefined
      : authorizationError;
  }

  /** What became of the client's certificate, in mod_ssl's words. */
  get verified(): string {
    if (this.clientCertificate === undefined) return 'NONE';
    const { verifyError } = this;
    if (verifyError === undefined) return 'SUCCESS';
    return isOptionalError(verifyError) ? 'GENEROUS' : `FAILED:${verifyError}`;
  }

  /** The settings that the handshake has depended on, to be compared with those of the host of a request. */
  get profile(): string {
    this.#profile ??= handshakeProfile(this.host.settings, 'secure');
    return this.#profile;
  }

  /** Why a client's certificate cannot be accepted under its host's settings; undefined when nothing speaks against. */
  get refusal(): string | undefined {
    const { verifyClient, verifyDepth } = this.host.settings.get(TLS);
    if (verifyClient === 'none' || this.clientCertificate === undefined) {
      return verifyClient === 'require' ? 'the client has shown no certificate' : undefined;
    }
    const { verifyError } = this;
    if (verifyError !== undefined && !(verifyClient === 'optional_no_ca' && isOptionalError(verifyError))) {
      return `the client's certificate is not accepted: ${verifyError}`;
    }
    const { depth } = this.#client;
    if (depth <= verifyDepth) return undefined;
    return `the client's certificate has ${depth} above it, and SSLVerifyDepth allows ${verifyDepth}`;
  }
}

/** What a client has shown of itself. */
interface Client {
  readonly certificate: Certificate | undefined;
  readonly chain: readonly X509Certificate[];
  /** certificates above its own, up to the one that is known */
  readonly depth: number;
}

/** Reads what the client has shown, in this order: Node forgets the chain with the second look at the certificate. */
function readClient(socket: TLSSocket): Client {
  const seen = new Set<string>();
  // Without a certificate it is empty, and so is the last of an incomplete chain.
  let above: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate(true);
  for (
    let { fingerprint256 } = above;
    fingerprint256 !== undefined && !seen.has(fingerprint256) && seen.size < MAX_CHAIN;
    fingerprint256 = above?.fingerprint256
  ) {
    seen.add(fingerprint256);
    above = above?.issuerCertificate;
  }
  const x509 = socket.getPeerX509Certificate();
  const chain: X509Certificate[] = [];
  for (let next = x509?.issuerCertificate; next && chain.length < MAX_CHAIN; next = next.issuerCertificate) {
    chain.push(next);
  }
  return { certificate: x509 && new Certificate(x509), chain, depth: seen.size - 1 };
}

/** What `optional_no_ca` lets pass: only that nobody who is known has signed it. */
const OPTIONAL_ERRORS: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);

function isOptionalError(error: string): boolean {
  return OPTIONAL_ERRORS.has(error);
}
