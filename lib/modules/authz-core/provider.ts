import type { Argument, DirectiveContext } from '../../config/directive.js';
import type { Settings } from '../../config/settings.js';
import type { HttpRequest } from '../../http/request.js';

/**
 * What a rule says of a request. `no-user` is a denial that a user might change; `neutral` has no opinion; `error` is
 * logged already and answered with 500.
 */
export type Verdict = 'granted' | 'denied' | 'no-user' | 'neutral' | 'error';

/** Looks at a request under settings that may be other than its own, because an alias changes them. */
export type Check = (request: HttpRequest, settings: Settings) => Verdict | Promise<Verdict>;

/** A `Require` line without the name of its provider. */
export interface RequireLine {
  /** as it stands, quotes included */
  readonly text: string;
  /** its words, without their quotes */
  readonly words: readonly Argument[];
  readonly context: DirectiveContext;
}

/** What can stand behind `Require`. */
export interface AuthzProvider {
  readonly name: string;
  /** The check that a line asks for; undefined when something is wrong with it, which is reported. */
  parse(line: RequireLine): Check | undefined;
}
