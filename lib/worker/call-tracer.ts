import { BEGIN_FLAGS, TRACE_BYTES_SHIFT, type BeginJob } from '../channel/begin.js';
import type { BlockingPipe } from '../channel/blocking-pipe.js';
import { FRAME } from '../channel/frames.js';
import { encodeTrace, type TraceStep } from '../channel/trace-events.js';
import type { CallFields } from '../isapi/call-values.js';
import { CallView } from '../isapi/call-view.js';
import { INTERFACE_VERSION } from '../isapi/constants.js';
import type { CallbackAddresses, ControlBlockFields } from '../isapi/control-block.js';
import { sizeOf } from '../isapi/layout.js';
import { KnownSecrets } from '../isapi/secrets/known-secrets.js';
import { bodyMasker, HeaderMasker } from '../isapi/secrets/streams.js';
import { maskPairs } from '../isapi/secrets/texts.js';
import type { CallOutcome, LoadObserver } from './library.js';
import type { Platform } from './platform.js';

/** A call that has begun. */
export interface OpenCall {
  readonly number: number;
  /** bytes of body that it has read */
  count: number;
  /** the first bytes of body that it has read, secrets masked */
  readonly read: Buffer[];
}

const PAGE_BYTES = 4096;

/**
 * Tells the server each call of one request before it is made, and what came of it. A request that is not traced has
 * none of these.
 */
export class CallTracer implements LoadObserver {
  readonly view: CallView;
  readonly #platform: Platform;
  readonly #pipe: BlockingPipe;
  readonly #start = performance.now();
  readonly #ownThread: number;
  readonly #body;
  readonly #known: KnownSecrets;
  readonly #written = new HeaderMasker();
  #calls = 0;
  /** calls that have not returned, each within the one before */
  readonly #open: OpenCall[] = [];

  constructor(platform: Platform, pipe: BlockingPipe, job: BeginJob) {
    this.#platform = platform;
    this.#pipe = pipe;
    this.#ownThread = platform.threadId();
    this.#known = new KnownSecrets(job.facts);
    this.view = new CallView({
      abi: platform.abi,
      known: this.#known,
      showsSecrets: (job.flags & BEGIN_FLAGS.TRACE_SECRETS) !== 0,
      firstBytes: job.flags >>> TRACE_BYTES_SHIFT,
      peek: (address, length) => this.#peek(address, length),
    });
    this.#body = bodyMasker(job.facts.contentType);
    const wall = performance.timeOrigin + this.#start;
    this.#send({ kind: 'begun', wall, thread: this.#ownThread, abi: platform.abi });
  }

  /** The tracer of a job, or undefined when it is not to be traced. */
  static of(platform: Platform, pipe: BlockingPipe, job: BeginJob): CallTracer | undefined {
    return (job.flags & BEGIN_FLAGS.TRACE) === 0 ? undefined : new CallTracer(platform, pipe, job);
  }

  /** The control block as it was written for the extension. */
  controlBlock(address: bigint, fields: ControlBlockFields, callbacks: CallbackAddresses): void {
    const { view } = this;
    const text = (value: string): string => (view.showsSecrets ? value : maskPairs(value));
    const available = Buffer.from(fields.available);
    this.#send({
      kind: 'block',
      fields: {
        cbSize: sizeOf('EXTENSION_CONTROL_BLOCK', view.abi),
        dwVersion: `0x${INTERFACE_VERSION.toString(16)}`,
        ConnID: view.address(address),
        lpszMethod: fields.method,
        lpszQueryString: text(fields.queryString),
        lpszPathInfo: text(fields.pathInfo),
        lpszPathTranslated: fields.pathTranslated,
        cbTotalBytes: fields.totalBytes,
        cbAvailable: fields.available.length,
        lpbData: view.firstOf(this.#maskBody(available)),
        lpszContentType: fields.contentType,
        GetServerVariable: view.address(callbacks.getServerVariable),
        WriteClient: view.address(callbacks.writeClient),
        ReadClient: view.address(callbacks.readClient),
        ServerSupportFunction: view.address(callbacks.serverSupportFunction),
      },
    });
  }

  /**
   * A call is about to be made.
   * @param thread the one that makes it, when it is not the worker's own or may not be
   * @param code the function of ServerSupportFunction
   */
  begin(name: string, given: CallFields, thread = this.#ownThread, code?: number): OpenCall {
    const number = ++this.#calls;
    this.#send({
      kind: 'call',
      call: number,
      at: this.#now(),
      thread,
      depth: this.#open.length,
      name,
      ...(code !== undefined && { code }),
      given,
    });
    const call: OpenCall = { number, count: 0, read: [] };
    this.#open.push(call);
    return call;
  }

  /** A call has returned. */
  end(call: OpenCall, { result, error = 0, got = {} }: CallOutcome): void {
    const { number } = call;
    this.#open.splice(this.#open.lastIndexOf(call), 1);
    this.#send({
      kind: 'return',
      call: number,
      at: this.#now(),
      ...(result !== undefined && { result }),
      ...(error !== 0 && { error }),
      got,
    });
  }

  /** Makes a call that the worker makes itself. */
  around<T>(name: string, given: CallFields, run: () => T, outcome: (value: T) => CallOutcome): T {
    const call = this.begin(name, given);
    let value: T;
    try {
      value = run();
    } catch (error) {
      this.end(call, { got: { exception: error instanceof Error ? error.message : String(error) } });
      throw error;
    }
    this.end(call, outcome(value));
    return value;
  }

  /** Bytes of the body that ReadClient or ASYNC_READ_CLIENT hands over now, in their order. */
  bodyRead(bytes: Uint8Array): void {
    const shown = this.#maskBody(bytes);
    const reader = this.#open.at(-1);
    if (!reader) return;
    if (reader.count < this.view.firstBytes) reader.read.push(shown);
    reader.count += shown.length;
  }

  /** The first of the bytes that an extension writes; those of header lines are looked at in whole. */
  written(address: bigint, size: number): CallFields {
    if (this.view.showsSecrets || this.#written.ended) return { data: this.view.data(address, size) };
    const bytes = this.view.peek(address, size);
    return { data: this.view.firstOf(this.#written.mask(bytes), size) };
  }

  #maskBody(piece: Uint8Array): Buffer {
    if (this.view.showsSecrets) return Buffer.from(piece);
    const shown = this.#body.mask(piece);
    this.#known.addMasked(piece, shown);
    return shown;
  }

  #now(): number {
    return Math.round((performance.now() - this.#start) * 1000);
  }

  #send(step: TraceStep): void {
    this.#pipe.putFirst(FRAME.TRACE, encodeTrace(step));
  }

  #peek(address: bigint, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    let count = this.#platform.peek(address, bytes, length);
    /* The system may give nothing at all when only the last page is not there. */
    while (count < length) {
      const at = address + BigInt(count);
      const rest = PAGE_BYTES - Number(at % BigInt(PAGE_BYTES));
      const piece = this.#platform.peek(at, bytes.subarray(count), Math.min(rest, length - count));
      if (piece === 0) break;
      count += piece;
    }
    return bytes.subarray(0, count);
  }
}
