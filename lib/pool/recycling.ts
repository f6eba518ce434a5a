import type { PoolSettings } from '../config/pool-settings.js';
import type { WorkerProcess } from './worker-process.js';

/** Why a worker process is to be replaced for its age or its memory, if it is. */
export function recycleReason(
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
