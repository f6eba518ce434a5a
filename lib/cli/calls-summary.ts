import { supportFunction } from '../isapi/support-functions.js';
import type { JournalEntry } from '../modules/journal/entry.js';
import { localTime } from './calls-report.js';
import { count, textTable } from './text-table.js';

/** What an extension was refused, added up. */
interface ExtensionSummary {
  readonly extension: string;
  readonly calls: number;
  readonly first: number;
  readonly last: number;
  /** what was refused and how often: a function by its number, anything else by its kind; the most frequent first */
  readonly refused: readonly (readonly [what: string, calls: number])[];
}

/** A line for each extension, in columns, the one with the most calls first. What finds no room is counted. */
export function callsSummary(entries: readonly JournalEntry[], width: number): string[] {
  const summaries = summariesOf(entries);
  const names = shortNames(summaries.map(({ extension }) => extension));
  const cells = summaries.map(({ calls, last }, index) => [
    String(calls),
    localTime(last),
    names[index] ?? '',
  ]);
  const head = ['CALLS', 'LAST SEEN', 'EXTENSION', 'FUNCTIONS AND KINDS'];
  const before = Math.max(...textTable([head.slice(0, -1), ...cells]).map(({ length }) => length));
  const room = width - before - 2;
  const rows = cells.map((row, index) => [...row, fitting(summaries[index]?.refused ?? [], room)]);
  const total = summaries.reduce((sum, { calls }) => sum + calls, 0);
  return [
    ...textTable(rows, { head, right: new Set(['CALLS']) }),
    '',
    `${count(total, 'call')} of ${count(summaries.length, 'extension')}`,
  ];
}

/** The same for programs. */
export function summaryObjects(entries: readonly JournalEntry[]): object[] {
  return summariesOf(entries).map(({ extension, calls, first, last, refused }) => ({
    extension,
    calls,
    first: new Date(first).toISOString(),
    last: new Date(last).toISOString(),
    refused: refused.map(([what, count]) => {
      const code = Number(what);
      const name = supportFunction(code)?.name;
      return Number.isNaN(code)
        ? { kind: what, count }
        : { code, ...(name !== undefined && { function: name }), count };
    }),
  }));
}

function summariesOf(entries: readonly JournalEntry[]): ExtensionSummary[] {
  const byExtension = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    const own = byExtension.get(entry.extension);
    if (own === undefined) byExtension.set(entry.extension, [entry]);
    else own.push(entry);
  }
  return [...byExtension]
    .map(([extension, own]) => summaryOf(extension, own))
    .sort((a, b) => b.calls - a.calls || (a.extension < b.extension ? -1 : 1));
}

function summaryOf(extension: string, entries: readonly JournalEntry[]): ExtensionSummary {
  const refused = new Map<string, number>();
  for (const { code, kind, count } of entries) {
    const what = code === undefined ? kind : String(code);
    refused.set(what, (refused.get(what) ?? 0) + count);
  }
  return {
    extension,
    calls: entries.reduce((sum, { count }) => sum + count, 0),
    first: Math.min(...entries.map(({ first }) => first)),
    last: Math.max(...entries.map(({ last }) => last)),
    refused: [...refused].sort(([, a], [, b]) => b - a),
  };
}

/** File names; paths where two files have the same name. */
function shortNames(files: readonly string[]): string[] {
  const nameOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);
  return files.map((file) =>
    files.filter((other) => nameOf(other) === nameOf(file)).length > 1 ? file : nameOf(file),
  );
}

/** As much of a list as fits, at least its first item, and how many more there are. */
function fitting(refused: ExtensionSummary['refused'], room: number): string {
  const items = refused.map(([what, calls]) => `${what} (${String(calls)})`);
  for (let shown = items.length; shown > 1; shown--) {
    const text = listOf(items, shown);
    if (text.length <= room) return text;
  }
  return listOf(items, 1);
}

function listOf(items: readonly string[], shown: number): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join(', ')}${more > 0 ? `, ${String(more)} more` : ''}`;
}
