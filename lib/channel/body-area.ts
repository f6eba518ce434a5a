import fs from 'node:fs';

/**
 * Memory that the server and one worker thread share for bodies: a file that the worker maps and the server reads and
 * writes at offsets. Frames say what lies in it, so that large bodies neither wait for room in a pipe nor wake the
 * other side for each piece. What finds no room in it goes through the pipe.
 *
 * First a word in which the server counts the bytes of response that it has taken, modulo 2^32; then a ring for the
 * response, which both sides count through; then the request's part, where frames say what lies where.
 */
export interface AreaBytes {
  /** bytes of the ring for responses */
  readonly output: number;
  /** bytes for request bodies */
  readonly input: number;
}

/** A body area for a worker to map: its file in the worker's notation. */
export interface AreaPlace {
  readonly file: string;
  readonly bytes: AreaBytes;
}

/** What precedes the ring: the ring begins on a cache line of its own. */
const HEAD_BYTES = 64;

/** The bytes of the whole file. */
export function areaFileBytes({ output, input }: AreaBytes): number {
  return HEAD_BYTES + output + input;
}

/** Bytes for request bodies: those of several requests that wait in the thread. What finds no room costs twice as much. */
export const INPUT_AREA_BYTES = 1024 * 1024;

/** The largest ring for responses: more than is in flight does not help. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** Pieces that are shorter go through the pipe. */
export const MIN_AREA_BYTES = 4096;

/** The sizes of the area of each thread, for this many bytes of response in flight. */
export function areaBytes(window: number): AreaBytes {
  return { output: Math.min(2 * window, MAX_OUTPUT_BYTES), input: INPUT_AREA_BYTES };
}

/** The server's side. */
export class ServerArea {
  readonly bytes: AreaBytes;
  readonly #fd: number;
  /** the count of bytes taken, as it stands in the file */
  readonly #taken = new Uint32Array(1);
  #outputAt = 0;
  /** where the next bytes of a request body go, and those that are in use, in their order */
  #inputAt = 0;
  readonly #used: { readonly owner: object; readonly start: number }[] = [];

  /** Makes the file, with all of its memory, so that there is no want of it later. Throws what the system says. */
  constructor(file: string, bytes: AreaBytes) {
    this.bytes = bytes;
    this.#fd = fs.openSync(file, 'wx+', 0o600);
    try {
      const zeros = Buffer.alloc(areaFileBytes(bytes));
      for (let at = 0; at < zeros.length; at += fs.writeSync(this.#fd, zeros, at));
    } catch (error) {
      fs.closeSync(this.#fd);
      fs.rmSync(file);
      throw error;
    }
  }

  /** Copies the next bytes of the response to the beginning of `target`. */
  take(target: Buffer, count: number): void {
    const { output } = this.bytes;
    const first = Math.min(count, output - this.#outputAt);
    fs.readSync(this.#fd, target, 0, first, HEAD_BYTES + this.#outputAt);
    if (first < count) fs.readSync(this.#fd, target, first, count - first, HEAD_BYTES);
    this.#outputAt = (this.#outputAt + count) % output;
    this.#taken[0] = (this.#taken[0] ?? 0) + count;
    fs.writeSync(this.#fd, this.#taken, 0, 4, 0);
  }

  /**
   * Puts bytes of a request body into the area, in one piece. They stay until `release` is called with their owner.
   * @returns where they lie, or undefined when there is no room
   */
  place(owner: object, bytes: Uint8Array): number | undefined {
    const at = this.#room(bytes.length);
    if (at === undefined) return undefined;
    fs.writeSync(this.#fd, bytes, 0, bytes.length, HEAD_BYTES + this.bytes.output + at);
    this.#used.push({ owner, start: at });
    this.#inputAt = at + bytes.length;
    return at;
  }

  /** An end for what was placed for an owner. */
  release(owner: object): void {
    if (this.#used.length === 0) return;
    const kept = this.#used.filter((piece) => piece.owner !== owner);
    this.#used.splice(0, this.#used.length, ...kept);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #room(length: number): number | undefined {
    const first = this.#used[0]?.start;
    if (first === undefined) return length <= this.bytes.input ? 0 : undefined;
    /* In use is what lies from the first piece to the next free place, maybe around the end. */
    if (this.#inputAt > first) {
      if (length <= this.bytes.input - this.#inputAt) return this.#inputAt;
      return length < first ? 0 : undefined;
    }
    return length < first - this.#inputAt ? this.#inputAt : undefined;
  }
}

/** A worker thread's side. */
export class WorkerArea {
  /** the bytes of request bodies */
  readonly input: Buffer;
  readonly #output: Buffer;
  readonly #taken: Uint32Array;
  #at = 0;
  #written = 0;

  /** @param memory the mapped file */
  constructor(memory: Buffer, { output, input }: AreaBytes) {
    const inputAt = HEAD_BYTES + output;
    this.#taken = new Uint32Array(memory.buffer, memory.byteOffset, 1);
    this.#output = memory.subarray(HEAD_BYTES, inputAt);
    this.input = memory.subarray(inputAt, inputAt + input);
  }

  /**
   * Lets `fill` put up to `length` bytes into the ring; returns how many there was room for in one piece, 0 when it is
   * not worth while.
   */
  room(length: number, fill: (target: Buffer, offset: number, count: number) => void): number {
    const size = this.#output.length;
    const free = size - ((this.#written - Atomics.load(this.#taken, 0)) >>> 0);
    const tail = size - this.#at;
    const count = Math.min(length, free, tail);
    // What is left before the ring's end is taken, however little it is: the next piece begins at its start.
    if (count < Math.min(MIN_AREA_BYTES, tail)) return 0;
    fill(this.#output, this.#at, count);
    this.#at = (this.#at + count) % size;
    this.#written = (this.#written + count) >>> 0;
    return count;
  }
}
