import path from 'node:path';
import { HostError } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import type { Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import type { BodyPiece, RequestBody } from '../../http/request-body.js';
import { CORE, optionsOf } from '../../http/settings.js';
import { refuseNonFile } from '../../http/static-file.js';
import type { RefusalKind } from '../../isapi/refusals.js';
import { formatMessage } from '../../messages.js';
import type { Pool } from '../../pool/pool.js';
import type { PoolStatistics } from '../../pool/pool-statistics.js';
import type { Pools } from '../../pool/pools.js';
import type { RuntimeChooser } from '../../pool/runtime-choice.js';
import type { RuntimeName } from '../../pool/runtimes/runtime.js';
import type { Journal } from '../journal/entry.js';
import type { LateBytes } from './late-bytes.js';
import type { RequestTrace } from '../trace/request-trace.js';
import type { Tracing } from '../trace/tracing.js';
import { IsapiExchange, refusedStatus } from './exchange.js';
import { requestOf } from './journal-records.js';
import type { FailureLog } from './failure-log.js';
import { programOf } from './mapping.js';
import { ISAPI, type IsapiSettings } from './settings.js';

/** What the handler works with once the server has started. */
export interface HandlerContext {
  readonly server: ServerContext;
  readonly pools: Pools;
  readonly chooser: RuntimeChooser;
  /** byte strings of the extensions that ISAPICacheFile names */
  readonly cached: ReadonlySet<string>;
  readonly failures: FailureLog;
  readonly statistics: PoolStatistics;
  readonly journal: Journal;
  readonly tracing: Tracing;
  /** of responses that the server makes in place of an extension */
  readonly lateBytes: LateBytes;
}

const NO_BODY: BodyPiece = { bytes: Buffer.alloc(0), ended: true };

/** The handler `isapi-handler`: checks that the extension may run and can, reads ahead, and hands over to its pool. */
export function handleIsapi(context: HandlerContext, request: HttpRequest): Outcome | Promise<Outcome> {
  const { tracing } = context;
  if (!tracing.wants(request)) return handle(context, request, undefined);
  const extension = programOf(request);
  const { pool } = request.settings.get(ISAPI);
  const trace = tracing.begin(request, { extension, pool, cached: context.cached.has(extension) });
  const outcome = handle(context, request, trace);
  /* Else it never comes to its extension. */
  if (outcome instanceof Promise) outcome.catch(() => trace?.extensionDone());
  else trace?.extensionDone();
  return outcome;
}

function handle(
  context: HandlerContext,
  request: HttpRequest,
  trace: RequestTrace | undefined,
): Outcome | Promise<Outcome> {
  if (!optionsOf(request.settings).execCgi) {
    const file = displayText(programOf(request));
    const folder = path.posix.dirname(displayText(request.filename));
    request.log('execForbidden', { file, folder });
    return 403;
  }
  const refusal = refuse(request);
  if (refusal !== undefined) return refusal;
  const settings = request.settings.get(ISAPI);
  const found = findPool(context, request, settings, trace);
  if (typeof found === 'number') return found;
  const body = request.openBody();
  if (body === undefined) return run(context, request, settings, found, { ahead: NO_BODY, trace });
  return body
    .ahead(Math.min(settings.readAheadBuffer, request.contentLength ?? Infinity))
    .then(async (ahead) => {
      const whole = ahead.ended || ahead.bytes.length === request.contentLength;
      return run(context, request, settings, found, { ahead, body: whole ? undefined : body, trace });
    });
}

/** What may not be run: a file that is not there or is none, path info where it is not accepted. */
function refuse(request: HttpRequest): Outcome | undefined {
  const { script, filename, pathInfo } = request;
  if (script === undefined || script.program === filename) return refuseNonFile(request, true);
  // The mapping has looked at the file, as far as it is to be looked at.
  if (pathInfo === '' || request.settings.get(CORE).acceptPathInfo !== 'off') return undefined;
  request.log('fileMissing', { file: displayText(filename + pathInfo) });
  return 404;
}

interface FoundPool {
  readonly pool: Pool;
  readonly runtime: RuntimeName;
}

/** The pool and runtime for an extension, or the status when it cannot run at all. */
function findPool(
  context: HandlerContext,
  request: HttpRequest,
  settings: IsapiSettings,
  trace: RequestTrace | undefined,
): FoundPool | number {
  const program = programOf(request);
  const file = displayText(program);
  const names = { extension: file, pool: settings.pool };
  const pool = context.pools.get(settings.pool);
  const refused = (kind: RefusalKind, name: string, text: string): void => {
    const counters = context.statistics.extensions.of(settings.pool, program);
    counters.refused('notLoaded', Date.now());
    context.lateBytes.expect(request, counters);
    context.journal.record({ kind, name, ...names, ...requestOf(request) });
    trace?.failed('not loaded', text);
  };
  if (!pool) throw new Error(`pool ${settings.pool} passed the check of the configuration and is not there`);
  const choice = context.chooser.choose(
    program,
    program === request.filename ? request.fileStats : undefined,
  );
  if ('reason' in choice) {
    const params = { file, reason: `it ${choice.reason}` };
    const text = formatMessage('loadFailed', params);
    refused('not-loaded', text, text);
    context.failures.write(request, program, 'loadFailed', params, names);
    return 500;
  }
  try {
    pool.check(choice.runtime);
    return { pool, runtime: choice.runtime };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    refused('no-runtime', error.message, `failed to load ${file}: ${error.message}`);
    return refusedStatus(
      error,
      (name, params) => {
        context.failures.write(request, program, name, params, names);
      },
      file,
    );
  }
}

interface RunParts {
  readonly ahead: BodyPiece;
  /** the rest of the body, when there is more */
  readonly body?: RequestBody | undefined;
  readonly trace: RequestTrace | undefined;
}

function run(
  context: HandlerContext,
  request: HttpRequest,
  settings: IsapiSettings,
  { pool, runtime }: FoundPool,
  { ahead, body, trace }: RunParts,
): Promise<Outcome> {
  const program = programOf(request);
  const cached = context.cached.has(program);
  const counters = context.statistics.extensions.of(pool.name, program);
  counters.runtime = runtime;
  counters.cached = cached;
  const exchange = new IsapiExchange({
    request,
    server: context.server,
    failures: context.failures,
    journal: context.journal,
    settings,
    cached,
    counters,
    lateBytes: context.lateBytes,
    timeout: pool.requestTimeout || request.host.settings.get(CORE).timeout * 1000,
    ahead,
    body,
    trace,
  });
  trace?.submitted(runtime);
  pool.submit(runtime, exchange);
  return exchange.outcome;
}
