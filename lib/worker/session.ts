import type { BlockingPipe, ReceivedFrame } from '../channel/blocking-pipe.js';
import { BEGIN_FLAGS, type BeginJob } from '../channel/begin.js';
import type { WorkerArea } from '../channel/body-area.js';
import { CREDIT_LOST, FRAME, type FrameType } from '../channel/frames.js';
import { encodeNote, type Note, type Refusal } from '../channel/notes.js';
import { SCOREBOARD } from '../channel/scoreboard.js';
import type { CallbackName, WrongArgument } from '../isapi/bad-arguments.js';
import { HSE_IO, systemError, type SystemErrorName } from '../isapi/constants.js';
import type { ControlBlockWriter } from '../isapi/control-block.js';
import { type ControlBlockFields } from '../isapi/control-block.js';
import type { RefusalKind } from '../isapi/refusals.js';
import type { Submission } from '../isapi/response-head.js';
import { ServerVariables } from '../isapi/variables.js';
import { BodyReader } from './body-reader.js';
import type { CallTracer } from './call-tracer.js';
import type { Callbacks } from './callbacks.js';
import { NestedCalls } from './nested-calls.js';
import type { Memory, Platform } from './platform.js';
import { RepeatedNotes } from './repeated-notes.js';
import { bufferSource, ResponseWriter, type BodySource } from './response-writer.js';
import { traceCompletion } from './traced-calls.js';

/** What the sessions of a worker thread share. */
export interface SessionEnvironment {
  readonly platform: Platform;
  readonly pipe: BlockingPipe;
  /** memory for bodies that the server sees */
  readonly area: WorkerArea;
  readonly callbacks: Callbacks;
  readonly blocks: ControlBlockWriter;
  /** this thread's part of the scoreboard */
  readonly scoreboard: Buffer;
  /** calls a completion callback of the extension: control block, context, bytes, error */
  complete(callback: bigint, block: bigint, context: bigint, bytes: number, error: number): void;
}

/** What a callback returns to the machine code in front of it: BOOL low, last error high (see `thunks.ts`). */
export type CallResult = number;

export const TRUE: CallResult = 1;
const HIGH_HALF = 0x1_0000_0000;

/**
 * One request inside a worker: the control block with everything behind it, and what the extension does with it.
 * The memory stays valid until `dispose`.
 */
export class Session {
  readonly environment: SessionEnvironment;
  readonly job: BeginJob;
  readonly variables: ServerVariables;
  readonly writer: ResponseWriter;
  readonly reader: BodyReader;
  readonly memory: Memory;
  /** hears of every call; undefined when the request is not traced */
  readonly tracer: CallTracer | undefined;
  /** set by IO_COMPLETION */
  completion: { readonly callback: bigint; readonly context: bigint } | undefined;
  /** DONE_WITH_SESSION was called */
  done = false;
  /** runs when DONE_WITH_SESSION is called */
  onDone: (() => void) | undefined;
  /** the session was ended: calls fail */
  closed = false;
  #lost = false;
  #credit = 0;
  #repeated: RepeatedNotes | undefined;
  readonly #completions = new NestedCalls();

