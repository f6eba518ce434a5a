import type { CallData, CallValue } from './call-values.js';
import type { Abi } from './constants.js';
import { offsetsOf, readPointer, sizeOf, type StructureName } from './layout.js';
import { MAX_LENGTH, type KnownSecrets } from './secrets/known-secrets.js';
import { maskHeaderBlock, maskPairs } from './secrets/texts.js';

/** The longest text of a call that is shown. Bytes. */
export const MAX_TEXT_BYTES = 2048;

/** What is shown of calls. */
export interface CallViewOptions {
  readonly abi: Abi;
  /** whether secrets are shown as they are */
  readonly showsSecrets: boolean;
  /** what is masked wherever it is; undefined for nothing */
  readonly known?: KnownSecrets | undefined;
  /** how many bytes of data are shown */
  readonly firstBytes: number;
  /**
   * Reads the memory of the process: up to so many bytes, fewer where memory is not mapped. Never fails: what an
   * extension hands over may be no address.
   */
  readonly peek: (address: bigint, length: number) => Buffer;
}

/** Reads what the arguments of a call point to, for people: with secrets masked, and nothing too long. */
export class CallView {
  readonly abi: Abi;
  readonly showsSecrets: boolean;
  readonly firstBytes: number;
  readonly peek: CallViewOptions['peek'];
  readonly #known: KnownSecrets | undefined;

  constructor({ abi, showsSecrets, known, firstBytes, peek }: CallViewOptions) {
    this.#known = known;
    this.abi = abi;
    this.showsSecrets = showsSecrets;
    this.firstBytes = firstBytes;
    this.peek = peek;
  }

  address(address: bigint): string {
    return address === 0n ? 'NULL' : `0x${address.toString(16)}`;
  }

  /** The 32-bit number at an address, or the address when there is none. */
  u32(address: bigint): CallValue {
    const bytes = address === 0n ? Buffer.alloc(0) : this.peek(address, 4);
    return bytes.length < 4 ? this.#unreadable(address) : bytes.readUInt32LE();
  }

  /** The text up to its NUL, with what is secret in a URL or a query masked. */
  text(address: bigint): string {
    return this.#text(address, (text) => maskPairs(text));
  }

  /** The same in UTF-16. */
  wideText(address: bigint): string {
    if (address === 0n) return 'NULL';
    const bytes = this.peek(address, 2 * MAX_TEXT_BYTES);
    if (bytes.length < 2) return this.#unreadable(address);
    let end = 0;
    while (end + 1 < bytes.length && bytes.readUInt16LE(end) !== 0) end += 2;
    const text = Buffer.from(bytes.toString('utf16le', 0, end), 'utf8').toString('latin1');
    return this.showsSecrets ? text : this.hide(maskPairs(text));
  }

  /** Header lines up to the NUL, or as many bytes as given. */
  headers(address: bigint, length?: number): string {
    return this.#text(address, maskHeaderBlock, length);
  }

  /** The first bytes at an address: for what holds no secret by its kind. */
  data(address: bigint, size: number): CallData {
    /* A secret may begin among those that are shown. */
    const wanted = Math.min(size, this.firstBytes + MAX_LENGTH);
    return this.firstOf(address === 0n ? Buffer.alloc(0) : this.peek(address, wanted), size);
  }

  /** The first of some bytes. */
  firstOf(bytes: Buffer, size = bytes.length): CallData {
    const shown = this.#known === undefined || this.showsSecrets ? bytes : this.#known.hide(bytes);
    return { size, first: shown.toString('latin1', 0, Math.min(shown.length, this.firstBytes)) };
  }

  /** A text without the secrets that are known from the request. */
  hide(text: string): string {
    return this.#known === undefined || this.showsSecrets ? text : this.#known.hideText(text);
  }

  /** A structure that an argument points to; undefined when it cannot be read. */
  structure<S extends StructureName>(name: S, address: bigint): StructureView<S> | undefined {
    const size = sizeOf(name, this.abi);
    const bytes = address === 0n ? Buffer.alloc(0) : this.peek(address, size);
    return bytes.length < size ? undefined : new StructureView(name, bytes, this.abi);
  }

  #text(address: bigint, mask: (text: string) => string, length?: number): string {
    if (address === 0n) return 'NULL';
    const bytes = this.peek(address, Math.min(length ?? MAX_TEXT_BYTES, MAX_TEXT_BYTES));
    if (bytes.length === 0 && length !== 0) return this.#unreadable(address);
    const nul = bytes.indexOf(0);
    const text = bytes.toString('latin1', 0, nul < 0 ? bytes.length : nul);
    return this.showsSecrets ? text : this.hide(mask(text));
  }

  #unreadable(address: bigint): string {
    return address === 0n ? 'NULL' : `${this.address(address)} (UNREADABLE)`;
  }
}

type Offsets<S extends StructureName> = ReturnType<typeof offsetsOf<S>>;

/** The fields of a structure of httpext.h in some bytes. */
export class StructureView<S extends StructureName> {
  readonly #bytes: Buffer;
  readonly #offsets: Offsets<S>;
  readonly #abi: Abi;

  constructor(name: S, bytes: Buffer, abi: Abi) {
    this.#bytes = bytes;
    this.#offsets = offsetsOf(name, abi);
    this.#abi = abi;
  }

  u32(field: keyof Offsets<S>): number {
    return this.#bytes.readUInt32LE(this.#offsets[field]);
  }

  u16(field: keyof Offsets<S>): number {
    return this.#bytes.readUInt16LE(this.#offsets[field]);
  }

  pointer(field: keyof Offsets<S>): bigint {
    return readPointer(this.#bytes, this.#offsets[field], this.#abi);
  }

  /** An array of characters up to its NUL. */
  characters(field: keyof Offsets<S>, length: number): string {
    const start = this.#offsets[field];
    const text = this.#bytes.toString('latin1', start, start + length);
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }
}
