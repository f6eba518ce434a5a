import type { RefusalKind } from '../../isapi/refusals.js';
import type { JournalEntry, JournalRecord } from './entry.js';

/** Entries in memory; the one that was seen longest ago is forgotten for another one. */
const MAX_ENTRIES = 2000;

/** Names, or codes without one, within one kind of one extension; what comes on top is added up under OTHERS. */
const MAX_NAMES = 100;
const OTHERS = '(others)';

/** The longest texts of an entry. Characters. What is longer ends in dots. */
const MAX_NAME = 200;
/** The longest name that is a reason in words, with what to do about it. */
const MAX_REASON = 2000;
const REASONS: ReadonlySet<RefusalKind> = new Set<RefusalKind>(['not-loaded', 'no-runtime']);
const MAX_DETAIL = 300;
const MAX_URL = 500;

/** An entry, and how much of it has not been written. */
export interface TableEntry {
  entry: JournalEntry;
  unwritten: number;
  /** when the first of these was seen */
  since: number;
}

/** Adds up what is the same, within bounds. */
export class JournalTable {
  readonly #entries = new Map<string, TableEntry>();
  /** names that are known, by extension and kind */
  readonly #names = new Map<string, number>();
  #dropped = 0;

  get dropped(): number {
    return this.#dropped;
  }

  /** all, the latest last */
  get entries(): readonly JournalEntry[] {
    return [...this.#entries.values()].map(({ entry }) => entry);
  }

  /** Adds a record, or what was read back. */
  add(record: JournalRecord, first: number, last = first): TableEntry {
    const count = record.count ?? 1;
    const found = this.#find(record);
    const { entry: before, name } = found;
    this.#entries.delete(found.key);
    const entry: JournalEntry = {
      ...cut(record),
      ...(name === OTHERS && { code: undefined }),
      name,
      count: (before?.entry.count ?? 0) + count,
      first: Math.min(before?.entry.first ?? first, first),
      last: Math.max(before?.entry.last ?? last, last),
    };
    const kept = before ?? { entry, unwritten: 0, since: first };
    kept.entry = entry;
    this.#makeRoom();
    this.#entries.set(found.key, kept);
    return kept;
  }

  /** Forgets an extension's entries, or all; returns how many they were. */
  clear(extension?: string): number {
    let count = 0;
    for (const [key, { entry }] of this.#entries) {
      if (extension !== undefined && entry.extension !== extension) continue;
      this.#forget(key, entry);
      count++;
    }
    if (extension === undefined) this.#dropped = 0;
    return count;
  }

  /** Forgets what was last seen before a time. */
  expire(before: number): void {
    for (const [key, { entry }] of this.#entries) if (entry.last < before) this.#forget(key, entry);
  }

  #find(record: JournalRecord): { key: string; name: string | undefined; entry: TableEntry | undefined } {
    const limit = REASONS.has(record.kind) ? MAX_REASON : MAX_NAME;
    const name = record.name === undefined ? undefined : shorten(record.name, limit);
    const key = keyOf(record, name);
    const entry = this.#entries.get(key);
    if (entry !== undefined || !isCounted({ ...record, name })) return { key, name, entry };
    const group = groupOf(record);
    const names = this.#names.get(group) ?? 0;
    if (names < MAX_NAMES) {
      this.#names.set(group, names + 1);
      return { key, name, entry };
    }
    const others = keyOf({ ...record, code: undefined }, OTHERS);
    return { key: others, name: OTHERS, entry: this.#entries.get(others) };
  }

  #makeRoom(): void {
    if (this.#entries.size < MAX_ENTRIES) return;
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    this.#dropped++;
    this.#forget(oldest[0], oldest[1].entry);
  }

  #forget(key: string, entry: JournalEntry): void {
    this.#entries.delete(key);
    if (!isCounted(entry)) return;
    const group = groupOf(entry);
    const names = (this.#names.get(group) ?? 1) - 1;
    if (names > 0) this.#names.set(group, names);
    else this.#names.delete(group);
  }
}

/** Whether what was refused has a name or a code of its own, of which there may be any number. */
function isCounted({ name, code }: JournalRecord): boolean {
  return name !== OTHERS && (name !== undefined || code !== undefined);
}

function groupOf({ kind, extension }: JournalRecord): string {
  return `${kind}\0${extension}`;
}

function keyOf(record: JournalRecord, name: string | undefined): string {
  return `${groupOf(record)}\0${record.code ?? ''}\0${name ?? ''}`;
}

function cut({ detail, url, ...record }: JournalRecord): JournalRecord {
  return {
    ...record,
    ...(detail !== undefined && { detail: shorten(detail, MAX_DETAIL) }),
    ...(url !== undefined && { url: shorten(url, MAX_URL) }),
  };
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}
