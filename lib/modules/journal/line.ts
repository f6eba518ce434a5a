import { isRefusalKind } from '../../isapi/refusals.js';
import type { JournalEntry } from './entry.js';

/** A line of the journal's files, besides the time at which it was written. */
export type JournalLine =
  /** so many more of an entry, between two times */
  | (Omit<JournalEntry, 'first' | 'last'> & { readonly first: string; readonly last: string })
  /** what was noted before of an extension, or of all, does not count any more */
  | { readonly cleared: string };

/** Stands for all extensions in a line that clears. */
export const ALL = '*';

/** The line for so many more of an entry. */
export function lineOf(entry: JournalEntry, count: number, since: number): JournalLine {
  return {
    ...entry,
    count,
    first: new Date(since).toISOString(),
    last: new Date(entry.last).toISOString(),
  };
}

/** A line as it was read: an entry, what it clears, or undefined for what is none of a journal's. */
export function parseLine(text: string): JournalEntry | { readonly cleared: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The last line of a server that was killed, or of a full disk.
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const line = value as Readonly<Record<string, unknown>>;
  if (typeof line['cleared'] === 'string') return { cleared: line['cleared'] };
  const { kind, extension, count, first, last } = line;
  if (typeof kind !== 'string' || !isRefusalKind(kind) || typeof extension !== 'string') return undefined;
  const times = [first, last].map((time) => (typeof time === 'string' ? Date.parse(time) : NaN));
  const [from = NaN, to = NaN] = times;
  if (typeof count !== 'number' || !(count > 0) || Number.isNaN(from) || Number.isNaN(to)) return undefined;
  return {
    kind,
    extension,
    count,
    first: from,
    last: to,
    ...texts(line, ['pool', 'name', 'detail', 'url', 'request']),
    ...numbers(line, ['code', 'error']),
  };
}

function texts<K extends string>(
  line: Readonly<Record<string, unknown>>,
  names: readonly K[],
): Partial<Record<K, string>> {
  return pick(line, names, (value) => typeof value === 'string') as Partial<Record<K, string>>;
}

function numbers<K extends string>(
  line: Readonly<Record<string, unknown>>,
  names: readonly K[],
): Partial<Record<K, number>> {
  return pick(line, names, (value) => typeof value === 'number') as Partial<Record<K, number>>;
}

function pick(
  line: Readonly<Record<string, unknown>>,
  names: readonly string[],
  accepts: (value: unknown) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name): [string, unknown][] => (accepts(line[name]) ? [[name, line[name]]] : [])),
  );
}
