import path from 'node:path';
import { REFUSALS, type RefusalKind } from '../isapi/refusals.js';
import { describeRefusal } from '../isapi/refusal-text.js';
import type { JournalEntry } from '../modules/journal/entry.js';
import { count, fit, wrap } from './text-table.js';

/** The columns of how often, and of first and last seen; two blanks are between them. */
const COUNT = 9;
const TIME = 'YYYY-MM-DD HH:MM'.length;
const INDENT = ' '.repeat(COUNT + 2);

const ORDER = Object.keys(REFUSALS);

/**
 * What extensions were refused, as it is shown: for each extension a table by kinds.
 * @param width columns of the terminal
 */
export function callsReport(entries: readonly JournalEntry[], width: number): string[] {
  const lines: string[] = [];
  const extensions = group(entries, ({ extension }) => extension);
  for (const [extension, own] of byTotal(extensions)) {
    lines.push(extension, '');
    const kinds = [...group(own, ({ kind }) => kind)].sort(([a], [b]) => ORDER.indexOf(a) - ORDER.indexOf(b));
    for (const [kind, same] of kinds) lines.push(...kindLines(kind, same, width));
  }
  const total = entries.reduce((sum, { count }) => sum + count, 0);
  lines.push(`${count(total, 'call')} of ${count(extensions.size, 'extension')}`);
  return lines;
}

/** The table of a kind. What is to be said of all of its entries alike is said once, above them. */
function kindLines(kind: RefusalKind, entries: readonly JournalEntry[], width: number): string[] {
  const { title, purpose, advice } = REFUSALS[kind];
  const areAlike = entries.every((entry) => describeRefusal(entry).advice === advice);
  const lines = [`  ${title}`];
  if (areAlike) {
    lines.push(...indented('    ', purpose, width), ...indented('    ', `To do: ${advice}`, width));
  }
  lines.push('', `${'COUNT'.padStart(COUNT)}  ${'FIRST SEEN'.padEnd(TIME)}  LAST SEEN`);
  for (const entry of entries.toSorted((a, b) => b.count - a.count)) {
    lines.push(...entryLines(entry, areAlike, width), '');
  }
  return lines;
}

function entryLines(entry: JournalEntry, areAlike: boolean, width: number): string[] {
  const { subject, purpose, advice, title } = describeRefusal(entry);
  const head = `${String(entry.count).padStart(COUNT)}  ${localTime(entry.first)}  ${localTime(entry.last)}`;
  const what = subject === title ? '' : nameOf(entry, subject);
  const onOneLine = head.length + 2 + what.length <= width;
  const told = (text: string): string[] => indented(INDENT, text, width);
  return [
    onOneLine && what !== '' ? `${head}  ${what}` : head,
    ...(onOneLine ? [] : told(what)),
    ...(areAlike ? [] : [...told(purpose), ...told(`To do: ${advice}`)]),
    ...((entry.detail ?? '') === '' ? [] : told(`Last: ${entry.detail}`)),
    ...exampleLines(entry, width - INDENT.length).map((line) => `${INDENT}${line}`),
  ];
}

/** A text below others. A word that is longer than the line, such as a path, is whole all the same. */
function indented(indent: string, text: string, width: number): string[] {
  return wrap(text, width - indent.length).map((line) => `${indent}${line}`);
}

/** The subject, and what tells it from others where that is not the subject already. */
function nameOf({ code, name }: JournalEntry, subject: string): string {
  return code === undefined || name === undefined ? subject : `${subject}: ${name}`;
}

/** The last request, and what the extension was told. */
function exampleLines({ url, request, error }: JournalEntry, width: number): string[] {
  const more = [
    ...(request === undefined ? [] : [`request ${request}`]),
    ...(error === undefined || error === 0 ? [] : [`last error ${error}`]),
  ].join(', ');
  if (url === undefined) return more === '' ? [] : [`(${more})`];
  const example = fit(`Example: ${url}`, width);
  const whole = `${example} (${more})`;
  if (more === '') return [example];
  return whole.length <= width ? [whole] : [example, `(${more})`];
}

/** One line that tells of something as it happens. */
export function callLine(entry: JournalEntry): string {
  const { subject, title } = describeRefusal(entry);
  const what = subject === title ? title : `${title}: ${nameOf(entry, subject)}`;
  const times = entry.count === 1 ? '' : ` (${entry.count} times)`;
  const url = entry.url === undefined ? '' : ` - ${entry.url}`;
  return `${localTime(entry.last, true)}  ${path.basename(entry.extension)}  ${what}${times}${url}`;
}

/** An entry for programs, with what is to be done. */
export function callObject(entry: JournalEntry): object {
  const { title, subject, purpose, advice } = describeRefusal(entry);
  return {
    ...entry,
    first: new Date(entry.first).toISOString(),
    last: new Date(entry.last).toISOString(),
    title,
    subject,
    purpose,
    advice,
  };
}

function group<K>(
  entries: readonly JournalEntry[],
  keyOf: (entry: JournalEntry) => K,
): Map<K, JournalEntry[]> {
  const groups = new Map<K, JournalEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [entry]);
    else own.push(entry);
  }
  return groups;
}

function byTotal(groups: ReadonlyMap<string, JournalEntry[]>): [string, JournalEntry[]][] {
  const total = (entries: readonly JournalEntry[]): number =>
    entries.reduce((sum, { count }) => sum + count, 0);
  return [...groups].sort(([a, own], [b, other]) => total(other) - total(own) || (a < b ? -1 : 1));
}

/** A time of the local time zone, to the minute, or to the second. */
export function localTime(time: number, seconds = false): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${day} ${clock}${seconds ? `:${two(date.getSeconds())}` : ''}`;
}
