import { BEGIN_FLAGS, encodeBegin } from '../channel/begin.js';
import { END_FLAGS, FRAME, frame, FrameReader, type FrameType } from '../channel/frames.js';
import { decodeHead } from '../channel/head.js';
import { decodeNote } from '../channel/notes.js';
import type { ServerPipe } from '../channel/pipes.js';
import { isLater, type ServerScoreboard } from '../channel/scoreboard.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { Exchange, ExchangeFailure } from './exchange.js';
import { RunningRequest, type RequestPort } from './running-request.js';

/** `releasing`: the response has ended, the extension is being unloaded. */
export type ThreadState = 'starting' | 'idle' | 'busy' | 'releasing' | 'ended';

/** What a thread tells its process. */
export interface ThreadEvents {
  /** ready for a request */
  idle(thread: WorkerThread): void;
  /** a request has ended and another one that was sent ahead has begun */
  advanced(thread: WorkerThread): void;
  /** a request that was sent ahead was not begun: it has to be run elsewhere */
  returned(exchange: Exchange): void;
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

/** How many requests are sent to a busy thread ahead of time, so that it need not sleep between two. */
const AHEAD = 3;

/** A request that takes longer than this is not short: none is sent ahead behind it. Milliseconds. */
export const SHORT_MS = 5;

/**
 * The server's side of one worker thread: sends it requests and hands what it says to the request's exchange. The
 * first of its requests is the one that runs; others of cached extensions may wait in the pipe behind it.
 */
export class WorkerThread implements RequestPort {
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
  #requests: RunningRequest[] = [];
  #preload: ((failure: ExplainedFailure | undefined) => void) | undefined;
  #requestNumber = 0;
  /** when the running request became the running one */
  #since = 0;
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
    return this.#requests[0]?.exchange;
  }

  /** Milliseconds since the running request began. */
  get busyFor(): number {
    return this.state === 'busy' ? performance.now() - this.#since : 0;
  }

