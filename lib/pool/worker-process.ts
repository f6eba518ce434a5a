import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FRAME, frame, FrameReader } from '../channel/frames.js';
import { makePipes, openServerPipe, type ServerPipe } from '../channel/pipes.js';
import { ServerScoreboard, type CrashRecord } from '../channel/scoreboard.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { messageOf } from '../errors.js';
import type { Log } from '../messages.js';
import type { WorkerStart } from '../worker/worker-start.js';
import { describeEnd } from './crash.js';
import type { Identity } from './identity.js';
import { LibrarySlots } from './library-slots.js';
import type { Runtime } from './runtimes/runtime.js';
import { WorkerThread } from './worker-thread.js';

/** What a worker process tells its pool. */
export interface ProcessEvents {
  /** a thread is ready for a request */
  idle(worker: WorkerProcess, thread: WorkerThread): void;
  /** the process ended; `reason` says how, `expected` that it was asked to */
  ended(worker: WorkerProcess, reason: string, expected: boolean): void;
}

/** Sessions that may be left pending in a process before it is replaced: each keeps memory. */
const MAX_ORPHANS = 64;

/** How long the pipes of a process that has ended may still deliver what it wrote. Milliseconds. */
const DRAIN_MS = 1000;

/** How often a process reports its memory when `recycle.memory` is set. Milliseconds. */
const MEMORY_INTERVAL_MS = 5000;

/** The longest line of an extension's own output that is logged whole. Characters. */
const MAX_OUTPUT_LINE = 4096;

const WORKER_MAIN = fileURLToPath(new URL('../worker/main.js', import.meta.url));

/** One worker process of an application pool: its threads, its pipes, its start and its end. */
export class WorkerProcess {
  readonly runtime: Runtime;
  readonly threads: WorkerThread[] = [];
  readonly slots = new LibrarySlots();
  /** no new requests: it ends when the running ones have */
  draining = false;
  /** requests that it has begun */
  requests = 0;
  readonly startedAt = performance.now();
  /** resident memory in bytes as last reported, 0 when unknown */
  memory = 0;
  readonly #settings: PoolSettings;
  readonly #log: Log;
  readonly #events: ProcessEvents;
  readonly #folder: string;
  readonly #scoreboard: ServerScoreboard;
  readonly #identity: Identity | undefined;
  #child: ChildProcess | undefined;
  #control: ServerPipe | undefined;
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
    this.#log = log;
    this.#events = events;
    this.#identity = identity;
    this.#folder = fs.mkdtempSync(path.join(runFolder, `${runtime.name}-`));
    this.#scoreboard = new ServerScoreboard(path.join(this.#folder, 'scoreboard'), settings.threadsMax);
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

  get over(): boolean {
    return this.#over;
  }

