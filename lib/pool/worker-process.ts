import fs from 'node:fs';
import path from 'node:path';
import type { AreaPlace } from '../channel/body-area.js';
import { FRAME, frame, FrameReader } from '../channel/frames.js';
import { makePipes, openServerPipe, type ServerPipe } from '../channel/pipes.js';
import type { LateCall } from '../channel/notes.js';
import { CRASH_KIND, ServerScoreboard, type CrashRecord } from '../channel/scoreboard.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { messageOf } from '../errors.js';
import type { Log } from '../messages.js';
import { makeArea } from './body-area-file.js';
import { describeEnd } from './crash.js';
import type { Exchange } from './exchange.js';
import type { Identity } from './identity.js';
import { LibrarySlots } from './library-slots.js';
import type { Runtime } from './runtimes/runtime.js';
import { UsualTimes } from './usual-times.js';
import { WorkerReports } from './worker-reports.js';
import { spawnWorker, type WorkerChild } from './worker-spawn.js';
import { WorkerThread } from './worker-thread.js';

/** What a worker process tells its pool. */
export interface ProcessEvents {
  /** a thread is ready for a request */
  idle(worker: WorkerProcess, thread: WorkerThread): void;
  /** a thread has room for another request ahead of time */
  advanced(worker: WorkerProcess): void;
  /** a request was not begun and has to be run elsewhere */
  returned(exchange: Exchange): void;
  /** an extension has used a session that is over; `file` is undefined when what was sent makes no sense */
  late(file: string | undefined, call: Omit<LateCall, 'slot'>): void;
  /** the process ended; `reason` says how, `expected` that it was asked to */
  ended(worker: WorkerProcess, reason: string, expected: boolean): void;
}

/** Sessions that may be left pending in a process before it is replaced: each keeps memory. */
const MAX_ORPHANS = 64;

/** How long the pipes of a process that has ended may still deliver what it wrote. Milliseconds. */
const DRAIN_MS = 200;

/** The name of the main thread's pipe. */
const CONTROL = 'control';

/** One worker process of an application pool: its threads, its pipes, its start and its end. */
export class WorkerProcess {
  readonly runtime: Runtime;
  readonly threads: WorkerThread[] = [];
  readonly slots = new LibrarySlots();
  /** how long requests of its libraries take */
  readonly times = new UsualTimes();
  /** no new requests: it ends when the running ones have */
  draining = false;
  /** requests that it has begun */
  requests = 0;
  readonly startedAt = performance.now();
  /** resident memory in bytes as last reported, 0 when unknown */
  memory = 0;
  #onOver: () => void = () => undefined;
  /** resolves when it has ended */
  readonly ended = new Promise<void>((resolve) => {
    this.#onOver = resolve;
  });
  readonly #settings: PoolSettings;
  readonly #reports: WorkerReports;
  readonly #events: ProcessEvents;
  readonly #folder: string;
  readonly #scoreboardFile: string;
  readonly #scoreboard: ServerScoreboard;
  readonly #identity: Identity | undefined;
  #child: WorkerChild | undefined;
  #control: ServerPipe | undefined;
  /** files of body areas by thread, as long as they have a name */
  readonly #areaFiles = new Map<number, string>();
  #ready = false;
  #exiting = false;
  #orphans = 0;
  /** why the pool ended it, when it did not end by itself */
  #killedFor: string | undefined;
  #exit: { status: number | null; signal: NodeJS.Signals | null } | undefined;
  #record: CrashRecord | undefined;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param runFolder an existing folder for this server's pipes */
  constructor(
    runtime: Runtime,
    settings: PoolSettings,
    runFolder: string,
    identity: Identity | undefined,
    log: Log,
    events: ProcessEvents,
  ) {
    this.runtime = runtime;
    this.#settings = settings;
    this.#reports = new WorkerReports(log, settings.name, () => this.pid);
    this.#events = events;
    this.#identity = identity;
    this.#folder = fs.mkdtempSync(path.join(runFolder, `${runtime.name}-`));
    this.#scoreboardFile = path.join(this.#folder, 'scoreboard');
    this.#scoreboard = new ServerScoreboard(this.#scoreboardFile, settings.threadsMax);
  }

