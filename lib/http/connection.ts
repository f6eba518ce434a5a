import type { Socket } from 'node:net';
import type { ErrorCode } from '../errors.js';
import { ConnectionMark } from './connection-mark.js';
import type { Generation } from './generation.js';
import type { HostSet } from './host-set.js';
import type { HostTable } from './hosts.js';
import type { RequestMessage, ResponseStream } from './message.js';
import { originOf, type Origin } from './origin.js';
import { RequestClock } from './request-clock.js';
import { timeAllowed, type StageTime } from './request-times.js';
import type { OutputOwner, ServerOutput } from './server-output.js';
import type { ConnectionState } from './server-state.js';
import type { Peer, ServerRequest } from './server-request.js';

/** So many bytes of a body that nobody read are taken off a connection to keep it; beyond that it is closed. */
export const MAX_DRAINED = 256 * 1024;

/** So long what a client still sends is thrown away after the last response, so that no reset overtakes it. */
const LINGER_TIME = 2000;

/** So many requests that a client has sent ahead are held before its socket is paused. */
const MAX_AHEAD = 16;

/** A request with its response, on its way through the server. */
export interface Exchange {
  /** what serves it, whatever is loaded meanwhile */
  readonly generation: Generation;
  readonly request: ServerRequest;
  readonly output: ServerOutput;
  readonly message: RequestMessage;
  readonly response: ResponseStream;
  /** milliseconds that the connection waits for another request after it, when Node's server has another time */
  readonly keepAliveTime: number | undefined;
  /** starts the work */
  run(): void;
  /** the response has ended, or the connection was lost: called once */
  ended(): void;
}

/** A client's connection, whatever its protocol. */
export interface ClientConnection extends Peer {
  /** the hosts of its address and port, and the table that they are from */
  hosts: { readonly table: HostTable; readonly set: HostSet } | undefined;
  /** requests so far */
  requests: number;
  /** no request is taken any more */
  readonly closing: boolean;
  readonly state: ConnectionState;
  /** how many requests are being worked on, of a generation or of all */
  busy(generation?: Generation): number;
  /** takes up a request */
  add(exchange: Exchange): void;
  /** what decides over the rest of a request's body when its response ends */
  restOf(): ResponseRest;
  /** lets the client be silent for so many seconds */
  wait(seconds: number): void;
  /**
   * Looks whether the client sends as fast as RequestReadTimeout wants; bodies that do not come so fast fail.
   * @param now milliseconds; to be called about once a second
   * @param header the rule for headers on this connection
   * @returns whether the head of a request is late
   */
  check(now: number, header: StageTime): boolean;
  /** closes at once when no request is there, else after those that are being answered */
  stop(): void;
  /** ends it, or its requests of a generation, at once */
  cut(generation?: Generation): void;
}

/** Decides what becomes of a body that was not read, when the response to it ends. */
export interface ResponseRest extends OutputOwner {
  exchange: Exchange | undefined;
}

/**
 * A client's connection. Requests that were sent ahead wait until those before them were answered: their order is
 * the order of their effects, and one client cannot occupy the server with requests that it does not wait for.
 */
export class Connection implements ClientConnection {
  readonly scheme: 'http' | 'https';
  readonly origin: Origin;
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly mark: ConnectionMark;
  /** the hosts of its address and port, and the table that they are from */
  hosts: { readonly table: HostTable; readonly set: HostSet } | undefined;
  /** requests so far */
  requests = 0;
  /** bytes that had arrived when the last request was taken up */
  bytesAtRest = 0;
  /** no request is taken any more */
  closing = false;
  /** the rest of what arrives cannot be understood: what to do once all before it is answered */
  afterwards: (() => void) | undefined;
  readonly #exchanges: Exchange[] = [];
  readonly #opened = performance.now();
  #clock: { readonly exchange: Exchange; readonly body: RequestClock } | undefined;
  #headSince: number | undefined;
  #paused = false;
  #lingering = false;

