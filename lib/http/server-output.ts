import { HostError } from '../errors.js';
import { checkHeader, hasControlCharacter, hasListToken, parseLength } from './header-syntax.js';
import type { ResponseStream } from './message.js';
import type { ResponseHead } from './module.js';
import type { HeaderList, Output } from './output.js';
import { hasNoBody, reasonPhrase } from './status.js';

/** What a server output tells the connection that it belongs to. */
export interface OutputOwner {
  /** the response has ended, sent or cut; called once, before what remains of the request is read */
  responseEnding(): void;
}

type HeadObserver = (
  status: number,
  reason: string | undefined,
  headers: HeaderList,
) => ResponseHead | undefined;

/** The response to a client's request, over Node's ServerResponse or a stream of HTTP/2. */
export class ServerOutput implements Output {
  headSent = false;
  status = 200;
  bytesSent = 0;
  lost = false;
  sentHeaders: readonly string[] = [];
  /** the connection is to be closed after this response, also when its head could not say so any more */
  closing = false;
  isCut = false;
  /** `end` or `abort` was called */
  ended = false;
  /** what may change a head before it goes out: the modules' `respond` hooks, when there are any */
  onHead: HeadObserver | undefined;
  /** milliseconds that the client is told the connection waits for its next request, when Node would tell another */
  keepAliveTime: number | undefined = undefined;
  readonly #response: ResponseStream;
  readonly #method: string;
  readonly #software: string;
  readonly #owner: OutputOwner;
  /** the head as it will be written with the first bytes of the body */
  #pending: string[] | undefined;
  #reason = '';
  #bodyless = false;
  /** bytes still due by Content-Length, -1 without one */
  #due = -1;
  #waiters: (() => void)[] = [];
  #lostCallbacks: (() => void)[] = [];

  constructor(response: ResponseStream, method: string, software: string, owner: OutputOwner) {
    this.#response = response;
    this.#method = method;
    this.#software = software;
    this.#owner = owner;
  }

  get writtenHead(): string | undefined {
    return this.#response._header ?? undefined;
  }

  get keepAlive(): boolean {
    return this.#response.shouldKeepAlive && !this.lost;
  }

  /** The client takes data more slowly than it is sent. */
  get blocked(): boolean {
    return this.#response.writableNeedDrain || (this.ended && !this.#response.writableFinished);
  }

  head(status: number, reason: string | undefined, headers: HeaderList, length?: number): void {
    if (this.headSent) throw new HostError('RESPONSE_INVALID', 'the head of a response was sent before');
    if (!Number.isInteger(status) || status < 200 || status > 999) {
      throw new HostError('RESPONSE_INVALID', `Response status ${status} is not between 200 and 999`);
    }
    const changed = this.onHead?.(status, reason, headers);
    if (changed !== undefined) ({ status, reason, headers } = changed);
    const phrase = reason ?? reasonPhrase(status);
    if (hasControlCharacter(phrase)) {
      throw new HostError('RESPONSE_INVALID', `Response reason '${phrase}' contains invalid characters`);
    }
    const list = ['Server', this.#software];
    let due = length ?? -1;
    for (const [name, value] of headers) {
      checkHeader(name, value);
      const own = OWN_HEADERS.get(name.toLowerCase());
      if (own === undefined) list.push(name, value);
      else if (own === 'length') due = parseLength(value) ?? due;
      else if (own === 'connection' && hasListToken(value, 'close')) this.closeAfter();
    }
    this.#bodyless = hasNoBody(this.#method, status);
    if (due >= 0 && status !== 204) list.push('Content-Length', String(due));
    this.#due = due;
    this.#pending = list;
    this.sentHeaders = list;
    this.#reason = phrase;
    this.headSent = true;
    this.status = status;
    sendLater(this);
  }

  write(chunk: Uint8Array, released?: () => void): boolean {
    if (this.lost || this.ended) return true;
    if (!this.headSent) this.head(200, undefined, []);
    const body = this.#admit(chunk);
    if (body.length === 0) return true;
    // Node corks until the next tick: head and body leave in one packet, and nothing waits longer than that.
    this.#writeHead();
    return released === undefined ? this.#response.write(body) : this.#response.write(body, released);
  }

  drained(): Promise<void> {
    if (this.lost || this.ended || !this.#response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      if (this.#waiters.push(resolve) === 1) this.#response.once('drain', () => this.#wake());
    });
  }

