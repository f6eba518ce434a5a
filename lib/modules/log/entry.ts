import { preciseNow } from '../../http/clock.js';
import type { HttpRequest, RedirectedRequest } from '../../http/request.js';

/** What an internal redirect changes about a request. */
export type RequestState = Omit<RedirectedRequest, 'redirected'>;

/** A request that has ended, as its lines in access logs are made from. */
export class LogEntry {
  readonly request: HttpRequest;
  #end = 0;

  constructor(request: HttpRequest) {
    this.request = request;
  }

  /** when it was logged: milliseconds since 1970 with a fraction, the same for all items and logs */
  get end(): number {
    if (this.#end === 0) this.#end = preciseNow();
    return this.#end;
  }

  /** The request as it came, before internal redirects, or as it was answered. */
  state(original: boolean): RequestState {
    const { request } = this;
    if (!original || request.redirected === undefined) {
      const { method, path, query, filename, handler, output } = request;
      return { method, path, query, filename, handler, status: output.status };
    }
    let first = request.redirected;
    while (first.redirected !== undefined) first = first.redirected;
    return first;
  }

  /** The variables of the request in a state: those of long ago are there with REDIRECT_ before their names. */
  environment(state: RequestState): ReadonlyMap<string, string> {
    const { env, redirected } = this.request;
    return redirected === undefined || state !== this.state(true) ? env : this.original.env;
  }

  /** The request as it came: what internal redirects have changed is as it was. */
  get original(): HttpRequest {
    const { request } = this;
    if (request.redirected === undefined) return request;
    let prefix = '';
    let step: RedirectedRequest | undefined = request.redirected;
    for (; step !== undefined; step = step.redirected) prefix += 'REDIRECT_';
    const names = [...request.env].filter(([name]) => name.startsWith(prefix));
    const env = new Map(names.map(([name, value]) => [name.slice(prefix.length), value]));
    const { method, path, query, filename, handler } = this.state(true);
    // Everything else is the request's own.
    const original = Object.create(request) as HttpRequest;
    return Object.assign(original, { method, path, query, filename, handler, env, redirected: undefined });
  }
}
