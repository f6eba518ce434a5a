import { isSecretField, secretHeader } from './names.js';
import { decodeName } from './texts.js';

/** Shorter values are not looked for: they would be found in too much that is no secret. Characters. */
const MIN_LENGTH = 6;

/** The beginning of a longer value is looked for. Characters. */
export const MAX_LENGTH = 256;

/** Further values are not remembered. */
const MAX_VALUES = 64;

const ASTERISK = 0x2a;

/** A request as far as secrets are known from it. Byte strings. */
export interface SecretSources {
  /** names and values, alternating */
  readonly headers: readonly string[];
  readonly query: string;
  /** of the user, as the server has checked it */
  readonly password: string;
}

/**
 * The secrets that a request has brought: an extension may write them again, in its pages or in what it logs, where no
 * name says what they are.
 */
export class KnownSecrets {
  readonly #values = new Set<string>();
  /** a secret of the body that the last piece has ended in */
  #begun = '';

  constructor({ headers, query, password }: SecretSources) {
    this.add(password);
    for (let i = 0; i + 1 < headers.length; i += 2) this.#addHeader(headers[i] ?? '', headers[i + 1] ?? '');
    for (const pair of query.split('&')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && isSecretField(decodeName(pair.slice(0, equals)))) this.add(pair.slice(equals + 1));
    }
  }

  /** Remembers a value, as it is and with its percent encoding undone. */
  add(value: string): void {
    for (const form of [value, decodeName(value.replaceAll('+', ' '))]) {
      const text = form.trim().slice(0, MAX_LENGTH);
      if (text.length >= MIN_LENGTH && this.#values.size < MAX_VALUES) this.#values.add(text);
    }
  }

  /** Remembers what a masker has taken for secrets in the next piece of a body. */
  addMasked(piece: Uint8Array, shown: Uint8Array): void {
    for (let i = 0; i < piece.length; i++) {
      if (shown[i] === ASTERISK) {
        if (this.#begun.length < MAX_LENGTH) this.#begun += String.fromCharCode(piece[i] ?? 0);
      } else if (this.#begun !== '') {
        this.add(this.#begun);
        this.#begun = '';
      }
    }
    /* The rest may never come. */
    this.add(this.#begun);
  }

  /** Bytes with asterisks in the place of those that are a secret. */
  hide(bytes: Buffer): Buffer {
    if (this.#values.size === 0) return bytes;
    const text = bytes.toString('latin1');
    let shown: Buffer | undefined;
    for (const value of this.#values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
        shown ??= Buffer.from(bytes);
        shown.fill(ASTERISK, at, at + value.length);
      }
    }
    return shown ?? bytes;
  }

  /** The same for a byte string. */
  hideText(text: string): string {
    return this.#values.size === 0 ? text : this.hide(Buffer.from(text, 'latin1')).toString('latin1');
  }

  #addHeader(name: string, value: string): void {
    const form = secretHeader(name);
    if (form === undefined) return;
    if (form === 'whole') {
      this.add(value);
      this.#addCredentials(value);
      return;
    }
    for (const pair of value.split(';')) this.add(pair.slice(pair.indexOf('=') + 1));
  }

  /** `Basic dXNlcjpwYXNzd29yZA==` has the password in it. */
  #addCredentials(value: string): void {
    const [scheme = '', credentials = ''] = value.trim().split(/\s+/);
    this.add(credentials);
    if (scheme.toLowerCase() !== 'basic') return;
    const text = Buffer.from(credentials, 'base64').toString('latin1');
    this.add(text.slice(text.indexOf(':') + 1));
  }
}
