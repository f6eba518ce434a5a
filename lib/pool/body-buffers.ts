/** The smallest and the largest buffer that is kept, as powers of two. */
const SMALLEST = 12;
const LARGEST = 18;

/** Bytes that are kept of each size. */
const KEPT_BYTES = 4 * 1024 * 1024;

/** Buffers for bodies, used again because fresh memory is slow: the system clears each page of it first. */
class Buffers {
  /** the bytes of the largest buffer */
  readonly largest = 1 << LARGEST;
  readonly #free: Buffer[][] = Array.from({ length: LARGEST + 1 }, () => []);

  /** A buffer of at least this many bytes, `largest` at most. */
  get(bytes: number): Buffer {
    const size = Math.max(SMALLEST, 32 - Math.clz32(bytes - 1));
    return this.#free[size]?.pop() ?? Buffer.allocUnsafeSlow(1 << size);
  }

  /** Gives a buffer back. Nobody may look at it any more. */
  put(buffer: Buffer): void {
    const free = this.#free[31 - Math.clz32(buffer.length)];
    if (free !== undefined && (free.length + 1) * buffer.length <= KEPT_BYTES) free.push(buffer);
  }
}

export const BodyBuffers = new Buffers();
