import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';
import type { Log } from '../messages.js';
import type { Exchange } from './exchange.js';
import { threadsWanted } from './growth.js';
import type { Identity } from './identity.js';
import { Preloads, type PreloadEvents } from './preloads.js';
import { RapidFailure } from './rapid-failure.js';
import { refuse, shuttingDown } from './refusal.js';
import { Replacements } from './replacements.js';
import { findRuntime, type Runtime, type RuntimeName } from './runtimes/runtime.js';
import type { GroupSnapshot } from './snapshots.js';
import { WorkerProcess } from './worker-process.js';
import { SHORT_MS, type WorkerThread } from './worker-thread.js';

/** How long a request waits for a busy thread before another one is started. Milliseconds. */
const GROW_AFTER_MS = 10;

/** How often the age and memory of a worker process are looked at. Milliseconds. */
const RECYCLE_CHECK_MS = 5000;

/** What a group needs of the server. */
export interface GroupContext {
  readonly settings: PoolSettings;
  readonly runFolder: string;
  readonly identity: Identity | undefined;
  readonly log: Log;
  /** to be called before a runtime under Wine is started */
  useWine(): Promise<void>;
}

interface FreeThread {
  readonly worker: WorkerProcess;
  readonly thread: WorkerThread;
}

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
  #growTimer: NodeJS.Timeout | undefined;
  #takeBackTimer: NodeJS.Timeout | undefined;
  #recycleTimer: NodeJS.Timeout | undefined;
  readonly #failures: RapidFailure;
  readonly #replacements = new Replacements();
  #stopping = false;

  constructor(runtime: RuntimeName, context: GroupContext) {
    this.runtime = runtime;
    this.#context = context;
    this.#failures = new RapidFailure(context.settings);
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Runs a request in a worker, now or when a thread is free. Refuses it when the queue is full. */
  submit(exchange: Exchange): void {
    if (this.#stopping) {
      refuse(exchange, shuttingDown());
      return;
    }
    if (this.#queue.length === 0) {
      const thread = this.#freeThread(exchange) ?? this.#threadAhead(exchange);
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
      refuse(exchange, error);
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
    this.#context.log.write(
      'workerRecycled',
      { reason },
      { pool: this.#context.settings.name, pid: worker.pid },
    );
    this.#replacements.note(reason, false);
    this.#retire(worker);
  }

  snapshot(): GroupSnapshot {
    const { queueLimit, threadsMax } = this.#context.settings;
    return {
      runtime: this.runtime,
      queued: this.queued,
      queueLimit,
      threadsMax,
      restarts: this.#replacements.count,
      lastReplacement: this.#replacements.last,
      rapidFail: this.#failures.state(),
      processes: [...this.#processes].map((worker) => worker.snapshot()),
    };
  }

  /** Ends all processes in order; resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#growTimer);
    clearTimeout(this.#takeBackTimer);
    clearInterval(this.#recycleTimer);
    for (const exchange of this.#queue.splice(0)) {
      refuse(exchange, shuttingDown());
    }
    const gone = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const worker of this.#processes) worker.exit();
    if (this.#processes.size > 0) await gone;
  }

  #onEmpty: (() => void) | undefined;

  /** A thread that may start this request. A library that a thread is just unloading is waited for. */
  #freeThread(exchange: Exchange): FreeThread | undefined {
    const worker = this.#current;
    if (!worker || worker.draining) return undefined;
    const thread = worker.idleThread;
    if (!thread || this.#isLeaving(worker, exchange)) return undefined;
    return { worker, thread };
  }

  /** A busy thread that a request of a cached extension may be sent to ahead of time: the one with the fewest. */
  #threadAhead(exchange: Exchange): FreeThread | undefined {
    const worker = this.#current;
    if (!exchange.cached || !worker || worker.draining) return undefined;
    let best: WorkerThread | undefined;
    for (const thread of worker.threads) {
      if (thread.takesAhead && (!best || thread.ahead < best.ahead)) best = thread;
    }
    if (!best) return undefined;
    this.#takeBackLater();
    return { worker, thread: best };
  }

  /** Requests that wait behind one that turns out not to be short come back to the queue. */
  #takeBackLater(): void {
    this.#takeBackTimer ??= setTimeout(() => {
      this.#takeBackTimer = undefined;
      const threads = this.#current?.threads.filter((thread) => thread.ahead > 0) ?? [];
      if (threads.length === 0) return;
      for (const thread of threads) {
        if (thread.busyFor >= SHORT_MS) this.#queue.unshift(...thread.takeBack());
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
      const free = this.#freeThread(exchange) ?? this.#threadAhead(exchange);
      if (free) {
        this.#queue.splice(i, 1);
        this.#begin(free, exchange);
      } else if (this.#current.idleThread) i++;
      else return;
    }
  }

  #ensureProcess(): void {
    if (this.#current && !this.#current.draining) return;
    const { settings, log } = this.#context;
    this.#failures.check();
    const runtime: Runtime = findRuntime(this.runtime);
    const worker = new WorkerProcess(
      runtime,
      settings,
      this.#context.runFolder,
      this.#context.identity,
      log,
      {
        idle: (process, thread) => {
          this.#onIdle(process, thread);
        },
        advanced: (process) => {
          if (process === this.#current) this.#dispatch();
        },
        returned: (exchange) => {
          this.#onReturned(exchange);
        },
        ended: (process, reason, expected) => {
          this.#onEnded(process, reason, expected);
        },
      },
    );
    this.#current = worker;
    this.#replacements.started();
    this.#processes.add(worker);
    void worker.start(runtime.name === 'native' ? undefined : () => this.#context.useWine());
    if (settings.recycleMemory > 0 || settings.recycleTime > 0) {
      this.#recycleTimer ??= setInterval(() => {
        this.#checkRecycling();
      }, RECYCLE_CHECK_MS).unref();
    }
  }

  #onIdle(worker: WorkerProcess, thread: WorkerThread): void {
    if (worker.draining || worker !== this.#current) {
      if (!worker.busy) worker.exit();
      return;
    }
    if (this.#preloads.loadNext(worker, thread)) return;
    this.#dispatch();
  }

  #onEnded(worker: WorkerProcess, reason: string, expected: boolean): void {
    this.#processes.delete(worker);
    if (worker === this.#current) this.#current = undefined;
    if (!expected) {
      this.#failures.note();
      this.#replacements.note(reason, true);
    }
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
      for (const exchange of this.#queue.splice(0)) refuse(exchange, error);
    }
  }

  #checkRecycling(): void {
    const { recycleMemory, recycleTime } = this.#context.settings;
    const worker = this.#current;
    if (!worker) return;
    const age = performance.now() - worker.startedAt;
    if (recycleTime > 0 && age >= recycleTime) {
      this.recycle(`it is ${String(Math.round(age / 1000))} s old (recycle.time)`);
    } else if (recycleMemory > 0 && worker.memory >= recycleMemory) {
      this.recycle(`it uses ${String(Math.round(worker.memory / 1048576))} MiB (recycle.memory)`);
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
