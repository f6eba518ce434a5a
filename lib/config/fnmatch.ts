/** How a pattern is matched: the flags of `apr_fnmatch`. */
interface PatternOptions {
  /** `*`, `?` and `[...]` match no slash (APR_FNM_PATHNAME) */
  readonly pathname?: boolean;
  /** a dot at the beginning is matched only by a dot (APR_FNM_PERIOD) */
  readonly period?: boolean;
  readonly ignoreCase?: boolean;
}

/** Whether a text has wildcards: `*`, `?` or a closed `[...]`. */
export function isPattern(text: string): boolean {
  return /(?<!\\)(?:\\\\)*(?:[*?]|\[[^\]]+\])/.test(text);
}

/** A regular expression that matches the whole of what a shell pattern matches, as `apr_fnmatch` does. */
export function compilePattern(pattern: string, options: PatternOptions = {}): RegExp {
  const any = options.pathname ? '[^/]' : '[^]';
  let source = options.period ? '^(?![.])' : '^';
  if (options.period && pattern.startsWith('.')) source = '^';
  let at = 0;
  while (at < pattern.length) {
    const character = pattern.charAt(at);
    const set = character === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null;
    if (character === '*') {
      // Runs of stars match what one does, and would only make the matching slow.
      while (pattern.charAt(at + 1) === '*') at++;
      source += `${any}*`;
      at++;
    } else if (character === '?') {
      source += any;
      at++;
    } else if (set) {
      source += (options.pathname ? '(?!/)' : '') + classSource(set[1] !== '', set[2] ?? '');
      at += set[0].length;
    } else {
      if (character === '\\' && at + 1 < pattern.length) at++;
      source += escape(pattern.charAt(at));
      at++;
    }
  }
  return new RegExp(`${source}$`, options.ignoreCase ? 'i' : '');
}

/** The members of `[...]`; a range that ends before it begins matches nothing, as in `apr_fnmatch`. */
function classSource(negated: boolean, members: string): string {
  let source = '';
  for (const [whole, first = '', last = first] of members.matchAll(/\\?([^])(?:-\\?([^]))?/g)) {
    if (first <= last) source += whole.includes('-') && last !== first ? range(first, last) : escape(first);
  }
  return `[${negated ? '^' : ''}${source}]`;
}

function range(first: string, last: string): string {
  return `${escape(first)}-${escape(last)}`;
}

function escape(character: string): string {
  return /[\w/]/.test(character) ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
