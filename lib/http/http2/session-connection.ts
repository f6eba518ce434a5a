import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import { ConnectionMark } from '../connection-mark.js';
import {
  exchangeState,
  plainAddress,
  type ClientConnection,
  type Exchange,
  type ResponseRest,
} from '../connection.js';
import type { Generation } from '../generation.js';
import type { HostSet } from '../host-set.js';
import type { HostTable } from '../hosts.js';
import { originOf, type Origin } from '../origin.js';
import { RequestClock } from '../request-clock.js';
import { timeAllowed, type StageTime } from '../request-times.js';
import type { ConnectionState } from '../server-state.js';
import { CORE } from '../settings.js';
import { HTTP2 } from './settings.js';
import { StreamResponse } from './stream-response.js';

/** So long a session that ends waits for its client to close the connection. Milliseconds. */
const CLOSE_TIME = 2000;

/** What is kept of a request while it is worked on. */
interface Work {
  readonly stream: ServerHttp2Stream;
  readonly body: RequestClock;
}

/** A client's connection that carries a session of HTTP/2: its requests run at the same time. */
export class SessionConnection implements ClientConnection {
  readonly scheme: 'http' | 'https';
  readonly origin: Origin;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly mark: ConnectionMark;
  hosts: { readonly table: HostTable; readonly set: HostSet } | undefined;
  requests = 0;
  closing = false;
  readonly #session: ServerHttp2Session;
  readonly #exchanges = new Map<Exchange, Work>();
  /** seconds that the session may be without requests */
  #keepAlive: number;
  #idleSince: number | undefined;

  /** @param keepAlive seconds that the session may be without requests, until one says otherwise */
  constructor(session: ServerHttp2Session, socket: Socket, keepAlive: number) {
    this.#session = session;
    this.#keepAlive = keepAlive;
    session.setTimeout(keepAlive * 1000);
    this.origin = originOf(socket);
    this.scheme = this.origin.tls === undefined ? 'http' : 'https';
    this.remoteAddress = plainAddress(socket.remoteAddress);
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress);
    this.localPort = socket.localPort ?? 0;
    this.mark = new ConnectionMark(socket);
    session.on('timeout', () => {
      if (this.#exchanges.size === 0) this.stop();
    });
  }

  get state(): ConnectionState {
    // One that sends counts for more than one that waits.
    let found: ConnectionState | undefined;
    for (const exchange of this.#exchanges.keys()) {
      const state = exchangeState(exchange);
      if (found === undefined || state === 'writing') found = state;
    }
    return found ?? (this.closing ? 'closing' : this.requests === 0 ? 'reading' : 'idle');
  }

  busy(generation?: Generation): number {
    if (generation === undefined) return this.#exchanges.size;
    return this.#of(generation).length;
  }

  restOf(): ResponseRest {
    // A body that is not wanted is refused when the response was sent.
    return { exchange: undefined, responseEnding: () => undefined };
  }

  add(exchange: Exchange): void {
    const { request, response } = exchange;
    if (!(response instanceof StreamResponse)) throw new TypeError('a session has requests on streams alone');
    const { stream } = response;
    this.#exchanges.set(exchange, { stream, body: new RequestClock() });
    this.#session.setTimeout(0);
    const { settings } = request.host;
    const seconds = settings.get(HTTP2).streamTimeout ?? settings.get(CORE).timeout;
    if (seconds > 0) stream.setTimeout(seconds * 1000, () => this.#silent(exchange, seconds));
    // Node finishes a stream also when its client has reset it.
    response.once('finish', () => this.#ended(exchange, exchange.output.ended && !stream.rstCode));
    stream.once('close', () => this.#ended(exchange, false));
    if (stream.destroyed) this.#ended(exchange, false);
    else exchange.run();
  }

  wait(): void {
    // Streams have times of their own; those of the session begin when none is left.
  }

  check(now: number, header: StageTime): boolean {
    const { size } = this.#exchanges;
    if (size > 0 || this.closing) this.#idleSince = undefined;
    else {
      // Bytes that never become a request do not keep a session.
      this.#idleSince ??= now;
      if (now - this.#idleSince > Math.max(this.#keepAlive, timeAllowed(header, 0)) * 1000) this.stop();
    }
    for (const [exchange, { body }] of this.#exchanges) {
      const { request } = exchange;
      if (!body.bodyIsLate(request, now)) continue;
      request.log('requestReadTimeout', { stage: 'body' });
      request.failBody('BODY_TIMEOUT', 'it did not arrive as fast as RequestReadTimeout wants');
    }
    return false;
  }

  stop(): void {
    this.closing = true;
    this.#session.close();
    if (this.#exchanges.size > 0) return;
    const timer = setTimeout(() => this.#session.destroy(), CLOSE_TIME);
    this.#session.once('close', () => clearTimeout(timer));
  }

  cut(generation?: Generation): void {
    if (generation === undefined) {
      this.#session.destroy();
      return;
    }
    for (const { response } of this.#of(generation)) response.destroy();
  }

  #of(generation: Generation): Exchange[] {
    return [...this.#exchanges.keys()].filter((exchange) => exchange.generation === generation);
  }

  /** A stream had no traffic for some time. */
  #silent(exchange: Exchange, seconds: number): void {
    const { request, output } = exchange;
    const stream = this.#exchanges.get(exchange)?.stream;
    if (stream === undefined) return;
    if (request.body?.waiting === true) {
      request.failBody('BODY_TIMEOUT', `nothing arrived for ${seconds} s`);
    } else if (output.blocked) {
      request.log('clientTimeout', { seconds });
      stream.close(constants.NGHTTP2_CANCEL);
      return;
    }
    stream.setTimeout(seconds * 1000);
  }

  #ended(exchange: Exchange, isSent: boolean): void {
    const stream = this.#exchanges.get(exchange)?.stream;
    if (stream === undefined) return;
    this.#exchanges.delete(exchange);
    const { request, output, message } = exchange;
    if (isSent) {
      request.body?.close();
      // The client need not send what nobody wants (RFC 9113, 8.1).
      if (!message.complete && !stream.closed) stream.close(constants.NGHTTP2_NO_ERROR);
    } else {
      request.failBody('BODY_INCOMPLETE', 'the stream was reset');
      output.connectionLost();
    }
    exchange.ended();
    if (this.#exchanges.size > 0) return;
    if (this.closing) {
      this.stop();
      return;
    }
    this.#keepAlive = request.host.settings.get(CORE).keepAliveTimeout;
    this.#session.setTimeout(this.#keepAlive * 1000);
  }
}
