import type { Note } from '../../channel/notes.js';
import type { TraceStep } from '../../channel/trace-events.js';
import { displayText } from '../../http/byte-string.js';
import { preciseNow } from '../../http/clock.js';
import { mainRequest } from '../../http/logging/error-record.js';
import type { HttpRequest } from '../../http/request.js';
import type { CallFields } from '../../isapi/call-values.js';
import { supportFunction } from '../../isapi/support-functions.js';
import { maskHeaderValue, maskPairs } from '../../isapi/secrets/texts.js';
import type { MessageName, LogParams } from '../../messages.js';
import { formatMessage, MESSAGES } from '../../messages.js';
import type { ExchangeFailure } from '../../pool/exchange.js';
import { loadFailureMessage } from '../isapi/load-failure.js';
import { CallList } from './call-list.js';
import type { TraceSettings } from './settings.js';
import { sentResponse } from './sent-response.js';
import type { TraceEvent, TraceHeader, TraceLogLine, TraceRecord } from './trace-record.js';
import type { WatchedCall } from './watchers.js';

/** What is known of a request when its trace begins. */
export interface TraceParts {
  readonly request: HttpRequest;
  readonly settings: TraceSettings;
  /** file of the extension, for people */
  readonly extension: string;
  /** name of the application pool */
  readonly pool: string;
  readonly cached: boolean;
  /** memory that the texts of all open traces share */
  readonly memory: { left: number };
  /** hears of each call when it begins and when it returns */
  readonly called?: ((call: WatchedCall) => void) | undefined;
  /** hears of the trace when the request is over and the extension is let go */
  done(trace: RequestTrace): void;
}

/** Why a request failed, when that is not only its status. */
export type TraceFailure = 'crash' | 'timeout' | 'not loaded' | 'refused';

const MAX_LOG_LINES = 100;

/** Longer values of headers are cut. Characters. */
const MAX_HEADER_VALUE = 1024;

/** The trace of one request to an extension, as it comes about. */
export class RequestTrace {
  readonly settings: TraceSettings;
  /** a call was refused because it is not supported */
  refusedCall: string | undefined;
  failureKind: TraceFailure | undefined;
  readonly #parts: TraceParts;
  readonly #calls: CallList;
  #runtime: string | undefined;
  #worker: TraceRecord['worker'];
  #submitted: number | undefined;
  #sent: number | undefined;
  #begun: number | undefined;
  #block: CallFields | undefined;
  #failure: string | undefined;
  #leftAt: number | undefined;
  readonly #log: TraceLogLine[] = [];
  #response: TraceRecord['response'] | undefined;
  /** what has to end before the trace is whole: the response, the extension's work */
  #waitsFor = 2;

  constructor(parts: TraceParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.#calls = new CallList(parts.settings.events, parts.memory);
  }

  get request(): HttpRequest {
    return this.#parts.request;
  }

  /** The request is handed to its pool. */
  submitted(runtime: string): void {
    this.#runtime = runtime;
    this.#submitted = this.#now();
  }

  /** The request is sent to a worker thread; for a second time when the first one has not begun it. */
  sent(pid: number, thread: number): void {
    this.#worker = { pid, thread };
    this.#sent = this.#now();
  }