  constructor(socket: Socket, from: Socket = socket) {
    this.socket = socket;
    this.origin = originOf(from);
    this.scheme = this.origin.tls === undefined ? 'http' : 'https';
    this.bytesAtRest = this.origin.bytesBefore;
    this.remoteAddress = plainAddress(from.remoteAddress);
    this.remotePort = from.remotePort ?? 0;
    this.localAddress = plainAddress(from.localAddress);
    this.localPort = from.localPort ?? 0;
    this.mark = new ConnectionMark(from);
    socket.once('close', () => this.#lost());
  }

  /** The exchange that is being worked on. */
  get current(): Exchange | undefined {
    return this.#exchanges[0];
  }

  /** The exchange whose body may still be arriving. */
  get latest(): Exchange | undefined {
    return this.#exchanges.at(-1);
  }

  get state(): ConnectionState {
    const exchange = this.current;
    if (exchange !== undefined) return exchangeState(exchange);
    if (this.closing) return 'closing';
    const arrives = this.requests === 0 || this.socket.bytesRead > this.bytesAtRest;
    return arrives ? 'reading' : 'idle';
  }

  busy(generation?: Generation): number {
    const exchange = this.current;
    if (exchange === undefined) return 0;
    return generation === undefined || exchange.generation === generation ? 1 : 0;
  }

  restOf(): ResponseRest {
    return new BodyRest(this);
  }

  wait(seconds: number): void {
    this.socket.setTimeout(seconds * 1000);
  }

  check(now: number, header: StageTime): boolean {
    const exchange = this.current;
    if (exchange !== undefined || this.closing) {
      this.#headSince = undefined;
      if (exchange !== undefined) this.#checkBody(exchange, now);
      return false;
    }
    const bytes = this.socket.bytesRead - this.bytesAtRest;
    // Between two requests only KeepAliveTimeout counts.
    if (bytes === 0 && this.requests > 0) return false;
    this.#headSince ??= this.requests === 0 ? this.#opened : now;
    return now - this.#headSince > timeAllowed(header, bytes) * 1000;
  }

  #checkBody(exchange: Exchange, now: number): void {
    if (this.#clock?.exchange !== exchange) this.#clock = { exchange, body: new RequestClock() };
    const { request } = exchange;
    if (!this.#clock.body.bodyIsLate(request, now)) return;
    request.log('requestReadTimeout', { stage: 'body' });
    this.failBodies('BODY_TIMEOUT', 'it did not arrive as fast as RequestReadTimeout wants');
  }

  cut(): void {
    this.socket.destroy();
  }

  /** Takes up a request, or puts it behind those that are there. */
  add(exchange: Exchange): void {
    this.#exchanges.push(exchange);
    this.bytesAtRest = this.socket.bytesRead;
    exchange.response.once('finish', () => this.#finished(exchange));
    if (this.#exchanges.length === 1) {
      exchange.run();
    } else if (this.#exchanges.length > MAX_AHEAD && !this.#paused) {
      this.#paused = true;
      this.socket.pause();
    }
  }

  /** Makes the bodies that have not arrived fail. */
  failBodies(code: ErrorCode, reason: string): void {
    const exchange = this.latest;
    if (exchange === undefined || exchange.message.complete) return;
    exchange.output.closeAfter();
    exchange.request.failBody(code, reason);
  }

  /** Runs something once every request so far is answered. */
  whenAnswered(action: () => void): void {
    if (this.#exchanges.length === 0) action();
    else this.afterwards ??= action;
  }

  /** Ends the connection so that the client gets all that was sent to it. */
  linger(): void {
    if (this.#lingering) return;
    this.#lingering = true;
    this.closing = true;
    const { socket } = this;
    socket.end();
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_TIME);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Closes at once when no request is there, else after the one that is being answered. */
  stop(): void {
    this.closing = true;
    const exchange = this.current;
    if (exchange === undefined) this.socket.destroy();
    else exchange.output.closeAfter();
  }

  #finished(exchange: Exchange): void {
    const index = this.#exchanges.indexOf(exchange);
    if (index < 0) return;
    this.#exchanges.splice(index, 1);
    exchange.request.body?.close();
    exchange.message.resume();
    this.bytesAtRest = this.socket.bytesRead;
    if (!exchange.message.complete) {
      exchange.message.once('close', () => {
        this.bytesAtRest = this.socket.bytesRead;
      });
    }
    exchange.ended();
    if (exchange.output.closing) {
      this.linger();
      return;
    }
    this.#continue();
    const { keepAliveTime } = exchange;
    if (keepAliveTime !== undefined && this.current === undefined) this.socket.setTimeout(keepAliveTime);
  }

  #continue(): void {
    const next = this.current;
    if (next === undefined) {
      const action = this.afterwards;
      this.afterwards = undefined;
      action?.();
    } else {
      next.run();
    }
    if (this.#paused && this.#exchanges.length <= 1) {
      this.#paused = false;
      this.socket.resume();
    }
  }

  #lost(): void {
    this.closing = true;
    for (const exchange of this.#exchanges.splice(0)) {
      exchange.request.failBody('BODY_INCOMPLETE', 'the connection was lost');
      exchange.output.connectionLost();
      exchange.ended();
    }
  }
}

/** Keeps a connection when little of a body was not read, and closes it otherwise. */
class BodyRest implements ResponseRest {
  exchange: Exchange | undefined;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  responseEnding(): void {
    const { exchange } = this;
    if (exchange === undefined) return;
    const { message, output, request } = exchange;
    if (message.complete) {
      if (output.closing) this.#lingerInstead();
      return;
    }
    const rest = (request.contentLength ?? Infinity) - (request.body?.received ?? 0);
    if (rest > MAX_DRAINED) output.closeAfter();
    if (!output.keepAlive) this.#lingerInstead();
  }

  /** Node would close the socket with unread data in it, and the reset that follows could take the response away. */
  #lingerInstead(): void {
    const connection = this.#connection;
    connection.socket.destroySoon = () => connection.linger();
  }
}

/** What a connection does with a request. */
export function exchangeState({ output, message, request }: Exchange): ConnectionState {
  if (output.headSent) return 'writing';
  return message.complete || request.contentLength === 0 ? 'working' : 'reading';
}

/** An IPv4 address that a socket for both families shows in IPv6 form, as IPv4. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
