import type { BeginJob } from '../channel/begin.js';
import type { SessionEnd } from '../channel/end.js';
import type { ReceivedHead } from '../channel/head.js';
import type { Note } from '../channel/notes.js';
import type { TraceStep } from '../channel/trace-events.js';
import type { HostError } from '../errors.js';
import type { ExplainedFailure } from '../worker/diagnosis.js';
import type { RequestDescription } from './snapshots.js';

/** How an exchange with a worker ended without the session's own end. */
export type ExchangeFailure =
  | { readonly kind: 'not loaded'; readonly explained: ExplainedFailure }
  /**
   * the worker process died; `reason` names the signal or exception and is logged by the pool, `suspected` says that it
   * may have been this request's extension
   */
  | { readonly kind: 'lost'; readonly reason: string; readonly suspected?: boolean }
  | { readonly kind: 'timeout'; readonly milliseconds: number }
  /** the request never reached a worker: the pool is busy or stopped, or has no runtime */
  | { readonly kind: 'refused'; readonly error: HostError };

/** What an exchange says of its request; the thread adds the rest. */
export type ExchangeJob = Omit<BeginJob, 'number' | 'librarySlot' | 'library' | 'window'>;

/** The server's side of one request in a worker: what it is made of, and what to do with what the worker says. */
export interface Exchange {
  /** file of the extension, a byte string in the server's notation */
  readonly library: string;
  readonly cached: boolean;
  /** for log lines */
  readonly requestId: string;
  /** milliseconds without any sign of life before the worker process is given up */
  readonly timeout: number;
  /** What the request is, for people. */
  describe(): RequestDescription;
  /** Called when a worker thread is free: what to start it with. `undefined` when the client has gone meanwhile. */
  begin(link: ExchangeLink): ExchangeJob | undefined;
  onHead(head: ReceivedHead): void;
  /** Bytes of the response. `release`, when it is there, is to be called when they are no longer needed. */
  onBody(chunk: Buffer, release?: () => void): void;
  /** The extension wants body bytes: answer with `link.data`. */
  onRead(bytes: number): void;
  /** Answer with `link.answer`. */
  onAsk(kind: number, text: string): void;
  onNote(note: Note): void;
  /** A step of a request that is traced; also between onEnd and onReleased. */
  onTrace?(step: TraceStep): void;
  /** Called once, last but for onReleased. */
  onEnd(end: SessionEnd): void;
  /** The extension is unloaded, or its process came to an end for this reason; follows onEnd when that says so. */
  onReleased?(lost?: string): void;
  /** Called once, last, in place of onEnd. */
  onFailure(failure: ExchangeFailure): void;
}

/** What an exchange can tell its worker thread. Everything does nothing once the exchange has ended. */
export interface ExchangeLink {
  /** process id of the worker process */
  readonly pid: number;
  /** the number of the worker thread in its process */
  readonly thread: number;
  /** Answers onRead: bytes of body, and whether they are the last or the connection broke. */
  data(chunk: Uint8Array, state: 'more' | 'end' | 'broken'): void;
  /** Allows so many more bytes of response. */
  credit(bytes: number): void;
  /** Answers onAsk. */
  answer(argument: number, text: string): void;
  /** The client is gone: the extension's next call learns of it. */
  lost(): void;
  /**
   * The worker waits for the client (a body that is still arriving, a response that is not taken): that time does
   * not count as the extension's. Ends with the next thing the link is told.
   */
  waiting(): void;
}
