import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { ResponseStream } from '../message.js';

/** Headers of HTTP/1.1 that are about its connections and are forbidden in HTTP/2 (RFC 9113, 8.2.2). */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings'],
]);

/** The response on a stream of HTTP/2, as the output of a request writes to it. */
export class StreamResponse implements ResponseStream {
  readonly stream: ServerHttp2Stream;
  /** what a response of HTTP/1.1 would do to its connection, which it shares here with others */
  shouldKeepAlive = true;
  useChunkedEncodingByDefault = true;
  /** frames tell where a body ends */
  readonly chunkedEncoding = true;
  readonly socket = null;
  #headers: OutgoingHttpHeaders | undefined;

  constructor(stream: ServerHttp2Stream) {
    this.stream = stream;
  }

  get headersSent(): boolean {
    return this.stream.headersSent;
  }

  get writableNeedDrain(): boolean {
    return this.stream.writableNeedDrain;
  }

  get writableFinished(): boolean {
    return this.stream.writableFinished;
  }

  writeHead(status: number, _reason: string, list: string[]): void {
    // Node's HTTP/2 knows no status above 599.
    const headers: OutgoingHttpHeaders = { ':status': status > 599 ? 500 : status };
    for (let index = 0; index + 1 < list.length; index += 2) {
      const name = (list[index] ?? '').toLowerCase();
      const value = list[index + 1] ?? '';
      if (CONNECTION_HEADERS.has(name)) continue;
      const before = headers[name];
      if (before === undefined) headers[name] = value;
      else if (Array.isArray(before)) before.push(value);
      else headers[name] = SINGLE.has(name) ? value : [String(before), value];
    }
    this.#headers = headers;
  }

  flushHeaders(): void {
    this.#respond(false);
  }

  writeContinue(): void {
    if (!this.#isGone && !this.headersSent) this.stream.additionalHeaders({ ':status': 100 });
  }

  write(chunk: Uint8Array, released?: () => void): boolean {
    if (this.#isGone) return true;
    this.#respond(false);
    return this.stream.write(chunk, released);
  }

  end(chunk?: Uint8Array | string, last?: 'latin1' | (() => void)): void {
    if (this.#isGone) return;
    const isEmpty = chunk === undefined || chunk.length === 0;
    if (isEmpty && !this.headersSent) {
      this.#respond(true);
      return;
    }
    this.#respond(false);
    if (isEmpty) this.stream.end();
    else if (typeof chunk === 'string') this.stream.end(Buffer.from(chunk, 'latin1'));
    else this.stream.end(chunk, typeof last === 'function' ? last : undefined);
  }

  destroy(): void {
    if (!this.stream.closed) this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  once(event: 'drain' | 'finish', listener: () => void): void {
    this.stream.once(event, listener);
  }

  get #isGone(): boolean {
    return this.stream.destroyed || this.stream.closed;
  }

  #respond(endStream: boolean): void {
    if (this.#headers === undefined || this.headersSent || this.#isGone) return;
    this.stream.respond(this.#headers, { endStream });
  }
}

/** Headers that Node refuses to send more than once: the last counts. */
const SINGLE: ReadonlySet<string> = new Set([
  ...['age', 'content-encoding', 'content-language', 'content-length', 'content-location', 'content-range'],
  ...['content-type', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'content-md5', 'date'],
  ...['access-control-allow-credentials', 'access-control-max-age', 'access-control-request-method'],
  ...['alt-svc', 'authorization', 'dnt', 'expect', 'from', 'host', 'if-match', 'if-modified-since', 'server'],
  ...['if-none-match', 'if-range', 'if-unmodified-since', 'max-forwards', 'proxy-authorization', 'range'],
  ...['referer', 'tk', 'upgrade-insecure-requests', 'user-agent', 'x-content-type-options'],
]);
