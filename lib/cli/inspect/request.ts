import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toByteString } from '../../config/bytes.js';
import { loadConfiguration } from '../../config/configuration.js';
import type { PoolSettings } from '../../config/pool-settings.js';
import { formatProblem } from '../../config/problems.js';
import { HostError, messageOf } from '../../errors.js';
import { openErrorLog } from '../../http/log.js';
import { serveOnce, type SingleRequest, type SingleResponse } from '../../http/single-request.js';
import type { TraceRecord } from '../../modules/trace/trace-record.js';
import { Tracing } from '../../modules/trace/tracing.js';
import { makeModules } from '../modules.js';
import { version } from '../version.js';

/** A request as the command line describes it. */
export interface WantedRequest {
  readonly method: string;
  /** path and query, or an absolute URL of http */
  readonly url: string;
  /** "Name: value" each */
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** directives for the extension, such as "ISAPIFakeAsync On" */
  readonly directives: readonly string[];
  readonly pools: ReadonlyMap<string, PoolSettings>;
}

/** A request that an extension has answered without a server. */
export interface TriedRequest {
  readonly method: string;
  readonly target: string;
  /** the URL that the extension is at: SCRIPT_NAME */
  readonly scriptName: string;
  readonly response: SingleResponse;
  /** every call that the extension made; none when it was never called */
  readonly traces: readonly TraceRecord[];
  /** what the error log has of it */
  readonly log: readonly string[];
}

/** Bytes of a response that are kept, and after which no more is taken. */
const LIMITS = { kept: 4096, most: 16 * 1024 * 1024 } as const;
const MOST_LOG_LINES = 200;
/** Why its traces are there. */
const WHY = 'inspect --request';

/** Names that stand in a section's argument as they are. */
const PLAIN_PATH = /^(?:\/[\w.~+-]+)+$/u;

/**
 * Has an extension answer one request, as a server would with a configuration that gives it a URL: the whole way of a
 * request, in worker processes of its own, without a port.
 * @throws HostError USAGE for a request that cannot be made of what the command line says
 */
export async function tryRequest(file: string, wanted: WantedRequest): Promise<TriedRequest> {
  const { target, host } = targetOf(wanted.url);
  const scriptName = scriptNameFor(target, path.basename(file));
  const request: SingleRequest = {
    method: wanted.method,
    target: toByteString(target),
    headers: headersOf(wanted, host),
    body: wanted.body,
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'isapi-host-'));
  const traces: TraceRecord[] = [];
  const tracing = new Tracing();
  tracing.watch({ wants: () => true, finished: (trace) => traces.push({ ...trace, why: WHY }) });
  try {
    const errorLog = path.join(folder, 'error_log');
    const response = await serve({ file, scriptName, errorLog, tracing }, wanted, request);
    return { method: wanted.method, target, scriptName, response, traces, log: linesOf(errorLog) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a request is served with. */
interface Serving {
  readonly file: string;
  readonly scriptName: string;
  readonly errorLog: string;
  readonly tracing: Tracing;
}

async function serve(
  { file, scriptName, errorLog, tracing }: Serving,
  { directives, pools }: WantedRequest,
  request: SingleRequest,
): Promise<SingleResponse> {
  const modules = makeModules(pools, tracing);
  const name = 'the configuration of the request';
  const { configuration, problems } = loadConfiguration({
    file: name,
    serverRoot: path.dirname(errorLog),
    text: configurationText(path.resolve(file), scriptName, errorLog, directives),
    modules,
  });
  const found = [
    ...problems,
    ...modules.flatMap((module) => (configuration && module.check?.(configuration)) ?? []),
  ];
  const errors = found.filter(({ severity }) => severity === 'error');
  if (configuration === undefined || errors.length > 0) {
    throw new HostError('USAGE', errors.map((problem) => formatProblem(problem)).join('\n'));
  }
  const log = openErrorLog(configuration);
  try {
    return await serveOnce({ configuration, modules, log, version }, request, LIMITS);
  } finally {
    await log.close();
  }
}

function configurationText(
  file: string,
  scriptName: string,
  errorLog: string,
  directives: readonly string[],
): string {
  if (/[\n\r]/u.test(file)) throw new HostError('USAGE', 'a file with a line break in its name has no URL');
  return [
    'ServerName localhost',
    `DocumentRoot ${quoted(path.dirname(file))}`,
    `ErrorLog ${quoted(errorLog)}`,
    'ErrorLogFormat "[%m:%l] %M"',
    'LogLevel info',
    `<Location "${scriptName === '' ? '/' : scriptName}">`,
    `    ISAPIExtension ${quoted(file)}`,
    '    Options ExecCGI',
    '    Require all granted',
    ...directives.map((directive) => `    ${directive}`),
    '</Location>',
    '',
  ].join('\n');
}

function quoted(text: string): string {
  return `"${text.replace(/(["\\])/gu, '\\$1')}"`;
}

/** Path and query of a URL, and its host when it has one. */
function targetOf(url: string): { target: string; host: string } {
  if (url.startsWith('/') && !/[\s\0]/u.test(url)) return { target: url, host: 'localhost' };
  const absolute = /^http:\/\/([^/?#\s]+)([/?][^#\s]*)?$/iu.exec(url);
  const [, host, rest = '/'] = absolute ?? [];
  if (host === undefined) {
    throw new HostError(
      'USAGE',
      `--request takes a path such as /shop.dll?id=7 or a URL of http, not ${url}`,
    );
  }
  return { target: rest.startsWith('?') ? `/${rest}` : rest, host };
}

/** The URL of the extension within a URL: up to its file's name, else the first part. "" where that cannot be. */
function scriptNameFor(target: string, name: string): string {
  const [whole = ''] = target.split('?', 1);
  const parts = whole.split('/').slice(1);
  const index = parts.findIndex((part) => part.toLowerCase() === name.toLowerCase());
  const prefix = `/${parts.slice(0, index < 0 ? 1 : index + 1).join('/')}`;
  return PLAIN_PATH.test(prefix) ? prefix : '';
}

function headersOf({ headers, body, method }: WantedRequest, host: string): string[] {
  const list = headers.flatMap((header) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/su.exec(header) ?? [];
    if (name === undefined || value === undefined || /[\r\n\0]/u.test(value)) {
      throw new HostError('USAGE', `--header takes "Name: value", not ${header}`);
    }
    return [name, toByteString(value)];
  });
  const has = (wanted: string): boolean =>
    list.some((each, index) => index % 2 === 0 && each.toLowerCase() === wanted);
  return [
    ...(has('host') ? [] : ['Host', host]),
    ...list,
    ...(has('connection') ? [] : ['Connection', 'close']),
    ...(has('content-length') || has('transfer-encoding') || (body.length === 0 && method === 'GET')
      ? []
      : ['Content-Length', String(body.length)]),
  ];
}

function linesOf(file: string): string[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    // That a worker process starts and ends is no news here.
    return lines.filter((line) => !/IH200[12]: /u.test(line)).slice(0, MOST_LOG_LINES);
  } catch (error) {
    return [`the error log cannot be read: ${messageOf(error)}`];
  }
}
