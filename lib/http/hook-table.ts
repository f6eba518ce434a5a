import { PendingAnswer } from './access-question.js';
import type { Hooks, Module, Outcome, RequestHook, ResponseHead } from './module.js';
import type { HeaderList } from './output.js';
import type { HttpRequest } from './request.js';

/**
 * The modules' hooks by the points at which they run, each in the order of the modules. Those of a phase that no
 * module takes part in cost a request nothing but a look at the length.
 */
export class HookTable {
  readonly received: readonly Hooks['received'][];
  readonly translate: readonly Hooks['translate'][];
  readonly walked: readonly Hooks['walked'][];
  readonly access: readonly RequestHook[];
  readonly satisfy: readonly Hooks['satisfy'][];
  readonly authorize: readonly Hooks['authorize'][];
  readonly authenticate: readonly Hooks['authenticate'][];
  readonly fixups: readonly RequestHook[];
  readonly respond: readonly Pick<Partial<Hooks>, 'respond' | 'responds'>[];
  readonly log: readonly Hooks['log'][];

  constructor(modules: readonly Module[]) {
    this.received = hooksOf(modules, 'received');
    this.translate = hooksOf(modules, 'translate');
    this.walked = hooksOf(modules, 'walked');
    this.access = hooksOf(modules, 'access');
    this.satisfy = hooksOf(modules, 'satisfy');
    this.authorize = hooksOf(modules, 'authorize');
    this.authenticate = hooksOf(modules, 'authenticate');
    this.fixups = hooksOf(modules, 'fixups');
    this.respond = modules.flatMap(({ hooks }) => (hooks?.respond === undefined ? [] : [hooks]));
    this.log = hooksOf(modules, 'log');
  }

  /** The head of a response as the modules leave it; undefined when none of them has anything to do. */
  changeHead(
    request: HttpRequest,
    status: number,
    reason: string | undefined,
    headers: HeaderList,
  ): ResponseHead | undefined {
    let head: ResponseHead | undefined;
    for (const hooks of this.respond) {
      if (hooks.responds?.(request) === false) continue;
      head ??= {
        status,
        reason,
        headers: headers.map(([name, value]) => [name, value]),
        isError: request.isError,
      };
      hooks.respond?.(request, head);
    }
    return head;
  }
}

/** Runs a hook, and again once there is an answer that an expression of it has to wait for. */
export function callHook(hook: RequestHook, request: HttpRequest): Outcome | Promise<Outcome> {
  let outcome: Outcome | Promise<Outcome>;
  try {
    outcome = hook(request);
  } catch (error) {
    return callAgain(error, hook, request);
  }
  return outcome instanceof Promise
    ? outcome.catch((error: unknown) => callAgain(error, hook, request))
    : outcome;
}

function callAgain(error: unknown, hook: RequestHook, request: HttpRequest): Promise<Outcome> {
  if (!(error instanceof PendingAnswer)) throw error;
  return error.answer.then(() => callHook(hook, request));
}

/** Runs hooks that all have a say, from one of them on: the first status or redirect counts, else `declined`. */
export function runHooks(
  hooks: readonly RequestHook[],
  request: HttpRequest,
  from = 0,
): Outcome | Promise<Outcome> {
  for (let index = from; index < hooks.length; index++) {
    const hook = hooks[index];
    const outcome = hook ? callHook(hook, request) : 'declined';
    if (outcome instanceof Promise) {
      return outcome.then((settled) =>
        typeof settled === 'string' ? runHooks(hooks, request, index + 1) : settled,
      );
    }
    if (typeof outcome !== 'string') return outcome;
  }
  return 'declined';
}

function hooksOf<Name extends keyof Hooks>(
  modules: readonly Module[],
  name: Name,
): NonNullable<Hooks[Name]>[] {
  const first: Partial<Hooks>[] = modules.map((module) => module.earlyHooks ?? {});
  return [...first, ...modules.map((module) => module.hooks ?? {})].flatMap((hooks) => hooks[name] ?? []);
}
