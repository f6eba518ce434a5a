import os from 'node:os';
import type { WorkerThread } from './worker-thread.js';

/** A thread whose request takes longer than this is held up by it: others are started in its place. Milliseconds. */
const HELD_UP_MS = 20;

const PROCESSORS = os.availableParallelism();

/** The busy thread that a short request may be sent to ahead of time: the one with the fewest. */
export function threadAhead(threads: readonly WorkerThread[]): WorkerThread | undefined {
  let best: WorkerThread | undefined;
  for (const thread of threads) {
    if (thread.takesAhead && (!best || thread.ahead < best.ahead)) best = thread;
  }
  return best;
}

/**
 * How many threads to add for so many requests that wait. Threads that keep finishing requests are enough when there is
 * one for each processor: more would only take turns. Threads that are held up by a request do not count.
 */
export function threadsWanted(threads: readonly WorkerThread[], waiting: number): number {
  const active = threads.filter((thread) => thread.busyFor < HELD_UP_MS).length;
  if (active >= PROCESSORS) return 0;
  const wanted = active === 0 ? Math.max(PROCESSORS, threads.length) : PROCESSORS - active;
  return Math.min(wanted, waiting);
}
