import os from 'node:os';
import type { WorkerThread } from './worker-thread.js';

/** A thread whose request takes longer than this is held up by it: others are started in its place. Milliseconds. */
const HELD_UP_MS = 20;

const PROCESSORS = os.availableParallelism();

/**
 * How many threads to add for the requests that wait. Threads that keep finishing requests are enough when there is
 * one for each processor: more would only take turns. Threads that are held up by a request do not count.
 */
export function threadsWanted(threads: readonly WorkerThread[], waiting: number): number {
  const active = threads.filter((thread) => thread.busyFor < HELD_UP_MS).length;
  if (active >= PROCESSORS) return 0;
  const wanted = active === 0 ? Math.max(PROCESSORS, threads.length) : PROCESSORS - active;
  return Math.min(wanted, waiting);
}
