/** Measures how long a worker thread has shown no sign of life, as far as that is its own doing. */
export class SilenceClock {
  readonly #onTimeout: (milliseconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = 0;
  /** milliseconds of silence that are allowed */
  #limit = 0;
  #waiting = false;
  #lastSign = 0;

  /** @param onTimeout gets the limit in milliseconds */
  constructor(onTimeout: (milliseconds: number) => void) {
    this.#onTimeout = onTimeout;
  }

  /** Begins to watch for silence of this length in milliseconds. */
  watch(limit: number): void {
    this.answered();
    this.#limit = limit;
    const due = this.#lastSign + limit;
    /* One timer for all requests: it looks again when it fires early. */
    if (this.#timer && this.#timerDue <= due) return;
    this.#arm(limit);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The thread has said something. While it waits for the client the clock stays stopped all the same. */
  heard(): void {
    if (!this.#waiting) this.#lastSign = performance.now();
  }

  /** The thread has got what it waited for: from now on its silence counts. */
  answered(): void {
    this.#waiting = false;
    this.#lastSign = performance.now();
  }

  /** The thread waits for the client: silence does not count. */
  waiting(): void {
    this.#waiting = true;
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timerDue = performance.now() + milliseconds;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const silent = this.#waiting ? 0 : performance.now() - this.#lastSign;
      if (silent >= this.#limit) this.#onTimeout(this.#limit);
      else this.#arm(Math.max(1, this.#limit - silent));
    }, milliseconds).unref();
  }
}