  /** The worker has said something. */
  step(step: TraceStep): void {
    if (step.kind === 'begun') {
      const now = this.#now();
      const said = Math.round((step.wall - this.#parts.request.received) * 1000);
      /* The clocks need not agree: it was between the sending and now. */
      this.#begun = Math.min(now, Math.max(this.#sent ?? 0, said));
      this.#calls.begin(this.#begun, step.abi);
      this.#worker = this.#worker && { ...this.#worker, systemThread: step.thread, abi: step.abi };
    } else if (step.kind === 'block') this.#block = this.#calls.texts(step.fields);
    else {
      const event = this.#calls.take(step);
      if (event) this.#called(step.call, event);
    }
  }

  #called(number: number, event: TraceEvent): void {
    const { called, request, extension } = this.#parts;
    called?.({
      request: request.id,
      method: request.method,
      url: this.#mask(displayText(request.target)),
      extension,
      ...(this.#worker?.systemThread !== undefined && { ownThread: this.#worker.systemThread }),
      call: number,
      event,
    });
  }

  /** The extension gave no answer. */
  failed(kind: TraceFailure, reason: string): void {
    this.failureKind ??= kind;
    this.#failure ??= reason;
  }

  /** The worker has told something about the request. */
  noted(note: Note): void {
    if (note.kind === 'unsupported') {
      const name = supportFunction(note.code)?.name ?? `function ${String(note.code)}`;
      this.refusedCall ??= note.as === undefined ? name : `${name} as ${note.as}`;
    } else if (note.kind === 'async read refused') this.refusedCall ??= 'HSE_REQ_ASYNC_READ_CLIENT';
  }

  /** The worker gave no answer. */
  lost(failure: ExchangeFailure, file: string): void {
    switch (failure.kind) {
      case 'not loaded': {
        const { name, params } = loadFailureMessage(failure.explained, file);
        this.failed('not loaded', formatMessage(name, params));
        break;
      }
      case 'lost':
        this.failed('crash', `the worker process was lost: ${failure.reason}`);
        break;
      case 'timeout':
        this.failed('timeout', `${file} did not answer for ${String(failure.milliseconds / 1000)} s`);
        break;
      case 'refused':
        this.failed('refused', failure.error.message);
        break;
    }
  }

  /** A line about the request for the error log. */
  logLine(name: MessageName, params: LogParams | undefined): void {
    if (this.#log.length >= MAX_LOG_LINES) return;
    const { number, level } = MESSAGES[name];
    this.#log.push({ at: this.#now(), number, level, text: this.#mask(formatMessage(name, params)) });
  }

  /** The extension's work is over, and it is let go. */
  extensionDone(): void {
    if (this.#leftAt !== undefined) return;
    this.#leftAt = this.#now();
    this.#finish();
  }

  /** The response has ended, or the connection was lost. */
  responseDone(): void {
    if (this.#response) return;
    const main = mainRequest(this.#parts.request);
    const { headers, ...sent } = sentResponse(main);
    this.#response = {
      ...sent,
      headers: headers.map(([name, value]) => this.#header(name, value)),
      at: this.#now(),
    };
    this.#finish();
  }

  get isCut(): boolean {
    return this.#response?.ending === 'cut';
  }

  /** Milliseconds until the response had ended. */
  get took(): number {
    return (this.#response?.at ?? 0) / 1000;
  }

  get status(): number {
    const { output } = mainRequest(this.#parts.request);
    return output.headSent ? output.status : 0;
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  /** The whole of it. */
  record(id: string, why: string): TraceRecord {
    const { request, extension, pool, cached } = this.#parts;
    const main = mainRequest(request);
    const within = main === request ? undefined : { id: main.id, url: this.#mask(displayText(main.target)) };
    return {
      id,
      time: request.received,
      method: request.method,
      url: this.#mask(displayText(request.target)),
      status: this.status,
      duration: Math.max(this.#leftAt ?? 0, this.#response?.at ?? 0) / 1000,
      client: `${request.remoteAddress}:${String(request.remotePort)}`,
      extension,
      pool,
      why,
      version: 1,
      request: {
        id: request.id,
        protocol: request.protocol,
        host: request.named.identity.name,
        headers: pairs(request.rawHeaders).map(([name, value]) => this.#header(name, value)),
        ...(within && { within }),
      },
      cached,
      ...(this.#runtime !== undefined && { runtime: this.#runtime }),
      ...(this.#worker && { worker: this.#worker }),
      times: {
        ...(this.#submitted !== undefined && { submitted: this.#submitted }),
        ...(this.#sent !== undefined && { sent: this.#sent }),
        ...(this.#begun !== undefined && { begun: this.#begun }),
      },
      ...(this.#block && { controlBlock: this.#block }),
      events: this.#calls.events(),
      leftOut: this.#calls.leftOut,
      response: this.#response ?? { statusLine: '', headers: [], bytes: 0, ending: 'cut', at: this.#now() },
      ...(this.#failure !== undefined && { failure: this.#mask(this.#failure) }),
      log: this.#log,
    };
  }

  /** Gives back the memory that its calls have. */
  release(): void {
    this.#calls.release();
  }

  #finish(): void {
    if (--this.#waitsFor === 0) this.#parts.done(this);
  }

  #now(): number {
    return Math.round((preciseNow() - this.#parts.request.received) * 1000);
  }

  #mask(text: string): string {
    return this.settings.showsSecrets ? text : maskPairs(text);
  }

  #header(name: string, value: string): TraceHeader {
    const shown = this.settings.showsSecrets ? value : maskHeaderValue(name, value);
    const text = displayText(shown);
    const cut = text.length > MAX_HEADER_VALUE ? `${text.slice(0, MAX_HEADER_VALUE)}...` : text;
    return [displayText(name), cut];
  }
}

function pairs(list: readonly string[]): TraceHeader[] {
  const found: TraceHeader[] = [];
  for (let i = 0; i + 1 < list.length; i += 2) found.push([list[i] ?? '', list[i + 1] ?? '']);
  return found;
}
