/** Raised by {@link ByteSource}, and turned into facts by what reads with it: nothing outside this folder sees it. */
export class Unreadable extends Error {}

/** A header that is there and contradicts itself, as opposed to one that the file is too short for. */
export class DamagedHeader extends Unreadable {}

/** Bytes from `offset` on, fewer than `length` at the end of the data. */
export type ReadBytes = (offset: number, length: number) => Buffer;

const BLOCK = 4096;
/** Blocks that are kept: 2 MiB. */
const BLOCKS_KEPT = 512;
/** Bytes of names that one file may make us keep; larger libraries than this are not known. */
const TEXT_BUDGET = 16 * 1024 * 1024;
const LONGEST_NAME = 4096;

/**
 * Random access to the bytes of a file whose content cannot be trusted. Whatever lies outside the file raises
 * Unreadable; memory is bounded by a small cache of blocks and a budget for text.
 */
export class ByteSource {
  /** bytes */
  readonly size: number;
  readonly #read: ReadBytes;
  readonly #blocks = new Map<number, Buffer>();
  #textLeft = TEXT_BUDGET;

  constructor(size: number, read: ReadBytes) {
    this.size = size;
    this.#read = read;
  }

  static of(bytes: Buffer): ByteSource {
    return new ByteSource(bytes.length, (offset, length) => bytes.subarray(offset, offset + length));
  }

  u8(offset: number): number {
    return this.bytes(offset, 1).readUInt8(0);
  }

  u16(offset: number): number {
    return this.bytes(offset, 2).readUInt16LE(0);
  }

  u32(offset: number): number {
    return this.bytes(offset, 4).readUInt32LE(0);
  }

  /** A 64-bit number that is used as an offset or a size: more than 2^53 lies outside of every file. */
  u64(offset: number): number {
    const value = this.bytes(offset, 8).readBigUInt64LE(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Unreadable('points outside the file');
    return Number(value);
  }

  /** The text at an offset up to its NUL, as UTF-8; what is longer than any name (4096 bytes) is cut. */
  text(offset: number): string {
    const parts: Buffer[] = [];
    for (let length = 0; length < LONGEST_NAME;) {
      const at = offset + length;
      const block = this.#block(at);
      const rest = block.subarray(at % BLOCK, (at % BLOCK) + LONGEST_NAME - length);
      const nul = rest.indexOf(0);
      parts.push(nul < 0 ? rest : rest.subarray(0, nul));
      if (nul >= 0) break;
      length += rest.length;
    }
    const text = Buffer.concat(parts);
    this.#textLeft -= text.length;
    if (this.#textLeft < 0) throw new Unreadable('is too large');
    return text.toString('utf8');
  }

  /** Exactly `length` bytes at an offset. */
  bytes(offset: number, length: number): Buffer {
    if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || offset + length > this.size) {
      throw new Unreadable('points outside the file');
    }
    const block = this.#block(offset);
    const start = offset % BLOCK;
    if (start + length <= block.length) return block.subarray(start, start + length);
    const found = this.#read(offset, length);
    // The file became shorter since its size was asked for.
    if (found.length < length) throw new Unreadable('points outside the file');
    return found;
  }

  #block(offset: number): Buffer {
    if (!Number.isSafeInteger(offset) || offset < 0 || offset >= this.size) {
      throw new Unreadable('points outside the file');
    }
    const number = Math.floor(offset / BLOCK);
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const block = this.#read(number * BLOCK, BLOCK);
    if (block.length <= offset % BLOCK) throw new Unreadable('points outside the file');
    const oldest = this.#blocks.keys().next();
    if (this.#blocks.size >= BLOCKS_KEPT && oldest.done !== true) this.#blocks.delete(oldest.value);
    this.#blocks.set(number, block);
    return block;
  }
}

/** Reads one table of a file: what `read` gives, or `otherwise` where the table cannot be read. */
export type Attempt = <T>(table: string, read: () => T, otherwise: T) => T;

/** An Attempt that names the tables that cannot be read: "the import table points outside the file". */
export function attemptsInto(damage: string[]): Attempt {
  return (table, read, otherwise) => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      damage.push(`the ${table} ${error.message}`);
      return otherwise;
    }
  };
}
