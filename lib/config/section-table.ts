import { toByteString } from './bytes.js';
import type { SectionKind } from './directive.js';
import { compilePattern, isPattern } from './fnmatch.js';
import { lowerCase, type PathRules } from './paths.js';
import { compileRegex, groupsOf } from './regex.js';

/** What a named group of a section's regular expression has captured, as a variable MATCH_NAME. */
export type Capture = readonly [name: string, value: string];

/** What decides whether a section applies: the names it is matched against are byte strings. */
export interface Matcher {
  matches(name: string): boolean;
  /** of a name that matches */
  captures?(name: string): readonly Capture[];
  /** for `<Directory>`: the number of slashes in the names that it can match, which are folders ending in a slash */
  readonly depth?: number;
}

/** A kind of section: what it is called, where it may stand, and what its argument means. */
export interface SectionRow {
  readonly kind: SectionKind;
  readonly syntax: string;
  readonly within: readonly SectionKind[];
  readonly help: string;
  /** whether it applies is found out for each request, after all others */
  readonly isConditional?: true;
  /** `<Kind ~ regex>` is taken for this kind */
  readonly regexKind?: SectionKind;
  /**
   * @param resolvePath makes a path absolute, relative ones being relative to ServerRoot
   * @param paths how names of files are written
   * @throws RegexError when the argument is a regular expression that cannot be used
   */
  matcher(argument: string, resolvePath: (path: string) => string, paths: PathRules): Matcher;
  /** what is odd about an argument that can be used all the same */
  warning?(argument: string): string | undefined;
}

const HOSTS: readonly SectionKind[] = ['server', 'VirtualHost'];
const CONDITIONAL: readonly SectionKind[] = ['If', 'ElseIf', 'Else'];
const FOLDERS: readonly SectionKind[] = [
  ...HOSTS,
  'Directory',
  'DirectoryMatch',
  '.htaccess',
  ...CONDITIONAL,
];
const EVERYWHERE: readonly SectionKind[] = [...FOLDERS, 'Files', 'FilesMatch', 'Location', 'LocationMatch'];

/** What the sections have in common whose turn comes by a condition and not by a name. */
const BY_CONDITION = {
  within: EVERYWHERE,
  isConditional: true,
  matcher: () => ({ matches: () => false }),
} as const;

export const SECTIONS: readonly SectionRow[] = [
  {
    kind: 'VirtualHost',
    syntax: '<VirtualHost address[:port] [address[:port]] ...>',
    within: ['server'],
    help: 'Directives for requests that come to an address, a port and, where several hosts share them, for a name.',
    // Which host a request is for is decided before sections are.
    matcher: () => ({ matches: () => false }),
  },
  {
    kind: 'Directory',
    syntax: '<Directory path> | <Directory ~ regex>',
    within: HOSTS,
    help: 'Directives for a folder on disk and everything below it; *, ? and [...] match within one folder name.',
    regexKind: 'DirectoryMatch',
    matcher: directoryMatcher,
  },
  {
    kind: 'DirectoryMatch',
    syntax: '<DirectoryMatch regex>',
    within: HOSTS,
    help: 'Directives for files and folders whose path on disk matches a regular expression.',
    matcher: fileRegexMatcher,
  },
  {
    kind: 'Files',
    syntax: '<Files name> | <Files ~ regex>',
    within: FOLDERS,
    help: 'Directives for files by their name, without folders; *, ? and [...] are wildcards.',
    regexKind: 'FilesMatch',
    matcher: filesMatcher,
  },
  {
    kind: 'FilesMatch',
    syntax: '<FilesMatch regex>',
    within: FOLDERS,
    help: 'Directives for files whose name, without folders, matches a regular expression.',
    matcher: fileRegexMatcher,
  },
  {
    kind: 'Location',
    syntax: '<Location path> | <Location ~ regex>',
    within: HOSTS,
    help: 'Directives for a URL path and everything below it; *, ? and [...] match within one segment.',
    regexKind: 'LocationMatch',
    matcher: locationMatcher,
    warning: (argument) =>
      argument === '' || argument.startsWith('/')
        ? undefined
        : 'this matches no URL path, because it does not begin with a slash',
  },
  {
    kind: 'LocationMatch',
    syntax: '<LocationMatch regex>',
    within: HOSTS,
    help: 'Directives for URL paths that match a regular expression.',
    matcher: urlRegexMatcher,
  },
  {
    kind: 'If',
    syntax: '<If "expression">',
    help: 'Directives for requests for which an expression is true; they count more than those of all other sections.',
    ...BY_CONDITION,
  },
  {
    kind: 'ElseIf',
    syntax: '<ElseIf "expression">',
    help: 'Directives for requests for which an expression is true, and those of the sections before it are not, up to <If>.',
    ...BY_CONDITION,
  },
  {
    kind: 'Else',
    syntax: '<Else>',
    help: 'Directives for requests for which no expression of the sections before it is true, up to <If>.',
    ...BY_CONDITION,
  },
];

