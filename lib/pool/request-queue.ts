import type { HostError } from '../errors.js';
import type { Exchange } from './exchange.js';
import { refuse } from './refusal.js';

/** The requests that wait for a worker thread of a group, the oldest first. */
export class RequestQueue {
  readonly #waiting: Exchange[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  add(exchange: Exchange): void {
    this.#waiting.push(exchange);
  }

  /** Puts back requests that were taken and not begun: they are the next. */
  putBack(...exchanges: readonly Exchange[]): void {
    this.#waiting.unshift(...exchanges);
  }

  /**
   * Starts those for which there is a place, in order.
   * @param mayPass whether later ones may go past one that has no place yet
   */
  startSome<T>(
    placeFor: (exchange: Exchange) => T | undefined,
    begin: (place: T, exchange: Exchange) => void,
    mayPass: () => boolean,
  ): void {
    for (let i = 0; i < this.#waiting.length;) {
      const exchange = this.#waiting[i];
      if (!exchange) return;
      const place = placeFor(exchange);
      if (place !== undefined) {
        this.#waiting.splice(i, 1);
        begin(place, exchange);
      } else if (mayPass()) i++;
      else return;
    }
  }

  /** Refuses all of them. */
  refuseAll(error: HostError): void {
    for (const exchange of this.#waiting.splice(0)) refuse(exchange, error);
  }
}
