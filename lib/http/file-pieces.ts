import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from './byte-ranges.js';
import type { Output } from './output.js';

/** So much of a file is read at once. Bytes. */
const PIECE = 65_536;

/** Writes parts of an open file to a response, no faster than the client takes them. */
export class FilePieces {
  readonly #handle: FileHandle;
  readonly #output: Output;

  constructor(handle: FileHandle, output: Output) {
    this.#handle = handle;
    this.#output = output;
  }

  /**
   * Sends a part of the file. When the file has become shorter, what is there is sent, and the end of the response
   * cuts the connection.
   * @returns false when nothing more can be sent
   * @throws what reading throws
   */
  async send({ start, end }: ByteRange): Promise<boolean> {
    let position = start;
    while (position <= end) {
      // Not used again: the socket may hold it for a while.
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, end - position + 1));
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) {
        this.#output.abort();
        return false;
      }
      position += bytesRead;
      if (!(await this.write(buffer.subarray(0, bytesRead)))) return false;
    }
    return true;
  }

  /** Sends bytes and waits until more may be sent; false when the client is gone. */
  async write(bytes: Buffer): Promise<boolean> {
    if (!this.#output.write(bytes)) await this.#output.drained();
    return !this.#output.lost;
  }
}
