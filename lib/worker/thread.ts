import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { BlockingPipe, type ReceivedFrame } from '../channel/blocking-pipe.js';
import { BEGIN_FLAGS, decodeBegin, type BeginJob } from '../channel/begin.js';
import { areaFileBytes, WorkerArea, type AreaPlace } from '../channel/body-area.js';
import { encodeEnd } from '../channel/end.js';
import { END_FLAGS, FRAME } from '../channel/frames.js';
import { encodeNote } from '../channel/notes.js';
import type { PipeNames } from '../channel/pipes.js';
import { isRecalled, SCOREBOARD } from '../channel/scoreboard.js';
import { SharedOutput } from '../channel/shared-output.js';
import { messageOf } from '../errors.js';
import { HSE_STATUS } from '../isapi/constants.js';
import { ControlBlockWriter } from '../isapi/control-block.js';
import { registerCallbacks } from './callbacks.js';
import { CallTracer } from './call-tracer.js';
import { explainFailure } from './diagnosis.js';
import { endProcess } from './end-process.js';
import { Libraries, type ExtensionVersion, type Library } from './library.js';
import type { Memory, Platform } from './platform.js';
import { createPlatform } from './platforms.js';
import { Session, type SessionEnvironment } from './session.js';

/** What the main thread of a worker process gives each worker thread. */
export interface ThreadData {
  readonly index: number;
  readonly names: PipeNames;
  readonly area: AreaPlace;
  /** address and size of the mapped scoreboard */
  readonly scoreboard: { readonly address: bigint; readonly bytes: number };
  readonly libraryTable: SharedArrayBuffer;
  /** see `channel/shared-output.ts` */
  readonly output: SharedArrayBuffer;
  readonly wake: SharedArrayBuffer;
}

/** Memory for a control block; a larger request gets memory of its own, which then stays. */
const ARENA_BYTES = 64 * 1024;

/**
 * How long a library stays loaded after one of the extension's own threads has ended a session in it: that thread is
 * still on its way out of the library's code, and its calls are answered. Milliseconds.
 */
const LEAVING_MS = 50;

/** How long calls of such threads are answered while the next request is awaited. Milliseconds. */
const LATE_CALLS_MS = 1000;

/**
 * Sessions that were pending are followed by ones at other addresses, so that a late call does not meet the next
 * request: an address is used again after so many of them.
 */
const ARENAS = 8;

/**
 * One worker thread: waits for a job with a blocking read, calls HttpExtensionProc, and serves its callbacks on the
 * spot. While a session is pending it is in its event loop instead, because callbacks from an extension's own
 * threads are served there.
 */
