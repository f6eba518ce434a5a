import type { Replacement } from './snapshots.js';

/** How often worker processes of a group were replaced, and why the last one was. */
export class Replacements {
  #starts = 0;
  #last: Replacement | undefined;

  /** A process is started. */
  started(): void {
    this.#starts++;
  }

  /** A process will be, or has been, replaced. */
  note(reason: string, isLoss: boolean): void {
    this.#last = { reason, isLoss, time: Date.now() };
  }

  get count(): number {
    return Math.max(0, this.#starts - 1);
  }

  get last(): Replacement | null {
    return this.#last ?? null;
  }
}
