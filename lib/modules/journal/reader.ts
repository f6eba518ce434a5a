import type { JournalEntry } from './entry.js';
import { journalFiles, linesOf } from './files.js';
import { ALL, parseLine } from './line.js';
import { JournalTable } from './table.js';

/**
 * What is in the files of a journal, added up; the latest last. Lines that are none are left out.
 * @throws what the system says when the folder or a file cannot be read
 */
export function readJournal(folder: string, table = new JournalTable()): readonly JournalEntry[] {
  for (const { path } of journalFiles(folder)) for (const line of linesOf(path)) takeLine(line, table);
  return table.entries;
}

/** Adds a line of a journal to what is known. Returns the entry that is in it. */
export function takeLine(line: string, table: JournalTable): JournalEntry | undefined {
  const parsed = parseLine(line);
  if (parsed === undefined) return undefined;
  if ('cleared' in parsed) {
    table.clear(parsed.cleared === ALL ? undefined : parsed.cleared);
    return undefined;
  }
  table.add(parsed, parsed.first, parsed.last);
  return parsed;
}
