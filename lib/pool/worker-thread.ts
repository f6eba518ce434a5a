import { BEGIN_FLAGS, encodeBegin } from '../channel/begin.js';
import { MIN_AREA_BYTES, type ServerArea } from '../channel/body-area.js';
import { END_FLAGS, FRAME, frame, FrameReader, type FrameType } from '../channel/frames.js';
import { decodeHead } from '../channel/head.js';
import { decodeNote, type LateCall, type Note } from '../channel/notes.js';
import type { ServerPipe } from '../channel/pipes.js';
import { isLater, type ServerScoreboard } from '../channel/scoreboard.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import { AnnouncedBody } from './announced-body.js';
import type { Exchange, ExchangeFailure } from './exchange.js';
import { RunningRequest, type RequestPort, type RunOptions } from './running-request.js';
import { SilenceClock } from './silence-clock.js';

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
  /** the extension has used a session that is over */
  late(call: LateCall): void;
  /** the worker's side of the pipe is closed; nothing more will come */
  ended(thread: WorkerThread): void;
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
  readonly #reader = new FrameReader((...frame) => this.#onFrame(...frame));
  #pipe: ServerPipe | undefined;
  #area: ServerArea | undefined;
  readonly #announced = new AnnouncedBody((chunk, release) => {
    this.#requests[0]?.exchange.onBody(chunk, release);
  });
  #requests: RunningRequest[] = [];
  #preload: ((failure: ExplainedFailure | undefined) => void) | undefined;
  #requestNumber = 0;
  /** when the running request became the running one */
  #since = 0;
  readonly #clock = new SilenceClock((milliseconds) => {
    if (this.state !== 'idle' && this.state !== 'ended') this.#events.timeout(this, milliseconds);
  });

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
    return this.exchange?.cached === true && this.#requests.length <= AHEAD && this.busyFor < SHORT_MS;
  }

  attach(pipe: ServerPipe, area: ServerArea | undefined): void {
    this.#pipe = pipe;
    this.#area = area;
  }

  /** Bytes from the worker. */
  receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    this.#announced.take(this.#area);
  }

  /** The worker's side was closed. */
  closed(): void {
    this.state = 'ended';
    this.#clock.stop();
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
    this.send(
      encodeBegin(
        {
          number,
          flags: job.flags | (run.asyncCalls ? BEGIN_FLAGS.ASYNC_CALL : 0),
          librarySlot: run.slot,
          library: run.library,
          totalBytes: job.totalBytes,
          window: run.window,
          facts: job.facts,
          available: job.available,
          rest: job.rest,
        },
        this.place(request, job.available),
      ),
    );
    return true;
  }

  /**
   * Takes back the requests that wait behind the running one. Both sides agree by the scoreboard: the worker notes what
   * it begins before it looks whether that was taken back. Those that it may have begun stay, and are returned by it if
   * it has not. Before it meets the running one it may still meet others of before, and must find them taken back.
   */
  takeBack(): Exchange[] {
    const running = this.#requests[0];
    const waiting = this.#requests.slice(1);
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
    this.#clock.watch(this.#releaseTimeout);
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
  lose(reason: string, suspects: readonly Exchange[]): Exchange[] {
    const begun = this.#scoreboard.begun(this.index);
    return this.#requests.splice(0).flatMap((request) => {
      request.end();
      if (isLater(request.number, begun)) return request.exchange;
      request.exchange.onFailure({ kind: 'lost', reason, suspected: suspects.includes(request.exchange) });
      return [];
    });
  }

  /** The request that is inside an extension, as the worker notes it. */
  get inside(): Exchange | undefined {
    return this.#requests.find(({ number }) => number === this.#scoreboard.inside(this.index))?.exchange;
  }

  close(): void {
    this.#pipe?.close();
    this.#area?.close();
    this.#area = undefined;
  }

  place(request: object, bytes: Uint8Array): number | undefined {
    return bytes.length < MIN_AREA_BYTES ? undefined : this.#area?.place(request, bytes);
  }

  released(request: object): void {
    this.#area?.release(request);
  }

  send(data: Buffer): void {
    this.#pipe?.write(data);
  }

  answered(request: object): void {
    if (request === this.#requests[0]) this.#clock.answered();
  }

  waiting(request: object): void {
    if (request === this.#requests[0]) this.#clock.waiting();
  }

  markLost(number: number): void {
    this.#scoreboard.markLost(this.index, number);
  }

  #onFrame(type: FrameType, argument: number, payload: Buffer): void {
    if (type === FRAME.BODY_AREA) {
      this.#announced.announce(payload, this.#area);
      return;
    }
    this.#announced.take(this.#area);
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
        this.#onNote(decodeNote(payload));
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
    this.#clock.heard();
  }

  #onNote(note: Note): void {
    if (note.kind === 'late') this.#events.late(note);
    else this.exchange?.onNote(note);
  }

  #idle(): void {
    this.state = 'idle';
    this.#events.idle(this);
  }

  #preloaded(failure: ExplainedFailure | undefined): void {
    this.#preload?.(failure);
    this.#preload = undefined;
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
    if (releasing) this.#clock.watch(this.#releaseTimeout);
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
    const request = this.#requests[0];
    if (!request) return;
    this.#clock.watch(request.exchange.timeout);
    if (request.waits) this.#clock.waiting();
  }
}
