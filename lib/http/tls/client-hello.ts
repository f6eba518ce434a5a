/** What the first bytes of a connection show. */
export type Greeting =
  /** a handshake, with the name that the client asks for, if it says one */
  | { readonly kind: 'hello'; readonly serverName: string | undefined }
  /** no TLS */
  | { readonly kind: 'other' }
  /** too few bytes to tell */
  | { readonly kind: 'incomplete' };

const INCOMPLETE: Greeting = { kind: 'incomplete' };
const OTHER: Greeting = { kind: 'other' };
const NAMELESS: Greeting = { kind: 'hello', serverName: undefined };

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const SERVER_NAME_EXTENSION = 0;

/** No client needs as much to greet a server; what goes beyond it is left to OpenSSL, without a name. */
export const MAX_HELLO = 64 * 1024;

/**
 * Looks whether a connection begins with TLS, and for which name (SNI, RFC 6066). The virtual host has to be known
 * before the handshake begins, because versions, ciphers and the asking for a certificate depend on it. A greeting
 * that is malformed has no name here; it is OpenSSL that refuses it.
 */
export function readGreeting(bytes: Buffer): Greeting {
  if (bytes.length === 0) return INCOMPLETE;
  if (bytes[0] !== HANDSHAKE_RECORD) return OTHER;
  if (bytes.length < RECORD_HEADER) return INCOMPLETE;
  if (bytes[1] !== 3) return OTHER;
  const message = joinRecords(bytes);
  if (message === undefined) return NAMELESS;
  if (message.length < 4) return tooLong(bytes);
  if (message[0] !== CLIENT_HELLO) return NAMELESS;
  const end = 4 + message.readUIntBE(1, 3);
  if (message.length < end) return tooLong(bytes);
  return { kind: 'hello', serverName: serverName(new Reader(message.subarray(4, end))) };
}

function tooLong(bytes: Buffer): Greeting {
  return bytes.length > MAX_HELLO ? NAMELESS : INCOMPLETE;
}

/** The content of the records, as far as they have come; undefined when something else is between them. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER <= bytes.length) {
    if (bytes[at] !== HANDSHAKE_RECORD) return parts.length === 0 ? undefined : Buffer.concat(parts);
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return undefined;
    parts.push(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length));
    at += RECORD_HEADER + length;
  }
  return Buffer.concat(parts);
}

function serverName(hello: Reader): string | undefined {
  // Version and random, session, ciphers, compression methods.
  hello.skip(34);
  hello.skip(hello.number(1));
  hello.skip(hello.number(2));
  hello.skip(hello.number(1));
  const extensions = hello.part(hello.number(2));
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const content = extensions.part(extensions.number(2));
    if (type !== SERVER_NAME_EXTENSION) continue;
    const names = content.part(content.number(2));
    // The only kind of name that there is.
    if (names.number(1) !== 0) return undefined;
    const name = names.bytes(names.number(2)).toString('latin1');
    return /^[\x21-\x7e]{1,255}$/.test(name) ? name : undefined;
  }
  return undefined;
}

/** Reads numbers and parts one after the other; beyond the end there are zeros and nothing. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  skip(count: number): void {
    this.#at = Math.min(this.#at + count, this.#bytes.length);
  }

  number(size: 1 | 2): number {
    if (this.left < size) {
      this.skip(size);
      return 0;
    }
    const value = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  bytes(count: number): Buffer {
    const part = this.#bytes.subarray(this.#at, this.#at + count);
    this.skip(count);
    return part;
  }

  part(count: number): Reader {
    return new Reader(this.bytes(count));
  }
}