  /** Process id, or 0 before the start. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get idleThread(): WorkerThread | undefined {
    return this.threads.find((thread) => thread.state === 'idle');
  }

  get starting(): number {
    return this.threads.filter((thread) => thread.state === 'starting').length;
  }

  get busy(): boolean {
    return this.threads.some((thread) => thread.state === 'busy' || thread.state === 'releasing');
  }

  /** Its threads have been started. */
  get isReady(): boolean {
    return this.#ready;
  }

  get over(): boolean {
    return this.#over;
  }

  /**
   * Starts the process and its first threads. Never throws: a failure ends the process like any other.
   * @param prepare what has to be done before
   */
  async start(prepare?: () => Promise<void>): Promise<void> {
    try {
      await prepare?.();
      await this.#start();
    } catch (error) {
      this.kill(`it could not be started: ${messageOf(error)}`);
      this.#finish();
    }
  }

  async #start(): Promise<void> {
    if (this.#endsEarly()) return;
    const names = Array.from({ length: this.#settings.threadsMax }, (_, index) => `t${String(index)}`);
    await makePipes(this.#folder, [CONTROL, ...names]);
    const reader = new FrameReader((type, _argument, payload) => {
      if (type === FRAME.NOTE) this.memory = payload.readDoubleLE(0);
      if (type === FRAME.READY) this.#onReady();
    });
    this.#control = await openServerPipe(this.#folder, CONTROL, {
      data: (chunk) => {
        reader.push(chunk);
      },
      end: () => undefined,
    });
    await this.#identity?.give(this.#folder);
    if (this.#endsEarly()) return;
    this.#spawn(names);
    this.#timer = setTimeout(() => {
      this.kill(`it was not ready within ${String(this.#settings.startTimeout / 1000)} s`);
    }, this.#settings.startTimeout).unref();
  }

  /** Whether it was asked to end before it was started; then it is over. */
  #endsEarly(): boolean {
    if (this.#exiting) this.#finish();
    return this.#exiting;
  }

  #spawn(threads: readonly string[]): void {
    const place = { folder: this.#folder, scoreboard: this.#scoreboardFile, control: CONTROL, threads };
    const child = spawnWorker(this.runtime, this.#settings, place, this.#identity);
    this.#child = child;
    child.once('error', (error) => {
      this.#killedFor ??= `it could not be started: ${error.message}`;
      this.#finish();
    });
    child.once('exit', (status, signal) => {
      this.#exit = { status, signal };
      this.#onExit();
    });
    for (const stream of [child.stdout, child.stderr]) this.#reports.follow(stream, () => this.#running());
  }

  #running(): Exchange[] {
    return this.threads.flatMap(({ exchange }) => exchange ?? []);
  }

  #onReady(): void {
    this.#ready = true;
    clearTimeout(this.#timer);
    this.#reports.started(this.runtime.describe());
    for (let i = 0; i < this.#settings.threadsMin; i++) this.grow();
  }

  /** Starts one more thread, unless all are there. */
  grow(): void {
    if (!this.#ready || this.threads.length >= this.#settings.threadsMax || this.#over) return;
    const index = this.threads.length;
    const thread = new WorkerThread(index, this.#scoreboard, this.times, this.#settings.stopTimeout, {
      idle: (idle) => {
        this.#forgetAreaFile(index);
        this.#events.idle(this, idle);
      },
      advanced: () => {
        this.#events.advanced(this);
      },
      returned: (exchange) => {
        this.#events.returned(exchange);
      },
      timeout: (stuck, milliseconds) => {
        this.#onTimeout(stuck, milliseconds);
      },
      orphaned: () => {
        if (++this.#orphans >= MAX_ORPHANS) this.draining = true;
      },
      late: ({ slot, ...call }) => this.#events.late(this.slots.fileOf(slot), call),
      ended: () => {
        if (this.#exit && this.threads.every((each) => each.state === 'ended')) this.#finish();
      },
    });
    this.threads.push(thread);
    void this.#attach(thread, index);
  }

  async #attach(thread: WorkerThread, index: number): Promise<void> {
    try {
      const pipe = await openServerPipe(this.#folder, `t${String(index)}`, {
        data: (chunk) => {
          this.#receive(thread, chunk);
        },
        end: () => {
          thread.closed();
        },
      });
      const { area, file } = makeArea(this.#folder, index, this.#settings.bufferOutput, this.#identity);
      await this.#identity?.give(file);
      thread.attach(pipe, area);
      const place: AreaPlace = { file: this.runtime.workerPath(file), bytes: area.bytes };
      this.#control?.write(frame(FRAME.START, JSON.stringify(place), index));
      this.#areaFiles.set(index, file);
    } catch (error) {
      this.kill(`a pipe to it could not be opened: ${messageOf(error)}`);
    }
  }

  /** The thread has mapped its area: the file needs no name any more, and so goes with the processes whatever happens. */
  #forgetAreaFile(index: number): void {
    const file = this.#areaFiles.get(index);
    if (file === undefined || process.platform === 'win32') return;
    fs.rmSync(file, { force: true });
    this.#areaFiles.delete(index);
  }

  /** A worker may send anything once an extension has overwritten its memory: that ends the worker, not the server. */
  #receive(thread: WorkerThread, chunk: Buffer): void {
    try {
      thread.receive(chunk);
    } catch (error) {
      this.kill(`it sent something that makes no sense: ${messageOf(error)}`);
    }
  }

  #onTimeout(thread: WorkerThread, milliseconds: number): void {
    const exchange = thread.exchange;
    const seconds = milliseconds / 1000;
    if (exchange) thread.fail({ kind: 'timeout', milliseconds });
    this.kill(
      exchange
        ? `${exchange.library} did not answer for ${String(seconds)} s`
        : `an extension was not loaded or let go within ${String(seconds)} s`,
    );
  }

