import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostError } from '../errors.js';
import type { JournalEntry } from '../modules/journal/entry.js';
import { JournalFollower } from '../modules/journal/follower.js';
import { parseLine } from '../modules/journal/line.js';
import { readJournal } from '../modules/journal/reader.js';
import { CallsFilter, contentsOf, FILTER_OPTIONS } from './calls-filter.js';
import { callLine, callObject, callsReport } from './calls-report.js';
import { callsSummary, summaryObjects } from './calls-summary.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { findJournal, FOLDER_OPTION, withJournal } from './journal-files.js';
import { sourcesOf } from './configuration.js';
import { tellJournalTrouble } from './journal-health.js';
import { READING_OPTIONS } from './options.js';
import { count, wrap } from './text-table.js';

const OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  FOLDER_OPTION,
  ...FILTER_OPTIONS,
  {
    name: 'summary',
    help: 'shows a line for each extension: how much, when last, which functions and kinds',
  },
  { name: 'json', help: 'shows a JSON object; with --follow one on each line' },
  { name: 'follow', help: 'shows what comes from now on, line by line, until it is ended' },
];

/** How often it is looked for more with --follow. Milliseconds. */
const POLL = 300;

/** Columns where there is no terminal, and at most. */
const COLUMNS = 80;
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 110;

/** `isapi-host calls`: the call journal, with what to do. */
export const callsCommand: Command = {
  name: 'calls',
  usage:
    'calls [-f FILE] [-d DIR] [--journal FOLDER] [--extension NAME] [--kind KIND] [--function NAME]\n' +
    '             [--since TIME] [--url TEXT] [--summary] [--json] [--follow]',
  short: 'shows what extensions asked for and did not get, why, and what to do about it',
  long:
    'Reads the call journal, which each server keeps (ISAPIJournal): every call of an extension that was refused or\n' +
    'carried out in part, unknown server variables, missing or wrong headers, sessions left pending, failures to\n' +
    'load, crashes and timeouts. Each is shown with how often it happened, when first and last, an example, what it\n' +
    'is for, and what helps, or that it is safe to ignore. With --summary there is a line for each extension. The server\n' +
    'need not run. The status is 1 when the journal knows no extension or no function of a name that is given.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    if (parsed.rest.length > 0)
      throw new HostError('USAGE', `calls takes no argument ${parsed.rest.join(' ')}`);
    if (parsed.flags.has('follow') && parsed.flags.has('summary'))
      throw new HostError('USAGE', '--summary does not go with --follow');
    const filter = new CallsFilter(parsed, Date.now());
    const { folder } = findJournal(parsed);
    const server = await tellJournalTrouble(parsed, streams);
    if (!parsed.flags.has('follow')) return show(folder, filter, parsed, streams);
    streams.error(`isapi-host: ${beginning(folder, server, parsed)}`);
    await follow(folder, filter, parsed, streams);
    return EXIT.ok;
  },
};

function show(folder: string, filter: CallsFilter, { flags }: Arguments, streams: Streams): number {
  const entries = withJournal(folder, () =>
    readJournal(folder, {
      accept: (entry) => filter.accepts(entry),
      damaged: (path, lines) => streams.error(`isapi-host: ${damagedText(path, lines)}`),
    }),
  );
  const all = entries.length > 0 ? entries : withJournal(folder, () => readJournal(folder));
  const unknown = filter.unknownIn(all);
  const width = columns();
  if (flags.has('json')) {
    const items = flags.has('summary')
      ? { extensions: summaryObjects(entries) }
      : { calls: entries.map(callObject) };
    streams.out(JSON.stringify({ folder, ...items }));
    if (all.length > 0) for (const text of unknown) streams.error(`isapi-host: ${text}`);
  } else if (entries.length > 0) {
    const lines = flags.has('summary') ? callsSummary(entries, width) : callsReport(entries, width);
    for (const line of lines) streams.out(line);
    for (const text of unknown) streams.error(`isapi-host: ${text}`);
  } else {
    for (const text of nothingOf(folder, filter, all, unknown))
      for (const line of wrap(text, width)) streams.out(line);
  }
  return all.length > 0 && unknown.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Why nothing is shown, in sentences. */
function nothingOf(
  folder: string,
  filter: CallsFilter,
  all: readonly JournalEntry[],
  unknown: readonly string[],
): string[] {
  if (!existsSync(folder))
    return [`There is no call journal ${folder} yet: a server makes it when it starts.`];
  if (all.length === 0) return [`The call journal ${folder} is empty: no extension was refused anything.`];
  const has = `Nothing in the call journal ${folder} matches ${filter.text}. It has ${contentsOf(all)}.`;
  return unknown.length === 0 ? [has] : [has, ...unknown, 'What is not there was refused nothing.'];
}

function damagedText(path: string, lines: number): string {
  const are = lines === 1 ? 'is none of a call journal and was' : 'are none of a call journal and were';
  return `${count(lines, 'line')} of ${path} ${are} left out: a server was killed, the disk was full, or a newer version wrote them`;
}

/** The width of what is shown. */
function columns(): number {
  // A terminal that does not know its size says 0.
  const known = process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : COLUMNS;
  return Math.min(Math.max(known, MIN_COLUMNS), MAX_COLUMNS);
}

/** What is watched, for somebody who sees nothing yet. */
function beginning(folder: string, server: number | undefined, parsed: Arguments): string {
  const end = 'shows what is refused from now on; Ctrl-C ends it';
  if (parsed.values.has('journal')) return `watches the call journal ${folder} and ${end}`;
  const { file } = sourcesOf(parsed);
  if (server === undefined) {
    return `watches the call journal ${folder} of the configuration ${file}, with which no server seems to run, and ${end}`;
  }
  return `watches the server with pid ${String(server)} (configuration ${file}) and ${end}`;
}

/** Shows what comes, until SIGINT or SIGTERM. */
async function follow(
  folder: string,
  filter: CallsFilter,
  parsed: Arguments,
  streams: Streams,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  const follower = withJournal(folder, () => new JournalFollower(folder));
  const asJson = parsed.flags.has('json');
  while (!ended.signal.aborted) {
    for (const line of withJournal(folder, () => follower.poll())) {
      const entry = parseLine(line);
      if (entry === undefined) {
        streams.error(`isapi-host: ${damagedText(follower.path, 1)}`);
        continue;
      }
      if ('cleared' in entry || !filter.accepts(entry)) continue;
      streams.out(asJson ? JSON.stringify(callObject(entry)) : callLine(entry));
    }
    await sleep(POLL, undefined, { signal: ended.signal }).catch(() => undefined);
  }
  follower.close();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
}
