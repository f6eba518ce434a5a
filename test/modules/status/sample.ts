import type { StatusSnapshot } from '../../../lib/modules/status/snapshot.js';
import { sumOf, Statistics } from '../../../lib/modules/status/statistics.js';
import type { PoolSnapshot } from '../../../lib/pool/snapshots.js';

/** Half past ten on a Saturday in November, UTC. */
const NOW = Date.UTC(2026, 10, 28, 10, 30, 0);

const POOLS: readonly PoolSnapshot[] = [
  {
    name: 'default',
    current: true,
    groups: [
      {
        runtime: 'native',
        queued: 2,
        queueLimit: 1000,
        threadsMax: 4,
        restarts: 1,
        lastReplacement: { reason: 'signal SIGSEGV at address 0x1', isLoss: true, time: NOW - 60_000 },
        rapidFail: { losses: 1, limit: 5, stoppedFor: 0, stoppedUntil: null, reason: '' },
        processes: [
          {
            pid: 4711,
            runtime: 'native',
            state: 'ready',
            age: 65_000,
            memory: 80 * 1024 * 1024,
            cpuUser: 1.5,
            cpuSystem: 0.25,
            requests: 12,
            threads: [
              {
                index: 0,
                state: 'busy',
                ahead: 1,
                request: {
                  id: 'r1',
                  method: 'GET',
                  path: '/isapi/<script>alert(1)</script>.dll',
                  query: `a="b"&c='d'`,
                  host: 'site.test',
                  client: '192.0.2.1',
                  extension: '/srv/isapi/a"b<i>.dll',
                  milliseconds: 1234,
                },
              },
              { index: 1, state: 'idle', ahead: 0, request: null },
              { index: 2, state: 'starting', ahead: 0, request: null },
            ],
          },
          {
            pid: 4700,
            runtime: 'native',
            state: 'draining',
            age: 650_000,
            memory: 90 * 1024 * 1024,
            cpuUser: 10,
            cpuSystem: 1,
            requests: 900,
            threads: [
              { index: 0, state: 'busy', ahead: 0, request: null },
              { index: 1, state: 'idle', ahead: 0, request: null },
            ],
          },
        ],
      },
      {
        runtime: 'wine32',
        queued: 0,
        queueLimit: 1000,
        threadsMax: 2,
        restarts: 5,
        lastReplacement: null,
        rapidFail: {
          losses: 5,
          limit: 5,
          stoppedFor: 12_300,
          stoppedUntil: NOW + 12_300,
          reason: '5 of its worker processes died within 300 s (rapid_fail.count), the last one: <b>',
        },
        processes: [],
      },
    ],
  },
  { name: 'shop', current: true, groups: [] },
];

/** Numbers that a test feeds to them. */
export function sampleStatistics(): Statistics {
  const statistics = new Statistics();
  const { extensions } = statistics.pools;
  const hello = extensions.of('default', '/srv/isapi/hello.dll');
  hello.runtime = 'native';
  hello.cached = true;
  hello.version = 0x0006_0001;
  hello.description = 'hello, the smallest sample';
  for (const time of [0.5, 1, 2, 4, 80]) {
    hello.running++;
    hello.ended(NOW - 1000, time, 155);
  }
  hello.errors.crashed = 1;
  hello.unsupported = 3;
  const odd = extensions.of('default', '/srv/isapi/a"b\\c\n.dll');
  odd.runtime = 'wine32';
  odd.running = 1;
  odd.refused('notLoaded', NOW);
  return statistics;
}

/** A moment of a server with those numbers. */
export function sampleSnapshot(statistics: Statistics): StatusSnapshot {
  const { extensions } = statistics.pools;
  return {
    time: NOW,
    extended: true,
    server: {
      software: 'isapi-host/1.2.3 (Unix)',
      urls: ['http://127.0.0.1:8080/'],
      pid: 4242,
      node: 'v20.19.0',
      started: NOW - 93_784_000,
      configured: NOW - 3_600_000,
      generation: 3,
      ending: 1,
      stopping: false,
      uptime: 93_784.5,
      requests: 2000,
      bytes: 4_096_000,
      duration: 30_000,
      statuses: { '1xx': 0, '2xx': 1900, '3xx': 50, '4xx': 40, '5xx': 10 },
      connections: {
        total: 9,
        requests: 3,
        reading: 1,
        working: 2,
        writing: 1,
        idle: 4,
        closing: 1,
        waiting: 0,
        most: 12_000,
      },
      cpu: { user: 12.5, system: 2.25, childrenUser: 30, childrenSystem: 4 },
      load: [0.5, 0.25, 0.125],
      memory: { server: 90_000_000, heap: 30_000_000, workers: 170 * 1024 * 1024 },
      loop: { utilization: 0.125, delay: { mean: 0.5, p99: 2, max: 12 } },
    },
    sums: sumOf(POOLS),
    pools: POOLS,
    extensions: extensions.list().map((counters) => counters.snapshot()),
    others: null,
    latency: extensions.total.summary(),
    failures: [
      {
        id: '0abcdef1',
        time: NOW - 5000,
        method: 'GET',
        url: '/isapi/hello.dll?"><img src=x onerror=alert(1)>',
        status: 502,
        duration: 12,
        client: '192.0.2.1:5555',
        extension: '/srv/isapi/hello.dll',
        pool: 'default',
        why: 'the worker process was lost',
      },
    ],
    journal: [
      {
        extension: '/srv/isapi/hello.dll',
        pool: 'default',
        what: '1014 HSE_REQ_<ABORTIVE>_CLOSE',
        kind: 'unsupported-function',
        title: 'Unsupported functions',
        purpose: 'It closes the connection.',
        advice: 'Safe to ignore.',
        error: 22,
        detail: '',
        count: 3,
        first: NOW - 10_000,
        last: NOW - 5000,
        url: 'GET /isapi/hello.dll?<b>',
      },
    ],
    history: statistics.history.snapshot(),
  };
}
