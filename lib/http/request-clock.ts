import { REQUEST_TIMES, timeAllowed } from './request-times.js';
import type { ServerRequest } from './server-request.js';

/**
 * How long a request's body has been waited for. The time that a handler takes between two reads is not the client's:
 * only the time counts in which somebody waits for the client.
 */
export class RequestClock {
  #waited = 0;
  #last: number | undefined;

  /**
   * Whether the body comes more slowly than RequestReadTimeout allows.
   * @param now milliseconds; to be called about once a second
   */
  bodyIsLate(request: ServerRequest, now: number): boolean {
    const { body } = request;
    if (body?.waiting !== true) {
      this.#last = undefined;
      return false;
    }
    if (this.#last !== undefined) this.#waited += now - this.#last;
    this.#last = now;
    const { body: stage } = request.host.settings.get(REQUEST_TIMES);
    return this.#waited > timeAllowed(stage, body.received) * 1000;
  }
}