  /** Starts the process and its first threads. Never throws: a failure ends the process like any other. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.kill(`it could not be started: ${messageOf(error)}`);
      this.#finish();
    }
  }

  async #start(): Promise<void> {
    const names = Array.from({ length: this.#settings.threadsMax }, (_, index) => `t${String(index)}`);
    await makePipes(this.#folder, ['control', ...names]);
    const reader = new FrameReader((type, _argument, payload) => {
      if (type === FRAME.NOTE) this.memory = payload.readDoubleLE(0);
      if (type === FRAME.READY) this.#onReady();
    });
    this.#control = await openServerPipe(this.#folder, 'control', {
      data: (chunk) => {
        reader.push(chunk);
      },
      end: () => undefined,
    });
    this.#spawn(names);
    this.#timer = setTimeout(() => {
      this.kill(`it was not ready within ${String(this.#settings.startTimeout / 1000)} s`);
    }, this.#settings.startTimeout).unref();
  }

  #spawn(names: readonly string[]): void {
    const { runtime } = this;
    const start: WorkerStart = {
      control: this.#workerNames('control'),
      threads: names.map((name) => this.#workerNames(name)),
      scoreboard: runtime.workerPath(path.join(this.#folder, 'scoreboard')),
      memoryInterval: this.#settings.recycleMemory > 0 ? MEMORY_INTERVAL_MS : 0,
    };
    const startFile = path.join(this.#folder, 'start.json');
    fs.writeFileSync(startFile, JSON.stringify(start));
    this.#identity?.own(this.#folder);
    const child = spawn(
      runtime.command,
      [...runtime.args, runtime.workerPath(WORKER_MAIN), runtime.workerPath(startFile)],
      {
        env: {
          ...process.env,
          ...this.#settings.env,
          ...runtime.env,
          ISAPI_HOST_KOFFI: runtime.koffi,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
        /* A Ctrl-C in the terminal is for the server alone, which ends its workers in order. */
        detached: true,
        ...(this.#identity && { uid: this.#identity.uid, gid: this.#identity.gid }),
      },
    );
    this.#child = child;
    child.once('error', (error) => {
      this.#killedFor ??= `it could not be started: ${error.message}`;
      this.#finish();
    });
    child.once('exit', (status, signal) => {
      this.#exit = { status, signal };
      this.#onExit();
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#onOutput(line);
      });
    }
  }

  #workerNames(name: string): { toWorker: string; toServer: string } {
    if (process.platform === 'win32') {
      const pipe = `\\\\.\\pipe\\isapi-host-${path.basename(this.#folder)}-${name}`;
      return { toWorker: pipe, toServer: pipe };
    }
    const file = this.runtime.workerPath(path.join(this.#folder, name));
    return { toWorker: `${file}.in`, toServer: `${file}.out` };
  }

  #onReady(): void {
    this.#ready = true;
    clearTimeout(this.#timer);
    this.#log.write('workerStarted', { runtime: this.runtime.describe() }, this.#context);
    for (let i = 0; i < this.#settings.threadsMin; i++) this.grow();
  }

  get #context(): { pool: string; pid: number } {
    return { pool: this.#settings.name, pid: this.pid };
  }

  /** Starts one more thread, unless all are there. */
  grow(): void {
    if (!this.#ready || this.threads.length >= this.#settings.threadsMax || this.#over) return;
    const index = this.threads.length;
    const thread = new WorkerThread(index, this.#scoreboard, this.#settings.stopTimeout, {
      idle: (idle) => {
        this.#events.idle(this, idle);
      },
      timeout: (stuck, milliseconds) => {
        this.#onTimeout(stuck, milliseconds);
      },
      orphaned: () => {
        if (++this.#orphans >= MAX_ORPHANS) this.draining = true;
      },
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
      thread.attach(pipe);
      this.#control?.write(frame(FRAME.START, '', index));
    } catch (error) {
      this.kill(`a pipe to it could not be opened: ${messageOf(error)}`);
    }
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
    for (const thread of this.threads) thread.exit();
    this.#control?.write(frame(FRAME.EXIT));
    this.#timer = setTimeout(() => {
      this.kill(`it did not end within ${String(this.#settings.stopTimeout / 1000)} s`);
    }, this.#settings.stopTimeout).unref();
    if (!this.#ready) this.kill('it was asked to end while it started');
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
    const expected = this.#exiting && this.#killedFor === undefined;
    this.#logEnd(end, expected);
    for (const thread of this.threads) {
      thread.fail({ kind: 'lost', reason: this.#killedFor ?? end });
      thread.close();
    }
    this.#control?.close();
    this.#scoreboard.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
    this.#events.ended(this, this.#killedFor ?? end, expected);
  }

  #logEnd(end: string, expected: boolean): void {
    const age = ((performance.now() - this.startedAt) / 1000).toFixed(1);
    if (expected) {
      this.#log.write('workerEnded', { age }, this.#context);
      return;
    }
    if (this.#killedFor !== undefined) {
      this.#log.write('workerKilled', { reason: this.#killedFor, age }, this.#context);
      return;
    }
    const crashed = this.#suspects();
    if (crashed.length === 0) this.#log.write('workerDied', { end, age }, this.#context);
    for (const { library, requestId } of crashed) {
      this.#log.write(
        'extensionCrashed',
        { file: library, end, age },
        { ...this.#context, extension: library, request: requestId },
      );
    }
  }

  /** The requests whose extension may have ended the process: the one in the thread that crashed, when that is known. */
  #suspects(): { library: string; requestId: string }[] {
    const busy = this.threads.filter((thread) => thread.exchange);
    const inside = busy.filter((thread) => this.#scoreboard.inside(thread.index) !== 0);
    const guilty = busy.filter((thread) => thread.index === this.#record?.thread);
    const suspects = guilty.length > 0 ? guilty : inside.length > 0 ? inside : busy;
    return suspects.flatMap(({ exchange }) =>
      exchange ? [{ library: exchange.library, requestId: exchange.requestId }] : [],
    );
  }

  #onOutput(line: string): void {
    if (line.trim() === '') return;
    const running = new Set(this.threads.flatMap(({ exchange }) => (exchange ? [exchange.library] : [])));
    const names = [...running].map((file) => path.posix.basename(file)).join(', ');
    this.#log.write(
      'extensionOutput',
      { name: names === '' ? 'worker' : names, line: line.slice(0, MAX_OUTPUT_LINE) },
      this.#context,
    );
  }
}