  /** Ends the process in order: threads let their extensions go, then it exits; after `stop.timeout` it is killed. */
  exit(): void {
    if (this.#exiting || this.#over) return;
    this.#exiting = true;
    this.draining = true;
    if (!this.#ready) {
      /* It has no extensions yet that could mind. */
      this.#child?.kill('SIGKILL');
      return;
    }
    for (const thread of this.threads) thread.exit();
    this.#control?.write(frame(FRAME.EXIT));
    this.#timer = setTimeout(() => {
      this.kill(`it did not end within ${String(this.#settings.stopTimeout / 1000)} s`);
    }, this.#settings.stopTimeout).unref();
  }

  /** Ends the process at once. */
  kill(reason: string): void {
    this.#killedFor ??= reason;
    this.draining = true;
    this.#child?.kill('SIGKILL');
  }

  #onExit(): void {
    clearTimeout(this.#timer);
    this.draining = true;
    this.#record = this.#scoreboard.crash();
    if (this.threads.every((thread) => thread.state === 'ended')) this.#finish();
    else
      this.#timer = setTimeout(() => {
        this.#finish();
      }, DRAIN_MS);
  }

  /** All that the process had to say has been heard: the requests that have no end by now have lost their worker. */
  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    const { status, signal } = this.#exit ?? { status: null, signal: null };
    const end = describeEnd(this.runtime.name, status, signal, this.#record);
    const killedFor = this.#killedFor;
    const noCrash = this.#record === undefined || this.#record.kind === CRASH_KIND.EXIT;
    const inOrder = !this.#ready || (status === 0 && noCrash);
    const expected = this.#exiting && killedFor === undefined && inOrder;
    const suspects = this.#suspects();
    if (this.#child || !expected) this.#reports.ended({ end, expected, killedFor, suspects });
    for (const thread of this.threads) {
      const unbegun = thread.lose(killedFor ?? end, killedFor === undefined ? suspects : []);
      for (const exchange of unbegun.reverse()) this.#events.returned(exchange);
      thread.close();
    }
    this.#control?.close();
    this.#scoreboard.close();
    for (const file of this.#areaFiles.values()) fs.rmSync(file, { force: true });
    fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#events.ended(this, this.#killedFor ?? end, expected);
    this.#onOver();
  }

  /** The requests whose extension may have ended the process: the one in the thread that crashed, when that is known. */
  #suspects(): Exchange[] {
    const busy = this.threads.filter((thread) => thread.exchange);
    const inside = busy.filter((thread) => this.#scoreboard.inside(thread.index) !== 0);
    const guilty = busy.filter((thread) => thread.index === this.#record?.thread);
    const suspects = guilty.length > 0 ? guilty : inside.length > 0 ? inside : busy;
    return suspects.flatMap((thread) => thread.inside ?? thread.exchange ?? []);
  }
}
