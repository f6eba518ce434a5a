import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';
import type { RapidFailState } from './snapshots.js';

/** Counts worker processes that died unasked, and says when too many have: `rapid_fail.count` and `.window`. */
export class RapidFailure {
  readonly #settings: PoolSettings;
  #deaths: number[] = [];

  constructor(settings: PoolSettings) {
    this.#settings = settings;
  }

  note(): void {
    this.#deaths.push(performance.now());
  }

  /** Throws POOL_STOPPED while another process must not be started. */
  check(): void {
    const { losses, stoppedFor } = this.state();
    if (stoppedFor === 0) return;
    const { rapidFailWindow, name } = this.#settings;
    const seconds = Math.ceil(stoppedFor / 1000);
    throw new HostError(
      'POOL_STOPPED',
      `pool ${name} is stopped: ${String(losses)} of its worker processes died within ` +
        `${String(rapidFailWindow / 1000)} s (rapid_fail.count); it is tried again in ${String(seconds)} s`,
    );
  }

  state(): RapidFailState {
    const { rapidFailCount: limit, rapidFailWindow } = this.#settings;
    const since = performance.now() - rapidFailWindow;
    this.#deaths = this.#deaths.filter((time) => time > since);
    const [oldest] = this.#deaths;
    const losses = this.#deaths.length;
    const isStopped = limit > 0 && losses >= limit && oldest !== undefined;
    return { losses, limit, stoppedFor: isStopped ? oldest - since : 0 };
  }
}