  /**
   * @param fields what `Session.fields` made of the job
   * @param memory at least as many bytes as `ControlBlockWriter.measure` says of the fields
   */
  constructor(
    environment: SessionEnvironment,
    job: BeginJob,
    fields: ControlBlockFields,
    memory: Memory,
    tracer: CallTracer | undefined,
  ) {
    const { platform, pipe, area } = environment;
    this.tracer = tracer;
    this.environment = environment;
    this.job = job;
    this.memory = memory;
    this.variables = new ServerVariables(job.facts, platform.notation);
    this.writer = new ResponseWriter(
      {
        pipe,
        area,
        lost: () => this.lost,
        waitForCredit: () => this.#waitForCredit(),
        report: (found) => {
          this.#report(found);
        },
      },
      job.window,
    );
    this.reader = new BodyReader(pipe, area.input, () => this.#nextData(), job.rest);
    const callbacks = tracer ? environment.callbacks.traced() : environment.callbacks.addresses;
    environment.blocks.write(memory.bytes, memory.address, fields, callbacks);
    tracer?.controlBlock(memory.address, fields, callbacks);
  }

  /** What the control block of a job says. */
  static fields({ notation }: Platform, job: BeginJob): ControlBlockFields {
    const { facts } = job;
    const { pathTranslated } = facts;
    return {
      method: facts.method,
      queryString: facts.query,
      pathInfo: facts.pathInfo,
      pathTranslated: pathTranslated === '' ? '' : notation(pathTranslated),
      contentType: facts.contentType,
      totalBytes: job.totalBytes,
      available: job.available,
    };
  }

  get address(): bigint {
    return this.memory.address;
  }

  get fakeAsync(): boolean {
    return (this.job.flags & BEGIN_FLAGS.FAKE_ASYNC) !== 0;
  }

  /** The client is gone, as far as the server has said. */
  get lost(): boolean {
    if (!this.#lost && this.environment.scoreboard.readUInt32LE(SCOREBOARD.lost) === this.job.number) {
      this.#lost = true;
    }
    return this.#lost;
  }

  get statusCode(): number {
    return this.environment.blocks.readStatus(this.memory.bytes);
  }

  set statusCode(status: number) {
    this.environment.blocks.writeStatus(this.memory.bytes, status);
  }

  /** lpszLogData as the extension left it. */
  get logData(): string {
    return this.environment.blocks.readLogData(this.memory.bytes);
  }

  /** FALSE with this last error. */
  fail(error: SystemErrorName): CallResult {
    return systemError(error, this.environment.platform.abi) * HIGH_HALF;
  }

  /** FALSE with this last error, and the journal hears of it. */
  refuse(refusal: RefusalKind, error: SystemErrorName, more: Partial<Refusal> = {}): CallResult {
    const code = systemError(error, this.environment.platform.abi);
    this.noteOnce({ kind: 'refused', refusal, ...more, error: code });
    return code * HIGH_HALF;
  }

  /** The journal hears of something that was carried out in part, or to no purpose. */
  partly(refusal: RefusalKind, more: Partial<Refusal> = {}): void {
    this.noteOnce({ kind: 'refused', refusal, ...more, error: 0 });
  }

  /** Sends status and headers; the part behind the blank line goes out as body. */
  sendHead(statusText: string, headerText: string): CallResult {
    this.settleOutput();
    if (this.writer.begun) this.partly('headers-late');
    const submission = this.writer.submit(statusText, headerText, this.statusCode);
    if (submission.statusCode !== undefined) this.statusCode = submission.statusCode;
    if (!submission.accepted) return this.fail('INVALID_PARAMETER');
    if (submission.body !== '') this.send(bufferSource(Buffer.from(submission.body, 'latin1')));
    return TRUE;
  }

  /** Sends body bytes; see ResponseWriter.write. */
  send(source: BodySource): boolean {
    return this.writer.write(source, (status) => {
      this.statusCode = status;
    });
  }

  /** Written bytes that might still have become a header block are body when headers come by another way. */
  settleOutput(): void {
    this.writer.settle((status) => {
      this.statusCode = status;
    });
  }

  /** Bytes of the extension's own memory. */
  source(address: bigint, length: number): BodySource {
    const { platform } = this.environment;
    return {
      length,
      fill: (from, target, offset, count) => {
        platform.copyIn(address + BigInt(from), target, offset, count);
      },
    };
  }

  /** WriteClient. */
  writeClient(data: bigint, size: bigint, flags: number): CallResult {
    if (size === 0n) return this.badArgument('WriteClient', 'the size is NULL');
    const length = this.environment.platform.readU32(size);
    if (data === 0n && length > 0) return this.badArgument('WriteClient', 'the data is NULL');
    const asynchronous = (flags & HSE_IO.ASYNC) !== 0;
    if (asynchronous && !(this.fakeAsync && this.completion)) {
      const refusal = this.fakeAsync ? 'no-completion' : 'async-call';
      return this.refuse(refusal, 'INVALID_PARAMETER', { name: 'WriteClient with HSE_IO_ASYNC' });
    }
    if (length === 0) this.#noteEmptyWrite();
    if (!this.send(this.source(data, length))) return this.fail('WRITE_FAULT');
    if (asynchronous) this.complete(length, 0);
    return TRUE;
  }

  /** A callback that was called with something that cannot be. */
  badArgument<C extends CallbackName>(call: C, reason: WrongArgument<C>): CallResult {
    return this.refuse('bad-argument', 'INVALID_PARAMETER', { name: `${call}: ${reason}` });
  }

  /** An empty write before anything else settles the status, as it does in Apache. */
  #noteEmptyWrite(): void {
    if (!this.writer.begun && !this.writer.head.given && this.statusCode === 0) this.statusCode = 200;
  }

