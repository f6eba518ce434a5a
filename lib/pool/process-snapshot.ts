import { processUsage } from './process-usage.js';
import type { ProcessSnapshot, ThreadSnapshot } from './snapshots.js';
import type { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** What a worker process is, and does. */
export function processSnapshot(worker: WorkerProcess): ProcessSnapshot {
  const { pid, runtime, requests, threads, draining, isReady, startedAt } = worker;
  const usage = processUsage(pid);
  return {
    pid,
    runtime: runtime.name,
    state: draining ? 'draining' : isReady ? 'ready' : 'starting',
    age: performance.now() - startedAt,
    memory: usage?.memory ?? worker.memory,
    cpuUser: usage?.cpuUser ?? 0,
    cpuSystem: usage?.cpuSystem ?? 0,
    requests,
    threads: threads.map(threadSnapshot),
  };
}

function threadSnapshot(thread: WorkerThread): ThreadSnapshot {
  const { index, state, ahead, exchange } = thread;
  const request =
    exchange === undefined
      ? null
      : { ...exchange.describe(), extension: exchange.library, milliseconds: thread.busyFor };
  return { index, state, ahead, request };
}
