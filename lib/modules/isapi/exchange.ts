import { ASK_KIND } from '../../channel/frames.js';
import { decodeHead, type ReceivedHead } from '../../channel/head.js';
import type { SessionEnd } from '../../channel/end.js';
import type { Note } from '../../channel/notes.js';
import { maskedTarget } from '../../http/masked-target.js';
import { messageOf, type HostError } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import { preciseNow } from '../../http/clock.js';
import { sendErrorDocument } from '../../http/error-document.js';
import { HeadedOutput } from '../../http/headed-output.js';
import type { Outcome, ServerContext } from '../../http/module.js';
import type { HttpRequest } from '../../http/request.js';
import type { BodyPiece, RequestBody } from '../../http/request-body.js';
import { BEGIN_FLAGS, TRACE_BYTES_SHIFT } from '../../channel/begin.js';
import type { TraceStep } from '../../channel/trace-events.js';
import { LENGTH_UNKNOWN } from '../../isapi/constants.js';
import type { LogContext, LogParams, MessageName } from '../../messages.js';
import type { Exchange, ExchangeFailure, ExchangeLink } from '../../pool/exchange.js';
import type { ExtensionCounters } from '../../pool/extension-statistics.js';
import type { Journal } from '../journal/entry.js';
import type { RequestTrace } from '../trace/request-trace.js';
import type { TraceSettings } from '../trace/settings.js';
import { BodyFeed } from './body-feed.js';
import { requestFacts } from './facts.js';
import { programOf } from './mapping.js';
import { describeRequest, errorKind, noteInCounters } from './counting.js';
import type { FailureLog } from './failure-log.js';
import type { LateBytes } from './late-bytes.js';
import { loadFailureMessage } from './load-failure.js';
import { endRecord, failureRecord, noteRecord, requestOf, type RequestRecord } from './journal-records.js';
import { noteMessages } from './notes.js';
import { sessionResult } from './outcome.js';
import { IsapiResponse } from './response.js';
import type { IsapiSettings } from './settings.js';
import { escapeUrl, isAbsoluteUrl, mapUrl, mapUrlEx, resolveUrl } from './url-mapping.js';

/** What a request in a worker is made of. */
export interface ExchangeParts {
  readonly request: HttpRequest;
  readonly server: ServerContext;
  readonly failures: FailureLog;
  readonly journal: Journal;
  readonly settings: IsapiSettings;
  readonly cached: boolean;
  readonly counters: ExtensionCounters;
  readonly lateBytes: LateBytes;
  /** milliseconds */
  readonly timeout: number;
  /** the body as far as it was read ahead */
  readonly ahead: BodyPiece;
  /** the rest of the body, when there is more */
  readonly body: RequestBody | undefined;
  /** hears of everything; undefined when the request is not traced */
  readonly trace: RequestTrace | undefined;
}

/** The number of HSE_REQ_SEND_URL. */
const SEND_URL = 2;

