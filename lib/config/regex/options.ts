import { PatternError } from './pattern-error.js';

/** How a pattern is read, at one place of it. */
export interface PatternFlags {
  readonly ignoreCase: boolean;
  /** `.` matches the end of a line too */
  readonly dotAll: boolean;
  /** `$` does not match before an end of line that is the last of the text */
  readonly dollarEndOnly: boolean;
  readonly multiline: boolean;
  /** blanks and comments in the pattern do not count */
  readonly extended: boolean;
  /** quantifiers are lazy unless a `?` follows them */
  readonly ungreedy: boolean;
}

const LETTERS: Readonly<Record<string, keyof PatternFlags>> = {
  i: 'ignoreCase',
  s: 'dotAll',
  m: 'multiline',
  x: 'extended',
  U: 'ungreedy',
};

/** Kinds of groups that JavaScript cannot do, by how they begin, with what they are. */
const REFUSED: Readonly<Record<string, string>> = {
  R: 'recursion',
  '&': 'recursion',
  'P>': 'recursion',
  '(': 'conditions',
  C: 'callouts',
  '|': 'alternatives that number their groups anew',
  J: 'groups of the same name',
};

/** What letters between `(?` and `:` or `)` say. */
export interface Options {
  readonly flags: PatternFlags;
  readonly length: number;
  /** they hold for a group that they begin, and not up to the end of the one around them */
  readonly isGroup: boolean;
}

/**
 * Reads `(?i)` or the beginning of `(?i:...)`.
 * @param rest the pattern from there on, `at` bytes after its beginning
 * @throws PatternError for any other kind of group
 */
export function readOptions(rest: string, at: number, before: PatternFlags): Options {
  const found = /^\(\?(\^?)([a-zA-Z]*)(-[a-zA-Z]*)?([:)])/.exec(rest);
  if (!found || /[^imsxU-]/.test(`${found[2]}${found[3] ?? ''}`)) throw refusal(rest, at);
  const [whole, caret, on = '', off = '', end] = found;
  const flags: { -readonly [K in keyof PatternFlags]: boolean } = { ...before };
  if (caret === '^') {
    Object.assign(flags, { ignoreCase: false, dotAll: false, multiline: false, extended: false });
  }
  for (const letter of on) flags[LETTERS[letter] ?? 'extended'] = true;
  for (const letter of off.slice(1)) flags[LETTERS[letter] ?? 'extended'] = false;
  return { flags, length: whole.length, isGroup: end === ':' };
}

function refusal(rest: string, at: number): PatternError {
  const refused = Object.keys(REFUSED).find((key) => rest.startsWith(key, 2));
  if (refused !== undefined) {
    return new PatternError(`(?${refused} is not supported (${REFUSED[refused]})`, at);
  }
  if (/^\(\?[+-]?\d/.test(rest)) return new PatternError('(?1) is not supported (recursion)', at);
  return new PatternError('unrecognized character after (? or (?-', at);
}
