import type { LatencyHistogram } from '../../pool/latency-histogram.js';
import type { ExtensionSnapshot } from '../../pool/extension-statistics.js';
import { displayText } from '../../http/byte-string.js';
import type { Statistics } from './statistics.js';
import type { StatusSnapshot } from './snapshot.js';
import { MetricWriter, type Labels } from './metric-writer.js';

/** Bounds of the buckets of times, as powers of 2 in microseconds: 256 µs to 67 s. */
const POOL_BOUNDS = range(8, 26, 1);
const EXTENSION_BOUNDS = range(8, 26, 2);

function range(first: number, last: number, step: number): number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/** What the label `extension` is for those that are not remembered by name. */
const OTHERS = 'others';

/** The numbers of a server in the text format of Prometheus, version 0.0.4. */
export function metricsText(snapshot: StatusSnapshot, statistics: Statistics): string {
  const metrics = new MetricWriter();
  writeServer(metrics, snapshot);
  writePools(metrics, snapshot);
  if (snapshot.extended) writeExtensions(metrics, snapshot, statistics);
  return metrics.text;
}

function writeServer(metrics: MetricWriter, { server, extended }: StatusSnapshot): void {
  const { connections, cpu, memory, loop } = server;
  metrics.gauge('info', 'The program that serves.', [[{ software: server.software, node: server.node }, 1]]);
  metrics.gauge('start_time_seconds', 'When the server started, in seconds since 1970.', [
    [{}, server.started / 1000],
  ]);
  metrics.gauge('config_generation', 'Which configuration is at work, counted from 1.', [
    [{}, server.generation],
  ]);
  metrics.gauge('config_ending', 'Earlier configurations whose requests have not ended.', [
    [{}, server.ending],
  ]);
  if (extended) {
    metrics.counter(
      'requests_total',
      'Requests that have ended, by the class of their status.',
      Object.entries(server.statuses).map(([code, count]) => [{ code }, count]),
    );
    metrics.counter('response_bytes_total', 'Bytes of response bodies.', [[{}, server.bytes]]);
    metrics.counter('request_seconds_total', 'Time that requests took, added up.', [
      [{}, server.duration / 1000],
    ]);
  }
  metrics.gauge(
    'connections',
    'Connections of clients, by what they do.',
    (['reading', 'working', 'writing', 'idle', 'closing', 'waiting'] as const).map((state) => [
      { state },
      connections[state],
    ]),
  );
  metrics.gauge('requests_running', 'Requests that have begun and not ended.', [[{}, connections.requests]]);
  metrics.counter('cpu_seconds_total', 'Processor time of the server and of its worker processes.', [
    [{ process: 'server', mode: 'user' }, cpu.user],
    [{ process: 'server', mode: 'system' }, cpu.system],
    [{ process: 'workers', mode: 'user' }, cpu.childrenUser],
    [{ process: 'workers', mode: 'system' }, cpu.childrenSystem],
  ]);
  metrics.gauge('memory_bytes', 'Resident memory of the server and of its worker processes.', [
    [{ process: 'server' }, memory.server],
    [{ process: 'workers' }, memory.workers],
  ]);
  metrics.gauge('event_loop_utilization', "The part of the time that the server's thread is busy, 0 to 1.", [
    [{}, loop.utilization],
  ]);
  if (loop.delay !== null) {
    const { mean, p99, max } = loop.delay;
    metrics.gauge(
      'event_loop_delay_seconds',
      'How late the server comes to what is due, in the last minute.',
      [
        [{ stat: 'mean' }, mean / 1000],
        [{ stat: 'p99' }, p99 / 1000],
        [{ stat: 'max' }, max / 1000],
      ],
    );
  }
}

type Group = StatusSnapshot['pools'][number]['groups'][number];
type GroupValue = (group: Group) => number;
type Samples = [Labels, number][];

