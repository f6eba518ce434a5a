import { HostError } from '../errors.js';
import { TraceFiles } from '../modules/trace/trace-files.js';
import type { TraceSummary } from '../modules/trace/trace-record.js';
import { traceFolderOf, TRACE_FILES } from '../modules/trace/settings.js';
import { formatTrace, formatTraceList } from '../modules/trace/trace-text.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { load, sourcesOf } from './configuration.js';
import { READING_OPTIONS } from './options.js';
import { countErrors, errorLevel, showProblems } from './problems.js';

const OPTIONS: readonly Option[] = [
  ...READING_OPTIONS,
  {
    name: 'folder',
    value: 'DIR',
    help: 'list, show: the folder of the traces, without reading a configuration',
  },
  { name: 'json', help: 'shows JSON in place of text' },
];

/** `isapi-host trace`: what extensions do, call by call. */
export const traceCommand: Command = {
  name: 'trace',
  usage:
    'trace list [-f FILE | --folder DIR] [--json]\n  isapi-host trace show ID [-f FILE | --folder DIR] [--json]',
  short: 'shows what extensions did in requests: every call in order, with its arguments and what came of it',
  long:
    'trace list shows the traces that ISAPITrace has kept, the newest first; trace show ID shows one of them. Both\n' +
    'read the folder of ISAPITraceFolder and need no server.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(args, OPTIONS);
    const [action, ...rest] = parsed.rest;
    if (action === 'list' && rest.length === 0) return list(parsed, streams);
    const [id, ...more] = rest;
    if (action === 'show' && id !== undefined && more.length === 0) return show(parsed, id, streams);
    throw new HostError('USAGE', 'trace takes list, or show and the ID of a trace');
  },
};

async function list(parsed: Arguments, streams: Streams): Promise<number> {
  const files = await openFiles(parsed, streams);
  if (!files) return EXIT.failed;
  const traces = files.list();
  if (parsed.flags.has('json')) streams.out(JSON.stringify(traces));
  else if (traces.length === 0) streams.error(`isapi-host: there are no traces in ${files.folder}`);
  else for (const line of formatTraceList(traces)) streams.out(line);
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
  else for (const line of formatTrace(record)) streams.out(line);
  return EXIT.ok;
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
