import fs from 'node:fs';
import { toByteString } from '../../config/bytes.js';
import { HostError, messageOf } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import type { ControlAction, ControlCall } from '../../http/control/action.js';
import type { Pool } from '../../pool/pool.js';
import type { Pools } from '../../pool/pools.js';
import { processUsage } from '../../pool/process-usage.js';
import type { WorkerGroup } from '../../pool/worker-group.js';
import type { WorkerProcess } from '../../pool/worker-process.js';
import type { PoolStatistics } from '../../pool/pool-statistics.js';
import { namedExtension, otherExtensions } from './named-extension.js';

/** What the actions work with once the server has started. */
export interface ActionContext {
  readonly pools: Pools;
  /** byte strings of the extensions that ISAPICacheFile names */
  readonly cached: ReadonlySet<string>;
  /** what is known of extensions that have run */
  readonly statistics: PoolStatistics;
}

/** A worker process that was replaced. */
interface Recycled {
  readonly [name: string]: string | number;
  readonly pool: string;
  readonly runtime: string;
  readonly old: number;
  readonly new: number;
}

/** A pool that was stopped for a runtime and is so no longer. */
interface Resumed {
  readonly [name: string]: string | number | boolean;
  readonly pool: string;
  readonly runtime: string;
  readonly resumed: true;
  /** the worker process that takes its requests */
  readonly new: number;
}

/** The actions of mod_isapi: on application pools and extensions. */
export function isapiActions(context: () => ActionContext): Readonly<Record<string, ControlAction>> {
  return {
    'pool list': {
      help: 'the worker processes of all pools',
      args: {},
      run: (call) => listPools(context().pools, call),
    },
    'pool recycle': {
      help: 'replaces the worker processes of a pool, without losing a request, and ends a stop by rapid_fail.count',
      args: { name: { help: 'the pool', required: true } },
      run: ({ args, send }) =>
        recycle(poolNamed(context().pools, args['name'] ?? '').groups, 'isapi-host pool recycle', send, true),
    },
    'extension unload': {
      help: 'has worker processes let go of a cached extension',
      args: {
        file: { help: "the extension's file, the end of its path, or its name", required: true },
        path: { help: 'the path that it has if it is one, seen from the folder of who asks' },
      },
      run: (call) => unload(context(), call),
    },
  };
}

function poolNamed(pools: Pools, name: string): Pool {
  const pool = pools.get(name);
  if (pool !== undefined) return pool;
  const names = pools.all.map((each) => each.name).join(', ');
  throw new HostError('ACTION', `there is no application pool ${name}; there are: ${names}`);
}

/**
 * Replaces the processes of groups one after the other, and tells of each.
 * @param resumes whether a stop by `rapid_fail.count` ends with it
 */
async function recycle(
  groups: readonly WorkerGroup[],
  reason: string,
  send: ControlCall['send'],
  resumes = false,
): Promise<void> {
  for (const group of groups) {
    const { pool, runtime } = group;
    const resumed = resumes && group.endStop();
    try {
      if (resumed) {
        const hadNone = !group.current;
        send({ pool, runtime, resumed, new: await group.begin() } satisfies Resumed);
        if (hadNone) continue;
      }
      const replaced = await group.replace(`it was asked for (${reason})`);
      if (replaced === undefined) continue;
      send({ pool, runtime, ...replaced } satisfies Recycled);
    } catch (error) {
      const code = error instanceof HostError ? error.code : 'WORKER_START';
      const kept = resumed
        ? 'the pool is no longer stopped, and the next request starts another process'
        : 'the process that is there goes on';
      throw new HostError(code, `pool ${pool}, ${runtime}: ${messageOf(error)}; ${kept}`, { cause: error });
    }
  }
}

function listPools(pools: Pools, { send }: ControlCall): void {
  for (const pool of pools.all) {
    for (const group of pool.groups) {
      for (const worker of group.processes) send(describe(group, worker));
      if (group.rapidFail.stoppedFor > 0) send(describeStop(group));
    }
    if (
      pool.groups.every(({ processes, rapidFail }) => processes.length === 0 && rapidFail.stoppedFor === 0)
    ) {
      send({ pool: pool.name });
    }
  }
}

function describe(group: WorkerGroup, worker: WorkerProcess): Readonly<Record<string, string | number>> {
  const busy = worker.threads.filter(({ state }) => state === 'busy' || state === 'releasing');
  return {
    pool: group.pool,
    runtime: group.runtime,
    pid: worker.pid,
    state: stateOf(group, worker),
    age: Math.round((performance.now() - worker.startedAt) / 1000),
    requests: worker.requests,
    threads: worker.threads.length,
    busy: busy.length,
    waiting: worker === group.current ? group.queued : 0,
    memory: processUsage(worker.pid)?.memory ?? worker.memory,
  };
}

/** A group that has lost too many worker processes, and starts none meanwhile. */
function describeStop({ pool, runtime, rapidFail }: WorkerGroup): Readonly<Record<string, string | number>> {
  const { stoppedFor, stoppedUntil, losses, reason } = rapidFail;
  return {
    pool,
    runtime,
    state: 'stopped',
    seconds: Math.ceil(stoppedFor / 1000),
    until: new Date(stoppedUntil ?? 0).toISOString(),
    losses,
    reason,
  };
}

function stateOf(group: WorkerGroup, worker: WorkerProcess): string {
  if (worker.threads.every(({ state }) => state === 'starting')) return 'starts';
  if (worker === group.current) return 'serves';
  return worker.draining ? 'ends' : 'starts';
}

/**
 * A cached extension is let go of by processes that end. One that is not cached is unloaded without being told. A name
 * stands for an extension that has run or is cached; a path may also be that of a file that no request has come for.
 */
async function unload(context: ActionContext, { args, send }: ControlCall): Promise<void> {
  const { pools, cached, statistics } = context;
  const given = args['file'] ?? '';
  const groups = pools.all.flatMap((pool) => pool.groups);
  const known = new Set([
    ...[...cached].map(displayText),
    ...statistics.extensions.list().map((counters) => displayText(counters.file)),
  ]);
  const full = args['path'] ?? given;
  const found = known.has(full) ? full : namedExtension(known, given);
  if (found === undefined && !fs.existsSync(full)) {
    throw new HostError('ACTION', `there is no extension ${given}: ${otherExtensions(known, given)}`);
  }
  const shown = found ?? full;
  const file = toByteString(shown);
  if (!cached.has(file)) {
    send({ file: shown, cached: false, known: found !== undefined });
    return;
  }
  send({ file: shown, cached: true });
  const holding = groups.filter(({ current }) => current?.slots.has(file) === true);
  await recycle(holding, 'isapi-host extension unload', send);
}
