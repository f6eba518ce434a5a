import path from 'node:path';
import { toByteString } from './bytes.js';
import type { SectionKind } from './directive.js';
import { compilePattern, isPattern } from './fnmatch.js';
import { compileRegex } from './regex.js';

/** What decides whether a section applies: the names it is matched against are byte strings. */
export interface Matcher {
  matches(name: string): boolean;
  /** for `<Directory>`: the number of slashes in the names that it can match, which are folders ending in a slash */
  readonly depth?: number;
}

/** A kind of section: what it is called, where it may stand, and what its argument means. */
export interface SectionRow {
  readonly kind: SectionKind;
  readonly syntax: string;
  readonly within: readonly SectionKind[];
  readonly help: string;
  /** `<Kind ~ regex>` is taken for this kind */
  readonly regexKind?: SectionKind;
  /**
   * @param resolvePath makes a path absolute, relative ones being relative to ServerRoot
   * @throws RegexError when the argument is a regular expression that cannot be used
   */
  matcher(argument: string, resolvePath: (path: string) => string): Matcher;
  /** what is odd about an argument that can be used all the same */
  warning?(argument: string): string | undefined;
}

const HOSTS: readonly SectionKind[] = ['server', 'VirtualHost'];
const FOLDERS: readonly SectionKind[] = [...HOSTS, 'Directory', 'DirectoryMatch', '.htaccess'];

/** Windows does not tell upper case from lower case in file names. */
const IGNORE_CASE = process.platform === 'win32';

export const SECTIONS: readonly SectionRow[] = [
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
    matcher: regexMatcher,
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
    matcher: regexMatcher,
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
    matcher: regexMatcher,
  },
];

/** A file name with slashes, which Windows writes otherwise. */
export function withSlashes(name: string): string {
  return IGNORE_CASE ? name.replaceAll('\\', '/') : name;
}

function directoryMatcher(argument: string, resolvePath: (path: string) => string): Matcher {
  // Not resolved, or it would be the root of one drive on Windows.
  const resolved = argument === '/' ? '/' : withSlashes(toByteString(resolvePath(argument)));
  const folder = resolved.endsWith('/') ? resolved : `${resolved}/`;
  const depth = countSlashes(folder);
  if (isPattern(folder)) {
    const pattern = compilePattern(folder, { pathname: true, ignoreCase: IGNORE_CASE });
    return { depth, matches: (name) => pattern.test(name) };
  }
  if (IGNORE_CASE) return { depth, matches: (name) => name.toLowerCase() === folder.toLowerCase() };
  return { depth, matches: (name) => name === folder };
}

function regexMatcher(argument: string): Matcher {
  const regex = compileRegex(argument);
  return { matches: (name) => regex.test(name) };
}

function filesMatcher(argument: string): Matcher {
  const name = toByteString(argument);
  if (isPattern(name)) {
    const pattern = compilePattern(name, { ignoreCase: IGNORE_CASE });
    return { matches: (file) => pattern.test(file) };
  }
  if (IGNORE_CASE) return { matches: (file) => file.toLowerCase() === name.toLowerCase() };
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

/** The path from ServerRoot that `<Directory>` and every other directive with a path resolves with. */
export function resolveFrom(serverRoot: string, name: string): string {
  return path.resolve(serverRoot, name);
}
