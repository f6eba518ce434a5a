import os from 'node:os';
import { displayText } from '../../http/byte-string.js';
import type { ServerContext } from '../../http/module.js';
import { maskPairs } from '../../isapi/secrets/texts.js';
import type { ConnectionCounts } from '../../http/server-state.js';
import type { ExtensionSnapshot } from '../../pool/extension-statistics.js';
import type { LatencySummary } from '../../pool/latency-histogram.js';
import { endedChildren } from '../../pool/process-usage.js';
import type { GroupSnapshot, PoolSnapshot, ThreadSnapshot } from '../../pool/snapshots.js';
import type { HistorySnapshot } from './history.js';
import type { LoopDelay } from './loop-watch.js';
import { STATUS } from './settings.js';
import type { TraceSummary } from '../trace/trace-record.js';
import type { JournalSummary, StatusSources } from './sources.js';
import { sumOf, type PoolSums, type Statistics } from './statistics.js';

/** The longest URL that is shown; what is longer is cut. Characters. */
const MAX_URL = 2048;

/** The server's own numbers. */
export interface ServerSnapshot {
  readonly software: string;
  readonly urls: readonly string[];
  readonly pid: number;
  readonly node: string;
  /** milliseconds since 1970 */
  readonly started: number;
  readonly configured: number;
  readonly generation: number;
  readonly ending: number;
  readonly stopping: boolean;
  /** seconds */
  readonly uptime: number;
  readonly requests: number;
  readonly bytes: number;
  /** milliseconds */
  readonly duration: number;
  readonly statuses: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx', number>>;
  readonly connections: ConnectionCounts;
  /** seconds of processor time */
  readonly cpu: {
    readonly user: number;
    readonly system: number;
    /** of worker processes, those that have ended included */
    readonly childrenUser: number;
    readonly childrenSystem: number;
  };
  readonly load: readonly number[];
  /** bytes */
  readonly memory: { readonly server: number; readonly heap: number; readonly workers: number };
  readonly loop: { readonly utilization: number; readonly delay: LoopDelay | null };
}

/** All that the status page shows, at one moment. Plain values, for JSON; texts are for people. */
export interface StatusSnapshot {
  /** milliseconds since 1970 */
  readonly time: number;
  /** ExtendedStatus: requests are counted, and shown */
  readonly extended: boolean;
  readonly server: ServerSnapshot;
  readonly sums: PoolSums;
  readonly pools: readonly PoolSnapshot[];
  /** by pool and file */
  readonly extensions: readonly ExtensionSnapshot[];
  /** those of extensions that are not remembered by name */
  readonly others: ExtensionSnapshot | null;
  /** of all extensions */
  readonly latency: LatencySummary;
  readonly failures: readonly TraceSummary[] | null;
  readonly journal: readonly JournalSummary[] | null;
  readonly history: HistorySnapshot;
}

/** Gathers what there is to show. */
export function takeSnapshot(
  server: ServerContext,
  statistics: Statistics,
  sources: StatusSources,
): StatusSnapshot {
  const { extended } = server.configuration.main.settings.get(STATUS);
  const pools = statistics.pools.snapshot().map((pool) => displayPool(pool, extended));
  const sums = sumOf(pools);
  const { extensions } = statistics.pools;
  return {
    time: Date.now(),
    extended,
    server: serverSnapshot(server, statistics, sums),
    sums,
    pools,
    extensions: extensions
      .list()
      .map((counters) => displayExtension(counters.snapshot()))
      .sort((a, b) => compare(a.pool, b.pool) || compare(a.file, b.file)),
    others: extensions.hasOthers ? extensions.others.snapshot() : null,
    latency: extensions.total.summary(),
    failures: sources.failures?.list() ?? null,
    journal: sources.journal?.list() ?? null,
    history: statistics.history.snapshot(),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const NO_CONNECTIONS: ConnectionCounts = {
  total: 0,
  requests: 0,
  reading: 0,
  working: 0,
  writing: 0,
  idle: 0,
  closing: 0,
  waiting: 0,
  most: 0,
};

function serverSnapshot(context: ServerContext, statistics: Statistics, sums: PoolSums): ServerSnapshot {
  const state = context.state?.();
  const { requests, bytes, duration, statuses } = statistics.server;
  const own = process.cpuUsage();
  const ended = endedChildren();
  const { rss, heapUsed } = process.memoryUsage();
  const now = Date.now();
  const started = state?.started ?? now;
  const ofClass = (digit: number): number => statuses[digit] ?? 0;
  return {
    software: context.software,
    urls: state?.urls ?? [],
    pid: process.pid,
    node: process.version,
    started,
    configured: state?.configured ?? now,
    generation: state?.generation ?? 1,
    ending: state?.ending ?? 0,
    stopping: state?.stopping ?? false,
    uptime: Math.max(0, (now - started) / 1000),
    requests,
    bytes,
    duration,
    statuses: {
      '1xx': ofClass(1),
      '2xx': ofClass(2),
      '3xx': ofClass(3),
      '4xx': ofClass(4),
      '5xx': ofClass(5),
    },
    connections: state?.connections ?? NO_CONNECTIONS,
    cpu: {
      user: own.user / 1e6,
      system: own.system / 1e6,
      childrenUser: ended.cpuUser + sums.cpuUser,
      childrenSystem: ended.cpuSystem + sums.cpuSystem,
    },
    load: os.loadavg(),
    memory: { server: rss, heap: heapUsed, workers: sums.memory },
    loop: {
      utilization: statistics.history.latest?.loop ?? 0,
      delay: statistics.loop.delay() ?? null,
    },
  };
}

function displayExtension(extension: ExtensionSnapshot): ExtensionSnapshot {
  const { file, description } = extension;
  return { ...extension, file: displayText(file), description: displayText(description) };
}

function displayPool(pool: PoolSnapshot, extended: boolean): PoolSnapshot {
  return { ...pool, groups: pool.groups.map((group) => displayGroup(group, extended)) };
}

function displayGroup(group: GroupSnapshot, extended: boolean): GroupSnapshot {
  const processes = group.processes.map((worker) => ({
    ...worker,
    threads: worker.threads.map((thread) => displayThread(thread, extended)),
  }));
  const { lastReplacement: last } = group;
  return {
    ...group,
    lastReplacement: last && { ...last, reason: displayText(last.reason) },
    processes,
  };
}

function displayThread(thread: ThreadSnapshot, extended: boolean): ThreadSnapshot {
  const { request } = thread;
  if (request === null) return thread;
  const { path, query, extension, milliseconds, ...rest } = request;
  const shown = extended
    ? { ...rest, path: shortened(displayText(path)), query: shortened(maskPairs(displayText(query))) }
    : { id: '', method: '', path: '', query: '', host: '', client: '' };
  return { ...thread, request: { ...shown, extension: displayText(extension), milliseconds } };
}

function shortened(text: string): string {
  return text.length > MAX_URL ? `${text.slice(0, MAX_URL)}...` : text;
}