  end(chunk?: Uint8Array, released?: () => void): void {
    if (this.ended) return;
    if (!this.headSent) this.head(200, undefined, []);
    this.ended = true;
    if (this.lost) return;
    const given = chunk?.length;
    if (this.#pending !== undefined && this.#due < 0 && this.status !== 204 && this.status !== 304) {
      // A HEAD request is told a length only when the handler knew the body.
      if (this.#method !== 'HEAD' || given !== undefined) {
        this.#pending.push('Content-Length', String(given ?? 0));
      }
    }
    const body = chunk === undefined ? undefined : this.#admit(chunk);
    this.#owner.responseEnding();
    this.#writeHead();
    if (this.#due > 0 && !this.#bodyless) {
      if (body !== undefined && body.length > 0) this.#response.write(body);
      this.#cut();
    } else if (body === undefined || body.length === 0) {
      this.#response.end();
    } else if (body.length <= SMALL_BODY && Buffer.isBuffer(body)) {
      // As text it becomes one piece with the head, and one piece is written faster than two.
      this.#response.end(body.toString('latin1'), 'latin1');
    } else {
      this.#response.end(body, released);
    }
    this.#wake();
  }

  abort(): void {
    if (this.ended && this.#response.writableFinished) return;
    this.ended = true;
    if (this.lost) return;
    this.#pending = undefined;
    this.#cut();
    this.#wake();
  }

  onLost(callback: () => void): void {
    if (this.ended) return;
    if (this.lost) callback();
    else this.#lostCallbacks.push(callback);
  }

  closeAfter(): void {
    this.closing = true;
    this.#response.shouldKeepAlive = false;
  }

  downgrade(): void {
    this.#response.useChunkedEncodingByDefault = false;
    this.closeAfter();
  }

  /** Sends the head by itself, if it was not sent with body. */
  flushHead(): void {
    if (this.#pending === undefined || this.lost) return;
    this.#writeHead();
    // Over HTTP/1.1 `flushHeaders` would write it as UTF-8. Without a body it leaves with the end, which is near then.
    if (this.#response.socket === null) this.#response.flushHeaders();
    else if (!this.#bodyless) this.#response.write(NOTHING);
  }

  /** The connection is gone. */
  connectionLost(): void {
    if (this.lost) return;
    this.lost = true;
    this.#pending = undefined;
    this.#wake();
    const callbacks = this.#lostCallbacks;
    this.#lostCallbacks = [];
    if (this.ended) return;
    for (const callback of callbacks) callback();
  }

  /** The part of a chunk that may be sent, accounted for. */
  #admit(chunk: Uint8Array): Uint8Array {
    if (this.#bodyless) return NOTHING;
    if (this.#due < 0) {
      this.bytesSent += chunk.length;
      return chunk;
    }
    const part = chunk.length > this.#due ? chunk.subarray(0, this.#due) : chunk;
    this.#due -= part.length;
    this.bytesSent += part.length;
    return part;
  }

  #announce(list: string[], time: number): void {
    const { shouldKeepAlive, useChunkedEncodingByDefault } = this.#response;
    // As Node decides it: a body must have an end that is not the connection's.
    if (!shouldKeepAlive || (this.#due < 0 && useChunkedEncodingByDefault !== true)) return;
    list.push('Connection', 'keep-alive', 'Keep-Alive', `timeout=${Math.floor(time / 1000)}`);
  }

  #writeHead(): void {
    const list = this.#pending;
    if (list === undefined) return;
    this.#pending = undefined;
    if (this.keepAliveTime !== undefined) this.#announce(list, this.keepAliveTime);
    this.#response.writeHead(this.status, this.#reason, list);
  }

  #cut(): void {
    this.isCut = true;
    const { socket } = this.#response;
    if (socket === null) {
      this.#response.destroy();
    } else if (this.#response.headersSent && !this.#response.chunkedEncoding && this.#due < 0) {
      // Only a reset tells a client that reads until the end of the connection that this is not the end.
      // TLS has an end of its own, which is missing then.
      if (typeof socket.resetAndDestroy === 'function' && !('encrypted' in socket)) socket.resetAndDestroy();
      else socket.destroy();
    } else {
      socket.destroySoon();
    }
  }

  #wake(): void {
    const waiters = this.#waiters;
    if (waiters.length === 0) return;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }
}

const NOTHING = new Uint8Array(0);

/** Bodies up to this many bytes are copied to go out together with the head. */
const SMALL_BODY = 4096;

/** Headers that are not sent as they come; Date and Server are the server's own, as in Apache. */
const OWN_HEADERS: ReadonlyMap<string, 'drop' | 'length' | 'connection'> = new Map([
  ['date', 'drop'],
  ['server', 'drop'],
  ['transfer-encoding', 'drop'],
  ['keep-alive', 'drop'],
  // There are no trailers that it could announce.
  ['trailer', 'drop'],
  ['content-length', 'length'],
  ['connection', 'connection'],
]);

/** Outputs whose head waits for the first bytes of the body; those that got none by the end of the turn go alone. */
let waitingHeads: ServerOutput[] = [];

function sendLater(output: ServerOutput): void {
  if (waitingHeads.push(output) > 1) return;
  setImmediate(() => {
    const outputs = waitingHeads;
    waitingHeads = [];
    for (const waiting of outputs) waiting.flushHead();
  });
}
