import type { PoolSettings } from '../config/pool-settings.js';
import { RapidFailure } from './rapid-failure.js';
import type { GroupSnapshot, Replacement } from './snapshots.js';

/** What became of the worker processes of a group: how many there were, why the last one was replaced, how many died. */
export class ProcessHistory {
  readonly #failures: RapidFailure;
  #starts = 0;
  #last: Replacement | null = null;

  constructor(settings: PoolSettings) {
    this.#failures = new RapidFailure(settings);
  }

  /** A process is started. */
  started(): void {
    this.#starts++;
  }

  /** A process is to be replaced. */
  recycled(reason: string): void {
    this.#last = { reason, isLoss: false, time: Date.now() };
  }

  /** A process has ended unasked. */
  lost(reason: string): void {
    this.#failures.note();
    this.#last = { reason, isLoss: true, time: Date.now() };
  }

  /** Throws POOL_STOPPED while another process must not be started. */
  check(): void {
    this.#failures.check();
  }

  snapshot(): Pick<GroupSnapshot, 'restarts' | 'lastReplacement' | 'rapidFail'> {
    return {
      restarts: Math.max(0, this.#starts - 1),
      lastReplacement: this.#last,
      rapidFail: this.#failures.state(),
    };
  }
}
