import { BODY_REST, type BodyRest } from '../channel/begin.js';
import type { BlockingPipe, ReceivedFrame } from '../channel/blocking-pipe.js';
import { DATA_FLAGS, FRAME } from '../channel/frames.js';

/** How many bytes a worker asks for at once, so that small reads do not each cost a round trip. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The part of a request's body that was not read ahead, as ReadClient gives it. */
export class BodyReader {
  readonly #pipe: BlockingPipe;
  readonly #area: Buffer;
  /** the server sends the body without being asked */
  readonly #pushed: boolean;
  readonly #next: () => ReceivedFrame;
  #left: Buffer = Buffer.alloc(0);
  #ended: boolean;
  #broken = false;

  /**
   * @param area the memory that frames refer to
   * @param next the next DATA frame of this request
   */
  constructor(pipe: BlockingPipe, area: Buffer, next: () => ReceivedFrame, rest: BodyRest) {
    this.#pipe = pipe;
    this.#area = area;
    this.#pushed = rest === BODY_REST.PUSHED;
    this.#next = next;
    this.#ended = rest === BODY_REST.NONE;
  }

  /** the connection broke before the body's end */
  get broken(): boolean {
    return this.#broken && this.#left.length === 0;
  }

  /**
   * Up to `length` bytes, waiting for at least one; an empty buffer at the end of the body or when it broke. Valid
   * until the next call.
   */
  take(length: number): Buffer {
    if (this.#left.length === 0 && !this.#ended && !this.#broken) this.#fetch(length);
    const taken = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(taken.length);
    return taken;
  }

  #fetch(length: number): void {
    if (!this.#pushed) {
      const wanted = Buffer.alloc(4);
      wanted.writeUInt32LE(Math.max(length, READ_AHEAD_BYTES));
      this.#pipe.put(FRAME.READ, wanted);
    }
    const { argument, payload } = this.#next();
    if ((argument & DATA_FLAGS.AREA) !== 0) {
      const start = payload.readUInt32LE(4);
      this.#left = this.#area.subarray(start, start + payload.readUInt32LE(8));
    } else {
      /* A copy: the frame's bytes are gone with the next read from the pipe. */
      this.#left = Buffer.from(payload.subarray(4));
    }
    if ((argument & DATA_FLAGS.END) !== 0) this.#ended = true;
    if ((argument & DATA_FLAGS.BROKEN) !== 0) this.#broken = true;
  }
}
