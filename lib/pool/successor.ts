import type { HostError } from '../errors.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker process that was started to take the place of the current one, which serves until this one is ready. */
class Successor {
  readonly worker: WorkerProcess;
  /** resolves when it has taken the place; rejects when it has ended before */
  readonly ready: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (error: HostError) => void = () => undefined;

  constructor(worker: WorkerProcess) {
    this.worker = worker;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  takesOver(): void {
    this.#resolve();
  }

  failed(error: HostError): void {
    this.#reject(error);
  }
}

/** Who comes after the current worker process of a group: nobody, or a successor that is starting. */
export class Succession {
  readonly #start: () => WorkerProcess;
  #next: Successor | undefined;

  /** @param start starts a process; throws when none may be started */
  constructor(start: () => WorkerProcess) {
    this.#start = start;
  }

  /** Whether this process is to take over. */
  has(worker: WorkerProcess): boolean {
    return worker === this.#next?.worker;
  }

  /** Starts a successor unless one is there already. Resolves to it when it has taken over; throws when it cannot. */
  async begin(): Promise<WorkerProcess> {
    this.#next ??= new Successor(this.#start());
    const { worker, ready } = this.#next;
    await ready;
    return worker;
  }

  /** The successor takes over, if there is one. */
  takeOver(): WorkerProcess | undefined {
    const next = this.#next;
    this.#next = undefined;
    next?.takesOver();
    return next?.worker;
  }

  /** A process has ended; if it was the successor, those who wait for it hear of it. */
  ended(worker: WorkerProcess, error: () => HostError): void {
    if (!this.has(worker)) return;
    this.#next?.failed(error());
    this.#next = undefined;
  }
}

/** A worker process that has ended, and the one in its place. */
export interface Replacement {
  readonly old: number;
  readonly new: number;
}
