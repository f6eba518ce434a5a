import { PatternError } from './pattern-error.js';

/** A pattern as JavaScript writes it. */
export interface Translation {
  readonly source: string;
  /** JavaScript's letter case folding is needed, for references to groups */
  readonly foldsReferences: boolean;
  /** groups that capture, the whole match not counted */
  readonly groupCount: number;
  /** names of groups with their numbers */
  readonly names: ReadonlyMap<string, number>;
  /** where JavaScript has each group of the pattern; undefined when the numbers are the same */
  readonly positions: readonly number[] | undefined;
}

/** A piece of the result: text, the opening of a group that captures, or a reference to one. */
export type Part =
  string | { readonly open: number } | { readonly reference: number | string; readonly at: number };

/** What of a pattern's groups its parts do not say. */
interface Groups {
  readonly count: number;
  readonly names: ReadonlyMap<string, number>;
}

/**
 * Puts the parts together and numbers the groups as JavaScript does, in the order of their openings.
 * @throws PatternError for a reference to a group that there is not
 */
export function assemble(
  parts: readonly Part[],
  { count, names }: Groups,
): Pick<Translation, 'source' | 'positions'> {
  const positions = Array.from({ length: count + 1 }, () => 0);
  const hidden = new Map<number, number>();
  let next = 0;
  for (const part of parts) {
    if (typeof part === 'string' || !('open' in part)) continue;
    if (part.open > 0) positions[part.open] = ++next;
    else hidden.set(part.open, ++next);
  }
  const source = parts.map((part) => {
    if (typeof part === 'string') return part;
    if ('open' in part) return '(';
    const { reference, at } = part;
    const number = typeof reference === 'string' ? (names.get(reference) ?? 0) : reference;
    const position = number < 0 ? hidden.get(number) : positions[number];
    if (position === undefined || position === 0) {
      throw new PatternError('reference to non-existent subpattern', at);
    }
    return `\\${position}`;
  });
  return { source: source.join(''), positions: hidden.size === 0 ? undefined : positions };
}

/** How many groups that capture a pattern has, also behind the place that is read. */
export function countGroups(source: string): number {
  const bare = source.replace(/\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\\[^]|\[:\w*:\]|[^\]\\])*\]/g, '');
  return [...bare.matchAll(/\((?!\?)|\(\?(?:P?<[A-Za-z_]|')/g)].length;
}
