import type { Socket } from 'node:net';
import { HostError, messageOf } from '../../errors.js';
import type { ActionClient, Json } from './action.js';
import {
  decodeRequest,
  encodeLine,
  LineReader,
  MAX_REPLY_LINE,
  MAX_REQUEST_LINE,
  type ControlReply,
  type ControlRequest,
} from './lines.js';

/** How long a client may take for its request, and for taking what waits for it. Milliseconds. */
const REQUEST_TIME = 10_000;
const STALL_TIME = 60_000;

/** Bytes that wait for a client; items on top of that are left out and counted. */
const MAX_WAITING = 4 * 1024 * 1024;

/** Carries out a request; what it throws is the answer. */
export type Act = (request: ControlRequest, client: ActionClient) => Promise<void>;

/** One client of the control socket. */
export class ControlConnection implements ActionClient {
  readonly #socket: Socket;
  readonly #act: Act;
  readonly #left = new AbortController();
  readonly #lines = new LineReader(MAX_REQUEST_LINE);
  /** until the request is there; then while something waits for a client that takes nothing */
  #timer: NodeJS.Timeout | undefined;
  /** from the answer's end until the client has ended its side */
  #ending: NodeJS.Timeout | undefined;
  #asked = false;
  #dropped = 0;

  constructor(socket: Socket, act: Act) {
    this.#socket = socket;
    this.#act = act;
    this.#timer = setTimeout(() => {
      this.#fail(new HostError('CONTROL', `no request came within ${String(REQUEST_TIME / 1000)} s`));
    }, REQUEST_TIME).unref();
    socket.on('data', (chunk) => this.#receive(chunk));
    // A client that ends its side does not follow what happens any more, but may still want an answer that is coming.
    socket.on('end', () => this.#left.abort());
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.#drained());
    socket.on('close', () => {
      clearTimeout(this.#timer);
      clearTimeout(this.#ending);
      this.#left.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#left.signal;
  }

  send(item: Json): boolean {
    // As long as items have been left out a drained connection is waited for, which tells of them first.
    if (this.#dropped > 0 || this.#socket.writableLength > MAX_WAITING) {
      this.#dropped++;
      return false;
    }
    const line = encodeLine({ item: item ?? null });
    if (Buffer.byteLength(line) > MAX_REPLY_LINE) {
      this.#put({ dropped: 1 });
      return false;
    }
    this.#write(line);
    return true;
  }

  superseded(): void {
    this.#put({ superseded: true });
  }

  /** Ends the connection at once. */
  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#asked) return;
    try {
      const [line] = this.#lines.push(chunk);
      if (line === undefined) return;
      this.#asked = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      void this.#answer(decodeRequest(line));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #answer(request: ControlRequest): Promise<void> {
    try {
      await this.#act(request, this);
      this.#tellDropped();
      this.#finish({ end: 'done' });
    } catch (error) {
      this.#tellDropped();
      if (error instanceof HostError && error.code === 'CONTROL_STOPPED') this.#finish({ end: 'stopped' });
      else this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#asked = true;
    const code = error instanceof HostError ? error.code : 'CONTROL';
    this.#finish({ error: { code, message: messageOf(error) } });
  }

  #finish(reply: ControlReply): void {
    this.#put(reply);
    this.#socket.end();
    // A client that does not end its side would keep its place among those that there may be.
    this.#ending ??= setTimeout(() => this.#socket.destroy(), STALL_TIME).unref();
  }

  #put(reply: ControlReply): void {
    this.#write(encodeLine(reply));
  }

  #write(line: string): void {
    if (!this.#socket.writable || this.#socket.write(line)) return;
    this.#timer ??= setTimeout(() => this.#socket.destroy(), STALL_TIME).unref();
  }

  #drained(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tellDropped();
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#put({ dropped: this.#dropped });
    this.#dropped = 0;
  }
}
