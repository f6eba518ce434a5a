import { readFileSync } from 'node:fs';
import { loadPools } from '../config/pools.js';
import { formatProblem } from '../config/problems.js';
import { HostError, messageOf } from '../errors.js';
import { tryLoading } from '../pool/examine/trial-load.js';
import { examine, type Examined } from '../pool/examine/verdict.js';
import { WineHold } from '../pool/runtimes/users.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { EXIT, parseOptions, type Arguments, type Command, type Option, type Streams } from './command.js';
import { fileReport } from './inspect/file-report.js';
import { outcomeOf, type Inspection } from './inspect/outcome.js';
import { tryRequest, type WantedRequest } from './inspect/request.js';
import { inspectionResult, unreadableResult } from './inspect/result.js';
import { loadReport, requestReport } from './inspect/trial-report.js';
import { harmless, labelled, wrap, WIDTH } from './text-table.js';

const OPTIONS: readonly Option[] = [
  { name: 'no-load', help: 'only reads the files: nothing of them is run' },
  {
    name: 'request',
    value: 'METHOD URL',
    help: 'has each file answer a request, such as --request GET /shop.dll?id=7',
  },
  { name: 'body', value: 'TEXT', help: 'the body of the request; @FILE for the content of a file' },
  { name: 'header', value: 'NAME: VALUE', multiple: true, help: 'a header of the request' },
  {
    name: 'after',
    short: 'c',
    value: 'DIRECTIVE',
    multiple: true,
    help: 'a directive that the request is served with, such as "ISAPIFakeAsync On"',
  },
  {
    name: 'pools',
    value: 'FILE',
    help: 'a pools file whose section [default] the worker process has (its settings and env)',
  },
  { name: 'json', help: 'shows the result as one JSON object on standard output' },
];

/** `isapi-host inspect`: what a library is, what it needs, and whether it can be served here. */
export const inspectCommand: Command = {
  name: 'inspect',
  usage:
    'inspect [--no-load] [--json] [--pools FILE] [--request METHOD URL [--body TEXT|@FILE]\n' +
    '             [--header "NAME: VALUE"]... [-c DIRECTIVE]...] FILE...',
  short: 'says what a DLL or shared object is, what it needs, and whether it can be served here',
  long:
    'Reads each file, compares what it needs with what this machine has, and loads it in a worker process of its own,\n' +
    'which ends afterwards. With --request the file also answers a request, the whole way that a request takes in a\n' +
    'server, without one running and without a port. The exit status is 0 when every file can be served, 1 when one\n' +
    'cannot (or has answered with a status of 500 or more), 2 for a wrong command line, and 3 when a file cannot be\n' +
    'read. With --json the result is an object {"files": [...]}; docs/inspect.md describes it.',
  options: OPTIONS,
  async run(args, streams) {
    const parsed = parseOptions(withWholeRequest(args), OPTIONS);
    const { files, request } = wantedOf(parsed);
    const pools = readPools(parsed, streams);
    if (pools === undefined) return EXIT.failed;
    const asJson = parsed.flags.has('json');
    const wine = new WineHold();
    const results: object[] = [];
    let status: number = EXIT.ok;
    try {
      for (const [index, file] of files.entries()) {
        const examined = examine(file);
        if ('unreadable' in examined) {
          status = EXIT.unreadable;
          if (asJson) results.push(unreadableResult(file, examined.unreadable));
          else streams.error(`isapi-host: ${file} ${examined.unreadable}`);
          continue;
        }
        const inspection = await inspect(examined, parsed, { pools, request, wine });
        if (!isGood(inspection)) status = Math.max(status, EXIT.failed);
        if (asJson) results.push(inspectionResult(inspection));
        else {
          const lines = [...(index > 0 ? [''] : []), ...report(inspection)];
          for (const line of lines) streams.out(harmless(line));
        }
      }
    } finally {
      await wine.release();
    }
    if (asJson) streams.out(JSON.stringify({ files: results }));
    return status;
  },
};

type Pools = ReadonlyMap<string, PoolSettings>;
type RequestOptions = Omit<WantedRequest, 'pools'>;

/** What files are tried with. */
interface Trials {
  readonly pools: Pools;
  readonly request: RequestOptions | undefined;
  readonly wine: WineHold;
}

