import { ExtensionStatistics } from './extension-statistics.js';
import type { Pools } from './pools.js';
import type { PoolSnapshot } from './snapshots.js';

/** What is known of application pools and extensions as long as the process lives, over all its configurations. */
export class PoolStatistics {
  readonly extensions = new ExtensionStatistics();
  /** the pools of the configuration at work, and of earlier ones that have not ended, the newest last */
  readonly #generations: Pools[] = [];

  /** A configuration's pools are there. */
  opened(pools: Pools): void {
    this.#generations.push(pools);
  }

  /** They have ended. */
  closed(pools: Pools): void {
    const index = this.#generations.indexOf(pools);
    if (index >= 0) this.#generations.splice(index, 1);
  }

  /** The pools of the newest configuration, then those of earlier ones that still have worker processes. */
  snapshot(): PoolSnapshot[] {
    return this.#generations
      .toReversed()
      .flatMap((pools, index) => pools.snapshot(index === 0))
      .filter(({ current, groups }) => current || groups.some(({ processes }) => processes.length > 0));
  }
}
