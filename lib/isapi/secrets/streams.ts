import { JsonMasker, XmlMasker } from './documents.js';
import { isSecretField, secretHeader } from './names.js';
import { decodeName } from './texts.js';

/**
 * Masks the secrets of bytes that come in pieces, by an asterisk for each byte, so that sizes and places stay. What is
 * not sure to be no secret is masked.
 */
export interface StreamMasker {
  /** The next piece, as it may be shown. */
  mask(piece: Uint8Array): Buffer;
}

export const ASTERISK = 0x2a;

/** A longer name is taken for a secret's. */
const MAX_NAME = 1024;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;

/** The masker for a request body, by its Content-Type and by how it begins. */
export function bodyMasker(contentType: string): StreamMasker {
  return new BodyMasker(contentType);
}

/** What begins a text in UTF-8 and says nothing. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Looks at the first byte that is no blank before it chooses, because what a Content-Type says need not be so. Where
 * both do not agree, what any masker takes for a secret is one.
 */
class BodyMasker implements StreamMasker {
  readonly #contentType: string;
  readonly #boundary: RegExpExecArray | null;
  #chosen: readonly StreamMasker[] | undefined;

  constructor(contentType: string) {
    this.#contentType = contentType.trim().toLowerCase();
    this.#boundary = /boundary=(?:"([^"]+)"|([^\s;,]+))/i.exec(contentType);
  }

  mask(piece: Uint8Array): Buffer {
    if (this.#chosen === undefined) {
      const first = piece.find((byte) => !BLANKS.has(byte));
      /* Blanks are no secret, and they decide nothing. */
      if (first === undefined) return Buffer.from(piece);
      this.#chosen = this.#choose(String.fromCharCode(first));
    }
    const shown = Buffer.from(piece);
    for (const masker of this.#chosen) {
      const masked = masker.mask(piece);
      for (let i = 0; i < shown.length; i++) if (masked[i] === ASTERISK) shown[i] = ASTERISK;
    }
    return shown;
  }

  #choose(first: string): StreamMasker[] {
    const type = this.#contentType;
    if (type.startsWith('multipart/') && this.#boundary) {
      return [new MultipartMasker(this.#boundary[1] ?? this.#boundary[2] ?? ''), new FormMasker()];
    }
    const isJson = first === '{' || first === '[';
    const isXml = first === '<';
    if (isJson) return /\bjson\b/.test(type) ? [new JsonMasker()] : [new JsonMasker(), new FormMasker()];
    if (isXml) return /\bxml\b/.test(type) ? [new XmlMasker()] : [new XmlMasker(), new FormMasker()];
    return [new FormMasker()];
  }
}

const BLANKS = new Set([0x20, 0x09, CR, LF, ...BYTE_ORDER_MARK]);

/** `application/x-www-form-urlencoded`, and whatever else may hold pairs of names and values. */
class FormMasker implements StreamMasker {
  readonly #pairs = new PairScanner();

  mask(piece: Uint8Array): Buffer {
    const shown = Buffer.from(piece);
    for (let i = 0; i < shown.length; i++) if (this.#pairs.take(shown[i] ?? 0)) shown[i] = ASTERISK;
    return shown;
  }
}

/** The longest head of a part; what has a longer one is masked. */
const MAX_PART_HEAD = 16 * 1024;

/** `multipart/form-data`: the parts whose name is a secret's. */
class MultipartMasker implements StreamMasker {
  readonly #delimiter: Buffer;
  readonly #fallback: readonly number[];
  /** how many bytes of the delimiter were met; a body may begin with one */
  #matched = 1;
  #state: 'line' | 'head' | 'plain' | 'secret' = 'plain';
  #head: number[] = [];
  /** the line of the head so far has nothing, but perhaps a CR */
  #isEmptyLine = true;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\n--${boundary}`, 'latin1');
    this.#fallback = fallbacks(this.#delimiter);
  }

