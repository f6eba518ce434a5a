import { BEGIN_FLAGS, encodeBegin } from '../channel/begin.js';
import {
  CREDIT_LOST,
  DATA_FLAGS,
  END_FLAGS,
  FRAME,
  frame,
  FrameReader,
  type FrameType,
} from '../channel/frames.js';
import { decodeHead } from '../channel/head.js';
import { decodeNote } from '../channel/notes.js';
import type { ServerPipe } from '../channel/pipes.js';
import type { ServerScoreboard } from '../channel/scoreboard.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { Exchange, ExchangeFailure, ExchangeLink } from './exchange.js';

/** `releasing`: the response has ended, the extension is being unloaded. */
export type ThreadState = 'starting' | 'idle' | 'busy' | 'releasing' | 'ended';

/** What a thread tells its process. */
export interface ThreadEvents {
  /** ready for a request */
  idle(thread: WorkerThread): void;
  /** the thread has shown no sign of life for as long as it may: in an extension, loading it, or letting it go */
  timeout(thread: WorkerThread, milliseconds: number): void;
  /** a session was left pending: the process has to be replaced some day */
  orphaned(thread: WorkerThread): void;
  /** the worker's side of the pipe is closed; nothing more will come */
  ended(thread: WorkerThread): void;
}

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

/** A preloading that is under way. */
interface Preload {
  readonly resolve: (failure: ExplainedFailure | undefined) => void;
}

