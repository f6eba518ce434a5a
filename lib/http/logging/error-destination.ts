import { defaultErrorLine, type ErrorLine } from './error-log-format.js';
import type { ErrorRecord } from './error-record.js';
import { isoTime } from './error-time.js';
import type { LogSink } from './log-sink.js';

/** The form of the error log's lines: Apache's default, one JSON object each, or a format of the configuration's. */
export type ErrorLogFormat = 'default' | 'json' | ErrorLine;

/** The lines that ErrorLogFormat asks for once for a connection, and once for a request, before a message's own. */
export interface OnceFormats {
  readonly connection: readonly ErrorLine[];
  readonly request: readonly ErrorLine[];
}

/** Where the messages about a host go, and what they look like there. */
export class ErrorDestination {
  /** it is the system's log: the time is its own, and levels count for every message */
  readonly isSyslog: boolean;
  readonly #sink: LogSink;
  readonly #line: ErrorLine;
  readonly #once: OnceFormats;

  constructor(
    sink: LogSink,
    format: ErrorLogFormat,
    { isSyslog, once }: { isSyslog: boolean; once: OnceFormats },
  ) {
    this.#sink = sink;
    this.isSyslog = isSyslog;
    this.#once = once;
    if (format === 'json') this.#line = jsonLine;
    else if (format === 'default') this.#line = (record) => defaultErrorLine(record, !isSyslog);
    else this.#line = format;
  }

  /** Writes a message. */
  write(record: ErrorRecord): void {
    this.#put(this.#line(record), record);
  }

  /** Writes what is told once of the connection that a message is about. */
  tellConnection(record: ErrorRecord): void {
    const about = { ...record, message: undefined, request: undefined };
    for (const line of this.#once.connection) this.#put(line(about), record);
  }

  /** Writes what is told once of the request that a message is about. */
  tellRequest(record: ErrorRecord): void {
    const about = { ...record, message: undefined };
    for (const line of this.#once.request) this.#put(line(about), record);
  }

  #put(line: string, { message }: ErrorRecord): void {
    if (line !== '') this.#sink.write(`${line}\n`, message?.severity);
  }
}

/** The stable fields of `ErrorLogFormat json`. */
function jsonLine({ message, time, context }: ErrorRecord): string {
  return JSON.stringify({
    level: message?.level,
    time: isoTime(time),
    module: message?.module,
    number: message?.number,
    name: message?.name,
    params: message?.params,
    ...context,
    pid: context.pid ?? process.pid,
    msg: message?.text,
  });
}
