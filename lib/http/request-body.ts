import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HostError, type ErrorCode } from '../errors.js';

/**
 * A request body as handlers read it. Unlike the message below it, it can fail without taking the connection with it,
 * so that a response can still be sent; it fails when the body is larger than LimitRequestBody, breaks off, stays
 * away or is malformed (codes BODY_*). Nothing is taken from the connection before the first read.
 */
export class RequestBody extends Readable {
  /** a read waits for the client */
  waiting = false;
  /** bytes that arrived */
  received = 0;
  readonly #source: IncomingMessage;
  readonly #limit: number;
  readonly #beforeFirstRead: () => void;
  #attached = false;
  /** what went wrong before somebody read: told to the first reader */
  #failure: HostError | undefined;

  /**
   * @param limit bytes allowed, 0 for any number
   * @param beforeFirstRead called once, when somebody wants the body
   */
  constructor(source: IncomingMessage, limit: number, beforeFirstRead: () => void) {
    super({ autoDestroy: true });
    this.#source = source;
    this.#limit = limit;
    this.#beforeFirstRead = beforeFirstRead;
    // Nobody has to listen: a failure that no reader sees concerns nobody.
    this.on('error', () => undefined);
  }

  override _read(): void {
    if (this.#failure !== undefined) {
      this.destroy(this.#failure);
      return;
    }
    this.waiting = true;
    if (this.#attached) {
      this.#source.resume();
      return;
    }
    this.#attached = true;
    this.#beforeFirstRead();
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose);
    this.#source.on('error', this.#onClose);
    if (this.#source.destroyed) this.#onClose();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.waiting = false;
    if (this.#attached) {
      this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    }
    done(error);
  }

  /** Ends the body with an error of this code, unless it has ended. */
  fail(code: ErrorCode, message: string): void {
    if (this.readableEnded || this.destroyed) return;
    const failure = new HostError(code, message);
    if (this.#attached) this.destroy(failure);
    else this.#failure ??= failure;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.waiting = false;
    this.received += chunk.length;
    if (this.#limit > 0 && this.received > this.#limit) {
      this.fail('BODY_TOO_LARGE', `the body is larger than LimitRequestBody ${this.#limit} allows`);
    } else if (!this.push(chunk)) {
      this.#source.pause();
    }
  };

  readonly #onEnd = (): void => {
    this.waiting = false;
    this.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#source.complete) this.fail('BODY_INCOMPLETE', 'the connection ended before the body did');
  };
}

/** The body of a request that has none. */
export function emptyBody(): Readable {
  return Readable.from([]);
}