/** The server's side of one worker thread: sends it requests and hands what it says to the request's exchange. */
export class WorkerThread {
  readonly index: number;
  state: ThreadState = 'starting';
  /** the library that the running or last request uses */
  slot = -1;
  readonly #events: ThreadEvents;
  readonly #scoreboard: ServerScoreboard;
  readonly #releaseTimeout: number;
  readonly #reader = new FrameReader((type, argument, payload) => {
    this.#onFrame(type, argument, payload);
  });
  #pipe: ServerPipe | undefined;
  #exchange: Exchange | undefined;
  #preload: Preload | undefined;
  #requestNumber = 0;
  /** bytes of response that the exchange has allowed and the worker was not told yet */
  #creditDue = 0;
  #creditStep = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = 0;
  /** milliseconds of silence that are allowed in the present state */
  #limit = 0;
  #waiting = false;
  #lastSign = 0;

  /** @param releaseTimeout milliseconds for TerminateExtension and unloading, and for loading ahead */
  constructor(index: number, scoreboard: ServerScoreboard, releaseTimeout: number, events: ThreadEvents) {
    this.index = index;
    this.#scoreboard = scoreboard;
    this.#releaseTimeout = releaseTimeout;
    this.#events = events;
  }

  /** The request that is running. */
  get exchange(): Exchange | undefined {
    return this.#exchange;
  }

  attach(pipe: ServerPipe): void {
    this.#pipe = pipe;
  }

  /** Bytes from the worker. */
  receive(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** The worker's side was closed. */
  closed(): void {
    this.state = 'ended';
    clearTimeout(this.#timer);
    this.#preload?.resolve(undefined);
    this.#events.ended(this);
  }

  /** Starts a request. Returns false when its client has gone meanwhile. */
  start(exchange: Exchange, run: RunOptions): boolean {
    const { slot, library, window } = run;
    const link = this.#link(run.pid);
    const job = exchange.begin(link);
    if (!job) return false;
    this.state = 'busy';
    this.slot = slot;
    this.#exchange = exchange;
    this.#requestNumber = (this.#requestNumber + 1) >>> 0 || 1;
    this.#creditDue = 0;
    this.#creditStep = window >> 2;
    this.#watch(exchange.timeout);
    const flags = job.flags | (run.asyncCalls ? BEGIN_FLAGS.ASYNC_CALL : 0);
    this.#send(
      encodeBegin({ ...job, flags, number: this.#requestNumber, librarySlot: slot, library, window }),
    );
    return true;
  }

  /** Loads a cached extension; resolves with the reason when it cannot be loaded. */
  preload(slot: number, library: string): Promise<ExplainedFailure | undefined> {
    this.state = 'busy';
    this.slot = slot;
    this.#watch(this.#releaseTimeout);
    return new Promise((resolve) => {
      this.#preload = { resolve };
      this.#send(frame(FRAME.PRELOAD, Buffer.from(library, 'latin1'), slot));
    });
  }

  /** Ends the thread in order once it is idle: it lets its extensions go first. */
  exit(): void {
    this.#send(frame(FRAME.EXIT));
  }

  /** Ends the running request's exchange without its own end. */
  fail(failure: ExchangeFailure): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.onFailure(failure);
  }

  close(): void {
    this.#pipe?.close();
  }

  #send(data: Buffer): void {
    this.#pipe?.write(data);
  }

  #link(pid: number): ExchangeLink {
    const number = (this.#requestNumber + 1) >>> 0 || 1;
    const current = (): boolean => this.#exchange !== undefined && this.#requestNumber === number;
    return {
      pid,
      data: (chunk, state) => {
        if (!current()) return;
        this.#signOfLife();
        const flags = state === 'more' ? 0 : state === 'end' ? DATA_FLAGS.END : DATA_FLAGS.BROKEN;
        this.#send(frame(FRAME.DATA, chunk, flags));
      },
      credit: (bytes) => {
        if (!current()) return;
        this.#signOfLife();
        this.#creditDue += bytes;
        if (this.#creditDue < this.#creditStep) return;
        this.#sendCredit(0);
      },
      answer: (argument, text) => {
        if (!current()) return;
        this.#signOfLife();
        this.#send(frame(FRAME.ANSWER, Buffer.from(text, 'latin1'), argument));
      },
      lost: () => {
        if (!current()) return;
        this.#scoreboard.markLost(this.index, number);
        this.#signOfLife();
        this.#sendCredit(CREDIT_LOST);
      },
      waiting: () => {
        if (current()) this.#waiting = true;
      },
    };
  }

  #sendCredit(flags: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32LE(this.#creditDue);
    this.#creditDue = 0;
    this.#send(frame(FRAME.CREDIT, payload, flags));
  }

  #onFrame(type: FrameType, argument: number, payload: Buffer): void {
    this.#signOfLife();
    const exchange = this.#exchange;
    switch (type) {
      case FRAME.BODY:
        exchange?.onBody(payload);
        break;
      case FRAME.HEAD:
        exchange?.onHead(decodeHead(payload, argument));
        break;
      case FRAME.END:
        this.#onEnd(argument, payload);
        break;
      case FRAME.READ:
        exchange?.onRead(payload.readUInt32LE(0));
        break;
      case FRAME.ASK:
        exchange?.onAsk(argument, payload.toString('latin1'));
        break;
      case FRAME.NOTE:
        exchange?.onNote(decodeNote(payload));
        break;
      case FRAME.FAILED:
        this.#onFailed(JSON.parse(payload.toString('utf8')) as ExplainedFailure);
        break;
      case FRAME.LOADED:
        this.#preloaded(undefined);
        break;
      case FRAME.READY:
      case FRAME.IDLE:
        this.#idle();
        break;
      default:
        break;
    }
  }

  #idle(): void {
    this.state = 'idle';
    this.#events.idle(this);
  }

  #preloaded(failure: ExplainedFailure | undefined): void {
    const preload = this.#preload;
    this.#preload = undefined;
    preload?.resolve(failure);
    this.#idle();
  }

  #onFailed(explained: ExplainedFailure): void {
    if (this.#preload) {
      this.#preloaded(explained);
      return;
    }
    this.fail({ kind: 'not loaded', explained });
    this.#idle();
  }

  #onEnd(flags: number, payload: Buffer): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.state = 'releasing';
    exchange?.onEnd({
      result: payload.readUInt32LE(0),
      statusCode: payload.readUInt32LE(4),
      headFailed: payload.readUInt32LE(8) !== 0,
      orphaned: (flags & END_FLAGS.ORPHANED) !== 0,
      logData: payload.toString('latin1', 12),
    });
    if ((flags & END_FLAGS.ORPHANED) !== 0) this.#events.orphaned(this);
    if ((flags & END_FLAGS.RELEASING) === 0) this.#idle();
    else this.#watch(this.#releaseTimeout);
  }

  #signOfLife(): void {
    this.#waiting = false;
    this.#lastSign = performance.now();
  }

  /** Begins to watch for silence of this length in the state that the thread is in. */
  #watch(limit: number): void {
    this.#signOfLife();
    this.#limit = limit;
    const due = this.#lastSign + limit;
    /* One timer for all requests: it looks again when it fires early. */
    if (this.#timer && this.#timerDue <= due) return;
    this.#arm(limit);
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timerDue = performance.now() + milliseconds;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.state === 'idle' || this.state === 'ended') return;
      const silent = this.#waiting ? 0 : performance.now() - this.#lastSign;
      if (silent >= this.#limit) this.#events.timeout(this, this.#limit);
      else this.#arm(Math.max(1, this.#limit - silent));
    }, milliseconds).unref();
  }
}
