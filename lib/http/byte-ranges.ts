/** Bytes of a file, both ends included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a Range header asks for: parts in the order of the header, those that touch made one. */
export interface RequestedRanges {
  readonly ranges: readonly ByteRange[];
  readonly overlaps: number;
  readonly reversals: number;
}

const SPEC = /^(\d{0,15})-(\d{0,15})$/;

/**
 * The ranges that a Range header asks for of `size` bytes; undefined when the whole is to be sent, because the header is
 * not understood or asks for more than that; no ranges when none can be had (416). The rules are those of Apache's
 * `ap_set_byterange`.
 */
export function parseRanges(header: string, size: number): RequestedRanges | undefined {
  if (size <= 0 || !/^bytes=/i.test(header)) return undefined;
  const ranges: ByteRange[] = [];
  let current: ByteRange | undefined;
  let overlaps = 0;
  let reversals = 0;
  let beyond = false;
  for (const spec of header.slice('bytes='.length).split(',')) {
    if (spec === '') break;
    const range = parseSpec(spec, size);
    if (range === undefined) return undefined;
    if (range.start === 0 && spec.endsWith('-')) {
      // All of it: whatever else is asked for is in there.
      return { ranges: [{ start: 0, end: size - 1 }], overlaps: 0, reversals: 0 };
    }
    if (range.start >= size) {
      beyond = true;
      continue;
    }
    const wanted = { start: range.start, end: Math.min(range.end, size - 1) };
    if (current === undefined) {
      current = wanted;
      continue;
    }
    const before: ByteRange = current;
    let { start, end }: ByteRange = before;
    let joined = wanted.start >= start && wanted.end <= end;
    if (wanted.start < start && wanted.end >= start - 1) {
      start = wanted.start;
      reversals++;
      joined = true;
    }
    if (wanted.end >= end && wanted.start <= end + 1) {
      end = wanted.end;
      joined = true;
    }
    if (joined) {
      overlaps++;
      current = { start, end };
    } else {
      ranges.push(before);
      current = wanted;
    }
  }
  if (current !== undefined) ranges.push(current);
  else if (!beyond) return undefined;
  const length = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
  return length > size ? undefined : { ranges, overlaps, reversals };
}

/** One `first-last`, `first-` or `-length`; undefined when it is none of them. */
function parseSpec(spec: string, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = SPEC.exec(spec.trim()) ?? [];
  if (first === '') {
    const length = last === '' ? 0 : Number(last);
    return length < 1 ? undefined : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  if (last === '') return { start, end: size - 1 };
  const end = Number(last);
  return start > end ? undefined : { start, end };
}