  /** ReadClient: fills the buffer unless the body ends before. */
  readClient(buffer: bigint, size: bigint): CallResult {
    if (size === 0n) return this.badArgument('ReadClient', 'the size is NULL');
    const length = this.environment.platform.readU32(size);
    if (buffer === 0n && length > 0) return this.badArgument('ReadClient', 'the buffer is NULL');
    const { count, broken } = this.read(buffer, length);
    this.environment.platform.writeU32(size, count);
    return broken ? this.fail('READ_FAULT') : TRUE;
  }

  /** Reads body bytes into the extension's memory. */
  read(buffer: bigint, length: number): { count: number; broken: boolean } {
    let count = 0;
    while (count < length) {
      const bytes = this.reader.take(length - count);
      if (bytes.length === 0) break;
      this.environment.platform.copyOut(buffer + BigInt(count), bytes, bytes.length);
      this.tracer?.bodyRead(bytes);
      count += bytes.length;
    }
    return { count, broken: count < length && this.reader.broken };
  }

  /** Calls the completion callback that is set, or `own` in its place, on this thread. */
  complete(bytes: number, error: number, own = this.completion): void {
    if (!own) return;
    const complete = (): void => {
      this.environment.complete(own.callback, this.address, own.context, bytes, error);
    };
    const { tracer } = this;
    if (!tracer) this.#completions.run(complete);
    else this.#completions.run(() => traceCompletion(tracer, { ...own, bytes, error }, complete));
  }

  /** Tells the server something about this request. */
  note(note: Note): void {
    this.environment.pipe.put(FRAME.NOTE, encodeNote(note));
  }

  /** The same for what may come again and again: once, and at the end of the session how often it came. */
  noteOnce(note: Note): void {
    this.#repeated ??= new RepeatedNotes((each) => this.note(each));
    this.#repeated.add(note);
  }

  /** Tells how often notes came again. */
  settleNotes(): void {
    this.#repeated?.settle();
  }

  /** A call after the end of the session: it fails, and the journal hears of it. */
  late(call: string): CallResult {
    const error = systemError('INVALID_PARAMETER', this.environment.platform.abi);
    this.noteOnce({ kind: 'late', slot: this.job.librarySlot, call, fakeAsync: this.fakeAsync, error });
    this.environment.pipe.flush();
    return error * HIGH_HALF;
  }

  /** Asks the server; waits for the answer. */
  ask(kind: number, payload: string): { argument: number; text: string } {
    this.environment.pipe.put(FRAME.ASK, payload, kind);
    this.environment.pipe.flush();
    const answer = this.#next(FRAME.ANSWER);
    return { argument: answer.argument, text: answer.payload.toString('latin1') };
  }

  #report(found: Submission | RefusalKind): void {
    if (typeof found === 'string') this.partly(found);
    else for (const problem of found.problems) this.noteOnce({ kind: 'block', problem });
  }

  #waitForCredit(): number {
    while (this.#credit === 0 && !this.#lost) this.#credited(this.environment.pipe.read());
    const credit = this.#credit;
    this.#credit = 0;
    return credit;
  }

  /** The next frame of a type; credit that comes in between is kept. */
  #next(type: FrameType): ReceivedFrame {
    for (;;) {
      const received = this.environment.pipe.read();
      if (received.type === type) return received;
      this.#credited(received);
    }
  }

  /** The next bytes of this session's body; those of later ones may come before them. */
  #nextData(): ReceivedFrame {
    const mine = ({ type, payload }: ReceivedFrame): boolean =>
      type === FRAME.DATA && payload.readUInt32LE(0) === this.job.number;
    const kept = this.environment.pipe.takeKept(mine);
    if (kept) return kept;
    for (;;) {
      const received = this.environment.pipe.read();
      if (mine(received)) return received;
      this.#credited(received);
    }
  }

  /** Credit for this session counts, what was meant for an earlier one does not, other frames are for later. */
  #credited(received: ReceivedFrame): void {
    if (received.type !== FRAME.CREDIT) {
      this.environment.pipe.keep(received);
      return;
    }
    if (received.payload.readUInt32LE(4) !== this.job.number) return;
    this.#credit += received.payload.readUInt32LE(0);
    if ((received.argument & CREDIT_LOST) !== 0) this.#lost = true;
  }
}