class WorkerThread {
  readonly #platform: Platform;
  readonly #pipe: BlockingPipe;
  readonly #area: WorkerArea;
  readonly #libraries: Libraries;
  readonly #environment: SessionEnvironment;
  readonly #scoreboard: Buffer;
  /** the same, as words */
  readonly #marks: Uint32Array;
  readonly #sessions = new Map<bigint, Session>();
  /** the one that was opened last and has not ended */
  #running: Session | undefined;
  #arena: Memory;
  /** those that pending sessions had, the oldest first */
  readonly #retired: Memory[] = [];
  /** until when an extension's own threads may still call for a session that is over */
  #lateCallsUntil = 0;
  /** what GetExtensionVersion said when a library was loaded just now */
  #loaded: ExtensionVersion | undefined;
  readonly #onLoad = (version: ExtensionVersion): void => {
    this.#loaded = version;
  };
  /** what the server was told of libraries, by their slots */
  readonly #told = new Map<number, string>();
  /** sessions that were left pending without ISAPIFakeAsync: the extension may still use them */
  #orphans = 0;

  constructor(data: ThreadData) {
    const start = SCOREBOARD.headBytes + data.index * SCOREBOARD.threadBytes;
    const platform = createPlatform({
      scoreboard: data.scoreboard.address,
      thread: data.scoreboard.address + BigInt(start + SCOREBOARD.systemThread),
    });
    this.#platform = platform;
    this.#pipe = new BlockingPipe(data.names, new SharedOutput(data.output, data.wake));
    const { file, bytes } = data.area;
    this.#area = new WorkerArea(platform.mapFile(file, areaFileBytes(bytes)).bytes, bytes);
    this.#libraries = new Libraries(platform, data.libraryTable);
    this.#scoreboard = platform
      .view(data.scoreboard.address, data.scoreboard.bytes)
      .subarray(start, start + SCOREBOARD.threadBytes);
    this.#marks = new Uint32Array(this.#scoreboard.buffer, start, SCOREBOARD.threadBytes / 4);
    this.#arena = platform.allocate(ARENA_BYTES);
    const completions = new Map<bigint, (...args: unknown[]) => unknown>();
    this.#environment = {
      platform,
      pipe: this.#pipe,
      area: this.#area,
      callbacks: registerCallbacks(
        platform,
        (connection) => this.#sessions.get(connection),
        () => this.#running,
      ),
      blocks: new ControlBlockWriter(platform.abi),
      scoreboard: this.#scoreboard,
      complete: (callback, block, context, bytes, error) => {
        let call = completions.get(callback);
        if (!call) {
          call = platform.bind(callback, 'void', ['void *', 'void *', 'uint32', 'uint32']);
          completions.set(callback, call);
        }
        call(block, context, bytes, error);
      },
    };
    platform.prepareThread();
    this.#scoreboard.writeUInt32LE(platform.threadId(), SCOREBOARD.systemThread);
  }

  async run(): Promise<void> {
    this.#pipe.put(FRAME.READY);
    this.#pipe.flush();
    for (;;) {
      const received =
        this.#pipe.takeKept() ?? (this.#mayBeCalled() ? await this.#pipe.readAsync() : this.#pipe.read());
      switch (received.type) {
        case FRAME.BEGIN:
          await this.#begin(decodeBegin(received.payload, this.#area.input));
          break;
        case FRAME.PRELOAD:
          this.#preload(received);
          break;
        case FRAME.EXIT:
          /* Letting extensions go may take long, and nobody writes what is left after it. */
          this.#pipe.flush();
          this.#libraries.close();
          return;
        default:
          /* Credit and data for a request that has ended meanwhile. */
          break;
      }
    }
  }

  /** Whether calls for sessions that are over may come: they are answered in the event loop. */
  #mayBeCalled(): boolean {
    return this.#orphans > 0 || (this.#lateCallsUntil > 0 && performance.now() < this.#lateCallsUntil);
  }

  /** Loads a cached extension before its first request. The payload is its file. */
  #preload({ argument, payload }: ReceivedFrame): void {
    const path = payload.toString('latin1');
    const library = this.#libraries.acquire(argument, path, true, this.#onLoad);
    /* A thread that finds it loaded by another has nothing to say of it. */
    const version = this.#loaded ?? { version: 0, description: '' };
    this.#loaded = undefined;
    const failed = 'stage' in library;
    const answer = failed ? explainFailure(library, path, this.#platform) : version;
    this.#pipe.put(failed ? FRAME.FAILED : FRAME.LOADED, Buffer.from(JSON.stringify(answer)));
    this.#pipe.flush();
  }

  /** Begins a request, unless the server has taken it back. */
  async #begin(job: BeginJob): Promise<void> {
    /* Noted before the look: see ServerScoreboard.recall. The stores and loads must not be reordered. */
    Atomics.store(this.#marks, SCOREBOARD.begun / 4, job.number);
    const from = Atomics.load(this.#marks, SCOREBOARD.recallFrom / 4);
    const to = Atomics.load(this.#marks, SCOREBOARD.recallTo / 4);
    if (!isRecalled(job.number, from, to)) {
      await this.#serve(job);
      return;
    }
    const number = Buffer.alloc(4);
    number.writeUInt32LE(job.number);
    this.#pipe.put(FRAME.SKIPPED, number);
    this.#pipe.flush();
  }

  async #serve(job: BeginJob): Promise<void> {
    const cached = (job.flags & BEGIN_FLAGS.CACHED) !== 0;
    const tracer = CallTracer.of(this.#platform, this.#pipe, job);
    const library = this.#libraries.acquire(job.librarySlot, job.library, cached, this.#onLoad, tracer);
    if ('stage' in library) {
      const explained = explainFailure(library, job.library, this.#platform);
      this.#pipe.put(FRAME.FAILED, Buffer.from(JSON.stringify(explained)));
      this.#pipe.flush();
      return;
    }
    if (this.#loaded) this.#tell(job.librarySlot, this.#loaded);
    const session = this.#open(job, tracer);
    this.#scoreboard.writeUInt32LE(job.number, SCOREBOARD.inside);
    const call = tracer?.begin('HttpExtensionProc', {});
    const apart = (job.flags & BEGIN_FLAGS.ASYNC_CALL) !== 0;
    const entered = performance.now();
    const result = Number(
      apart
        ? await library.httpExtensionProcAsync(session.address)
        : library.httpExtensionProc(session.address),
    );
    if (call) tracer?.end(call, { result });
    const pending = result === HSE_STATUS.PENDING;
    if (pending && session.fakeAsync && !session.done) await this.#untilDone(session);
    this.#scoreboard.writeUInt32LE(0, SCOREBOARD.inside);
    await this.#finish(session, library, result, pending, performance.now() - entered);
  }

  /** Tells the server what a library says of itself, unless it has heard that; it goes out with what comes next. */
  #tell(slot: number, { version, description }: ExtensionVersion): void {
    this.#loaded = undefined;
    const known = `${String(version)} ${description}`;
    if (this.#told.get(slot) === known) return;
    this.#told.set(slot, known);
    this.#pipe.put(FRAME.NOTE, encodeNote({ kind: 'loaded', version, description }));
  }

  #open(job: BeginJob, tracer: CallTracer | undefined): Session {
    const fields = Session.fields(this.#platform, job);
    const needed = this.#environment.blocks.measure(fields);
    if (needed > this.#arena.bytes.length) {
      this.#platform.free(this.#arena);
      this.#arena = this.#platform.allocate(Math.ceil(needed / ARENA_BYTES) * ARENA_BYTES);
    }
    const session = new Session(this.#environment, job, fields, this.#arena, tracer);
    this.#sessions.set(session.address, session);
    this.#running = session;
    return session;
  }

  /** Lets the event loop run until DONE_WITH_SESSION. The server ends the process when that takes too long. */
  #untilDone(session: Session): Promise<void> {
    return new Promise((resolve) => {
      /* Callbacks that are queued for this thread do not keep its event loop alive by themselves. */
      const alive = setInterval(() => undefined, 0x7fffffff);
      session.onDone = () => {
        clearInterval(alive);
        resolve();
      };
    });
  }

  /** @param time milliseconds that the extension took */
  async #finish(
    session: Session,
    library: Library,
    result: number,
    pending: boolean,
    time: number,
  ): Promise<void> {
    const orphaned = pending && !session.fakeAsync;
    session.writer.finish();
    const { invalid } = session.writer.head;
    if (session.writer.failed && invalid) {
      session.note({ kind: 'invalid header', name: invalid[0], value: invalid[1] });
    }
    session.settleNotes();
    const releasing = !orphaned && !this.#libraries.keeps(library);
    const payload = encodeEnd({
      result,
      statusCode: session.statusCode,
      headFailed: session.writer.failed,
      time: time * 1000,
      logData: session.logData,
    });
    const flags = (releasing ? END_FLAGS.RELEASING : 0) | (orphaned ? END_FLAGS.ORPHANED : 0);
    this.#pipe.put(FRAME.END, payload, flags);
    this.#pipe.flush();

    session.closed = true;
    this.#running = undefined;
    if (orphaned) {
      /* The extension may still use the block and the library's code: both stay until the process ends. */
      this.#orphans++;
      this.#arena = this.#platform.allocate(ARENA_BYTES);
      return;
    }
    // One that was pending stays known until its address is used again: the extension's threads may still call.
    if (pending) this.#retireArena();
    else this.#sessions.delete(session.address);
    if (releasing) {
      if (pending) await sleep(LEAVING_MS);
      this.#libraries.release(library, session.tracer);
      this.#pipe.put(FRAME.IDLE);
      this.#pipe.flush();
    }
  }

  /** The extension's own threads may still have the address of the session that was pending. */
  #retireArena(): void {
    this.#lateCallsUntil = performance.now() + LATE_CALLS_MS;
    this.#retired.push(this.#arena);
    const oldest = this.#retired.length < ARENAS ? undefined : this.#retired.shift();
    this.#arena = oldest ?? this.#platform.allocate(ARENA_BYTES);
  }
}

try {
  await new WorkerThread(workerData as ThreadData).run();
} catch (error) {
  endProcess(`worker thread failed: ${messageOf(error)}`);
}
