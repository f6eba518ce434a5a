import { formatCall } from '../modules/trace/trace-text.js';
import type { WatchedCall } from '../modules/trace/watchers.js';

/** How long a call may take before it is shown as one that has not returned. Milliseconds. */
const PATIENCE_MS = 300;

/** A call that has begun and was not shown yet. */
interface Waiting {
  readonly call: WatchedCall;
  readonly timer: NodeJS.Timeout;
}

/**
 * Shows the calls of requests that run, one after the other as they return. One that takes long, or that others are
 * within, is shown when it begins as well.
 */
export class CallPrinter {
  readonly #out: (line: string) => void;
  readonly #waiting = new Map<string, Waiting>();
  /** the request that the last line is about */
  #request = '';

  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  show(call: WatchedCall): void {
    if (call.event.duration === undefined) {
      this.#begins(call);
      return;
    }
    const waiting = this.#waiting.get(call.request);
    if (waiting?.call.call === call.call) this.#forget(call.request);
    this.#print(call);
  }

  /** A request has ended: what has not returned by now never will. */
  ended(request: string): void {
    this.#showWaiting(request);
    if (this.#request === request) this.#request = '';
  }

  /** Nothing is shown any more. */
  close(): void {
    for (const request of [...this.#waiting.keys()]) this.#forget(request);
  }

  #begins(call: WatchedCall): void {
    const { request } = call;
    this.#showWaiting(request);
    const timer = setTimeout(() => {
      this.#showWaiting(request);
    }, PATIENCE_MS);
    this.#waiting.set(request, { call, timer });
  }

  #showWaiting(request: string): void {
    const waiting = this.#waiting.get(request);
    if (!waiting) return;
    this.#forget(request);
    this.#print(waiting.call);
  }

  #forget(request: string): void {
    clearTimeout(this.#waiting.get(request)?.timer);
    this.#waiting.delete(request);
  }

  #print({ request, method, url, extension, ownThread, event }: WatchedCall): void {
    if (request !== this.#request) {
      this.#out(`Request ${request}  ${method} ${url}  (${extension})`);
      this.#request = request;
    }
    for (const line of formatCall(event, ownThread)) {
      this.#out(line.replace(' did not return', ' ...'));
    }
  }
}