/** One request in a worker, seen from the server: turns what the worker says into a response. */
export class IsapiExchange implements Exchange {
  readonly library: string;
  readonly cached: boolean;
  readonly requestId: string;
  readonly timeout: number;
  /** resolves when the exchange is over */
  readonly outcome: Promise<Outcome>;
  readonly #parts: ExchangeParts;
  readonly #request: HttpRequest;
  #resolve: (outcome: Outcome) => void = () => undefined;
  #link: ExchangeLink | undefined;
  readonly #response: IsapiResponse;
  readonly #feed: BodyFeed;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#request = parts.request;
    this.library = programOf(parts.request);
    this.cached = parts.cached;
    this.requestId = parts.request.id;
    this.timeout = parts.timeout;
    this.#feed = new BodyFeed(parts.body, parts.ahead, bodyLength(parts.request), (error) => {
      this.#log('bodyReadFailed', { file: this.#file, reason: messageOf(error) });
    });
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#response = new IsapiResponse(
      parts.request,
      (bytes) => this.#link?.credit(bytes),
      () => this.#link?.waiting(),
    );
    parts.request.output.onLost(() => this.#link?.lost());
    parts.counters.running++;
  }

  describe(): ReturnType<Exchange['describe']> {
    return describeRequest(this.#request);
  }

  begin(link: ExchangeLink): ReturnType<Exchange['begin']> {
    const { ahead, settings, server } = this.#parts;
    const request = this.#request;
    const { trace } = this.#parts;
    if (request.output.lost) {
      trace?.extensionDone();
      this.#finish();
      return undefined;
    }
    this.#link = link;
    trace?.sent(link.pid, link.thread);
    this.#feed.begin(link);
    return {
      flags:
        (this.cached ? BEGIN_FLAGS.CACHED : 0) |
        (settings.fakeAsync ? BEGIN_FLAGS.FAKE_ASYNC : 0) |
        (request.output.keepAlive ? BEGIN_FLAGS.KEEP_CONNECTION : 0) |
        (trace === undefined ? 0 : traceFlags(trace.settings)),
      totalBytes: totalBytes(bodyLength(request), ahead),
      facts: requestFacts(request, server, settings.pool),
      available: ahead.bytes,
      rest: this.#feed.rest,
    };
  }

  onHead(head: ReceivedHead): void {
    this.#response.given = head;
  }

  onBody(chunk: Buffer, release?: () => void): void {
    this.#response.body(chunk, release);
  }

  onRead(bytes: number): void {
    void this.#feed.read(bytes);
  }

  onAsk(kind: number, text: string): void {
    const link = this.#link;
    const { server } = this.#parts;
    if (!link) return;
    switch (kind) {
      case ASK_KIND.MAP_URL:
        link.answer(1, mapUrl(server, this.#request, text));
        break;
      case ASK_KIND.MAP_URL_EX:
        link.answer(1, mapUrlEx(server, this.#request, text));
        break;
      case ASK_KIND.CONNECTED:
        /* After what the connection has to say by now. */
        setImmediate(() => {
          link.answer(this.#request.output.lost ? 0 : 1, '');
        });
        break;
      case ASK_KIND.SEND_URL:
        void this.#sendUrl(text)
          .catch((error: unknown) => {
            this.#log('serverDefect', { reason: messageOf(error) });
            this.#request.output.abort();
          })
          .then(() => {
            link.answer(1, '');
          });
        break;
      default:
        link.answer(0, '');
    }
  }

  onTrace(step: TraceStep): void {
    this.#parts.trace?.step(step);
  }

  onReleased(lost?: string): void {
    const { trace } = this.#parts;
    if (lost !== undefined) trace?.failed('crash', `${this.#file} was not let go: ${lost}`);
    trace?.extensionDone();
  }

  onNote(note: Note): void {
    noteInCounters(note, this.#parts.counters);
    this.#parts.trace?.noted(note);
    if (note.kind === 'disconnect') {
      this.#response.disconnect(note.cut);
      return;
    }
    if (note.kind === 'log parameter') {
      this.#request.notes.set('isapi-parameter', note.text);
      if (this.#parts.settings.appendLogToQuery) this.#request.queryAppendix += note.text;
    }
    for (const { name, params } of noteMessages(note, this.#file, this.#parts.settings))
      this.#log(name, params);
    this.#record(noteRecord(note));
  }

  onEnd(end: SessionEnd): void {
    if (end.logData !== '') this.#log('logData', { file: this.#file, text: displayText(end.logData) });
    const { logNotSupported } = this.#parts.settings;
    const result = sessionResult(
      end,
      this.#response.given,
      this.#file,
      logNotSupported,
      this.#response.hasBegun,
    );
    if (result.message !== undefined || result.loggedStatus !== undefined)
      this.#parts.counters.errors.failed++;
    if (result.message) this.#log(result.message.name, result.message.params);
    this.#record(endRecord(end, result));
    this.#response.end(result);
    this.#record(this.#response.lengthRecord);
    if (!end.releasing) this.#parts.trace?.extensionDone();
    this.#finish();
  }

  onFailure(failure: ExchangeFailure): void {
    const { trace } = this.#parts;
    this.#parts.counters.errors[errorKind(failure)]++;
    trace?.lost(failure, this.#file);
    this.#record(failureRecord(failure, this.#file));
    this.#response.fail(this.#logFailure(failure));
    trace?.extensionDone();
    this.#finish();
  }

  /** Logs why there was no answer; the status to send. */
  #logFailure(failure: ExchangeFailure): number {
    const file = this.#file;
    switch (failure.kind) {
      case 'not loaded': {
        const { name, params } = loadFailureMessage(failure.explained, file);
        this.#parts.failures.write(this.#request, this.library, name, params, this.#context);
        return 500;
      }
      case 'lost':
        this.#log('workerLost', { file, reason: failure.reason });
        return 502;
      case 'timeout':
        this.#log('requestTimeout', {
          file,
          seconds: failure.milliseconds / 1000,
          pool: this.#parts.settings.pool,
        });
        return 504;
      case 'refused':
        return refusedStatus(
          failure.error,
          (name, params) => {
            this.#log(name, params);
          },
          file,
        );
    }
  }

  /** HSE_REQ_SEND_URL: the URL's response in place of the extension's, headers given before added to it. */
  async #sendUrl(text: string): Promise<void> {
    const separator = text.indexOf('\0');
    const url = text.slice(0, separator);
    const head = text.slice(separator + 1);
    this.#response.replace();
    if (isAbsoluteUrl(url)) {
      this.#record({ kind: 'foreign-url', code: SEND_URL, detail: maskedTarget(url) });
      sendErrorDocument(this.#request, 500);
      return;
    }
    const { output } = this.#request;
    const given = head === '' ? undefined : decodeHead(Buffer.from(head, 'latin1'), 200);
    const target = given ? new HeadedOutput(output, given.headers) : output;
    await this.#parts.server.subrequest(this.#request, escapeUrl(resolveUrl(this.#request, url)), target);
  }

  #finish(): void {
    this.#link = undefined;
    this.#feed.end();
    // ErrorDocument may have named a URL, which is still to be asked for the response.
    if (!this.#request.output.headSent) this.#parts.lateBytes.expect(this.#request, this.#parts.counters);
    const now = preciseNow();
    this.#parts.counters.ended(now, now - this.#request.received, this.#request.output.bytesSent);
    this.#resolve('done');
  }

  get #file(): string {
    return displayText(this.library);
  }

  get #context(): LogContext {
    const pid = this.#link?.pid;
    return {
      extension: this.#file,
      pool: this.#parts.settings.pool,
      ...(pid !== undefined && { pid }),
    };
  }

  /** Notes something in the call journal. */
  #record(record: RequestRecord | undefined): void {
    if (record === undefined) return;
    const { journal, settings } = this.#parts;
    journal.record({ ...record, extension: this.#file, pool: settings.pool, ...requestOf(this.#request) });
  }

  #log(name: MessageName, params: LogParams): void {
    this.#request.log(name, params, this.#context);
  }
}

/** What tells the worker to trace a request. */
function traceFlags({ bytes, showsSecrets }: TraceSettings): number {
  return BEGIN_FLAGS.TRACE | (showsSecrets ? BEGIN_FLAGS.TRACE_SECRETS : 0) | (bytes << TRACE_BYTES_SHIFT);
}

/** The length of the body that the extension gets: an error document has none. */
function bodyLength({ contentLength, errorStatus }: HttpRequest): number | undefined {
  return errorStatus === undefined ? contentLength : 0;
}

/** cbTotalBytes: the Content-Length, the true size of a chunked body that was read whole, or unknown. */
function totalBytes(contentLength: number | undefined, ahead: BodyPiece): number {
  if (contentLength === undefined) return ahead.ended ? ahead.bytes.length : LENGTH_UNKNOWN;
  return Math.min(contentLength, LENGTH_UNKNOWN);
}

/** Logs a request that no worker took; the status to send. */
export function refusedStatus(
  error: HostError,
  log: (name: MessageName, params: LogParams) => void,
  file: string,
): number {
  const missing = error.code === 'RUNTIME_MISSING';
  log(missing ? 'runtimeMissing' : 'poolRefused', { file, reason: error.message });
  return missing ? 500 : 503;
}
