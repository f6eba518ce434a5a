import type { PoolSettings } from '../config/pool-settings.js';
import type { WorkerProcess } from './worker-process.js';

/** How often the age and memory of a worker process are looked at. Milliseconds. */
const CHECK_MS = 5000;

/** Looks at the process that takes requests, and has it replaced for its age or its memory. */
export class RecycleWatch {
  readonly #settings: PoolSettings;
  readonly #current: () => WorkerProcess | undefined;
  readonly #recycle: (reason: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    settings: PoolSettings,
    current: () => WorkerProcess | undefined,
    recycle: (reason: string) => void,
  ) {
    this.#settings = settings;
    this.#current = current;
    this.#recycle = recycle;
  }

  /** Begins to look, if there is anything to look for. */
  begin(): void {
    if (this.#settings.recycleMemory === 0 && this.#settings.recycleTime === 0) return;
    this.#timer ??= setInterval(() => this.#look(), CHECK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const worker = this.#current();
    const reason = worker && recycleReason(worker, this.#settings);
    if (reason !== undefined) this.#recycle(reason);
  }
}

/** Why a worker process is to be replaced for its age or its memory, if it is. */
function recycleReason(
  worker: WorkerProcess,
  { recycleMemory, recycleTime }: PoolSettings,
): string | undefined {
  const age = performance.now() - worker.startedAt;
  if (recycleTime > 0 && age >= recycleTime) {
    return `it is ${String(Math.round(age / 1000))} s old (recycle.time)`;
  }
  if (recycleMemory > 0 && worker.memory >= recycleMemory) {
    return `it uses ${String(Math.round(worker.memory / 1048576))} MiB (recycle.memory)`;
  }
  return undefined;
}
