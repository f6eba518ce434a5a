import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../errors.js';
import type { Exchange } from './exchange.js';
import type { GroupContext } from './group-context.js';
import { runtimeFor } from './identity.js';
import { Preloads, type PreloadEvents } from './preloads.js';
import { asHostError, refuse, shuttingDown } from './refusal.js';
import { ProcessHistory } from './process-history.js';
import { processSnapshot } from './process-snapshot.js';
import { RecycleWatch } from './recycling.js';
import { RequestQueue } from './request-queue.js';
import type { Runtime, RuntimeName } from './runtimes/runtime.js';
import type { GroupSnapshot, RapidFailState } from './snapshots.js';
import { Succession, type Replacement } from './successor.js';
import { chooseThread, threadsWanted, type FreeThread } from './thread-choice.js';
import { SHORT_MS } from './usual-times.js';
import { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** How long a request waits for a busy thread before another one is started. Milliseconds. */
const GROW_AFTER_MS = 10;

/** How often it is looked whether a process has been started. Milliseconds. */
const START_LOOK_MS = 10;

/**
 * The worker processes of one application pool for one runtime: a current one that takes requests, and older ones
 * that finish what they have. Requests wait here until a thread is free.
 */
export class WorkerGroup {
  readonly runtime: RuntimeName;
  readonly #context: GroupContext;
  readonly #processes = new Set<WorkerProcess>();
  readonly #queue = new RequestQueue();
  readonly #preloads = new Preloads();
  #current: WorkerProcess | undefined;
  readonly #succession = new Succession(() => this.#startProcess());
  #growTimer: NodeJS.Timeout | undefined;
  #takeBackTimer: NodeJS.Timeout | undefined;
  readonly #recycling: RecycleWatch;
  readonly #history: ProcessHistory;
  #stopping = false;

  constructor(runtime: RuntimeName, context: GroupContext) {
    this.runtime = runtime;
    this.#context = context;
    this.#history = new ProcessHistory(context, runtime);
    this.#recycling = new RecycleWatch(
      context.settings,
      () => this.#current,
      (reason) => this.recycle(reason),
    );
  }

  /** the name of its pool */
  get pool(): string {
    return this.#context.settings.name;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Those that run, the one that takes requests included. */
  get processes(): readonly WorkerProcess[] {
    return [...this.#processes];
  }

  get current(): WorkerProcess | undefined {
    return this.#current;
  }

  /** Runs a request in a worker, now or when a thread is free. Refuses it when the queue is full. */
  submit(exchange: Exchange): void {
    if (this.#stopping) {
      refuse(exchange, shuttingDown());
      return;
    }
    if (this.#queue.length === 0) {
      const thread = this.#threadFor(exchange);
      if (thread) {
        this.#begin(thread, exchange);
        return;
      }
    }
    const { queueLimit, name } = this.#context.settings;
    if (this.#queue.length >= queueLimit + this.#threadsToCome()) {
      const limit = `queue.limit = ${String(queueLimit)}`;
      refuse(exchange, new HostError('POOL_BUSY', `the queue of pool ${name} is full (${limit})`));
      return;
    }
    try {
      this.#ensureProcess();
    } catch (error) {
      refuse(exchange, asHostError(error));
      return;
    }
    this.#queue.add(exchange);
    this.#dispatch();
    this.#growLater();
  }

  /** Threads that do not run yet: a request for each may wait whatever the limit of the queue. */
  #threadsToCome(): number {
    const worker = this.#current;
    const running = worker && !worker.draining ? worker.threads.length - worker.starting : 0;
    return this.#context.settings.threadsMax - running;
  }

  /**
   * Has the worker process load a cached extension now, and every later process when it starts; `events` hear what
   * came of it. Throws RUNTIME_MISSING.
   */
  preload(file: string, events: PreloadEvents): void {
    this.#preloads.add(file, events);
    const running = this.#current;
    if (running?.idleThread) this.#preloads.loadNext(running, running.idleThread);
    else this.#ensureProcess();
  }

  /** Lets the current process finish what it has and replaces it with the next request. */
  recycle(reason: string): void {
    const worker = this.#current;
    if (!worker) return;
    this.#history.recycled(worker.pid, reason);
    this.#retire(worker);
  }

  /** What `rapid_fail.count` has come to. */
  get rapidFail(): RapidFailState {
    return this.#history.rapidFail;
  }

  /** Ends a stop by `rapid_fail.count` before its time. Returns whether there was one. */
  endStop(): boolean {
    return this.#history.endStop();
  }

  /**
   * Starts a process where none takes requests, before a request needs one. Resolves to its id when it takes requests.
   * Throws as `replace` does.
   */
  async begin(): Promise<number> {
    if (this.#stopping) throw shuttingDown();
    const worker = this.#current ?? (await this.#succession.begin());
    return this.#pidOf(worker);
  }

  /**
   * Starts another process, which takes the place of the current one when it is ready; then that one finishes what it
   * has. Resolves when it has ended; to undefined when there was none. Throws WORKER_START, RUNTIME_MISSING and
   * POOL_STOPPED; the current process goes on then.
   */
  async replace(reason: string): Promise<Replacement | undefined> {
    if (this.#stopping) throw shuttingDown();
    const old = this.#current;
    if (!old) return undefined;
    const worker = await this.#succession.begin();
    if (!old.draining) this.#history.recycled(old.pid, reason);
    this.#retire(old);
    await old.ended;
    return { old: old.pid, new: await this.#pidOf(worker) };
  }

  /** One whose place was free, or whose predecessor has crashed, has taken over before it was started. */
  async #pidOf(worker: WorkerProcess): Promise<number> {
    while (worker.pid === 0 && !worker.over) await sleep(START_LOOK_MS);
    return worker.pid;
  }

  snapshot(): GroupSnapshot {
    const { runtime, queued } = this;
    const { queueLimit, threadsMax } = this.#context.settings;
    const processes = [...this.#processes].map(processSnapshot);
    return { runtime, queued, queueLimit, threadsMax, ...this.#history.snapshot(), processes };
  }

  /** Ends all processes in order; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#growTimer);
    clearTimeout(this.#takeBackTimer);
    this.#recycling.stop();
    this.#queue.refuseAll(shuttingDown());
    const gone = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const worker of this.#processes) worker.exit();
    if (this.#processes.size > 0) await gone;
  }

  #onEmpty: (() => void) | undefined;

  /** A thread that takes this request now. A library that a thread is just unloading is waited for. */
  #threadFor(exchange: Exchange): FreeThread | undefined {
    const worker = this.#current;
    if (!worker || worker.draining || this.#isLeaving(worker, exchange)) return undefined;
    const thread = chooseThread(worker.threads, exchange, worker.times.of(worker.slots.of(exchange.library)));
    if (!thread) return undefined;
    if (thread.state === 'busy') this.#takeBackLater();
    return { worker, thread };
  }

  /** Requests that wait behind one that turns out not to be short come back to the queue. */
  #takeBackLater(): void {
    this.#takeBackTimer ??= setTimeout(() => {
      this.#takeBackTimer = undefined;
      const threads = this.#current?.threads.filter((thread) => thread.ahead > 0) ?? [];
      if (threads.length === 0) return;
      for (const thread of threads) {
        if (thread.isHeldUp) this.#queue.putBack(...thread.takeBack());
      }
      this.#dispatch();
      if (this.#queue.length > 0) this.#growLater();
      this.#takeBackLater();
    }, SHORT_MS).unref();
  }

  #isLeaving(worker: WorkerProcess, exchange: Exchange): boolean {
    if (exchange.cached) return false;
    const slot = worker.slots.of(exchange.library);
    return worker.threads.some((thread) => thread.state === 'releasing' && thread.slot === slot);
  }

  #begin({ worker, thread }: FreeThread, exchange: Exchange): void {
    const { settings } = this.#context;
    const started = thread.start(exchange, {
      slot: worker.slots.of(exchange.library),
      library: worker.runtime.workerPath(exchange.library),
      window: settings.bufferOutput,
      asyncCalls: settings.calls === 'async',
      pid: worker.pid,
    });
    if (!started) return;
    worker.requests++;
    if (settings.recycleRequests > 0 && worker.requests >= settings.recycleRequests) {
      this.recycle(`it has served ${String(worker.requests)} requests (recycle.requests)`);
    } else if (worker.slots.full) this.recycle('it has met too many extensions');
  }

  /** Starts waiting requests while threads take them; those that must wait for their library let others pass. */
  #dispatch(): void {
    if (this.#queue.length === 0) return;
    this.#queue.startSome(
      (exchange) => this.#threadFor(exchange),
      (free, exchange) => this.#begin(free, exchange),
      () => this.#current?.idleThread !== undefined,
    );
  }

  #ensureProcess(): void {
    if (this.#current && !this.#current.draining) return;
    this.#current = this.#succession.takeOver() ?? this.#startProcess();
  }

  /** Throws RUNTIME_MISSING, and POOL_STOPPED after too many failures. */
  #startProcess(): WorkerProcess {
    const { settings, log } = this.#context;
    this.#history.check();
    const runtime: Runtime = runtimeFor(this.runtime, this.#context.identity);
    const worker = new WorkerProcess(
      runtime,
      settings,
      this.#context.runFolder,
      this.#context.identity,
      log,
      {
        idle: (process, thread) => this.#onIdle(process, thread),
        advanced: (process) => {
          if (process === this.#current) this.#dispatch();
        },
        returned: (exchange) => this.#onReturned(exchange),
        late: (file, call) => this.#context.onLateCall(file, call, settings.name),
        ended: (process, reason, expected) => this.#onEnded(process, reason, expected),
      },
    );
    this.#history.started();
    this.#processes.add(worker);
    void worker.start(runtime.name === 'native' ? undefined : () => this.#context.useWine());
    this.#recycling.begin();
    return worker;
  }

  #onIdle(worker: WorkerProcess, thread: WorkerThread): void {
    const isNext = this.#succession.has(worker);
    if (worker.draining || (worker !== this.#current && !isNext)) {
      if (!worker.busy) worker.exit();
      return;
    }
    if (this.#preloads.loadNext(worker, thread)) return;
    if (isNext) this.#current = this.#succession.takeOver();
    this.#dispatch();
  }

  #onEnded(worker: WorkerProcess, reason: string, expected: boolean): void {
    this.#processes.delete(worker);
    this.#succession.ended(worker, () => {
      const what = `the process that was to take its place has ended: ${reason}`;
      return this.#stopping ? shuttingDown() : new HostError('WORKER_START', what);
    });
    if (worker === this.#current) this.#current = undefined;
    if (!expected) this.#history.lost(reason);
    if (this.#processes.size === 0) this.#onEmpty?.();
    if (!this.#stopping && this.#queue.length > 0) this.#serveQueue();
  }

  /** A request that its worker has not begun runs as soon as it can. */
  #onReturned(exchange: Exchange): void {
    if (this.#stopping) {
      refuse(exchange, shuttingDown());
      return;
    }
    this.#queue.putBack(exchange);
    /* A current process that is just ending is followed by another one in #onEnded. */
    if (!this.#current) this.#serveQueue();
    this.#dispatch();
    this.#growLater();
  }

  /** Starts a process for the requests that wait, or refuses them. */
  #serveQueue(): void {
    try {
      this.#ensureProcess();
    } catch (error) {
      this.#queue.refuseAll(asHostError(error));
    }
  }

  #retire(worker: WorkerProcess): void {
    worker.draining = true;
    if (worker === this.#current) this.#current = undefined;
    if (!worker.busy) worker.exit();
  }

  /** More threads when requests still wait after a moment: most are over before a thread would have started. */
  #growLater(): void {
    this.#growTimer ??= setTimeout(() => {
      this.#growTimer = undefined;
      const worker = this.#current;
      if (!worker || worker.draining || this.#queue.length === 0) return;
      for (let i = threadsWanted(worker.threads, this.#queue.length); i > 0; i--) worker.grow();
      this.#growLater();
    }, GROW_AFTER_MS).unref();
  }
}
