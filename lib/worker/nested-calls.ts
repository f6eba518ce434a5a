/** Calls that may be nested before the next one waits for the outer one to return. */
const MAX_NESTED = 64;

/** Calls into an extension within calls of it, such as completions: only so many are nested, the others follow. */
export class NestedCalls {
  #depth = 0;
  readonly #waiting: (() => void)[] = [];

  /** Makes a call, at once or when an outer one has returned. */
  run(call: () => void): void {
    if (this.#depth >= MAX_NESTED) {
      this.#waiting.push(call);
      return;
    }
    this.#depth++;
    try {
      call();
      /* Only the innermost level has waiting ones: they run here one after the other, not nested further. */
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) next();
    } finally {
      this.#depth--;
    }
  }
}
