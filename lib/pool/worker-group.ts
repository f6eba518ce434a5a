import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../errors.js';
import type { Exchange } from './exchange.js';
import type { GroupContext } from './group-context.js';
import { runtimeFor } from './identity.js';
import { Preloads, type PreloadEvents } from './preloads.js';
import { asHostError, refuse, shuttingDown } from './refusal.js';
import { ProcessHistory } from './process-history.js';
import { processSnapshot } from './process-snapshot.js';
import { recycleReason } from './recycling.js';
import type { Runtime, RuntimeName } from './runtimes/runtime.js';
import type { GroupSnapshot } from './snapshots.js';
import { Successor, type Replacement } from './successor.js';
import { chooseThread, threadsWanted, type FreeThread } from './thread-choice.js';
import { SHORT_MS } from './usual-times.js';
import { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** How long a request waits for a busy thread before another one is started. Milliseconds. */
const GROW_AFTER_MS = 10;

/** How often it is looked whether a process has been started. Milliseconds. */
const START_LOOK_MS = 10;

/** How often the age and memory of a worker process are looked at. Milliseconds. */
const RECYCLE_CHECK_MS = 5000;

/**
 * The worker processes of one application pool for one runtime: a current one that takes requests, and older ones
 * that finish what they have. Requests wait here until a thread is free.
 */
export class WorkerGroup {
  readonly runtime: RuntimeName;
  readonly #context: GroupContext;
  readonly #processes = new Set<WorkerProcess>();
  readonly #queue: Exchange[] = [];
  readonly #preloads = new Preloads();
  #current: WorkerProcess | undefined;
  #successor: Successor | undefined;
  #growTimer: NodeJS.Timeout | undefined;
  #takeBackTimer: NodeJS.Timeout | undefined;
  #recycleTimer: NodeJS.Timeout | undefined;
  readonly #history: ProcessHistory;
  #stopping = false;

  constructor(runtime: RuntimeName, context: GroupContext) {
    this.runtime = runtime;
    this.#context = context;
    this.#history = new ProcessHistory(context.settings);
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
    this.#queue.push(exchange);
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
    this.#logRecycled(worker, reason);
    this.#retire(worker);
  }

  #logRecycled({ pid }: WorkerProcess, reason: string): void {
    this.#history.recycled(reason);
    this.#context.log.write('workerRecycled', { reason }, { pool: this.#context.settings.name, pid });
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
    this.#successor ??= new Successor(this.#startProcess());
    const { worker, ready } = this.#successor;
    await ready;
    if (!old.draining) this.#logRecycled(old, reason);
    this.#retire(old);
    await old.ended;
    // When the old one has crashed meanwhile, the new one has taken over before it was started.
    while (worker.pid === 0 && !worker.over) await sleep(START_LOOK_MS);
    return { old: old.pid, new: worker.pid };
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
    clearInterval(this.#recycleTimer);
    for (const exchange of this.#queue.splice(0)) refuse(exchange, shuttingDown());
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
        if (thread.isHeldUp) this.#queue.unshift(...thread.takeBack());
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
    for (let i = 0; i < this.#queue.length;) {
      const exchange = this.#queue[i];
      if (!exchange || !this.#current) return;
      const free = this.#threadFor(exchange);
      if (free) {
        this.#queue.splice(i, 1);
        this.#begin(free, exchange);
      } else if (this.#current.idleThread) i++;
      else return;
    }
  }

  #ensureProcess(): void {
    if (this.#current && !this.#current.draining) return;
    if (this.#successor) this.#takeOver(this.#successor);
    else this.#current = this.#startProcess();
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
    if (settings.recycleMemory > 0 || settings.recycleTime > 0) {
      this.#recycleTimer ??= setInterval(() => this.#checkRecycling(), RECYCLE_CHECK_MS).unref();
    }
    return worker;
  }

  #takeOver(successor: Successor): void {
    this.#successor = undefined;
    this.#current = successor.worker;
    successor.takesOver();
  }

  #onIdle(worker: WorkerProcess, thread: WorkerThread): void {
    const successor = worker === this.#successor?.worker ? this.#successor : undefined;
    if (worker.draining || (worker !== this.#current && !successor)) {
      if (!worker.busy) worker.exit();
      return;
    }
    if (this.#preloads.loadNext(worker, thread)) return;
    if (successor) this.#takeOver(successor);
    this.#dispatch();
  }

  #onEnded(worker: WorkerProcess, reason: string, expected: boolean): void {
    this.#processes.delete(worker);
    if (worker === this.#successor?.worker) {
      const error = new HostError(
        'WORKER_START',
        `the process that was to take its place has ended: ${reason}`,
      );
      this.#successor.failed(this.#stopping ? shuttingDown() : error);
      this.#successor = undefined;
    }
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
    this.#queue.unshift(exchange);
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
      for (const exchange of this.#queue.splice(0)) refuse(exchange, asHostError(error));
    }
  }

  #checkRecycling(): void {
    const reason = this.#current && recycleReason(this.#current, this.#context.settings);
    if (reason !== undefined) this.recycle(reason);
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
