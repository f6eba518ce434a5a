/** A request that takes longer than this is not short: none is sent ahead behind it. Milliseconds. */
export const SHORT_MS = 5;

/** The same for an extension whose requests are usually very short: what takes longer is rather the machine. */
const PATIENT_MS = 20;

/** Requests that usually take less than this are very short. Milliseconds. */
const VERY_SHORT_MS = 0.5;

/** By how much a median follows a value that lies above or below it. */
const STEP = 0.05;

/** A median of less than this stays there, so that it can grow again. Milliseconds. */
const LEAST_MS = 0.005;

/**
 * How long requests of each library of a worker process usually take. A running median: what a busy machine does to a
 * request now and then does not count, as it would in a mean.
 */
export class UsualTimes {
  readonly #medians: (number | undefined)[] = [];

  /** Milliseconds, or undefined for a library that has not served a request yet. */
  of(slot: number): number | undefined {
    return this.#medians[slot];
  }

  /** Milliseconds for which a request of a library may run before those behind it are better run elsewhere. */
  patience(slot: number): number {
    return (this.#medians[slot] ?? SHORT_MS) < VERY_SHORT_MS ? PATIENT_MS : SHORT_MS;
  }

  /** A request of a library took so many milliseconds. */
  note(slot: number, milliseconds: number): void {
    const median = this.#medians[slot];
    if (median === undefined) this.#medians[slot] = Math.max(LEAST_MS, milliseconds);
    else if (milliseconds > median) this.#medians[slot] = median * (1 + STEP);
    else if (milliseconds < median) this.#medians[slot] = Math.max(LEAST_MS, median * (1 - STEP));
  }
}
