import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../config/units.js';
import { HostError } from '../errors.js';
import { isRefusalKind, REFUSALS } from '../isapi/refusals.js';
import { supportFunction } from '../isapi/support-functions.js';
import type { JournalEntry } from '../modules/journal/entry.js';
import { JournalFollower } from '../modules/journal/follower.js';
import { parseLine } from '../modules/journal/line.js';
import { readJournal } from '../modules/journal/reader.js';
import { callLine, callObject, callsReport } from './calls-report.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { findJournal, FOLDER_OPTION, withJournal } from './journal-files.js';
import { tellJournalTrouble } from './journal-health.js';
import { READING_OPTIONS } from './options.js';

const OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  FOLDER_OPTION,
  {
    name: 'extension',
    value: 'NAME',
    multiple: true,
    help: 'only this extension: its file, or the end of its path',
  },
  {
    name: 'kind',
    value: 'KIND',
    multiple: true,
    help: `only this kind: ${Object.keys(REFUSALS).join(', ')}`,
  },
  {
    name: 'function',
    value: 'NAME',
    multiple: true,
    help: 'only this function, by number or name (1014, HSE_REQ_ABORTIVE_CLOSE), or this variable or header',
  },
  { name: 'since', value: 'TIME', help: 'only what was seen since: a date, or a duration such as 2h or 7d' },
  { name: 'url', value: 'TEXT', help: 'only requests with this in method and URL' },
  { name: 'json', help: 'shows a JSON object; with --follow one on each line' },
  { name: 'follow', help: 'shows what comes from now on, line by line, until it is ended' },
];

/** How often it is looked for more with --follow. Milliseconds. */
const POLL = 300;

/** Columns where there is no terminal, and at most. */
const COLUMNS = 80;
const MAX_COLUMNS = 110;

type Filter = (entry: JournalEntry) => boolean;

/** `isapi-host calls`: the call journal, with what to do. */
export const callsCommand: Command = {
  name: 'calls',
  usage:
    'calls [-f FILE] [-d DIR] [--journal FOLDER] [--extension NAME] [--kind KIND] [--function NAME]\n' +
    '             [--since TIME] [--url TEXT] [--json] [--follow]',
  short: 'shows what extensions asked for and did not get, why, and what to do about it',
  long:
    'Reads the call journal, which each server keeps (ISAPIJournal): every call of an extension that was refused or\n' +
    'carried out in part, unknown server variables, missing or wrong headers, sessions left pending, failures to\n' +
    'load, crashes and timeouts. Each is shown with how often it happened, when first and last, an example, what it\n' +
    'is for, and what helps, or that it is safe to ignore. The server need not run.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    if (parsed.rest.length > 0)
      throw new HostError('USAGE', `calls takes no argument ${parsed.rest.join(' ')}`);
    const filter = filterOf(parsed, Date.now());
    const { folder } = findJournal(parsed);
    await tellJournalTrouble(parsed, streams);
    if (parsed.flags.has('follow')) await follow(folder, filter, parsed, streams);
    else show(folder, filter, parsed, streams);
    return EXIT.ok;
  },
};

function show(folder: string, filter: Filter, parsed: Arguments, streams: Streams): void {
  const entries = withJournal(folder, () => readJournal(folder, { accept: filter }));
  if (parsed.flags.has('json')) {
    streams.out(JSON.stringify({ folder, calls: entries.map(callObject) }));
    return;
  }
  if (entries.length === 0) {
    streams.out(
      existsSync(folder)
        ? `The call journal ${folder} has nothing of that kind: no extension was refused anything.`
        : `There is no call journal ${folder} yet: a server makes it when it starts.`,
    );
    return;
  }
  const columns = process.stdout.isTTY ? process.stdout.columns : COLUMNS;
  for (const line of callsReport(entries, Math.min(Math.max(columns, COLUMNS), MAX_COLUMNS)))
    streams.out(line);
}

/** Shows what comes, until SIGINT or SIGTERM. */
async function follow(folder: string, filter: Filter, parsed: Arguments, streams: Streams): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  const follower = withJournal(folder, () => new JournalFollower(folder));
  const asJson = parsed.flags.has('json');
  while (!ended.signal.aborted) {
    for (const line of withJournal(folder, () => follower.poll())) {
      const entry = parseLine(line);
      if (entry === undefined || 'cleared' in entry || !filter(entry)) continue;
      streams.out(asJson ? JSON.stringify(callObject(entry)) : callLine(entry));
    }
    await sleep(POLL, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  follower.close();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
}

/** What a command line wants to see. Throws HostError USAGE. */
function filterOf({ values }: Arguments, now: number): Filter {
  const filters: Filter[] = [];
  const list = (name: string): readonly string[] => values.get(name) ?? [];
  for (const kind of list('kind')) {
    if (isRefusalKind(kind)) continue;
    throw new HostError('USAGE', `there is no kind ${kind}; there are ${Object.keys(REFUSALS).join(', ')}`);
  }
  const kinds = new Set(list('kind'));
  if (kinds.size > 0) filters.push(({ kind }) => kinds.has(kind));
  const extensions = list('extension');
  if (extensions.length > 0)
    filters.push(({ extension }) => extensions.some((each) => isExtension(extension, each)));
  const functions = list('function').map((text) => text.toUpperCase());
  if (functions.length > 0) filters.push((entry) => functions.some((each) => isFunction(entry, each)));
  const since = values.get('since')?.[0];
  if (since !== undefined) {
    const time = timeOf(since, now);
    filters.push(({ last }) => last >= time);
  }
  const url = values.get('url')?.[0];
  if (url !== undefined) filters.push((entry) => entry.url?.includes(url) === true);
  return (entry) => filters.every((accepts) => accepts(entry));
}

/** Whether a file is meant: by its path, or by the end of it. */
export function isExtension(file: string, given: string): boolean {
  return file === given || file.endsWith(`/${given.replace(/^\.?\//, '')}`);
}

function isFunction({ code, name }: JournalEntry, wanted: string): boolean {
  if (code !== undefined && (String(code) === wanted || supportFunction(code)?.name === wanted)) return true;
  const upper = name?.toUpperCase() ?? '';
  return upper === wanted || upper.startsWith(`${wanted}:`) || upper.startsWith(`${wanted} `);
}

function timeOf(text: string, now: number): number {
  const duration = /[a-z]$/.test(text) ? parseDuration(text) : undefined;
  const time = duration === undefined ? Date.parse(text) : now - duration;
  if (!Number.isNaN(time)) return time;
  throw new HostError(
    'USAGE',
    `--since takes a date such as 2026-01-31, or a duration such as 2h or 7d; not ${text}`,
  );
}
