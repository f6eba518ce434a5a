import type { HostError } from '../errors.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker process that was started to take the place of the current one, which serves until this one is ready. */
export class Successor {
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

/** A worker process that has ended, and the one in its place. */
export interface Replacement {
  readonly old: number;
  readonly new: number;
}
