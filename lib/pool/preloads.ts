import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { ExtensionVersion } from '../worker/library.js';
import type { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** A cached extension that every worker process loads before it serves requests. */
interface Preload {
  readonly file: string;
  readonly events: PreloadEvents;
}

/** Hears what came of loading a cached extension, in every worker process. */
export interface PreloadEvents {
  failed(failure: ExplainedFailure): void;
  loaded?(version: ExtensionVersion): void;
}

/** The cached extensions of a pool for one runtime, and which worker process has loaded which. */
export class Preloads {
  readonly #list: Preload[] = [];
  readonly #begun = new WeakMap<WorkerProcess, Set<Preload>>();

  add(file: string, events: PreloadEvents): void {
    this.#list.push({ file, events });
  }

  /** Has an idle thread load the next one that its process has not met. False when there is none. */
  loadNext(worker: WorkerProcess, thread: WorkerThread): boolean {
    let begun = this.#begun.get(worker);
    if (!begun) this.#begun.set(worker, (begun = new Set()));
    const next = this.#list.find((preload) => !begun.has(preload));
    if (!next) return false;
    begun.add(next);
    void thread.preload(worker.slots.of(next.file), worker.runtime.workerPath(next.file)).then((loaded) => {
      if (!loaded) return;
      if ('failure' in loaded) next.events.failed(loaded);
      // A thread that finds it loaded by another one has nothing to say of it.
      else if (loaded.version !== 0 || loaded.description !== '') next.events.loaded?.(loaded);
    });
    return true;
  }
}
