import type { GroupContext } from './group-context.js';
import { RapidFailure } from './rapid-failure.js';
import type { RuntimeName } from './runtimes/runtime.js';
import type { GroupSnapshot, RapidFailState, Replacement } from './snapshots.js';

/**
 * What became of the worker processes of a group: how many there were, why the last one was replaced, how many died.
 * What stops or replaces them goes to the log from here.
 */
export class ProcessHistory {
  readonly #context: Pick<GroupContext, 'settings' | 'log'>;
  readonly #runtime: RuntimeName;
  readonly #failures: RapidFailure;
  #starts = 0;
  #last: Replacement | null = null;

  constructor(context: Pick<GroupContext, 'settings' | 'log'>, runtime: RuntimeName) {
    this.#context = context;
    this.#runtime = runtime;
    this.#failures = new RapidFailure(context.settings, runtime);
  }

  /** A process is started. */
  started(): void {
    this.#starts++;
  }

  /** A process is to be replaced. */
  recycled(pid: number, reason: string): void {
    this.#last = { reason, isLoss: false, time: Date.now() };
    this.#context.log.write('workerRecycled', { reason }, { pool: this.#context.settings.name, pid });
  }

  /** A process has ended unasked. */
  lost(reason: string): void {
    this.#last = { reason, isLoss: true, time: Date.now() };
    if (!this.#failures.note(reason)) return;
    const { log, settings } = this.#context;
    const { stoppedFor, reason: why } = this.rapidFail;
    const seconds = Math.ceil(stoppedFor / 1000);
    const pool = settings.name;
    log.write('groupStopped', { pool, runtime: this.#runtime, reason: why, seconds }, { pool });
  }

  /** Forgets what was lost. Returns whether that ends a stop. */
  endStop(): boolean {
    if (!this.#failures.forget()) return false;
    const pool = this.#context.settings.name;
    this.#context.log.write('stopEnded', { pool, runtime: this.#runtime }, { pool });
    return true;
  }

  get rapidFail(): RapidFailState {
    return this.#failures.state();
  }

  /** Throws POOL_STOPPED while another process must not be started. */
  check(): void {
    this.#failures.check();
  }

  snapshot(): Pick<GroupSnapshot, 'restarts' | 'lastReplacement' | 'rapidFail'> {
    return {
      restarts: Math.max(0, this.#starts - 1),
      lastReplacement: this.#last,
      rapidFail: this.rapidFail,
    };
  }
}
