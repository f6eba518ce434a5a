import type { HttpRequest } from '../../http/request.js';
import type { ExtensionCounters } from '../../pool/extension-statistics.js';

/**
 * Requests whose response is not there yet when they are done with for their extension, because the server answers in its
 * place: what goes out is counted when the response has ended.
 */
export class LateBytes {
  readonly #counters = new WeakMap<HttpRequest, ExtensionCounters>();
  /** whether there may be any: most servers have none most of the time, and each request is asked for */
  #some = false;

  /** What is sent to a request from now on goes to the account of an extension. */
  expect(request: HttpRequest, counters: ExtensionCounters): void {
    // What a subrequest sends is a part of another response.
    if (request.parent !== undefined) return;
    this.#counters.set(request, counters);
    this.#some = true;
  }

  /** The response has ended. */
  ended(request: HttpRequest): void {
    if (!this.#some) return;
    const counters = this.#counters.get(request);
    if (counters === undefined) return;
    counters.bytes += request.output.bytesSent;
    this.#counters.delete(request);
  }
}