/** Loads a file and has it answer, as far as that is wanted and not known to be in vain. */
async function inspect(
  examined: Examined,
  { flags }: Arguments,
  { pools, request, wine }: Trials,
): Promise<Inspection> {
  const { file, installed, description } = examined;
  const settings = pools.get('default');
  const isCallable = description.facts.reason === undefined && description.role.problem === undefined;
  if (flags.has('no-load') || !isCallable || installed === undefined || settings === undefined)
    return examined;
  if (process.stderr.isTTY) process.stderr.write(`...  loads ${harmless(file)} with ${installed.name}\n`);
  await wine.take(installed.name);
  const load = await tryLoading(file, installed, settings);
  if (request === undefined || load.outcome !== 'loaded') return { ...examined, load };
  return { ...examined, load, request: await tryRequest(file, { ...request, pools }) };
}

function isGood(inspection: Inspection): boolean {
  const { request, load } = inspection;
  if (!outcomeOf(inspection).served || load?.crash !== undefined) return false;
  return request === undefined || (request.response.status > 0 && request.response.status < 500);
}

/** The report for people: the verdict first. */
function report(inspection: Inspection): string[] {
  const { file, installed, runtime, findings, load, request } = inspection;
  const { served, reason } = outcomeOf(inspection);
  const by = installed === undefined ? (runtime ?? '') : `${installed.name}: ${installed.describe()}`;
  const verdict = served ? `can be served by ${by}` : `cannot be served: ${reason ?? 'nobody knows why'}`;
  const notes = findings.filter(({ text }) => text !== reason).map(({ text }) => text);
  return [
    ...wrap(`${file}: ${verdict}`, WIDTH),
    '',
    ...fileReport(inspection),
    ...notes.flatMap((text, index) => labelled(index === 0 ? 'Notes' : '', [text])),
    ...(load === undefined ? [] : loadReport(load)),
    ...(request === undefined ? [] : requestReport(request)),
  ];
}

/** A command line whose `--request METHOD URL` is one argument. */
function withWholeRequest(args: readonly string[]): string[] {
  const index = args.indexOf('--request');
  const [method, url] = index < 0 ? [] : args.slice(index + 1, index + 3);
  if (method === undefined) return [...args];
  return [...args.slice(0, index), `--request=${method} ${url ?? ''}`, ...args.slice(index + 3)];
}

/** The files and the request of a command line. Throws HostError USAGE. */
function wantedOf({ flags, values, rest: files }: Arguments): {
  files: readonly string[];
  request: RequestOptions | undefined;
} {
  const request = values.get('request')?.[0];
  if (request === undefined) {
    const alone = ['body', 'header', 'after'].find((name) => values.has(name));
    if (alone !== undefined) throw new HostError('USAGE', `--${alone} goes with --request METHOD URL`);
  } else if (flags.has('no-load')) {
    throw new HostError('USAGE', '--request loads the file, so it cannot go with --no-load');
  }
  const [, method, url] = /^([!#$%&'*+.^_`|~\w-]+) +(\S+)$/u.exec(request ?? '') ?? [];
  if (request !== undefined && (method === undefined || url === undefined)) {
    throw new HostError('USAGE', `--request takes a method and a URL, such as GET /shop.dll, not ${request}`);
  }
  if (files.length === 0) throw new HostError('USAGE', 'inspect takes the files to be inspected');
  if (method === undefined || url === undefined) return { files, request: undefined };
  return {
    files,
    request: {
      method,
      url,
      headers: values.get('header') ?? [],
      body: bodyOf(values.get('body')?.[0] ?? ''),
      directives: values.get('after') ?? [],
    },
  };
}

function bodyOf(text: string): Buffer {
  if (!text.startsWith('@')) return Buffer.from(text, 'utf8');
  try {
    return readFileSync(text.slice(1));
  } catch (error) {
    throw new HostError('USAGE', `the body cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function readPools({ values }: Arguments, streams: Streams): Pools | undefined {
  const { pools, problems } = loadPools(values.get('pools')?.[0]);
  for (const problem of problems) streams.error(formatProblem(problem));
  return problems.some(({ severity }) => severity === 'error') ? undefined : pools;
}
