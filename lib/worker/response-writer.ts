import type { BlockingPipe } from '../channel/blocking-pipe.js';
import { MIN_AREA_BYTES, type WorkerArea } from '../channel/body-area.js';
import { FRAME } from '../channel/frames.js';
import { encodeHead } from '../channel/head.js';
import { looksLikeBlock } from '../isapi/header-block.js';
import type { RefusalKind } from '../isapi/refusals.js';
import { ResponseHead, type Submission } from '../isapi/response-head.js';

/** Bytes of body from somewhere: `fill` copies `count` of them, beginning at `from`, into `target` at `offset`. */
export interface BodySource {
  readonly length: number;
  fill(from: number, target: Buffer, offset: number, count: number): void;
}

/** Bytes that JavaScript has. */
export function bufferSource(bytes: Uint8Array): BodySource {
  return {
    length: bytes.length,
    fill: (from, target, offset, count) => {
      target.set(bytes.subarray(from, from + count), offset);
    },
  };
}

/** What the writer needs of its session. */
export interface WriterContext {
  readonly pipe: BlockingPipe;
  readonly area: WorkerArea;
  /** the client of this request is gone */
  lost(): boolean;
  /** waits for the server to allow more; returns the number of bytes, and notes when the client is lost */
  waitForCredit(): number;
  /** what log and journal should hear of a header block, or the journal of something that was carried out in part */
  report(found: Submission | RefusalKind): void;
}

/**
 * The longest text that is held back because it may become a header block. A longer beginning without a blank line
 * is body.
 */
const MAX_HELD_BYTES = 64 * 1024;

/** The largest BODY frame, so that the server gets bytes early and credit comes back in time. */
const MAX_BODY_FRAME = 64 * 1024 - 64;

/** The server hears of so many bytes in the body area at once; of fewer when the extension pauses. */
const ANNOUNCE_BYTES = 256 * 1024;

/** The response of one session on its way to the server: status and headers first, then body within the window. */
export class ResponseWriter {
  readonly head = new ResponseHead();
  readonly #context: WriterContext;
  /** bytes that may be sent before the server must allow more */
  #credit: number;
  #headSent = false;
  #replaced = false;
  /** the first written bytes while they may still become a header block */
  #held = '';
  /** bytes in the body area that the server may not have heard of */
  #unannounced = 0;
  /** the head cannot be sent: a header is invalid */
  failed = false;

  constructor(context: WriterContext, window: number) {
    this.#context = context;
    this.#credit = window;
  }

  /** body bytes have been sent */
  get begun(): boolean {
    return this.#headSent;
  }

  /** Adds status and headers; what follows the blank line is body. Returns whether the extension's call succeeds. */
  submit(statusText: string, headerText: string, blockStatus: number): Submission {
    const submission = this.head.submit(statusText, headerText, blockStatus);
    this.#context.report(submission);
    return submission;
  }

  /**
   * Sends body bytes, and the head before the first of them. Without headers given before, the bytes are read as a
   * header block, or taken for HTML when they are none. False: the client is gone, or the head is invalid.
   * `onStatus` hears of a status that a written block brings.
   */
  write(source: BodySource, onStatus: (status: number) => void): boolean {
    if (source.length === 0) return true;
    if (this.#context.lost() || this.failed) return false;
    if (this.#replaced) this.#context.report('write-replaced');
    if (this.#headSent || this.head.hasBlock) return this.#send(source);
    return this.#writeUndecided(source, onStatus);
  }

  #writeUndecided(source: BodySource, onStatus: (status: number) => void): boolean {
    const length = Math.min(source.length, MAX_HELD_BYTES - this.#held.length);
    const bytes = Buffer.allocUnsafe(length);
    source.fill(0, bytes, 0, length);
    const text = this.#held + bytes.toString('latin1');
    const verdict =
      length < source.length || text.length >= MAX_HELD_BYTES ? decided(text) : looksLikeBlock(text);
    if (verdict === 'more') {
      this.#held = text;
      return true;
    }
    this.#held = '';
    if (verdict === 'no') this.#assumeHtml(onStatus);
    let body = text;
    if (verdict === 'yes') {
      const submission = this.head.submitWritten(text);
      this.#context.report(submission);
      if (submission.statusCode !== undefined) onStatus(submission.statusCode);
      body = submission.body;
    }
    return this.#send(bufferSource(Buffer.from(body, 'latin1'))) && this.#sendFrom(source, length);
  }

  /** What is held back is body after all: the extension goes on with something else than writing. */
  settle(onStatus: (status: number) => void): void {
    if (this.#held === '') return;
    const text = this.#held;
    this.#held = '';
    this.#assumeHtml(onStatus);
    this.#send(bufferSource(Buffer.from(text, 'latin1')));
  }

  /** The server has sent another response in place of this one: what is written now goes nowhere. */
  replaced(): void {
    this.#replaced = true;
    this.#headSent = true;
  }

  /** Sends what is still held back and the head, when there is one: at the end of a session. */
  finish(): void {
    this.settle(() => undefined);
    if (!this.#headSent && !this.failed && this.head.given) {
      if (this.head.invalid) this.failed = true;
      else this.#putHead();
    }
  }

  #assumeHtml(onStatus: (status: number) => void): void {
    if (!this.head.given) this.#context.report('no-headers');
    this.head.assumeHtml();
    onStatus(this.head.status);
  }

  #putHead(): void {
    this.#headSent = true;
    this.#context.pipe.put(FRAME.HEAD, encodeHead(this.head), this.head.status);
  }

  #sendFrom(source: BodySource, from: number): boolean {
    if (from >= source.length) return true;
    return this.#send({
      length: source.length - from,
      fill: (at, target, offset, count) => {
        source.fill(from + at, target, offset, count);
      },
    });
  }

  #send(source: BodySource): boolean {
    if (source.length === 0) return true;
    if (!this.#headSent) {
      if (this.head.invalid) {
        this.failed = true;
        return false;
      }
      this.#putHead();
    }
    const { pipe } = this.#context;
    let at = 0;
    while (at < source.length) {
      while (this.#credit <= 0) {
        pipe.flush();
        this.#credit += this.#context.waitForCredit();
        if (this.#context.lost()) return false;
      }
      const allowed = Math.min(source.length - at, this.#credit);
      const placed = allowed < MIN_AREA_BYTES ? 0 : this.#place(source, at, allowed);
      if (placed > 0) {
        at += placed;
        continue;
      }
      const count = Math.min(allowed, MAX_BODY_FRAME);
      pipe.putHeader(FRAME.BODY, count);
      const end = at + count;
      while (at < end) {
        at += pipe.room(end - at, (target, offset, part) => {
          source.fill(at, target, offset, part);
        });
      }
      this.#credit -= count;
    }
    if (this.#unannounced < ANNOUNCE_BYTES) {
      pipe.flushSoon();
    } else {
      this.#unannounced = 0;
      pipe.flush();
    }
    return true;
  }

  /** Puts bytes into the body area and says so to the server; returns how many there was room for. */
  #place(source: BodySource, from: number, length: number): number {
    const { pipe, area } = this.#context;
    const count = area.room(length, (target, offset, part) => {
      source.fill(from, target, offset, part);
    });
    if (count === 0) return 0;
    this.#credit -= count;
    this.#unannounced += count;
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32LE(count);
    pipe.put(FRAME.BODY_AREA, payload);
    return count;
  }
}

/** The verdict on bytes that cannot be held any longer. */
function decided(text: string): 'yes' | 'no' {
  return looksLikeBlock(text) === 'yes' ? 'yes' : 'no';
}
