import type { ThreadSnapshot } from './snapshots.js';
import type { WorkerThread } from './worker-thread.js';

/** What a worker thread does. */
export function threadSnapshot(thread: WorkerThread): ThreadSnapshot {
  const { index, state, ahead, exchange } = thread;
  const request =
    exchange === undefined
      ? null
      : { ...exchange.describe(), extension: exchange.library, milliseconds: thread.busyFor };
  return { index, state, ahead, request };
}
