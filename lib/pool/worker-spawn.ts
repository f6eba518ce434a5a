import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pipeNames, type PipeNames } from '../channel/pipes.js';
import type { PoolSettings } from '../config/pool-settings.js';
import type { WorkerStart } from '../worker/worker-start.js';
import { environmentOf, type Identity } from './identity.js';
import { keptRights } from './rights/rights.js';
import type { Runtime } from './runtimes/runtime.js';

/** How often a process reports its memory when `recycle.memory` is set. Milliseconds. */
const MEMORY_INTERVAL_MS = 5000;

/**
 * Native threads in libuv's pool, which the whole process shares, besides one for each worker thread. Each worker thread
 * may need its own for as long as a request lasts or is awaited: to call an extension (`calls = async`), or to read from
 * its pipe while its event loop runs.
 */
const SPARE_THREADS = 4;

/** What a worker process runs. */
export const WORKER_MAIN = fileURLToPath(new URL('../worker/main.js', import.meta.url));

/** Where a worker process's pipes and scoreboard are, and how many threads it may have. */
export interface WorkerPlace {
  readonly folder: string;
  readonly scoreboard: string;
  /** names of the pipes: the main thread's, and those of the worker threads by index */
  readonly control: string;
  readonly threads: readonly string[];
}

/** A worker process that was started, by this process or by another. */
export interface WorkerChild {
  /** undefined as long as it is not there */
  readonly pid?: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  kill(signal: NodeJS.Signals): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'exit', listener: (status: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

/** Starts a worker process. */
export function spawnWorker(
  runtime: Runtime,
  settings: PoolSettings,
  place: WorkerPlace,
  identity: Identity | undefined,
): WorkerChild {
  const names = (name: string): PipeNames => {
    const { toWorker, toServer } = pipeNames(place.folder, name);
    return { toWorker: runtime.workerPath(toWorker), toServer: runtime.workerPath(toServer) };
  };
  const start: WorkerStart = {
    control: names(place.control),
    threads: place.threads.map(names),
    scoreboard: runtime.workerPath(place.scoreboard),
    memoryInterval: settings.recycleMemory > 0 ? MEMORY_INTERVAL_MS : 0,
  };
  const startFile = path.join(place.folder, 'start.json');
  fs.writeFileSync(startFile, JSON.stringify(start));
  if (identity) fs.chmodSync(startFile, 0o644);
  const args = [...runtime.args, runtime.workerPath(WORKER_MAIN), runtime.workerPath(startFile)];
  const env = {
    ...environmentOf(identity),
    UV_THREADPOOL_SIZE: String(place.threads.length + SPARE_THREADS),
    ...settings.env,
    ...runtime.env,
    ISAPI_HOST_KOFFI: runtime.koffi,
  };
  if (identity?.isRemote === true) {
    const rights = keptRights();
    if (rights === undefined) throw new Error('the rights to run as another user are not there');
    return rights.spawn(identity, { command: runtime.command, args, env });
  }
  return spawn(runtime.command, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    /* A Ctrl-C in the terminal is for the server alone, which ends its workers in order. */
    detached: true,
    ...(identity && { uid: identity.uid, gid: identity.gid }),
  });
}
