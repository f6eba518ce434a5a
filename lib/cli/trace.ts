import { parseInteger } from '../config/units.js';
import { HostError, messageOf } from '../errors.js';
import type { TraceItem } from '../modules/trace/actions.js';
import { TraceFiles } from '../modules/trace/trace-files.js';
import { TRACE_FILTERS, TraceFilter } from '../modules/trace/trace-filter.js';
import { summaryOf, type TraceRecord, type TraceSummary } from '../modules/trace/trace-record.js';
import { traceFolderOf, TRACE_FILES } from '../modules/trace/settings.js';
import { ENDINGS, formatTrace, formatTraceList, tookText } from '../modules/trace/trace-text.js';
import type { WatchedStart } from '../modules/trace/watchers.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { load, sourcesOf } from './configuration.js';
import { callServer, CONTROL_OPTIONS, findSocket } from './control-client.js';
import { harmless } from './text-table.js';
import { CallPrinter } from './trace-calls.js';
import { countErrors, errorLevel, showProblems } from './problems.js';

const OPTIONS: readonly Option[] = [
  ...CONTROL_OPTIONS,
  ...TRACE_FILTERS,
  { name: 'count', short: 'n', value: 'NUMBER', help: 'ends after so many traces' },
  {
    name: 'calls',
    help: 'shows each call at once, also of requests that have not ended; not with --status and --duration',
  },
  { name: 'summary', help: 'shows a few lines of each trace in place of all of it' },
  {
    name: 'folder',
    value: 'DIR',
    help: 'list, show: the folder of the traces, without reading a configuration',
  },
  { name: 'json', help: 'shows each trace as a JSON object on a line of its own' },
];

/** Options that only some forms of the command take. */
const LIVE_ONLY = [...TRACE_FILTERS.map(({ name }) => name), 'count', 'socket'];
const LIST_FILTERS = TRACE_FILTERS.map(({ name }) => name);

/** `isapi-host trace`: what extensions do, call by call. */
export const traceCommand: Command = {
  name: 'trace',
  usage:
    'trace [--url PATTERN] [--extension PATTERN] [--client ADDRESS] [--status STATUSES]\n' +
    '             [--duration TIME] [-n NUMBER] [--calls | --summary] [--json] [-f FILE] [--socket PATH]\n' +
    '  isapi-host trace list [filters] [-f FILE | --folder DIR] [--json]\n' +
    '  isapi-host trace show ID [-f FILE | --folder DIR] [--json]',
  short: 'shows what extensions did in requests: every call in order, with its arguments and what came of it',
  long:
    'trace alone watches a running server: it shows each request to an extension when it has ended, until Ctrl-C.\n' +
    'Requests that the filters may want are traced meanwhile, whatever ISAPITrace says. What comes faster than it\n' +
    'can be shown is left out and counted. With --calls it shows each call when it returns, and those that take\n' +
    'long when they begin: for a request that hangs. The server is found by its configuration, or by --socket.\n' +
    'trace list shows the traces that ISAPITrace has kept, the newest first; trace show ID shows one of them. Both\n' +
    'read the folder of ISAPITraceFolder and need no server.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const [action, id, ...more] = parsed.rest;
    if (action === undefined) {
      refuseOptions(parsed, ['folder'], 'trace list and trace show');
      return watch(parsed, streams);
    }
    if (action === 'list' && id === undefined) {
      refuseOptions(parsed, ['count', 'socket', 'summary', 'calls'], 'trace alone');
      return list(parsed, streams);
    }
    if (action === 'show' && id !== undefined && more.length === 0) {
      refuseOptions(parsed, [...LIVE_ONLY, 'summary', 'calls'], 'trace alone');
      return show(parsed, id, streams);
    }
    throw new HostError('USAGE', 'trace takes nothing, list, or show and the ID of a trace');
  },
};

function refuseOptions({ values, flags }: Arguments, names: readonly string[], home: string): void {
  const wrong = names.find((name) => values.has(name) || flags.has(name));
  if (wrong !== undefined) throw new HostError('USAGE', `--${wrong} is an option of ${home}`);
}

