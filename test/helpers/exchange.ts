import type { BeginJob } from '../../lib/channel/begin.js';
import { BEGIN_FLAGS, BODY_REST } from '../../lib/channel/begin.js';
import type { ReceivedHead } from '../../lib/channel/head.js';
import type { Note } from '../../lib/channel/notes.js';
import type { SessionEnd } from '../../lib/channel/end.js';
import type { Exchange, ExchangeFailure, ExchangeLink } from '../../lib/pool/exchange.js';
import { report } from './client.js';
import { sampleFacts } from './facts.js';

/** What a request in a test's pool is like. */
export interface FakeRequest {
  readonly query?: string;
  readonly cached?: boolean;
  readonly fakeAsync?: boolean;
  /** milliseconds, a minute unless given */
  readonly timeout?: number;
  /** a body that comes through ReadClient, in these pieces; with `broken` the connection breaks after them */
  readonly body?: readonly string[];
  readonly broken?: boolean;
  /** the client has gone before a worker was free */
  readonly gone?: boolean;
  /** the client takes nothing: no credit is given until `take` is called */
  readonly slow?: boolean;
}

/** How an exchange ended. */
export type Ended = { readonly end: SessionEnd } | { readonly failure: ExchangeFailure };

let made = 0;

/** The server's side of a request in a worker, without a server: keeps what the worker says. */
export class FakeExchange implements Exchange {
  readonly library: string;
  readonly cached: boolean;
  readonly requestId: string;
  readonly timeout: number;
  readonly heads: ReceivedHead[] = [];
  readonly notes: Note[] = [];
  /** what the extension said of itself when it was loaded */
  readonly loads: Note[] = [];
  /** questions of the worker; each is answered with 1 and its own text */
  readonly asked: { readonly kind: number; readonly text: string }[] = [];
  /** bytes of body that have come */
  received = 0;
  link: ExchangeLink | undefined;
  /** resolves when the exchange is over */
  readonly over: Promise<Ended>;
  /** resolves when a worker has begun to write a body, or when the exchange is over */
  readonly begun: Promise<void>;
  readonly #request: FakeRequest;
  readonly #chunks: Buffer[] = [];
  readonly #body: string[];
  #slow: boolean;
  #resolve: (ended: Ended) => void = () => undefined;
  #onBegun: () => void = () => undefined;

  constructor(library: string, request: FakeRequest = {}) {
    this.library = library;
    this.#request = request;
    this.cached = request.cached ?? false;
    this.timeout = request.timeout ?? 60_000;
    this.requestId = `r${++made}`;
    this.#body = [...(request.body ?? [])];
    this.#slow = request.slow ?? false;
    this.over = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.begun = new Promise((resolve) => {
      this.#onBegun = resolve;
    });
  }

  /** The body so far, one character per byte. */
  get body(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  /** What an extension for tests reports, when it has ended; throws when the exchange failed. */
  async report(): Promise<Record<string, string>> {
    await this.end();
    return report(this);
  }

  /** The session's end; throws when the exchange failed. */
  async end(): Promise<SessionEnd> {
    const ended = await this.over;
    if ('end' in ended) return ended.end;
    throw new Error(`the exchange failed: ${JSON.stringify(ended.failure)} ${refusal(ended.failure)}`);
  }

  /** The failure; throws when the session came to its own end. */
  async failure(): Promise<ExchangeFailure> {
    const ended = await this.over;
    if ('failure' in ended) return ended.failure;
    throw new Error(`the exchange did not fail: ${JSON.stringify(ended.end)} ${this.body}`);
  }

  /** A slow client takes what has come, and from here on everything at once. */
  take(): void {
    this.#slow = false;
    this.link?.credit(this.received);
  }

  describe(): ReturnType<Exchange['describe']> {
    const { query = '' } = this.#request;
    const { library: path, requestId: id } = this;
    return { id, method: 'GET', path, query, host: 'site.test', client: '127.0.0.1' };
  }

  begin(link: ExchangeLink): ReturnType<Exchange['begin']> {
    if (this.#request.gone === true) return undefined;
    this.link = link;
    const { query = '', body, fakeAsync = false } = this.#request;
    const job: ReturnType<Exchange['begin']> & Partial<BeginJob> = {
      flags: (this.cached ? BEGIN_FLAGS.CACHED : 0) | (fakeAsync ? BEGIN_FLAGS.FAKE_ASYNC : 0),
      totalBytes: body ? 0xffffffff : 0,
      facts: sampleFacts({ query, scriptFilename: this.library }),
      available: Buffer.alloc(0),
      rest: body === undefined ? BODY_REST.NONE : BODY_REST.ASKED,
    };
    return job;
  }

  onHead(head: ReceivedHead): void {
    this.heads.push(head);
  }

  onBody(chunk: Buffer): void {
    // A copy: the chunk is a view of a larger piece.
    this.#chunks.push(Buffer.from(chunk));
    this.received += chunk.length;
    this.#onBegun();
    if (this.#slow) this.link?.waiting();
    else this.link?.credit(chunk.length);
  }

  onRead(): void {
    const piece = this.#body.shift();
    const state = piece !== undefined ? 'more' : this.#request.broken === true ? 'broken' : 'end';
    this.link?.data(Buffer.from(piece ?? '', 'latin1'), state);
  }

  onAsk(kind: number, text: string): void {
    this.asked.push({ kind, text });
    this.link?.answer(1, text);
  }

  onNote(note: Note): void {
    if (note.kind === 'loaded') this.loads.push(note);
    else this.notes.push(note);
  }

  onEnd(end: SessionEnd): void {
    this.#over({ end });
  }

  onFailure(failure: ExchangeFailure): void {
    this.#over({ failure });
  }

  #over(ended: Ended): void {
    this.#onBegun();
    this.#resolve(ended);
  }
}

function refusal(failure: ExchangeFailure): string {
  return failure.kind === 'refused' ? failure.error.message : '';
}
