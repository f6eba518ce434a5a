import { readFileSync, statSync, type Stats } from 'node:fs';

/** Files that are kept in memory; when there are more, all are forgotten and read again as they are needed. */
const MAX_FILES = 100;

/** A larger file is not what it is taken for. */
const MAX_BYTES = 16 * 1024 * 1024;

interface Entry<T> {
  readonly stats: Stats;
  readonly value: T;
}

/** Text files that are read when they are first needed, and again when they have changed on disk. */
export class WatchedFiles<T> {
  readonly #parse: (lines: readonly string[], file: string) => T;
  readonly #entries = new Map<string, Entry<T>>();

  /** @param parse what is made of a file's lines, which are byte strings without blanks at their ends */
  constructor(parse: (lines: readonly string[], file: string) => T) {
    this.#parse = parse;
  }

  /**
   * What the file says now, and whether it was read for that.
   * @throws Error when it cannot be read
   */
  read(file: string): { readonly value: T; readonly fresh: boolean } {
    const stats = statSync(file);
    const known = this.#entries.get(file);
    if (known && isSame(known.stats, stats)) return { value: known.value, fresh: false };
    if (!stats.isFile()) throw new Error('it is not a file');
    if (stats.size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES / 1024 / 1024} MiB`);
    const value = this.#parse(splitLines(readFileSync(file, 'latin1')), file);
    if (this.#entries.size >= MAX_FILES) this.#entries.clear();
    this.#entries.set(file, { stats, value });
    return { value, fresh: true };
  }
}

function isSame(a: Stats, b: Stats): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino;
}

/** As Apache's `ap_cfg_getline`: a backslash at the end of a line joins the next one to it. */
function splitLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, '')
    .split('\n')
    .map((line) => line.replace(/^[ \t\v\f\r]+|[ \t\v\f\r]+$/g, ''));
}
