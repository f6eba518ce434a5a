import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../errors.js';
import type { OutputOwner, ServerOutput } from './server-output.js';
import type { Peer, ServerRequest } from './server-request.js';

/** So many bytes of a body that nobody read are taken off a connection to keep it; beyond that it is closed. */
export const MAX_DRAINED = 256 * 1024;

/** So long what a client still sends is thrown away after the last response, so that no reset overtakes it. */
const LINGER_TIME = 2000;

/** So many requests that a client has sent ahead are held before its socket is paused. */
const MAX_AHEAD = 16;

/** A request with its response, on its way through the server. */
export interface Exchange {
  readonly request: ServerRequest;
  readonly output: ServerOutput;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** starts the work */
  run(): void;
  /** the response has ended, or the connection was lost: called once */
  ended(): void;
}

/**
 * A client's connection. Requests that were sent ahead wait until those before them were answered: their order is
 * the order of their effects, and one client cannot occupy the server with requests that it does not wait for.
 */
export class Connection implements Peer {
  readonly scheme = 'http';
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** requests so far */
  requests = 0;
  /** bytes that had arrived when the last request was taken up */
  bytesAtRest = 0;
  /** no request is taken any more */
  closing = false;
  /** the rest of what arrives cannot be understood: what to do once all before it is answered */
  afterwards: (() => void) | undefined;
  readonly #exchanges: Exchange[] = [];
  #paused = false;
  #lingering = false;

  constructor(socket: Socket, from: Socket = socket) {
    this.socket = socket;
    this.remoteAddress = plainAddress(from.remoteAddress);
    this.remotePort = from.remotePort ?? 0;
    this.localAddress = plainAddress(from.localAddress);
    this.localPort = from.localPort ?? 0;
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

/** Decides what becomes of a body that was not read, when the response to it ends. */
export class BodyRest implements OutputOwner {
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

/** An IPv4 address that a socket for both families shows in IPv6 form, as IPv4. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
