import { displayText } from '../../http/byte-string.js';
import type { ServerContext } from '../../http/module.js';
import { mainRequest } from '../../http/logging/error-record.js';
import type { HttpRequest } from '../../http/request.js';
import { RequestTrace } from './request-trace.js';
import { isWithin, TRACE, TRACE_FILES, traceFolderOf } from './settings.js';
import { TraceFiles } from './trace-files.js';
import { WATCHED, type TraceRecord, type TraceStore } from './trace-record.js';
import { TraceWatchers, type TraceWatcher } from './watchers.js';

/** What the texts of all open traces together may take. Bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** What is known of a request when it may have to be traced. */
export interface TraceStart {
  /** file of the extension, a byte string */
  readonly extension: string;
  /** name of the application pool */
  readonly pool: string;
  readonly cached: boolean;
}

/** The traces of a server: those of requests that run, and those that are kept. */
export class Tracing {
  readonly #watchers = new TraceWatchers();
  readonly #open = new Map<HttpRequest, RequestTrace[]>();
  readonly #memory = { left: MAX_BYTES };
  #files: TraceFiles | undefined;
  /** the last trace could not be kept */
  #inTrouble = false;
  #dropped = 0;

  /** The traces that are kept; none before the server has started. */
  get store(): TraceStore {
    return this.#files ?? NO_TRACES;
  }

  /**
   * Has requests traced whatever ISAPITrace says, and tells of those that are wanted. Returns what ends that.
   */
  watch(watcher: TraceWatcher): () => void {
    return this.#watchers.add(watcher);
  }

  /** The folder for traces is known from now on. */
  use(files: TraceFiles): void {
    this.#files = files;
  }

  /** Whether a request may have to be traced: the one question that untraced requests cost. */
  wants(request: HttpRequest): boolean {
    return this.#watchers.any || request.settings.get(TRACE).mode !== 'off';
  }

  /** Begins the trace of a request to an extension; undefined when nobody wants it. */
  begin(request: HttpRequest, { extension, pool, cached }: TraceStart): RequestTrace | undefined {
    const settings = request.settings.get(TRACE);
    const file = displayText(extension);
    const watchers = this.#watchers.wanting({
      url: displayText(request.target),
      extension: file,
      client: request.remoteAddress,
    });
    if (settings.mode === 'off' && watchers.length === 0) return undefined;
    const trace = new RequestTrace({
      request,
      settings,
      extension: file,
      pool,
      cached,
      memory: this.#memory,
      called: this.#watchers.callsFor(watchers),
      done: (done) => {
        this.#done(done, watchers);
      },
    });
    const main = mainRequest(request);
    const traces = this.#open.get(main);
    if (traces) traces.push(trace);
    else {
      const begun = [trace];
      this.#open.set(main, begun);
      main.logListener = (name, params) => {
        for (const each of begun) each.logLine(name, params);
      };
    }
    return trace;
  }

  /** A response has ended, or its connection was lost. */
  responseDone(main: HttpRequest): void {
    if (this.#open.size === 0) return;
    const traces = this.#open.get(main);
    if (!traces) return;
    this.#open.delete(main);
    main.logListener = undefined;
    for (const trace of traces) trace.responseDone();
  }

  /** Resolves when all traces that are to be kept are written. */
  async stop(): Promise<void> {
    await this.#files?.idle();
  }

  #done(trace: RequestTrace, watchers: readonly TraceWatcher[]): void {
    const why = reasonToKeep(trace);
    if (why !== undefined || watchers.length > 0) {
      const id = this.#files?.newId() ?? '';
      const record = trace.record(id, why ?? WATCHED);
      this.#watchers.tell(watchers, record);
      if (why !== undefined) void this.#keep(trace.request, trace.settings.mode === 'failures', record);
    }
    trace.release();
  }

  async #keep(request: HttpRequest, isFailure: boolean, record: TraceRecord): Promise<void> {
    const files = this.#files;
    if (!files) return;
    const written = await files.write(record);
    const context = { extension: record.extension, pool: record.pool };
    const { id, why } = record;
    switch (written.kind) {
      case 'written':
        request.log(isFailure ? 'traceKept' : 'traceKeptAsAsked', { id, why }, context);
        if (this.#dropped > 0) request.log('tracesDropped', { count: this.#dropped, folder: files.folder });
        this.#dropped = 0;
        this.#inTrouble = false;
        break;
      case 'failed':
        if (!this.#inTrouble)
          request.log('traceNotWritten', { folder: files.folder, reason: written.reason }, context);
        this.#inTrouble = true;
        break;
      case 'dropped':
        this.#dropped++;
        break;
    }
  }
}

const NO_TRACES: TraceStore = { list: () => [], read: () => Promise.resolve(undefined) };

/** The traces that a server with this configuration keeps. */
export function filesOf({ configuration }: Pick<ServerContext, 'configuration'>): TraceFiles {
  return TraceFiles.of(traceFolderOf(configuration), configuration.main.settings.get(TRACE_FILES));
}

/** Why a trace is kept by the rules of its request; undefined when it is not. */
function reasonToKeep(trace: RequestTrace): string | undefined {
  const { mode, statuses, slow } = trace.settings;
  if (mode === 'off') return undefined;
  const refused = trace.refusedCall;
  if (mode === 'unsupported') return refused === undefined ? undefined : `unsupported: ${refused}`;
  const failed = failureOf(trace, statuses, slow);
  return failed ?? (mode === 'all' ? 'ISAPITrace all' : undefined);
}

function failureOf(
  trace: RequestTrace,
  statuses: Parameters<typeof isWithin>[1],
  slow: number,
): string | undefined {
  switch (trace.failureKind) {
    case 'crash':
      return 'the worker process was lost';
    case 'timeout':
      return 'timeout';
    case 'not loaded':
      return 'the extension could not be loaded';
    default:
      break;
  }
  if (trace.isCut) return 'the response was cut';
  if (isWithin(trace.status, statuses)) return `status ${String(trace.status)}`;
  if (slow > 0 && trace.took >= slow) {
    return `it took ${(trace.took / 1000).toFixed(1)} s (ISAPITraceDuration)`;
  }
  return undefined;
}
