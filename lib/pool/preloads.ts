import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** A cached extension that every worker process loads before it serves requests. */
interface Preload {
  readonly file: string;
  report(failure: ExplainedFailure): void;
}

/** The cached extensions of a pool for one runtime, and which worker process has loaded which. */
export class Preloads {
  readonly #list: Preload[] = [];
  readonly #begun = new WeakMap<WorkerProcess, Set<Preload>>();

  add(file: string, report: (failure: ExplainedFailure) => void): void {
    this.#list.push({ file, report });
  }

  /** Has an idle thread load the next one that its process has not met. False when there is none. */
  loadNext(worker: WorkerProcess, thread: WorkerThread): boolean {
    let begun = this.#begun.get(worker);
    if (!begun) this.#begun.set(worker, (begun = new Set()));
    const next = this.#list.find((preload) => !begun.has(preload));
    if (!next) return false;
    begun.add(next);
    void thread.preload(worker.slots.of(next.file), worker.runtime.workerPath(next.file)).then((loaded) => {
      if (loaded && 'failure' in loaded) next.report(loaded);
    });
    return true;
  }
}
