import type { ReceivedHead } from '../../channel/head.js';
import { HostError } from '../../errors.js';
import { CONTENT } from '../../http/content-settings.js';
import { withCharset } from '../../http/content-type.js';
import { sendErrorDocument } from '../../http/error-document.js';
import type { HeaderList, Output } from '../../http/output.js';
import type { HttpRequest } from '../../http/request.js';
import { lengthRecord, type RequestRecord } from './journal-records.js';
import type { Answer, SessionResult } from './outcome.js';

const CONTENT_LENGTH = 'content-length';

const PLAIN_HEAD: ReceivedHead = { status: 200, reason: undefined, hasBlock: true, headers: [] };

/** The head of a response whose extension gives none: with the status of the error that it explains, if it does. */
function plainHead({ errorStatus }: HttpRequest): ReceivedHead {
  return errorStatus === undefined ? PLAIN_HEAD : { ...PLAIN_HEAD, status: errorStatus };
}

/** The response of one extension to its client. */
export class IsapiResponse {
  /** status and headers as the extension has given them; sent with the first bytes of the body, or at the end */
  given: ReceivedHead | undefined;
  readonly #request: HttpRequest;
  readonly #output: Output;
  readonly #credit: (bytes: number) => void;
  readonly #waiting: () => void;
  /** the first bytes of the body, for the rest of a turn of the event loop */
  #held: Buffer | undefined;
  #heldRelease: (() => void) | undefined;
  /** what the extension writes goes nowhere: the response was cut, or another one was sent in its place */
  #deaf = false;
  /** the connection was cut: nothing more can be sent */
  #isCut = false;
  /** bytes of body that the extension has written */
  #written = 0;
  /** bytes that the client takes slowly */
  #creditDue = 0;

  /**
   * @param credit allows the extension so many more bytes
   * @param waiting the extension waits for the client
   */
  constructor(request: HttpRequest, credit: (bytes: number) => void, waiting: () => void) {
    this.#request = request;
    this.#output = request.output;
    this.#credit = credit;
    this.#waiting = waiting;
  }

  /** what is to be said of a Content-Length that was not the body's, once the session has ended */
  get lengthRecord(): RequestRecord | undefined {
    const { given } = this;
    if (given === undefined || this.#deaf || this.#output.lost) return undefined;
    for (const [name, value] of given.headers) {
      if (name.length !== CONTENT_LENGTH.length || name.toLowerCase() !== CONTENT_LENGTH) continue;
      const isBodyless = this.#request.method === 'HEAD' || hasNoBody(given.status);
      return isBodyless ? undefined : lengthRecord(Number(value), this.#written);
    }
    return undefined;
  }

  /** something goes to the client, or there is nobody any more */
  get hasBegun(): boolean {
    return this.#deaf || this.#held !== undefined || this.#output.headSent || this.#output.lost;
  }

  /** Body bytes from the extension. `release` is called when they are no longer needed. */
  body(chunk: Buffer, release?: () => void): void {
    this.#written += chunk.length;
    if (this.#held !== undefined || this.#deaf || this.#output.headSent) {
      this.#release();
      this.#send(chunk, release);
      return;
    }
    /* Until the frames that came with it are looked at: a response that ends with them has a known length. */
    this.#held = chunk;
    this.#heldRelease = release;
    queueMicrotask(() => {
      this.#release();
    });
  }

  /** Another response takes the place of this one. */
  replace(): void {
    this.#release();
    this.#deaf = true;
  }

  /** The extension wants the connection closed after the response, or cut now. */
  disconnect(cut: boolean): void {
    this.#release();
    if (cut) this.#cut();
    else this.#output.closeAfter();
  }

  /** The session has ended. */
  end({ answer, loggedStatus }: SessionResult): void {
    if (this.#isCut) return;
    /* Only a response that is well and whole by now is told its length. */
    if (loggedStatus !== undefined || this.given?.lengthDropped) this.#release();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !this.#sendHead(this.given ?? plainHead(this.#request))) return;
    if (this.#output.headSent) {
      if (loggedStatus !== undefined) this.#output.status = loggedStatus;
      this.#output.end(held, this.#heldRelease);
    } else this.#answer(answer);
  }

  /** There will be no end: the server's error document, or a cut when the response has begun. */
  fail(status: number): void {
    if (this.#isCut) return;
    this.#release();
    if (this.#output.headSent) {
      this.#output.status = status;
      this.#cut();
    } else sendErrorDocument(this.#request, status);
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#send(held, this.#heldRelease);
  }

  #send(chunk: Buffer, release: (() => void) | undefined): void {
    if (this.#deaf) {
      this.#credit(chunk.length);
      return;
    }
    if (!this.#output.headSent && !this.#sendHead(this.given ?? plainHead(this.#request))) return;
    if (this.#output.write(chunk, release)) {
      this.#credit(chunk.length);
      return;
    }
    /* The client takes it slowly: the extension waits when its credit is used up. */
    this.#waiting();
    this.#creditDue += chunk.length;
    if (this.#creditDue > chunk.length) return;
    void this.#output.drained().then(() => {
      const due = this.#creditDue;
      this.#creditDue = 0;
      this.#credit(due);
    });
  }

  #answer(answer: Answer): void {
    switch (answer.kind) {
      case 'head':
        if (this.#sendHead(answer.head)) this.#output.end();
        break;
      case 'empty':
        this.#output.head(answer.status, undefined, []);
        this.#output.end();
        break;
      case 'document':
        sendErrorDocument(this.#request, answer.status, answer.reason);
        break;
    }
  }

  /** Sends status and headers. False when they cannot be sent: an error document has gone out in their place. */
  #sendHead({ status, reason, headers }: ReceivedHead): boolean {
    try {
      this.#output.head(status, reason, this.#headersFor(status, headers));
      return true;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#request.log('responseHeaderInvalid', { reason: error.message });
      this.#deaf = true;
      sendErrorDocument(this.#request, 500);
      return false;
    }
  }

  /** Headers as they are sent: without those of a body that cannot be, and with the charset of AddDefaultCharset. */
  #headersFor(status: number, headers: ReceivedHead['headers']): HeaderList {
    if (hasNoBody(status)) return headers.filter(isNotOfBody);
    const { settings } = this.#request;
    if (settings.get(CONTENT).defaultCharset === '') return headers;
    return headers.map(([name, value]) => [
      name,
      /^content-type$/i.test(name) ? withCharset(value, settings) : value,
    ]);
  }

  #cut(): void {
    this.#deaf = true;
    this.#isCut = true;
    this.#output.abort();
  }
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

function isNotOfBody([name]: readonly [string, string]): boolean {
  return !/^content-(?:type|length)$/i.test(name);
}