/** The filters of a command line. */
function filtersOf({ values }: Arguments): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of LIST_FILTERS) {
    const value = values.get(name)?.[0];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

/** Throws HostError USAGE for filters that are none. */
function filterOf(filters: Readonly<Record<string, string>>): TraceFilter {
  try {
    return TraceFilter.parse(filters);
  } catch (error) {
    throw new HostError('USAGE', `--${messageOf(error)}`, { cause: error });
  }
}

/** Shows traces as they come about. */
async function watch(parsed: Arguments, streams: Streams): Promise<number> {
  const limit = countOf(parsed.values.get('count')?.[0]);
  const filters = filtersOf(parsed);
  // What is wrong with them is said before a server is looked for.
  filterOf(filters);
  const withCalls = parsed.flags.has('calls');
  if (withCalls) refuseBesideCalls(parsed);
  const printer = new CallPrinter((line) => streams.out(harmless(line)));
  const over = new AbortController();
  const stop = (): void => over.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let shown = 0;
  let server: number | undefined;
  try {
    const end = await callServer(
      findSocket(parsed),
      { action: 'trace', args: { ...filters, ...(withCalls && { calls: 'yes' }) } },
      {
        item: (item) => {
          // The server sends nothing else.
          const answer = item as unknown as TraceItem;
          if ('watching' in answer) {
            if (server !== answer.watching)
              streams.error(`isapi-host: ${beginning(answer.watching, parsed)}`);
            server = answer.watching;
            return;
          }
          if (shown >= limit) return;
          if (parsed.flags.has('json')) streams.out(JSON.stringify(shortened(answer, parsed)));
          else if ('call' in answer) printer.show(answer.call);
          else if (withCalls) showEnd(answer.trace, printer, streams);
          else showLive(answer.trace, parsed, shown > 0, streams);
          if ('trace' in answer && ++shown >= limit) stop();
        },
        dropped: (count) => {
          streams.error(`isapi-host: ${traces(count)} left out, because they came too fast`);
        },
      },
      over.signal,
    );
    if (end === 'done') return EXIT.ok;
    streams.error('isapi-host: the server has stopped');
    return EXIT.failed;
  } finally {
    printer.close();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** What is watched, for somebody who sees nothing yet. */
function beginning(server: number, parsed: Arguments): string {
  const socket = parsed.values.get('socket')?.[0];
  const place = socket === undefined ? `configuration ${sourcesOf(parsed).file}` : `control socket ${socket}`;
  const what = parsed.flags.has('calls')
    ? 'each call of an extension'
    : 'each request to an extension when it has ended';
  return `watches the server with pid ${String(server)} (${place}) and shows ${what}; Ctrl-C ends it`;
}

/** An answer as JSON: the record alone, but for calls, which have to be told from it. */
function shortened(answer: Exclude<TraceItem, { readonly watching: number }>, { flags }: Arguments): object {
  if (flags.has('calls')) return answer;
  if (!('trace' in answer)) return answer.call;
  return flags.has('summary') ? summaryOf(answer.trace) : answer.trace;
}

/** What cannot be known of a request while it runs, or is shown otherwise. */
function refuseBesideCalls({ values, flags }: Arguments): void {
  const wrong = ['status', 'duration', 'summary'].find((name) => values.has(name) || flags.has(name));
  if (wrong !== undefined) throw new HostError('USAGE', `--${wrong} does not go with --calls`);
}

/** The end of a request whose calls were shown. */
function showEnd(record: TraceRecord, printer: CallPrinter, streams: Streams): void {
  const { request, response, failure } = record;
  printer.ended(request.id);
  const end = [
    response.statusLine === '' ? 'no response' : response.statusLine,
    tookText(record),
    ...(response.ending === 'cut' || response.ending === 'client left' ? [ENDINGS[response.ending]] : []),
    ...(failure === undefined ? [] : [failure]),
  ];
  streams.out(harmless(`Request ${request.id}  ended: ${end.join('; ')}`));
}

function showLive(record: TraceRecord, { flags }: Arguments, isNext: boolean, streams: Streams): void {
  const isShort = flags.has('summary');
  const lines = isShort ? formatTraceList([record]) : formatTrace(record);
  if (isNext && !isShort) lines.unshift('', '='.repeat(RULE), '');
  for (const line of lines) streams.out(harmless(line));
}

/** The line between two traces: as wide as they are. */
const RULE = 100;

function countOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const count = parseInteger(text);
  if (count === undefined || count === 0) throw new HostError('USAGE', '-n takes a number of traces');
  return count;
}

function traces(count: number): string {
  return count === 1 ? '1 trace was' : `${String(count)} traces were`;
}

async function list(parsed: Arguments, streams: Streams): Promise<number> {
  const files = await openFiles(parsed, streams);
  if (!files) return EXIT.failed;
  const filters = filtersOf(parsed);
  const filter = filterOf(filters);
  const found = files.list().filter((summary) => filter.mayWant(startOf(summary)) && filter.takes(summary));
  if (parsed.flags.has('json')) for (const summary of found) streams.out(JSON.stringify(summary));
  else if (found.length === 0) {
    const such = Object.keys(filters).length === 0 ? '' : 'such ';
    streams.error(`isapi-host: there are no ${such}traces in ${files.folder}`);
  } else for (const line of formatTraceList(found)) streams.out(harmless(line));
  return EXIT.ok;
}

async function show(parsed: Arguments, id: string, streams: Streams): Promise<number> {
  const files = await openFiles(parsed, streams);
  if (!files) return EXIT.failed;
  const record = await files.read(id.toLowerCase());
  if (record === undefined) {
    streams.error(`isapi-host: there is no trace ${id} in ${files.folder}${nearest(files.list())}`);
    return EXIT.failed;
  }
  if (parsed.flags.has('json')) streams.out(JSON.stringify(record));
  else for (const line of formatTrace(record)) streams.out(harmless(line));
  return EXIT.ok;
}

/** What filters look at of a request that has ended long ago. */
function startOf({ url, extension, client }: TraceSummary): WatchedStart {
  return { url, extension, client: client.slice(0, client.lastIndexOf(':')) };
}

function nearest(traces: readonly TraceSummary[]): string {
  const [newest] = traces;
  return newest === undefined ? ', nor any other' : `; the newest is ${newest.id}`;
}

/** The traces of the folder that the command line or the configuration names; undefined when that has errors. */
async function openFiles(parsed: Arguments, streams: Streams): Promise<TraceFiles | undefined> {
  const { files: count, size } = TRACE_FILES.defaults;
  const given = parsed.values.get('folder')?.[0];
  let folder = given;
  let limits = { files: count, size, age: Infinity };
  if (folder === undefined) {
    const { configuration, problems } = load(sourcesOf(parsed));
    if (!configuration) {
      const errors = showProblems(problems, errorLevel('error'), streams);
      streams.error(`isapi-host: ${countErrors(errors)}; name the folder of the traces with --folder`);
      return undefined;
    }
    folder = traceFolderOf(configuration);
    limits = configuration.main.settings.get(TRACE_FILES);
  }
  const files = new TraceFiles(folder, limits);
  await files.load(false);
  return files;
}
