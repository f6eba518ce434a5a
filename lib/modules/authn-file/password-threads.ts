import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PasswordJob } from './password-thread.js';

/** Bounds, times in milliseconds. */
export interface PasswordLimits {
  /** passwords that are checked at the same time */
  readonly threads: number;
  /** passwords that wait for a thread */
  readonly waiting: number;
  /** how long it may take to check one */
  readonly time: number;
  /** how long a thread stays when there is nothing to do */
  readonly idle: number;
}

const LIMITS: PasswordLimits = {
  threads: Math.min(4, availableParallelism()),
  waiting: 1000,
  time: 30_000,
  idle: 60_000,
};

interface Waiting {
  readonly job: PasswordJob;
  resolve(matches: boolean): void;
  reject(reason: Error): void;
}

interface Thread {
  readonly worker: Worker;
  current: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Threads that check passwords: to hash one is made to take long, and the server must not stand still meanwhile. They
 * are started when they are needed.
 */
export class PasswordThreads {
  readonly #limits: PasswordLimits;
  readonly #threads = new Set<Thread>();
  readonly #queue: Waiting[] = [];

  constructor(limits: Partial<PasswordLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Whether a password is the one of a hash. Rejects when there are too many to check, or it takes too long. */
  verify(job: PasswordJob): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { job, resolve, reject };
      const idle = [...this.#threads].find(({ current }) => current === undefined);
      if (idle) {
        this.#give(idle, waiting);
      } else if (this.#threads.size < this.#limits.threads) {
        this.#give(this.#start(), waiting);
      } else if (this.#queue.length < this.#limits.waiting) {
        this.#queue.push(waiting);
      } else {
        reject(new Error(`${this.#limits.waiting} other passwords wait to be checked`));
      }
    });
  }

  /** Ends the threads; what they were at is rejected. */
  async close(): Promise<void> {
    for (const waiting of this.#queue.splice(0)) waiting.reject(new Error('the server stops'));
    await Promise.all([...this.#threads].map((thread) => this.#end(thread, 'the server stops')));
  }

  #start(): Thread {
    const worker = new Worker(new URL('./password-thread.js', import.meta.url));
    const thread: Thread = { worker, current: undefined, timer: undefined };
    this.#threads.add(thread);
    worker.on('message', (matches: boolean) => {
      const done = thread.current;
      thread.current = undefined;
      clearTimeout(thread.timer);
      this.#next(thread);
      done?.resolve(matches);
    });
    worker.on('error', (error) => {
      void this.#end(thread, error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', () => {
      void this.#end(thread, 'the thread that checked it ended');
    });
    return thread;
  }

  #give(thread: Thread, waiting: Waiting): void {
    clearTimeout(thread.timer);
    thread.current = waiting;
    thread.worker.ref();
    const seconds = this.#limits.time / 1000;
    thread.timer = setTimeout(() => {
      void this.#end(thread, `it took longer than ${seconds} s; its hash asks for too much work`);
    }, this.#limits.time);
    thread.worker.postMessage(waiting.job);
  }

  #next(thread: Thread): void {
    const waiting = this.#queue.shift();
    if (waiting) {
      this.#give(thread, waiting);
      return;
    }
    // A thread that has nothing to do must not keep the process from ending.
    thread.worker.unref();
    thread.timer = setTimeout(() => void this.#end(thread, 'idle'), this.#limits.idle).unref();
  }

  async #end(thread: Thread, reason: string): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    clearTimeout(thread.timer);
    thread.current?.reject(new Error(reason));
    thread.current = undefined;
    await thread.worker.terminate();
    // There was only one thread less than there may be, and another has to do what waits.
    const waiting = this.#queue.shift();
    if (waiting) this.#give(this.#start(), waiting);
  }
}
