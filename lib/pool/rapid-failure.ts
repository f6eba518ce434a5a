import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';

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
    const { rapidFailCount, rapidFailWindow, name } = this.#settings;
    const since = performance.now() - rapidFailWindow;
    this.#deaths = this.#deaths.filter((time) => time > since);
    const oldest = this.#deaths[0];
    if (rapidFailCount === 0 || this.#deaths.length < rapidFailCount || oldest === undefined) return;
    const seconds = Math.ceil((oldest - since) / 1000);
    throw new HostError(
      'POOL_STOPPED',
      `pool ${name} is stopped: ${String(this.#deaths.length)} of its worker processes died within ` +
        `${String(rapidFailWindow / 1000)} s (rapid_fail.count); it is tried again in ${String(seconds)} s`,
    );
  }
}
