import { BODY_REST, type BodyRest } from '../../channel/begin.js';
import type { BodyPiece, RequestBody } from '../../http/request-body.js';
import type { ExchangeLink } from '../../pool/exchange.js';

/** The rest of a body is sent to the worker unasked when it has no more bytes than this. */
const MAX_PUSHED = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** A piece as it is sent to the worker. */
interface Sent {
  readonly bytes: Buffer;
  readonly state: 'more' | 'end' | 'broken';
}

/** Brings a request's body to the worker that has the request: what follows the bytes that were read ahead. */
export class BodyFeed {
  /** what the worker is told to expect */
  readonly rest: BodyRest;
  readonly #body: RequestBody | undefined;
  readonly #onFailure: (error: unknown) => void;
  /** bytes that were not taken from the body yet, infinite where no Content-Length says how many */
  #left: number;
  #link: ExchangeLink | undefined;
  /** what was pushed, kept because another worker may get the request in the place of the first one */
  readonly #pushed: Sent[] = [];
  #pushedCount = 0;
  #pushing = false;

  /**
   * @param body undefined when all of it was read ahead
   * @param contentLength bytes, undefined where they are not known
   * @param onFailure the body breaks off
   */
  constructor(
    body: RequestBody | undefined,
    ahead: BodyPiece,
    contentLength: number | undefined,
    onFailure: (error: unknown) => void,
  ) {
    this.#body = body;
    this.#onFailure = onFailure;
    this.#left = (contentLength ?? Infinity) - ahead.bytes.length;
    /* Asking for a short rest would cost a round trip. Where nothing was read ahead, nothing is read from the client
       before the extension wants it. */
    if (body === undefined) this.rest = BODY_REST.NONE;
    else this.rest = ahead.bytes.length === 0 || this.#left > MAX_PUSHED ? BODY_REST.ASKED : BODY_REST.PUSHED;
  }

  /** A worker gets the request: the first one, or another one because that did not begin it. */
  begin(link: ExchangeLink): void {
    this.#link = link;
    this.#pushedCount = 0;
    if (this.rest !== BODY_REST.PUSHED) return;
    queueMicrotask(() => {
      this.#sendPushed();
      if (!this.#pushing) void this.#push();
      else if ((this.#pushed.at(-1)?.state ?? 'more') === 'more') link.waiting();
    });
  }

  /** Nothing is sent any more. */
  end(): void {
    this.#link = undefined;
  }

  /** Answers READ with up to so many bytes. */
  async read(limit: number): Promise<void> {
    const link = this.#link;
    link?.waiting();
    const { bytes, state } = await this.#next(limit);
    link?.data(bytes, state);
  }

  async #push(): Promise<void> {
    this.#pushing = true;
    for (let state = 'more'; state === 'more' && this.#link;) {
      this.#link.waiting();
      const piece = await this.#next(MAX_PUSHED);
      this.#pushed.push(piece);
      this.#sendPushed();
      state = piece.state;
    }
  }

  #sendPushed(): void {
    for (const { bytes, state } of this.#pushed.slice(this.#pushedCount)) this.#link?.data(bytes, state);
    this.#pushedCount = this.#pushed.length;
  }

  async #next(limit: number): Promise<Sent> {
    if (this.#body === undefined) return { bytes: NO_BYTES, state: 'end' };
    try {
      const { bytes, ended } = await this.#body.some(limit);
      this.#left -= bytes.length;
      return { bytes, state: ended || this.#left === 0 ? 'end' : 'more' };
    } catch (error) {
      this.#onFailure(error);
      return { bytes: NO_BYTES, state: 'broken' };
    }
  }
}
