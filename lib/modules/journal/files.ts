import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The file that lines are appended to. */
export const CURRENT = 'calls.jsonl';

/** Files that were full or old, by the time at which they were left, and by the process that did it. */
const ROLLED = /^calls-\d{8}T\d{9}Z-\d+\.jsonl$/;

/** Whether a name is that of a file of a journal. */
export function isJournalFile(name: string): boolean {
  return name === CURRENT || ROLLED.test(name);
}

/** A file of a journal. */
export interface JournalFileInfo {
  readonly path: string;
  readonly bytes: number;
  /** when it was last written to: milliseconds since 1970 */
  readonly changed: number;
}

/** The name that a file gets when another one takes its place. */
export function rolledName(time: number): string {
  return `calls-${new Date(time).toISOString().replace(/[-:.]/g, '')}-${String(process.pid)}.jsonl`;
}

/** The files of a journal, the oldest first; none when there is no such folder. */
export function journalFiles(folder: string): JournalFileInfo[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const rolled = names.filter((name) => ROLLED.test(name)).sort();
  return [...rolled, ...(names.includes(CURRENT) ? [CURRENT] : [])].flatMap((name) => {
    const path = join(folder, name);
    // Another server may have removed it meanwhile.
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? [] : [{ path, bytes: stats.size, changed: stats.mtimeMs }];
  });
}

/** The lines of a file, without the last one if it has no end yet. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