  mask(piece: Uint8Array): Buffer {
    const shown = Buffer.from(piece);
    for (let i = 0; i < shown.length; i++) {
      const byte = shown[i] ?? 0;
      if (this.#state === 'secret') shown[i] = ASTERISK;
      this.#take(byte);
    }
    return shown;
  }

  #take(byte: number): void {
    if (this.#state === 'line') {
      if (byte === LF) this.#state = 'head';
      this.#isEmptyLine = true;
      return;
    }
    if (this.#state === 'head') {
      this.#head.push(byte);
      const isEnd = byte === LF && this.#isEmptyLine;
      if (isEnd || this.#head.length > MAX_PART_HEAD) this.#beginContent();
      // Of two CRs the second is no end of a line.
      else this.#isEmptyLine = byte === LF || (byte === CR && this.#isEmptyLine && this.#head.at(-2) !== CR);
      return;
    }
    this.#match(byte);
  }

  #beginContent(): void {
    const head = Buffer.from(this.#head).toString('latin1');
    const name = /(?:^|[;\s])name\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i.exec(head);
    const given = (name?.[1] ?? name?.[2] ?? '').replace(/\\(.)/g, '$1');
    const secret = this.#head.length > MAX_PART_HEAD || isSecretField(decodeName(given));
    this.#state = secret ? 'secret' : 'plain';
    this.#head = [];
    /* An empty part has its delimiter at once. */
    this.#matched = 1;
  }

  #match(byte: number): void {
    while (this.#matched > 0 && this.#delimiter[this.#matched] !== byte) {
      this.#matched = this.#fallback[this.#matched - 1] ?? 0;
    }
    if (this.#delimiter[this.#matched] === byte) this.#matched++;
    if (this.#matched < this.#delimiter.length) return;
    this.#matched = 0;
    this.#state = 'line';
    this.#head = [];
  }
}

/** For each place of a pattern, how much of its beginning ends there (Knuth, Morris, Pratt). */
export function fallbacks(pattern: Uint8Array): number[] {
  const lengths = [0];
  for (let i = 1, length = 0; i < pattern.length; i++) {
    while (length > 0 && pattern[i] !== pattern[length]) length = lengths[length - 1] ?? 0;
    if (pattern[i] === pattern[length]) length++;
    lengths.push(length);
  }
  return lengths;
}

type HeaderState = 'name' | 'value' | 'secret' | 'body';

/** Header lines that an extension writes as the beginning of its response, up to the blank line. */
export class HeaderMasker implements StreamMasker {
  #state: HeaderState = 'name';
  #name = '';
  /** the value of a header that is no secret may have pairs, such as the query of a Location */
  #pairs = new PairScanner();
  /** the line so far has nothing */
  #empty = true;
  #secretBefore = false;

  /** the blank line has come: the rest is body */
  get ended(): boolean {
    return this.#state === 'body';
  }

  mask(piece: Uint8Array): Buffer {
    const shown = Buffer.from(piece);
    for (let i = 0; i < shown.length && this.#state !== 'body'; i++) {
      const byte = shown[i] ?? 0;
      if (byte === LF) this.#endLine();
      else if (byte !== CR && this.#take(byte)) shown[i] = ASTERISK;
    }
    return shown;
  }

  #endLine(): void {
    if (this.#empty) {
      this.#state = 'body';
      return;
    }
    this.#secretBefore = this.#state === 'secret' || this.#pairs.inSecret;
    this.#state = 'name';
    this.#name = '';
    this.#pairs = new PairScanner();
    this.#empty = true;
  }

  /** Takes a byte; whether it is a part of a secret. */
  #take(byte: number): boolean {
    const first = this.#empty;
    this.#empty = false;
    if (this.#state === 'secret') return true;
    if (this.#state === 'value') return this.#pairs.take(byte);
    /* A line that begins with a blank goes on with the value of the one before. */
    if (first && (byte === 0x20 || byte === 0x09)) this.#state = this.#secretBefore ? 'secret' : 'value';
    else if (byte !== COLON) {
      if (this.#name.length <= MAX_NAME) this.#name += String.fromCharCode(byte);
    } else this.#state = secretHeader(this.#name.trim()) === undefined ? 'value' : 'secret';
    return false;
  }
}

const NAME_ENDS = new Set([...Buffer.from(`?;#,"'<> \t`, 'latin1'), CR, LF]);

/** Finds the values of secret names in a text with pairs, as in a query. */
class PairScanner {
  #name = '';
  inSecret = false;

  /** Takes a byte; whether it is a part of a secret. */
  take(byte: number): boolean {
    if (byte === AMPERSAND) {
      this.inSecret = false;
      this.#name = '';
      return false;
    }
    if (this.inSecret) return true;
    if (byte === EQUALS) {
      this.inSecret = this.#name.length > MAX_NAME || isSecretField(decodeName(this.#name));
      this.#name = '';
    } else if (NAME_ENDS.has(byte)) this.#name = '';
    else if (this.#name.length <= MAX_NAME) this.#name += String.fromCharCode(byte);
    return false;
  }
}
