import { compileRegex, RegexError } from './regex.js';

/** The version of Apache httpd whose configuration language and directives this server follows. */
export const APACHE_VERSION = '2.4.71';

const OWN = APACHE_VERSION.split('.').map(Number);

/** Why a comparison cannot be made: for the operator, or for the version. */
export interface VersionProblem {
  readonly problem: string;
  readonly isOperator?: true;
}

type Comparison = (difference: number) => boolean;

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '=': (difference) => difference === 0,
  '==': (difference) => difference === 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
};

const BAD_VERSION =
  'Version appears to be invalid. It must have the format major[.minor[.patch]] where major, minor and patch are numbers.';

/** Whether the version of Apache that is followed compares as asked, as mod_version's `<IfVersion>` does. */
export function versionHolds(operator: string, version: string): boolean | VersionProblem {
  const isNegated = operator.startsWith('!') && operator.length > 1;
  const name = isNegated ? operator.slice(1) : operator;
  const isEqual = name === '=' || name === '==';
  if (name === '~' || (isEqual && version.startsWith('/'))) {
    const pattern = name === '~' ? version : /^\/([^]*)\/$/.exec(version)?.[1];
    if (pattern === undefined) return { problem: 'Missing delimiting / of regular expression.' };
    const matches = test(pattern);
    return typeof matches === 'boolean' ? matches !== isNegated : matches;
  }
  const compare = Object.hasOwn(COMPARISONS, name) ? COMPARISONS[name] : undefined;
  if (!compare) return { problem: `unrecognized operator '${operator}'`, isOperator: true };
  if (!/^\d+(?:\.\d*){0,2}$/.test(version)) return { problem: BAD_VERSION };
  return compare(difference(version)) !== isNegated;
}

/** Below 0 when the version that is followed is the older one. What is left out of the other one is 0. */
function difference(version: string): number {
  const parts = version.split('.').map(Number);
  for (const [index, own] of OWN.entries()) {
    const other = parts[index] ?? 0;
    if (own !== other) return own - other;
  }
  return 0;
}

function test(pattern: string): boolean | VersionProblem {
  try {
    return compileRegex(pattern).test(APACHE_VERSION);
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    return { problem: `Unable to compile regular expression: ${error.reason}` };
  }
}