function writePools(metrics: MetricWriter, { pools }: StatusSnapshot): void {
  const current = pools.filter((pool) => pool.current);
  const each = (value: GroupValue): Samples =>
    current.flatMap(({ name: pool, groups }) =>
      groups.map((group): [Labels, number] => [{ pool, runtime: group.runtime }, value(group)]),
    );
  const byState = <State extends string>(
    states: readonly State[],
    count: (group: Group, state: State) => number,
  ): Samples =>
    current.flatMap(({ name: pool, groups }) =>
      groups.flatMap((group) =>
        states.map((state): [Labels, number] => [
          { pool, runtime: group.runtime, state },
          count(group, state),
        ]),
      ),
    );
  metrics.gauge(
    'pool_processes',
    'Worker processes, by state.',
    byState(
      ['starting', 'ready', 'draining'],
      (group, state) => group.processes.filter((worker) => worker.state === state).length,
    ),
  );
  metrics.gauge(
    'pool_threads',
    'Worker threads, by state.',
    byState(['starting', 'idle', 'busy', 'releasing'], (group, state) =>
      sum(group.processes, ({ threads }) => threads.filter((thread) => thread.state === state).length),
    ),
  );
  metrics.gauge(
    'pool_threads_max',
    'Worker threads that a process may have (threads.max).',
    each(({ threadsMax }) => threadsMax),
  );
  metrics.gauge(
    'pool_queue',
    'Requests that wait for a worker thread.',
    each(({ queued }) => queued),
  );
  metrics.gauge(
    'pool_queue_limit',
    'How many may wait (queue.limit).',
    each(({ queueLimit }) => queueLimit),
  );
  metrics.gauge(
    'pool_memory_bytes',
    'Resident memory of the worker processes.',
    each(({ processes }) => sum(processes, ({ memory }) => memory)),
  );
  metrics.counter(
    'pool_restarts_total',
    'Worker processes that were started in the place of another.',
    each(({ restarts }) => restarts),
  );
  metrics.gauge(
    'pool_losses',
    'Worker processes that ended unasked within rapid_fail.window.',
    each(({ rapidFail }) => rapidFail.losses),
  );
  metrics.gauge(
    'pool_stopped',
    'Whether too many worker processes were lost, so that requests get 503.',
    each(({ rapidFail }) => (rapidFail.stoppedFor > 0 ? 1 : 0)),
  );
}

function sum<T>(list: readonly T[], value: (each: T) => number): number {
  return list.reduce((total, each) => total + value(each), 0);
}

interface Named {
  readonly labels: Labels;
  readonly snapshot: ExtensionSnapshot;
  readonly latency: LatencyHistogram;
}

function writeExtensions(
  metrics: MetricWriter,
  { others }: StatusSnapshot,
  { pools: { extensions } }: Statistics,
): void {
  const known = extensions.list().map((counters): Named => {
    const labels = { pool: counters.pool, extension: displayText(counters.file) };
    return { labels, snapshot: counters.snapshot(), latency: counters.latency };
  });
  const rest: Named[] =
    others === null
      ? []
      : [{ labels: { pool: '', extension: OTHERS }, snapshot: others, latency: extensions.others.latency }];
  const all = [...known, ...rest];
  const each = (value: (snapshot: ExtensionSnapshot) => number): Samples =>
    all.map(({ labels, snapshot }) => [labels, value(snapshot)]);
  metrics.counter(
    'extension_requests_total',
    'Requests of an extension that have ended.',
    each(({ requests }) => requests),
  );
  metrics.gauge(
    'extension_requests_running',
    'Requests of an extension that wait or run.',
    each(({ running }) => running),
  );
  metrics.counter(
    'extension_errors_total',
    'Requests of an extension that had no proper answer, by kind.',
    all.flatMap(({ labels, snapshot }) =>
      Object.entries(snapshot.errors).map(([kind, count]): [Labels, number] => [{ ...labels, kind }, count]),
    ),
  );
  metrics.counter(
    'extension_response_bytes_total',
    'Bytes of response bodies of an extension.',
    each(({ bytes }) => bytes),
  );
  metrics.counter(
    'extension_unsupported_calls_total',
    'Calls of an extension that the server does not support.',
    each(({ unsupported }) => unsupported),
  );
  metrics.histogram(
    'extension_request_duration_seconds',
    'How long requests of an extension took.',
    EXTENSION_BOUNDS,
    // Most of what is written is these: nobody needs the zeros of what never ran.
    all.flatMap(({ labels, latency }) => (latency.count > 0 ? [[labels, latency] as const] : [])),
  );
  metrics.histogram(
    'pool_request_duration_seconds',
    'How long requests of extensions in a pool took.',
    POOL_BOUNDS,
    [...extensions.byPool()].map(([pool, latency]) => [{ pool }, latency]),
  );
}