function directoryMatcher(
  argument: string,
  resolvePath: (path: string) => string,
  paths: PathRules,
): Matcher {
  const ignoreCase = paths.ignoresCase;
  // Not resolved, or it would be the root of one drive on Windows.
  const resolved = argument === '/' ? '/' : paths.withSlashes(toByteString(resolvePath(argument)));
  const folder = resolved.endsWith('/') ? resolved : `${resolved}/`;
  const depth = countSlashes(folder);
  if (isPattern(folder)) {
    const pattern = compilePattern(folder, { pathname: true, ignoreCase });
    return { depth, matches: (name) => pattern.test(name) };
  }
  if (ignoreCase) {
    const wanted = lowerCase(folder);
    return { depth, matches: (name) => lowerCase(name) === wanted };
  }
  return { depth, matches: (name) => name === folder };
}

/** Names of files, as opposed to those in URLs, are matched as the system compares them. */
function fileRegexMatcher(argument: string, _: unknown, { ignoresCase }: PathRules): Matcher {
  return matcherOf(ignoresCase ? compileRegex(argument, { ignoreCase: true }) : compileRegex(argument));
}

function urlRegexMatcher(argument: string): Matcher {
  return matcherOf(compileRegex(argument));
}

function matcherOf(regex: RegExp): Matcher {
  const { names } = groupsOf(regex);
  const matcher = { matches: (name: string) => regex.test(name) };
  if (names.size === 0) return matcher;
  const variables = [...names].map(([name, group]) => [`MATCH_${name.toUpperCase()}`, group] as const);
  return {
    ...matcher,
    captures(name) {
      const found = regex.exec(name);
      return variables.flatMap(([variable, group]) => {
        const value = found?.[group];
        return value === undefined ? [] : [[variable, value] as const];
      });
    },
  };
}

function filesMatcher(argument: string, _: unknown, { ignoresCase: ignoreCase }: PathRules): Matcher {
  const name = toByteString(argument);
  if (isPattern(name)) {
    const pattern = compilePattern(name, { ignoreCase });
    return { matches: (file) => pattern.test(file) };
  }
  if (ignoreCase) {
    const wanted = lowerCase(name);
    return { matches: (file) => lowerCase(file) === wanted };
  }
  return { matches: (file) => file === name };
}

/** Without wildcards it matches the path itself and what is below it, as `ap_location_walk` does. */
function locationMatcher(argument: string): Matcher {
  const location = toByteString(argument);
  if (isPattern(location)) {
    const pattern = compilePattern(location, { pathname: true });
    return { matches: (url) => pattern.test(url) };
  }
  const whole = location === '' || location.endsWith('/');
  return {
    matches: (url) =>
      url.startsWith(location) && (whole || url.length === location.length || url[location.length] === '/'),
  };
}

/** How many slashes a name has. */
export function countSlashes(name: string): number {
  let count = 0;
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) count++;
  return count;
}
