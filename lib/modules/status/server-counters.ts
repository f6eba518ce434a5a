import { preciseNow } from '../../http/clock.js';
import type { HttpRequest } from '../../http/request.js';

/** What is counted of all requests, whatever answers them, as long as the process lives. */
export class ServerCounters {
  requests = 0;
  /** bytes of response bodies */
  bytes = 0;
  /** milliseconds that requests took, all added */
  duration = 0;
  /** responses by the first digit of their status */
  readonly statuses = new Float64Array(10);
  /** without ExtendedStatus nobody tells of their ends: they are not held */
  readonly #streams = new WeakSet<HttpRequest>();
  #hasStreams = false;

  /** This request's response has no end of its own: its time counts for nothing. */
  stream(request: HttpRequest): void {
    this.#hasStreams = true;
    this.#streams.add(request);
  }

  /** A request has ended. */
  note(request: HttpRequest): void {
    const { status, bytesSent } = request.output;
    this.requests++;
    this.bytes += bytesSent;
    const digit = (status / 100) | 0;
    this.statuses[digit] = (this.statuses[digit] ?? 0) + 1;
    if (this.#hasStreams && this.#streams.delete(request)) return;
    this.duration += Math.max(0, preciseNow() - request.received);
  }
}