  /** Requests that were sent ahead of time. */
  get ahead(): number {
    return Math.max(0, this.#requests.length - 1);
  }

  /** Whether a request of a cached extension may be sent ahead. */
  get takesAhead(): boolean {
    const running = this.#requests[0];
    return running?.exchange.cached === true && this.#requests.length <= AHEAD && this.busyFor < SHORT_MS;
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
    this.#preload?.(undefined);
    this.#events.ended(this);
  }

  /** Sends a request, to be run now or after those before it. Returns false when its client has gone meanwhile. */
  start(exchange: Exchange, run: RunOptions): boolean {
    const number = (this.#requestNumber + 1) >>> 0 || 1;
    const request = new RunningRequest(exchange, number, run.pid, this, run.window);
    const job = exchange.begin(request);
    if (!job) return false;
    this.#requestNumber = number;
    if (this.#requests.push(request) === 1) {
      this.state = 'busy';
      this.slot = run.slot;
      this.#begun();
    }
    const flags = job.flags | (run.asyncCalls ? BEGIN_FLAGS.ASYNC_CALL : 0);
    const { slot, library, window } = run;
    this.send(encodeBegin({ ...job, flags, number, librarySlot: slot, library, window }));
    return true;
  }

  /**
   * Takes back the requests that wait behind the running one. Both sides agree by the scoreboard: the worker notes what
   * it begins before it looks whether that was taken back. Those that it may have begun stay, and are returned by it if
   * it has not. Before it meets the running one it may still meet others of before, and must find them taken back.
   */
  takeBack(): Exchange[] {
    const [running, ...waiting] = this.#requests;
    const last = waiting.at(-1);
    if (!running || !last || this.#scoreboard.begun(this.index) !== running.number) return [];
    const begun = this.#scoreboard.recall(this.index, running.number, last.number);
    if (begun !== running.number) return [];
    this.#requests.length = 1;
    return waiting.map((request) => {
      request.end();
      return request.exchange;
    });
  }

  /** Loads a cached extension; resolves with the reason when it cannot be loaded. */
  preload(slot: number, library: string): Promise<ExplainedFailure | undefined> {
    this.state = 'busy';
    this.slot = slot;
    this.#watch(this.#releaseTimeout);
    return new Promise((resolve) => {
      this.#preload = resolve;
      this.send(frame(FRAME.PRELOAD, Buffer.from(library, 'latin1'), slot));
    });
  }

  /** Ends the thread in order once it is idle: it lets its extensions go first. */
  exit(): void {
    this.send(frame(FRAME.EXIT));
  }

  /** Ends the running request's exchange without its own end. */
  fail(failure: ExchangeFailure): void {
    const request = this.#requests.shift();
    request?.end();
    request?.exchange.onFailure(failure);
  }

  /**
   * Ends the requests of a worker that is no more: those that it had begun fail, the others are returned. Several may
   * have been begun, because the end of a response may be lost with the worker.
   */
  lose(failure: ExchangeFailure): Exchange[] {
    const begun = this.#scoreboard.begun(this.index);
    return this.#requests.splice(0).flatMap((request) => {
      request.end();
      if (isLater(request.number, begun)) return request.exchange;
      request.exchange.onFailure(failure);
      return [];
    });
  }

  /** The request that is inside an extension, as the worker notes it. */
  get inside(): Exchange | undefined {
    return this.#requests.find(({ number }) => number === this.#scoreboard.inside(this.index))?.exchange;
  }

  close(): void {
    this.#pipe?.close();
  }

  send(data: Buffer): void {
    this.#pipe?.write(data);
  }

  answered(): void {
    this.#signOfLife();
  }

  waiting(): void {
    this.#waiting = true;
  }

  markLost(number: number): void {
    this.#scoreboard.markLost(this.index, number);
  }

  #onFrame(type: FrameType, argument: number, payload: Buffer): void {
    const exchange = this.#requests[0]?.exchange;
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
      case FRAME.SKIPPED:
        this.#onSkipped(payload.readUInt32LE(0));
        break;
      case FRAME.READY:
      case FRAME.IDLE:
        this.#idle();
        break;
      default:
        break;
    }
    /* What the exchange has asked of the client in the meantime keeps the clock stopped. */
    if (!this.#waiting) this.#lastSign = performance.now();
  }

  #idle(): void {
    this.state = 'idle';
    this.#events.idle(this);
  }

  #preloaded(failure: ExplainedFailure | undefined): void {
    const resolve = this.#preload;
    this.#preload = undefined;
    resolve?.(failure);
    this.#idle();
  }

  #onFailed(explained: ExplainedFailure): void {
    if (this.#preload) {
      this.#preloaded(explained);
      return;
    }
    this.fail({ kind: 'not loaded', explained });
    this.#next();
  }

  #onEnd(flags: number, payload: Buffer): void {
    const request = this.#requests.shift();
    request?.end();
    const releasing = (flags & END_FLAGS.RELEASING) !== 0;
    if (releasing) this.state = 'releasing';
    request?.exchange.onEnd({
      result: payload.readUInt32LE(0),
      statusCode: payload.readUInt32LE(4),
      headFailed: payload.readUInt32LE(8) !== 0,
      orphaned: (flags & END_FLAGS.ORPHANED) !== 0,
      logData: payload.length > 12 ? payload.toString('latin1', 12) : '',
    });
    if ((flags & END_FLAGS.ORPHANED) !== 0) this.#events.orphaned(this);
    if (releasing) this.#watch(this.#releaseTimeout);
    else this.#next();
  }

  /** The running request is over: the next one runs, or none. */
  #next(): void {
    if (this.#requests.length === 0) {
      this.#idle();
      return;
    }
    this.#begun();
    this.#events.advanced(this);
  }

  #onSkipped(number: number): void {
    const index = this.#requests.findIndex((request) => request.number === number);
    if (index < 0) return;
    const [request] = this.#requests.splice(index, 1);
    request?.end();
    if (request) this.#events.returned(request.exchange);
    if (index === 0) this.#next();
  }

  #begun(): void {
    this.#since = performance.now();
    const exchange = this.#requests[0]?.exchange;
    if (exchange) this.#watch(exchange.timeout);
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
