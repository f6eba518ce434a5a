import { messageOf } from '../errors.js';
import { toByteString } from './bytes.js';
import { PatternError } from './regex/pattern-error.js';
import type { PatternFlags } from './regex/options.js';
import type { Translation } from './regex/parts.js';
import { translate } from './regex/translator.js';

/** A regular expression that cannot be used; its message says why, for the place of the expression. */
export class RegexError extends Error {
  /** what is wrong, without saying that a regular expression is meant */
  readonly reason: string;
  /** where in the pattern: characters before it */
  readonly offset: number;

  constructor(reason: string, offset: number, cause: unknown) {
    super(`Regex could not be compiled: ${reason}`, { cause });
    this.reason = reason;
    this.offset = offset;
  }
}

/** What RegexDefaultOptions sets, for every regular expression that is read after it. */
export interface RegexDefaults {
  readonly ignoreCase: boolean;
  readonly dotAll: boolean;
  readonly dollarEndOnly: boolean;
}

/** Apache's own defaults. */
export const REGEX_DEFAULTS: RegexDefaults = { ignoreCase: false, dotAll: true, dollarEndOnly: true };

let defaults = REGEX_DEFAULTS;

/** Runs a function with other defaults for the regular expressions that it compiles. */
export function withRegexDefaults<T>(wanted: RegexDefaults, run: () => T): T {
  const before = defaults;
  defaults = wanted;
  try {
    return run();
  } finally {
    defaults = before;
  }
}

/** The defaults at this point of the configuration; changes last until the function of `withRegexDefaults` ends. */
export function currentRegexDefaults(): RegexDefaults {
  return defaults;
}

export function changeRegexDefaults(changed: RegexDefaults): void {
  defaults = changed;
}

/** The groups of a regular expression. */
export interface RegexGroups {
  /** groups that capture, the whole match not counted */
  readonly count: number;
  /** names with the numbers of their groups */
  readonly names: ReadonlyMap<string, number>;
}

const NO_GROUPS: RegexGroups = { count: 0, names: new Map() };
const groups = new WeakMap<RegExp, RegexGroups>();

/** The groups of a regular expression that `compileRegex` has made. */
export function groupsOf(regex: RegExp): RegexGroups {
  return groups.get(regex) ?? NO_GROUPS;
}

export interface RegexOptions {
  readonly ignoreCase?: boolean;
}

/**
 * A regular expression of the configuration, in PCRE's syntax, for byte strings. It is not anchored. What JavaScript
 * writes otherwise is translated. Three differences remain: a reference to a group that took no part matches nothing in
 * place of failing, a group within a repetition forgets what it captured in an earlier round, and a round that would
 * match nothing is not made.
 *
 * Like every engine that tries again, JavaScript's may take very long for patterns such as `(a+)+$`. What they are
 * matched with is as long as LimitRequestLine and LimitRequestFieldSize allow, and no longer.
 * @throws RegexError for what does not compile or what JavaScript cannot express
 */
export function compileRegex(
  pattern: string,
  { ignoreCase = defaults.ignoreCase }: RegexOptions = {},
): RegExp {
  const source = toByteString(pattern);
  const flags: PatternFlags = { ...defaults, ignoreCase, multiline: false, extended: false, ungreedy: false };
  try {
    const translation = translate(source, flags);
    const regex = build(translation);
    // The engine finds out only here that it cannot handle an expression of this size.
    regex.test('');
    groups.set(regex, { count: translation.groupCount, names: translation.names });
    return regex;
  } catch (error) {
    const offset = error instanceof PatternError ? error.offset : 0;
    const reason = messageOf(error).replace(/^Invalid regular expression: .*: /s, '');
    const before = Buffer.from(source.slice(0, offset), 'latin1').toString('utf8').length;
    throw new RegexError(reason, before, error);
  }
}

function build({ source, foldsReferences, positions }: Translation): RegExp {
  const flags = foldsReferences ? 'i' : '';
  return positions ? new RenumberedRegExp(source, flags, positions) : new RegExp(source, flags);
}

/** A regular expression with groups that its pattern does not have: they are left out of what it finds. */
class RenumberedRegExp extends RegExp {
  readonly #positions: readonly number[];

  constructor(source: string, flags: string, positions: readonly number[]) {
    super(source, flags);
    this.#positions = positions;
  }

  override exec(text: string): RegExpExecArray | null {
    const found = super.exec(text);
    if (!found) return null;
    const kept = this.#positions.map((position) => found[position]);
    // The first position is that of the whole match.
    return Object.assign(kept, { index: found.index, input: found.input }) as RegExpExecArray;
  }
}
