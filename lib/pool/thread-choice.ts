import os from 'node:os';
import type { Exchange } from './exchange.js';
import type { WorkerProcess } from './worker-process.js';
import type { WorkerThread } from './worker-thread.js';

/** A thread that a request may be given to, and its process. */
export interface FreeThread {
  readonly worker: WorkerProcess;
  readonly thread: WorkerThread;
}

/**
 * A request may wait so long behind others in a thread that runs: to wake another thread, which takes the processor
 * from the first one or from the server, would cost about as much. Milliseconds.
 */
const WAKE_MS = 0.3;

/** How many requests may wait in a thread in any case. */
const MOST_AHEAD = 31;

/** How many requests are sent to a busy thread when no other one is free, so that it need not sleep between two. */
const AHEAD = 3;

/** A thread whose request takes longer than this is held up by it: others are started in its place. Milliseconds. */
const HELD_UP_MS = 20;

const PROCESSORS = os.availableParallelism();

/**
 * The thread of a worker process that takes a request now; undefined when none does. Requests of a cached extension
 * gather in few threads as long as they are short: a thread that goes on from one to the next needs no waking, and the
 * server hears of several with one look.
 * @param usual milliseconds that requests of the extension usually take, when that is known
 */
export function chooseThread(
  threads: readonly WorkerThread[],
  { cached }: Exchange,
  usual: number | undefined,
): WorkerThread | undefined {
  const most = cached && usual !== undefined ? Math.min(MOST_AHEAD, WAKE_MS / usual) : 0;
  let idle: WorkerThread | undefined;
  let least: WorkerThread | undefined;
  for (const thread of threads) {
    if (thread.state === 'idle') idle ??= thread;
    else if (cached && thread.takesAhead) {
      if (thread.ahead + 1 <= most) return thread;
      if (least === undefined || thread.ahead < least.ahead) least = thread;
    }
  }
  if (idle !== undefined) return idle;
  return least !== undefined && least.ahead < AHEAD ? least : undefined;
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
