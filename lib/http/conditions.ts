import { parseHttpDate } from './http-date.js';
import type { HttpRequest } from './request.js';

/** What the conditions of a request are held against. Times are in whole seconds since 1970. */
export interface Validators {
  /** with its quotes, or "" for none */
  readonly etag: string;
  readonly modified: number;
  readonly now: number;
}

/** So long after a change the time of a file says too little for a range to rely on it. Seconds. */
const FRESH = 60;

type Condition = 'absent' | 'fails' | 'holds';

/**
 * Whether a request wants what it asks for: 200, or 304 or 412 where a condition of its headers says so. The rules are
 * those of Apache's `ap_meets_conditions`.
 */
export function checkConditions(request: HttpRequest, validators: Validators): 200 | 304 | 412 {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (ifMatch(request, validators) === 'fails') return 412;
  const unmodified = ifUnmodifiedSince(request, validators);
  if (unmodified === 'fails') return 412;
  let unchanged: boolean | undefined = unmodified === 'absent' ? undefined : false;
  const noneMatch = ifNoneMatch(request, validators, reads);
  if (noneMatch === 'holds' && !reads) return 412;
  for (const condition of [noneMatch, ifModifiedSince(request, validators)]) {
    if (condition === 'fails') unchanged = false;
    else if (condition === 'holds' && reads) unchanged ??= true;
  }
  const forRange = request.header('if-range') !== undefined && request.header('range') !== undefined;
  return unchanged === true && !forRange ? 304 : 200;
}

/** If-Range: whether a Range may be honoured. */
export function rangeApplies(request: HttpRequest, { etag, modified, now }: Validators): boolean {
  const condition = request.header('if-range');
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === etag;
  return parseHttpDate(condition) === modified && now >= modified + FRESH;
}

function ifMatch(request: HttpRequest, { etag }: Validators): Condition {
  const wanted = request.header('if-match');
  if (wanted === undefined) return 'absent';
  return wanted.startsWith('*') || matchesStrongly(wanted, etag) ? 'holds' : 'fails';
}

function ifUnmodifiedSince(request: HttpRequest, { modified, now }: Validators): Condition {
  const header = request.header('if-unmodified-since');
  if (header === undefined) return 'absent';
  const since = parseHttpDate(header);
  if (since === undefined || modified <= since) return 'holds';
  return now < modified + FRESH && request.header('range') !== undefined ? 'holds' : 'fails';
}

function ifNoneMatch(request: HttpRequest, { etag }: Validators, reads: boolean): Condition {
  const known = request.header('if-none-match');
  if (known === undefined) return 'absent';
  if (known.startsWith('*')) return 'holds';
  const weakly = reads && request.header('range') === undefined;
  return (weakly ? matchesWeakly(known, etag) : matchesStrongly(known, etag)) ? 'holds' : 'fails';
}

function ifModifiedSince(request: HttpRequest, { modified, now }: Validators): Condition {
  const header = request.header('if-modified-since');
  if (header === undefined) return 'absent';
  const since = parseHttpDate(header) ?? -1;
  if (since < modified || since > now) return 'fails';
  return now < modified + FRESH && request.header('range') !== undefined ? 'fails' : 'holds';
}

/** Entity tags of a list. */
function tagsOf(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function matchesStrongly(list: string, etag: string): boolean {
  return etag !== '' && !etag.startsWith('W/') && tagsOf(list).includes(etag);
}

function matchesWeakly(list: string, etag: string): boolean {
  return etag !== '' && tagsOf(list).some((tag) => opaque(tag) === opaque(etag));
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag;
}
