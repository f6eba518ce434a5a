import { CREDIT_LOST, DATA_FLAGS, encodeCredit, encodeData, FRAME, frame } from '../channel/frames.js';
import type { Exchange, ExchangeLink } from './exchange.js';

/** How a request is to be run. */
export interface RunOptions {
  /** the library among those of the process, and its file in the worker's notation */
  readonly slot: number;
  readonly library: string;
  /** bytes of response in flight */
  readonly window: number;
  readonly asyncCalls: boolean;
  /** of the worker process */
  readonly pid: number;
}

/** What a running request needs of its thread. */
export interface RequestPort {
  /** the number of the thread in its process */
  readonly index: number;
  send(data: Buffer): void;
  /** puts bytes into the body area until the request is over; undefined when there is no room */
  place(request: object, bytes: Uint8Array): number | undefined;
  /** the request has been answered: its silence counts from now */
  answered(request: object): void;
  /** the request waits for the client: its silence does not count */
  waiting(request: object): void;
  /** says in the scoreboard that the client of this request is gone */
  markLost(number: number): void;
  /** the request's bytes in the body area are not needed any more */
  released(request: object): void;
}

/** A request that was sent to a worker thread, and its exchange's way to talk to the worker. */
export class RunningRequest implements ExchangeLink {
  readonly exchange: Exchange;
  /** distinguishes the requests of a thread */
  readonly number: number;
  readonly pid: number;
  readonly thread: number;
  /** for the client, not for the extension */
  waits = false;
  readonly #port: RequestPort;
  /** credit is passed on in steps of this many bytes */
  readonly #creditStep: number;
  #creditDue = 0;
  #over = false;

  constructor(exchange: Exchange, number: number, pid: number, port: RequestPort, window: number) {
    this.exchange = exchange;
    this.number = number;
    this.pid = pid;
    this.thread = port.index;
    this.#port = port;
    this.#creditStep = window >> 1;
  }

  /** From here on nothing is sent for it any more. */
  end(): void {
    this.#over = true;
    this.#port.released(this);
  }

  data(chunk: Uint8Array, state: 'more' | 'end' | 'broken'): void {
    if (this.#over) return;
    const flags = state === 'more' ? 0 : state === 'end' ? DATA_FLAGS.END : DATA_FLAGS.BROKEN;
    this.#answered();
    this.#port.send(encodeData(this.number, chunk, flags, this.#port.place(this, chunk)));
  }

  credit(bytes: number): void {
    if (this.#over) return;
    this.#answered();
    this.#creditDue += bytes;
    if (this.#creditDue >= this.#creditStep) this.#sendCredit(0);
  }

  answer(argument: number, text: string): void {
    if (this.#over) return;
    this.#answered();
    this.#port.send(frame(FRAME.ANSWER, Buffer.from(text, 'latin1'), argument));
  }

  lost(): void {
    if (this.#over) return;
    this.#port.markLost(this.number);
    this.#answered();
    this.#sendCredit(CREDIT_LOST);
  }

  waiting(): void {
    if (this.#over) return;
    this.waits = true;
    this.#port.waiting(this);
  }

  #answered(): void {
    this.waits = false;
    this.#port.answered(this);
  }

  #sendCredit(flags: number): void {
    this.#port.send(encodeCredit(this.number, this.#creditDue, flags));
    this.#creditDue = 0;
  }
}
