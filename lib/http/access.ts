import { displayText } from './byte-string.js';
import { callHook, runHooks, type HookTable } from './hook-table.js';
import type { Outcome } from './module.js';
import type { ServerRequest } from './server-request.js';

/** What of a module's answers lets a request go on. */
function isRefusal(outcome: Outcome): boolean {
  return typeof outcome !== 'string';
}

/**
 * Decides whether a request may have what it asks for, as Apache's `ap_process_request_internal` does: access by
 * address first, then authorization, for which the user is asked for when it depends on who that is.
 */
export class AccessControl {
  readonly #hooks: HookTable;

  constructor(hooks: HookTable) {
    this.#hooks = hooks;
  }

  /** `declined` when the request may go on; a status or a redirect refuses it. */
  check(request: ServerRequest): Outcome | Promise<Outcome> {
    const { parent, settings } = request;
    // What was decided holds for a redirect within the server and for a subrequest under the same settings.
    if (request.checked === settings) return 'declined';
    request.checked = settings;
    if (parent?.settings === settings) {
      request.user = parent.user;
      request.authType = parent.authType;
      return 'declined';
    }
    request.user = undefined;
    request.authType = undefined;
    const outcome = runHooks(this.#hooks.access, request);
    return outcome instanceof Promise
      ? outcome.then((settled) => this.#afterAccess(request, settled))
      : this.#afterAccess(request, outcome);
  }

  #afterAccess(request: ServerRequest, outcome: Outcome): Outcome | Promise<Outcome> {
    if (this.#isEither(request)) {
      if (!isRefusal(outcome)) return 'declined';
    } else if (isRefusal(outcome)) {
      return outcome;
    }
    if (this.#hooks.authorize.length === 0) return 'declined';
    const authorized = this.#authorize(request, false, 0);
    return authorized instanceof Promise
      ? authorized.then((settled) => this.#afterAuthorization(request, settled))
      : this.#afterAuthorization(request, authorized);
  }

  /** Whether access by address is as good as authorization (`Satisfy any`). */
  #isEither(request: ServerRequest): boolean {
    return this.#hooks.satisfy.some((hook) => hook(request) === 'any');
  }

  /** The first module that has an opinion counts. */
  #authorize(request: ServerRequest, authenticated: boolean, from: number): Outcome | Promise<Outcome> {
    const { authorize } = this.#hooks;
    for (let index = from; index < authorize.length; index++) {
      const hook = authorize[index];
      const outcome = hook ? callHook((each) => hook(each, authenticated), request) : 'declined';
      if (outcome instanceof Promise) {
        return outcome.then((settled) =>
          settled === 'declined' ? this.#authorize(request, authenticated, index + 1) : settled,
        );
      }
      if (outcome !== 'declined') return outcome;
    }
    return 'declined';
  }

  #afterAuthorization(request: ServerRequest, outcome: Outcome): Outcome | Promise<Outcome> {
    if (outcome === 'done') return 'declined';
    return outcome === 'declined' ? this.#withUser(request) : outcome;
  }

  /** Only the user decides: who is it, and may that one have it? */
  async #withUser(request: ServerRequest): Promise<Outcome> {
    const authenticated = await this.#authenticate(request);
    if (isRefusal(authenticated)) return authenticated;
    if (authenticated === 'declined' || request.user === undefined) {
      request.log('authenticationMissing', { path: displayText(request.path) });
      return 500;
    }
    const authorized = await this.#authorize(request, true, 0);
    if (authorized === 'done') return 'declined';
    return authorized === 'declined' ? 500 : authorized;
  }

  async #authenticate(request: ServerRequest): Promise<Outcome> {
    for (const hook of this.#hooks.authenticate) {
      const outcome = await hook(request);
      if (outcome !== 'declined') return outcome;
    }
    return 'declined';
  }
}
