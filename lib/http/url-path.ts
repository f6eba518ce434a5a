/**
 * Request targets and URL paths: pure functions from the text of a request to decoded paths, in Apache's manner.
 */

/** AllowEncodedSlashes and MergeSlashes. */
export interface UrlRules {
  /** what becomes of `%2f`: the request is refused, it is a slash, or it stays as it is */
  readonly encodedSlashes: 'off' | 'on' | 'nodecode';
  /** slashes that follow each other count as one */
  readonly mergeSlashes: boolean;
}

const DEFAULT_RULES: UrlRules = { encodedSlashes: 'off', mergeSlashes: true };

/** A request target that was understood. Strings are byte strings. */
export interface Target {
  /** `host[:port]` of an absolute-form target */
  readonly authority: string | undefined;
  /** decoded, dot segments and (as a rule) doubled slashes removed; `*` for `OPTIONS *` */
  readonly path: string;
  /** what follows the first `?`, undecoded */
  readonly query: string;
  /** a segment has a form that {@link unsafeName} refuses in a name of a file */
  readonly suspicious: boolean;
}

/** A request target that is refused, with the status to answer. */
export interface RefusedTarget {
  readonly status: 400 | 404;
  readonly reason: string;
  /** %2f is told apart since Apache logs it in its own words */
  readonly encodedSlash?: true;
}

const SLASH = 0x2f;
const PERCENT = 0x25;
const DOT = 0x2e;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is;

/**
 * Takes a request target apart: origin form, absolute form or `*`. A target that no client sends by the standard
 * (control characters, a fragment, a user in the authority) is refused with 400.
 */
export function parseTarget(target: string, rules: UrlRules = DEFAULT_RULES): Target | RefusedTarget {
  let rest = target;
  let authority: string | undefined;
  if (target.charCodeAt(0) !== SLASH) {
    if (target === '*') return { authority, path: '*', query: '', suspicious: false };
    const match = ABSOLUTE_FORM.exec(target);
    if (!match) return { status: 400, reason: 'not a path and not an http URL' };
    authority = match[1] ?? '';
    if (authority === '' || authority.includes('@')) {
      return { status: 400, reason: 'the URL has no host, or names a user' };
    }
    rest = match[2] ?? '';
    if (rest.charCodeAt(0) !== SLASH) rest = `/${rest}`;
  }
  const mark = rest.indexOf('?');
  const raw = mark < 0 ? rest : rest.slice(0, mark);
  const decoded = decodePath(raw, rules);
  if ('status' in decoded) return decoded;
  return {
    authority,
    path: decoded.path,
    query: mark < 0 ? '' : rest.slice(mark + 1),
    suspicious: decoded.suspicious,
  };
}

/** Decodes the path of a URL and removes dot segments and, where the rules say so, doubled slashes. */
export function decodePath(
  raw: string,
  rules: UrlRules = DEFAULT_RULES,
): { path: string; suspicious: boolean } | RefusedTarget {
  let plain = true;
  let suspicious = false;
  let previous = 0;
  for (let index = 0; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code === PERCENT || code === 0x23 || code < 0x21 || code === 0x7f) {
      plain = false;
      break;
    }
    // A dot after a slash, a slash after a slash, and what ends a segment badly need the slow way.
    if (previous === SLASH && (code === DOT || code === SLASH)) plain = false;
    else if (code === SLASH && previous === DOT) suspicious = true;
    else if (code === 0x5c || code === 0x3a) suspicious = true;
    previous = code;
  }
  if (plain) return { path: raw, suspicious: suspicious || previous === DOT };
  const unescaped = unescape(raw, rules.encodedSlashes);
  return typeof unescaped === 'string' ? resolveSegments(unescaped, rules.mergeSlashes) : unescaped;
}

function unescape(raw: string, encodedSlashes: UrlRules['encodedSlashes']): string | RefusedTarget {
  let path = '';
  for (let index = 0; index < raw.length; index++) {
    const code = raw.charCodeAt(index);
    if (code === 0x23) return { status: 400, reason: 'a fragment is not sent to a server' };
    if (code < 0x21 || code === 0x7f) return { status: 400, reason: 'a control character or a space' };
    if (code !== PERCENT) {
      path += raw.charAt(index);
      continue;
    }
    const value = hexDigit(raw.charCodeAt(index + 1)) * 16 + hexDigit(raw.charCodeAt(index + 2));
    if (Number.isNaN(value))
      return { status: 400, reason: 'an escape that is not % and two hexadecimal digits' };
    if (value === 0) return { status: 404, reason: '%00' };
    if (value === SLASH && encodedSlashes !== 'on') {
      if (encodedSlashes === 'off') return { status: 404, reason: '%2f', encodedSlash: true };
      path += raw.slice(index, index + 3);
      index += 2;
      continue;
    }
    path += String.fromCharCode(value);
    index += 2;
  }
  return path;
}

/** The value of a hexadecimal digit given by its character code; NaN for anything else, the end of the text included. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}

function resolveSegments(
  path: string,
  mergeSlashes: boolean,
): { path: string; suspicious: boolean } | RefusedTarget {
  const kept: string[] = [];
  let suspicious = false;
  const segments = path.split('/');
  const last = segments.length - 1;
  for (let index = 1; index <= last; index++) {
    const segment = segments[index] ?? '';
    if (segment === '.' || (segment === '' && mergeSlashes)) {
      if (index === last) kept.push('');
    } else if (segment === '..') {
      if (kept.pop() === undefined) return { status: 400, reason: 'the path leads above the root' };
      if (index === last) kept.push('');
    } else {
      kept.push(segment);
      suspicious ||= unsafeName(segment) !== undefined;
    }
  }
  return { path: `/${kept.join('/')}`, suspicious };
}

/**
 * Why a segment may not name a file or folder, or undefined when it may. Windows reads such names as something else
 * (another folder, the same file without the dots, a stream of the file), so a check of the name would not hold;
 * they are refused on every system alike, so that a site behaves the same when it moves.
 */
export function unsafeName(segment: string): string | undefined {
  for (let index = 0; index < segment.length; index++) {
    const code = segment.charCodeAt(index);
    if (code === 0x5c) return 'a backslash';
    if (code === 0x3a) return 'a colon';
  }
  const end = segment.charCodeAt(segment.length - 1);
  return end === DOT || end === 0x20 ? 'a trailing dot or space' : undefined;
}
