import { BEGIN_FLAGS, encodeBegin } from '../channel/begin.js';
import { MIN_AREA_BYTES, type ServerArea } from '../channel/body-area.js';
import { decodeEnd } from '../channel/end.js';
import { END_FLAGS, FRAME, frame, FrameReader, type FrameType } from '../channel/frames.js';
import { decodeHead } from '../channel/head.js';
import { decodeNote, type Note } from '../channel/notes.js';
import { decodeTrace } from '../channel/trace-events.js';
import type { ServerPipe } from '../channel/pipes.js';
import type { ServerScoreboard } from '../channel/scoreboard.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { ExtensionVersion } from '../worker/library.js';
import { AnnouncedBody } from './announced-body.js';
import type { Exchange, ExchangeFailure } from './exchange.js';
import { RunningRequest, type RequestPort, type RunOptions } from './running-request.js';
import { SentRequests } from './sent-requests.js';
import { SilenceClock } from './silence-clock.js';
import type { ThreadEvents, ThreadState } from './thread-events.js';
import type { UsualTimes } from './usual-times.js';

/** What came of loading ahead; undefined when the worker process ended meanwhile. */
type Preloaded = ExtensionVersion | ExplainedFailure | undefined;

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
  readonly #times: UsualTimes;
  readonly #releaseTimeout: number;
  readonly #reader = new FrameReader((...frame) => this.#onFrame(...frame));
  #pipe: ServerPipe | undefined;
  #area: ServerArea | undefined;
  readonly #announced = new AnnouncedBody((chunk, release) => {
    this.exchange?.onBody(chunk, release);
  });
  readonly #requests: SentRequests;
  /** the last one, whose extension is being unloaded */
  #releasing: Exchange | undefined;
  #preload: ((loaded: Preloaded) => void) | undefined;
  #requestNumber = 0;
  /** when the running request became the running one */
  #since = 0;
  readonly #clock = new SilenceClock((milliseconds) => {
    if (this.state !== 'idle' && this.state !== 'ended') this.#events.timeout(this, milliseconds);
  });

  /**
   * @param times what the threads of its process know of their extensions
   * @param releaseTimeout milliseconds for TerminateExtension and unloading, and for loading ahead
   */
  constructor(
    index: number,
    scoreboard: ServerScoreboard,
    times: UsualTimes,
    releaseTimeout: number,
    events: ThreadEvents,
  ) {
    this.index = index;
    this.#scoreboard = scoreboard;
    this.#requests = new SentRequests(index, scoreboard);
    this.#times = times;
    this.#releaseTimeout = releaseTimeout;
    this.#events = events;
  }

  /** The request that is running. */
  get exchange(): Exchange | undefined {
    return this.#requests.running?.exchange;
  }

  /** Milliseconds since the running request began. */
  get busyFor(): number {
    return this.state === 'busy' ? performance.now() - this.#since : 0;
  }

  /** Requests that were sent ahead of time. */
  get ahead(): number {
    return this.#requests.ahead;
  }

  /** Whether a request of a cached extension may be sent ahead. */
  get takesAhead(): boolean {
    return this.exchange?.cached === true && !this.isHeldUp;
  }

  /** The running request takes longer than those behind it should wait. */
  get isHeldUp(): boolean {
    const { running } = this.#requests;
    return running !== undefined && this.busyFor >= this.#times.patience(running.slot);
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
    const request = new RunningRequest(exchange, number, run, this);
    const job = exchange.begin(request);
    if (!job) return false;
    this.#requestNumber = number;
    this.#requests.add(request);
    if (request === this.#requests.running) {
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

  /** Takes back the requests that wait behind the running one. */
  takeBack(): Exchange[] {
    return this.#requests.takeBack();
  }

  /** Loads a cached extension; resolves with what it says of itself, or with the reason when it cannot be loaded. */
  preload(slot: number, library: string): Promise<Preloaded> {
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
    this.#requests.shift()?.exchange.onFailure(failure);
  }

  /** Ends the requests of a worker that is no more: those that it had begun fail, the others are returned. */
  lose(reason: string, suspects: readonly Exchange[]): Exchange[] {
    this.#released(reason);
    return this.#requests.lose(reason, suspects);
  }

  /** The request that is inside an extension, as the worker notes it. */
  get inside(): Exchange | undefined {
    return this.#requests.inside?.exchange;
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
    if (request === this.#requests.running) this.#clock.answered();
  }

  waiting(request: object): void {
    if (request === this.#requests.running) this.#clock.waiting();
  }

  markLost(number: number): void {
    this.#scoreboard.markLost(this.index, number);
  }

  #onFrame(type: FrameType, argument: number, payload: Buffer): void {
    if (type === FRAME.BODY_AREA) {
      this.#announced.announce(payload, this.#area);
      return;
    }
    const { exchange } = this;
    if (type === FRAME.TRACE) {
      /* No sign of life: what is traced must not have more time than what is not. */
      (this.#releasing ?? exchange)?.onTrace?.(decodeTrace(payload));
      return;
    }
    this.#announced.take(this.#area);
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
        this.#preloaded(JSON.parse(payload.toString('utf8')) as ExtensionVersion);
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

  #released(lost?: string): void {
    const exchange = this.#releasing;
    this.#releasing = undefined;
    exchange?.onReleased?.(lost);
  }

  #idle(): void {
    this.state = 'idle';
    if (this.#releasing) this.#released();
    this.#events.idle(this);
  }

  #preloaded(loaded: Preloaded): void {
    const resolve = this.#preload;
    this.#preload = undefined;
    resolve?.(loaded);
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
    const releasing = (flags & END_FLAGS.RELEASING) !== 0;
    if (releasing) {
      this.state = 'releasing';
      this.#releasing = request?.exchange;
    }
    const end = decodeEnd(payload, flags);
    if (request) this.#times.note(request.slot, end.time / 1000);
    request?.exchange.onEnd(end);
    if (end.orphaned) this.#events.orphaned(this);
    if (releasing) this.#clock.watch(this.#releaseTimeout);
    else this.#next();
  }

  /** The running request is over: the next one runs, or none. */
  #next(): void {
    if (this.#requests.running === undefined) {
      this.#idle();
      return;
    }
    this.#begun();
    this.#events.advanced(this);
  }

  #onSkipped(number: number): void {
    const wasRunning = number === this.#requests.running?.number;
    const request = this.#requests.skip(number);
    if (request) this.#events.returned(request.exchange);
    if (wasRunning) this.#next();
  }

  #begun(): void {
    this.#since = performance.now();
    const request = this.#requests.running;
    if (!request) return;
    this.#clock.watch(request.exchange.timeout);
    if (request.waits) this.#clock.waiting();
  }
}
