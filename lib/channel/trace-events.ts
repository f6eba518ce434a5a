import type { CallFields } from '../isapi/call-values.js';

/**
 * What a worker tells the server of a request that is traced: one TRACE frame for each step, sent before the step is
 * made, so that the calls up to a crash are known. The payload is JSON in UTF-8.
 */

/** The worker thread has begun the request. */
export interface TraceBegun {
  readonly kind: 'begun';
  /** milliseconds since 1970 with a fraction, by the worker's clock; the events count from here */
  readonly wall: number;
  /** id of the operating system's thread */
  readonly thread: number;
  /** of the extension: `elf`, `win64`, `win32` */
  readonly abi: string;
}

/** The control block as the extension got it. */
export interface TraceBlock {
  readonly kind: 'block';
  readonly fields: CallFields;
}

/** A call is about to be made. */
export interface TraceCall {
  readonly kind: 'call';
  /** counts the calls of a request */
  readonly call: number;
  /** microseconds since the worker began the request */
  readonly at: number;
  /** id of the operating system's thread that called; absent when it is not known */
  readonly thread?: number;
  /** how many calls it is within, HttpExtensionProc counted */
  readonly depth: number;
  readonly name: string;
  /** the function of ServerSupportFunction */
  readonly code?: number;
  readonly given: CallFields;
}

/** A call has returned. */
export interface TraceReturn {
  readonly kind: 'return';
  readonly call: number;
  readonly at: number;
  /** what it returned: a BOOL, a status, a handle as "0x..."; absent when it returns nothing */
  readonly result?: number | string;
  /** the last error that it left, absent when it left the one that was there */
  readonly error?: number;
  readonly got: CallFields;
}

export type TraceStep = TraceBegun | TraceBlock | TraceCall | TraceReturn;

/** The payload of a TRACE frame. */
export function encodeTrace(step: TraceStep): Buffer {
  return Buffer.from(JSON.stringify(step), 'utf8');
}

/** The opposite of encodeTrace. Throws for text that is none. */
export function decodeTrace(payload: Buffer): TraceStep {
  return JSON.parse(payload.toString('utf8')) as TraceStep;
}
