import { refusedText } from '../unixd/hand-over.js';
import type { Journal, JournalEntry, JournalRecord } from './entry.js';
import { JournalFile, type JournalLimits } from './file.js';
import { reachable, withRealNames } from './kept-folders.js';
import { ALL, lineOf } from './line.js';
import { readJournal } from './reader.js';
import { JournalTable, type TableEntry } from './table.js';

/** How long what is noted waits to be written, so that it is written once. Milliseconds. */
const WRITE_DELAY = 1000;

/** Lines that are written at once; more wait for the next time. */
const MAX_LINES = 200;

/** Entries that wait to be written; what comes on top is in memory alone. */
const MAX_WAITING = 4000;

/** What a store tells of its file. */
export interface StoreReports {
  /** lines cannot be written any more */
  trouble(reason: string): void;
  /** they can again */
  mended(): void;
}

/** Journals of this process by their folder ("" without one), for all configurations that have the same. */
const stores = new Map<string, JournalStore>();

process.on('exit', () => {
  for (const store of stores.values()) store.flush();
});

/** What a journal knows, and its files. */
export class JournalStore implements Journal {
  readonly #folder: string;
  /** by which the folder is reached */
  readonly #path: string;
  readonly #table = new JournalTable();
  readonly #file: JournalFile | undefined;
  readonly #dirty = new Set<TableEntry>();
  #limits: JournalLimits;
  #reports: StoreReports;
  #timer: NodeJS.Timeout | undefined;
  /** why lines cannot be written */
  #trouble: string | undefined;
  #users = 0;

  private constructor(folder: string, limits: JournalLimits, reports: StoreReports) {
    this.#folder = folder;
    this.#path = reachable(folder);
    this.#limits = limits;
    this.#reports = reports;
    this.#file = folder === '' ? undefined : new JournalFile(this.#path, limits);
  }

  /**
   * Opens a journal and reads back what is in its files, or gives the one that is open.
   * @param folder where its files are; "" for a journal in memory alone
   * @throws what the system says when the folder cannot be used
   */
  static open(folder: string, limits: JournalLimits, reports: StoreReports): JournalStore {
    let store = stores.get(folder);
    if (store === undefined) {
      store = new JournalStore(folder, limits, reports);
      store.#load();
      stores.set(folder, store);
    }
    store.#reports = reports;
    store.#limits = limits;
    if (store.#file !== undefined) store.#file.limits = limits;
    store.#users++;
    return store;
  }

  /** Why what is noted does not get into the files; undefined when it does. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  get dropped(): number {
    return this.#table.dropped;
  }

  record(record: JournalRecord): void {
    const now = Date.now();
    const kept = this.#table.add(record, now);
    if (this.#file === undefined) return;
    // An entry that is forgotten in the table waits here all the same.
    if (this.#dirty.size >= MAX_WAITING && !this.#dirty.has(kept)) return;
    if (kept.unwritten === 0) kept.since = now;
    kept.unwritten += record.count ?? 1;
    this.#dirty.add(kept);
    this.#writeLater();
  }

  entries(): readonly JournalEntry[] {
    this.#table.expire(Date.now() - this.#limits.age);
    return this.#table.entries;
  }

  counts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { extension, count } of this.#table.entries) {
      counts.set(extension, (counts.get(extension) ?? 0) + count);
    }
    return counts;
  }

  /**
   * Forgets what an extension was refused, or everything; returns how many entries that were.
   * @throws what the system says when the files cannot be changed
   */
  clear(extension?: string): number {
    const count = this.#table.clear(extension);
    for (const kept of this.#dirty) {
      if (extension === undefined || kept.entry.extension === extension) this.#dirty.delete(kept);
    }
    if (extension === undefined) this.#file?.empty();
    // Another server that shares the files does not know otherwise.
    this.#file?.append([{ cleared: extension ?? ALL }]);
    return count;
  }

  /** Writes what waits, as far as it is to be written at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = [...this.#dirty].slice(0, MAX_LINES);
    if (waiting.length === 0 || this.#file === undefined) return;
    try {
      this.#file.append(waiting.map(({ entry, unwritten, since }) => lineOf(entry, unwritten, since)));
      if (this.#trouble !== undefined) this.#reports.mended();
      this.#trouble = undefined;
    } catch (error) {
      const before = this.#trouble;
      this.#trouble = withRealNames(refusedText(error, this.#folder));
      if (before === undefined) this.#reports.trouble(this.#trouble);
    }
    for (const kept of waiting) {
      kept.unwritten = 0;
      this.#dirty.delete(kept);
    }
  }

  /** One configuration less needs it: the last one closes it, when all is written. */
  leave(): void {
    if (--this.#users > 0) return;
    while (this.#dirty.size > 0) this.flush();
    clearTimeout(this.#timer);
    this.#file?.close();
    stores.delete(this.#folder);
  }

  #load(): void {
    if (this.#file === undefined) return;
    this.#file.open();
    readJournal(this.#path, { table: this.#table });
    this.#table.expire(Date.now() - this.#limits.age);
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => {
      this.flush();
      if (this.#dirty.size > 0) this.#writeLater();
    }, WRITE_DELAY).unref();
  }
}
