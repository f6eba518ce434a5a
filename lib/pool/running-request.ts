import { CREDIT_LOST, DATA_FLAGS, FRAME, frame } from '../channel/frames.js';
import type { Exchange, ExchangeLink } from './exchange.js';

/** What a running request needs of its thread. */
export interface RequestPort {
  send(data: Buffer): void;
  /** the thread has been answered: its silence counts from now */
  answered(): void;
  /** the thread waits for the client: its silence does not count */
  waiting(): void;
  /** says in the scoreboard that the client of this request is gone */
  markLost(number: number): void;
}

/** A request that was sent to a worker thread, and its exchange's way to talk to the worker. */
export class RunningRequest implements ExchangeLink {
  readonly exchange: Exchange;
  /** distinguishes the requests of a thread */
  readonly number: number;
  readonly pid: number;
  readonly #port: RequestPort;
  /** credit is passed on in steps of this many bytes */
  readonly #creditStep: number;
  #creditDue = 0;
  #over = false;

  constructor(exchange: Exchange, number: number, pid: number, port: RequestPort, window: number) {
    this.exchange = exchange;
    this.number = number;
    this.pid = pid;
    this.#port = port;
    this.#creditStep = window >> 2;
  }

  /** From here on nothing is sent for it any more. */
  end(): void {
    this.#over = true;
  }

  data(chunk: Uint8Array, state: 'more' | 'end' | 'broken'): void {
    if (this.#over) return;
    const flags = state === 'more' ? 0 : state === 'end' ? DATA_FLAGS.END : DATA_FLAGS.BROKEN;
    this.#port.answered();
    this.#port.send(frame(FRAME.DATA, chunk, flags));
  }

  credit(bytes: number): void {
    if (this.#over) return;
    this.#port.answered();
    this.#creditDue += bytes;
    if (this.#creditDue >= this.#creditStep) this.#sendCredit(0);
  }

  answer(argument: number, text: string): void {
    if (this.#over) return;
    this.#port.answered();
    this.#port.send(frame(FRAME.ANSWER, Buffer.from(text, 'latin1'), argument));
  }

  lost(): void {
    if (this.#over) return;
    this.#port.markLost(this.number);
    this.#port.answered();
    this.#sendCredit(CREDIT_LOST);
  }

  waiting(): void {
    if (!this.#over) this.#port.waiting();
  }

  #sendCredit(flags: number): void {
    const payload = Buffer.allocUnsafe(8);
    payload.writeUInt32LE(this.#creditDue, 0);
    payload.writeUInt32LE(this.number, 4);
    this.#creditDue = 0;
    this.#port.send(frame(FRAME.CREDIT, payload, flags));
  }
}
