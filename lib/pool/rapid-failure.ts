import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';
import type { RuntimeName } from './runtimes/runtime.js';
import type { RapidFailState } from './snapshots.js';

/** A worker process that has ended unasked: when, on the clock of `performance`. */
interface Loss {
  readonly time: number;
  readonly reason: string;
}

/**
 * Counts the worker processes of a pool for one runtime that have ended unasked, and says when too many have:
 * `rapid_fail.count` and `.window`.
 */
export class RapidFailure {
  readonly #settings: PoolSettings;
  readonly #runtime: RuntimeName;
  #losses: Loss[] = [];

  constructor(settings: PoolSettings, runtime: RuntimeName) {
    this.#settings = settings;
    this.#runtime = runtime;
  }

  /** Returns whether this was the one too many. */
  note(reason: string): boolean {
    const wasStopped = this.state().stoppedFor > 0;
    this.#losses.push({ time: performance.now(), reason });
    return !wasStopped && this.state().stoppedFor > 0;
  }

  /** Forgets the losses. Returns whether there were so many that no process was started. */
  forget(): boolean {
    const wasStopped = this.state().stoppedFor > 0;
    this.#losses = [];
    return wasStopped;
  }

  /** Throws POOL_STOPPED while another process must not be started. */
  check(): void {
    const { stoppedFor, reason } = this.state();
    if (stoppedFor === 0) return;
    const { name } = this.#settings;
    const seconds = Math.ceil(stoppedFor / 1000);
    throw new HostError(
      'POOL_STOPPED',
      `pool ${name} is stopped for the runtime ${this.#runtime}: ${reason}; it is tried again in ` +
        `${String(seconds)} s, or at once with isapi-host pool recycle ${name}`,
    );
  }

  state(): RapidFailState {
    const { rapidFailCount: limit, rapidFailWindow } = this.#settings;
    const now = performance.now();
    const since = now - rapidFailWindow;
    this.#losses = this.#losses.filter(({ time }) => time > since);
    const [oldest] = this.#losses;
    const losses = this.#losses.length;
    if (limit === 0 || losses < limit || oldest === undefined)
      return { losses, limit, stoppedFor: 0, stoppedUntil: null, reason: '' };
    // The newest `limit` of them have to grow old: more may have come while others ran.
    const deciding = this.#losses.at(-limit) ?? oldest;
    const stoppedFor = deciding.time - since;
    return {
      losses,
      limit,
      stoppedFor,
      stoppedUntil: Math.ceil(Date.now() + stoppedFor),
      reason:
        `${String(losses)} of its worker processes died within ${String(rapidFailWindow / 1000)} s ` +
        `(rapid_fail.count), the last one: ${this.#losses.at(-1)?.reason ?? ''}`,
    };
  }
}
