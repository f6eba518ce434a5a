import { Readable } from 'node:stream';
import { HostError, type ErrorCode } from '../errors.js';
import type { RequestMessage } from './message.js';

/** A piece of a body: bytes, and whether they are the last. */
export interface BodyPiece {
  readonly bytes: Buffer;
  readonly ended: boolean;
}

/** Bytes that arrived and that nobody has read yet, before the client has to wait. */
const MAX_WAITING_BYTES = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/**
 * A request body as handlers read it, piece by piece, one read at a time. Unlike the message below it, it can fail
 * without taking the connection with it, so that a response can still be sent; it fails when the body is larger than
 * LimitRequestBody, breaks off, stays away or is malformed (codes BODY_*). Nothing is taken from the connection before
 * the first read.
 */
export class RequestBody {
  /** a read waits for the client */
  waiting = false;
  /** bytes that arrived */
  received = 0;
  /** a reader was told of the end */
  ended = false;
  readonly #source: RequestMessage;
  readonly #limit: number;
  readonly #beforeFirstRead: () => void;
  #attached = false;
  #chunks: Buffer[] = [];
  #waitingBytes = 0;
  #complete = false;
  #closed = false;
  #failure: HostError | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param limit bytes allowed, 0 for any number
   * @param beforeFirstRead called once, when somebody wants the body
   */
  constructor(source: RequestMessage, limit: number, beforeFirstRead: () => void) {
    this.#source = source;
    this.#limit = limit;
    this.#beforeFirstRead = beforeFirstRead;
  }

  /** Up to `limit` bytes that are there already, waiting for at least one. Rejects when the body fails. */
  async some(limit: number): Promise<BodyPiece> {
    this.#attach();
    while (this.#waitingBytes === 0) {
      if (this.#failure) throw this.#failure;
      if (this.#complete || this.#closed) return this.#end();
      await this.#more();
    }
    return { bytes: this.#take(limit), ended: this.#ended() };
  }

  /** `limit` bytes, or all there are when the body ends before. Rejects when the body fails. */
  async ahead(limit: number): Promise<BodyPiece> {
    if (limit === 0) return { bytes: NO_BYTES, ended: false };
    const first = await this.some(limit);
    if (first.ended || first.bytes.length === limit) return first;
    const pieces = [first.bytes];
    let length = first.bytes.length;
    while (length < limit) {
      const { bytes, ended } = await this.some(limit - length);
      pieces.push(bytes);
      length += bytes.length;
      if (ended) return { bytes: Buffer.concat(pieces, length), ended };
    }
    return { bytes: Buffer.concat(pieces, length), ended: false };
  }

  /** Ends the body with an error of this code, unless it has ended. What arrived before can still be read. */
  fail(code: ErrorCode, message: string): void {
    if (this.ended || this.#complete || this.#closed) return;
    this.#failure ??= new HostError(code, message);
    this.#detach();
    this.#wake?.();
  }

  /** Nobody reads it any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#detach();
    this.#wake?.();
  }

  #attach(): void {
    if (this.#attached || this.#failure) return;
    this.#attached = true;
    this.#beforeFirstRead();
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    this.#source.on('error', this.#onClose);
    if (this.#source.destroyed) this.#onClose();
  }

  #detach(): void {
    this.waiting = false;
    if (!this.#attached) return;
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
  }

  /** Waits until something has changed. */
  #more(): Promise<void> {
    this.waiting = true;
    this.#source.resume();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #take(limit: number): Buffer {
    // There is one, because bytes wait.
    const first = this.#chunks[0]!;
    const bytes = first.length <= limit ? first : first.subarray(0, limit);
    if (bytes === first) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(limit);
    this.#waitingBytes -= bytes.length;
    return bytes;
  }

  #ended(): boolean {
    if (this.#complete && this.#waitingBytes === 0) this.ended = true;
    return this.ended;
  }

  #end(): BodyPiece {
    this.ended = true;
    return { bytes: NO_BYTES, ended: true };
  }

  readonly #onData = (chunk: Buffer): void => {
    this.waiting = false;
    this.received += chunk.length;
    if (this.#limit > 0 && this.received > this.#limit) {
      this.fail('BODY_TOO_LARGE', `the body is larger than LimitRequestBody ${this.#limit} allows`);
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= MAX_WAITING_BYTES) this.#source.pause();
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    this.waiting = false;
    this.#complete = true;
    this.#wake?.();
  };

  readonly #onClose = (): void => {
    if (!this.#source.complete) this.fail('BODY_INCOMPLETE', 'the connection ended before the body did');
  };
}

/** A body as a stream. */
export class BodyStream extends Readable {
  readonly #body: RequestBody;

  constructor(body: RequestBody) {
    super({ highWaterMark: MAX_WAITING_BYTES });
    this.#body = body;
    // Nobody has to listen: a failure that no reader sees concerns nobody.
    this.on('error', () => undefined);
  }

  override _read(size: number): void {
    this.#body.some(size).then(
      ({ bytes, ended }) => {
        if (bytes.length > 0) this.push(bytes);
        if (ended) this.push(null);
      },
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#body.close();
    done(error);
  }
}

/** The body of a request that has none, as a stream. */
export function emptyBody(): Readable {
  return Readable.from([]);
}
