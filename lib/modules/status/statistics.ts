import type { PoolSnapshot } from '../../pool/snapshots.js';
import { PoolStatistics } from '../../pool/pool-statistics.js';
import { History, IntervalPercentiles, SAMPLE_MS } from './history.js';
import { LoopWatch } from './loop-watch.js';
import { ServerCounters } from './server-counters.js';

/** All that is counted and sampled as long as the process lives, over all its configurations. */
export class Statistics {
  readonly pools = new PoolStatistics();
  readonly server = new ServerCounters();
  readonly loop = new LoopWatch();
  readonly history = new History();
  readonly #percentiles = new IntervalPercentiles(this.pools.extensions.total);
  #timer: NodeJS.Timeout | undefined;
  /** configurations that are at work or end */
  #users = 0;
  #sampledAt = 0;
  #requests = 0;
  #bytes = 0;

  /** Takes samples until as many have said `stop` as have said `start`. */
  start(): void {
    if (this.#users++ > 0) return;
    this.#sampledAt = performance.now();
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  stop(): void {
    if (--this.#users > 0) return;
    clearInterval(this.#timer);
    this.loop.stop();
  }

  /** Takes a sample: called by the timer. */
  sample(): void {
    const now = performance.now();
    const seconds = Math.max(0.001, (now - this.#sampledAt) / 1000);
    const { requests, bytes } = this.server;
    const [p50 = 0, p95 = 0] = this.#percentiles.take(0.5, 0.95);
    const pools = sumOf(this.pools.snapshot());
    this.history.add({
      requests: (requests - this.#requests) / seconds,
      bytes: (bytes - this.#bytes) / seconds,
      p50,
      p95,
      busy: pools.busy,
      threads: pools.threads,
      queued: pools.queued,
      serverMemory: process.memoryUsage.rss(),
      workerMemory: pools.memory,
      loop: this.loop.utilization(),
    });
    this.#sampledAt = now;
    this.#requests = requests;
    this.#bytes = bytes;
    this.loop.tick();
  }
}

/** What pools come to together. */
export interface PoolSums {
  readonly processes: number;
  readonly threads: number;
  readonly busy: number;
  readonly idle: number;
  /** of processes that take no more requests */
  readonly draining: number;
  readonly queued: number;
  readonly memory: number;
  readonly cpuUser: number;
  readonly cpuSystem: number;
}

export function sumOf(pools: readonly PoolSnapshot[]): PoolSums {
  const sums = {
    processes: 0,
    threads: 0,
    busy: 0,
    idle: 0,
    draining: 0,
    queued: 0,
    memory: 0,
    cpuUser: 0,
    cpuSystem: 0,
  };
  for (const group of pools.flatMap(({ groups }) => groups)) {
    sums.queued += group.queued;
    for (const worker of group.processes) {
      sums.processes++;
      sums.threads += worker.threads.length;
      sums.memory += worker.memory;
      sums.cpuUser += worker.cpuUser;
      sums.cpuSystem += worker.cpuSystem;
      for (const { state } of worker.threads) {
        if (state === 'busy' || state === 'releasing') {
          sums.busy++;
          if (worker.state === 'draining') sums.draining++;
        } else if (state === 'idle' && worker.state !== 'draining') sums.idle++;
      }
    }
  }
  return sums;
}
