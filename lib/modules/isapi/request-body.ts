import type { Readable } from 'node:stream';

/** A piece of a body: bytes, and whether more may come. */
export interface BodyPiece {
  readonly bytes: Buffer;
  readonly ended: boolean;
}

/** Reads a request body in pieces of the size that is asked for. One read at a time. */
export class BodyIntake {
  readonly #input: Readable;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(input: Readable) {
    this.#input = input;
    input.on('readable', () => this.#wake?.());
    input.once('end', () => {
      this.#ended = true;
      this.#wake?.();
    });
    input.once('error', (error) => {
      this.#error = error;
      this.#wake?.();
    });
  }

  /** Up to `limit` bytes that are there already, waiting for at least one. Rejects when the body breaks off. */
  async some(limit: number): Promise<BodyPiece> {
    for (;;) {
      const { readableLength } = this.#input;
      if (readableLength > 0) {
        const bytes = this.#input.read(Math.min(limit, readableLength)) as Buffer;
        return { bytes, ended: false };
      }
      if (this.#error) throw this.#error;
      if (this.#ended) return { bytes: Buffer.alloc(0), ended: true };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        /* Asks the stream to go on; at its end this makes it say so. */
        this.#input.read(0);
      });
    }
  }

  /** `limit` bytes, or all there are when the body ends before. Rejects when the body breaks off. */
  async ahead(limit: number): Promise<BodyPiece> {
    const pieces: Buffer[] = [];
    let length = 0;
    while (length < limit) {
      const { bytes, ended } = await this.some(limit - length);
      if (ended) return { bytes: Buffer.concat(pieces, length), ended };
      pieces.push(bytes);
      length += bytes.length;
    }
    return { bytes: Buffer.concat(pieces, length), ended: false };
  }
}
