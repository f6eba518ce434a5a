import type { JournalEntry } from './entry.js';
import { journalFiles, linesOf } from './files.js';
import { ALL, parseLine } from './line.js';
import { JournalTable } from './table.js';

/** What is wanted of a journal. */
export interface ReadOptions {
  /** where it is added up */
  readonly table?: JournalTable;
  /** which lines count */
  readonly accept?: (entry: JournalEntry) => boolean;
  /** hears of each file in which there are lines that are none of a journal's, and how many */
  readonly damaged?: (path: string, lines: number) => void;
}

/**
 * What is in the files of a journal, added up; the latest last. Lines that are none are left out.
 * @throws what the system says when the folder or a file cannot be read
 */
export function readJournal(
  folder: string,
  { table = new JournalTable(), accept = () => true, damaged }: ReadOptions = {},
): readonly JournalEntry[] {
  for (const { path } of journalFiles(folder)) {
    let bad = 0;
    for (const line of linesOf(path)) {
      const parsed = parseLine(line);
      if (parsed === undefined) bad++;
      else if ('cleared' in parsed) table.clear(parsed.cleared === ALL ? undefined : parsed.cleared);
      else if (accept(parsed)) table.add(parsed, parsed.first, parsed.last);
    }
    if (bad > 0) damaged?.(path, bad);
  }
  return table.entries;
}
