import type { CallFields } from '../../isapi/call-values.js';

/** What a list of traces shows of one. */
export interface TraceSummary {
  /** eight letters and digits; sorts by time */
  readonly id: string;
  /** when the request arrived: milliseconds since 1970 with a fraction */
  readonly time: number;
  readonly method: string;
  /** the request target, secrets masked */
  readonly url: string;
  /** of the response, 0 when none was sent */
  readonly status: number;
  /** milliseconds until the response had ended and the extension was let go */
  readonly duration: number;
  /** "address:port" */
  readonly client: string;
  /** file of the extension */
  readonly extension: string;
  /** name of the application pool */
  readonly pool: string;
  /** why the trace is kept, in words */
  readonly why: string;
}

export type TraceHeader = readonly [name: string, value: string];

/** One call, of the extension or of the worker. Times are microseconds. */
export interface TraceEvent {
  /** since the request arrived */
  readonly at: number;
  /** absent when the call did not return */
  readonly duration?: number;
  /** id of the operating system's thread that called, when it is known */
  readonly thread?: number;
  /** how many calls it is within */
  readonly depth: number;
  /** `LoadLibrary`, `HttpExtensionProc`, `WriteClient`, `completion` ... */
  readonly name: string;
  /** ServerSupportFunction's number of the function, and its name when it has one */
  readonly code?: number;
  readonly function?: string;
  readonly given: CallFields;
  readonly result?: number | string;
  /** the last error that the extension was given, and its name when it has one */
  readonly error?: { readonly number: number; readonly name?: string };
  readonly got?: CallFields;
}

/** A line about the request for the error log, whether LogLevel wanted it or not. */
export interface TraceLogLine {
  /** microseconds since the request arrived */
  readonly at: number;
  readonly number: string;
  readonly level: string;
  readonly text: string;
}

/** How the connection ended with the response. */
export type TraceEnding = 'kept' | 'closed' | 'cut' | 'client left';

/** Everything that is known of a traced request; plain data, texts are for people. Times are microseconds. */
export interface TraceRecord extends TraceSummary {
  /** of this form */
  readonly version: 1;
  readonly request: {
    /** as in log lines */
    readonly id: string;
    readonly protocol: string;
    /** the virtual host */
    readonly host: string;
    readonly headers: readonly TraceHeader[];
    /** it is a request within another one, whose id and URL these are */
    readonly within?: { readonly id: string; readonly url: string };
  };
  /** ISAPICacheFile names the extension */
  readonly cached: boolean;
  /** `native`, `wine64`, `wine32`; absent when it could not be said */
  readonly runtime?: string;
  /** where it ran; absent when it never reached a worker */
  readonly worker?: {
    /** process id */
    readonly pid: number;
    /** number of the worker thread in its process */
    readonly thread: number;
    /** id of the operating system's thread */
    readonly systemThread?: number;
    readonly abi?: string;
  };
  /** when it was handed to the pool, sent to the worker, and begun there */
  readonly times: { readonly submitted?: number; readonly sent?: number; readonly begun?: number };
  readonly controlBlock?: CallFields;
  readonly events: readonly TraceEvent[];
  /** calls that are not among the events, because there were too many */
  readonly leftOut: number;
  readonly response: {
    /** "HTTP/1.1 200 OK"; "" when none was sent */
    readonly statusLine: string;
    readonly headers: readonly TraceHeader[];
    /** of the body */
    readonly bytes: number;
    readonly ending: TraceEnding;
    /** when the response had ended */
    readonly at: number;
  };
  /** why the extension gave no answer: a crash, a timeout, a failure to load it, a pool that took no request */
  readonly failure?: string;
  readonly log: readonly TraceLogLine[];
}

/** The traces that are kept. */
export interface TraceStore {
  /** what is there, the newest first */
  list(): readonly TraceSummary[];
  /**
   * A trace by its id; undefined when it is not, or no longer, there.
   * @throws HostError TRACE when its file is damaged, or cannot be read
   */
  read(id: string): Promise<TraceRecord | undefined>;
}

/** `why` of a trace that is shown to somebody who watches, and not kept. */
export const WATCHED = 'watched';

/** The summary of a trace. */
export function summaryOf(record: TraceRecord): TraceSummary {
  const { id, time, method, url, status, duration, client, extension, pool, why } = record;
  return { id, time, method, url, status, duration, client, extension, pool, why };
}
