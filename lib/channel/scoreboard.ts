import fs from 'node:fs';

/**
 * The scoreboard: a small file that the server writes to and a worker process maps into memory, so that each sees
 * what the other says without a message. A crash recorder of machine code leaves its last words there.
 *
 * A head of 64 bytes: the crash record; then 64 bytes for each worker thread.
 */
export const SCOREBOARD = {
  headBytes: 64,
  threadBytes: 64,
  /** head: 0, or a number of `CRASH_KIND` once the end of the process was recorded */
  crashed: 16,
  /** head: signal number or exception code */
  crashCode: 20,
  /** head: the address that was touched or that the exception names (u64) */
  crashAddress: 24,
  /** head: id of the operating system's thread that crashed */
  crashThread: 32,
  /** head: address of the instruction (u64) */
  crashInstruction: 40,
  /** thread: number of the request whose client is gone; written by the server */
  lost: 0,
  /** thread: id of the operating system's thread; written by the worker */
  systemThread: 4,
  /** thread: number of the request that is inside the extension, 0 outside; written by the worker */
  inside: 8,
  /** thread: number of the request that was begun last; written by the worker before it looks at what was recalled */
  begun: 12,
  /** thread: requests after `recallFrom` up to `recallTo` are taken back; written by the server */
  recallFrom: 16,
  recallTo: 20,
} as const;

/** How a process came to its end, as far as it could note it. The machine code of `worker/` writes these numbers. */
export const CRASH_KIND = {
  /** a signal or an exception that nobody handled */
  FAULT: 1,
  /** exit() was called inside an extension */
  EXIT: 2,
  /** a worker thread is no more: the system ended it, or the extension did */
  THREAD_GONE: 3,
} as const;

/** The bytes of a scoreboard for this many threads. */
export function scoreboardBytes(threads: number): number {
  return SCOREBOARD.headBytes + threads * SCOREBOARD.threadBytes;
}

/** Whether a request came after another one of its thread; numbers wrap around at 32 bits. */
export function isLater(number: number, other: number): boolean {
  return ((number - other) | 0) > 0;
}

/** Whether a request number is among those taken back; numbers wrap around at 32 bits. */
export function isRecalled(number: number, from: number, to: number): boolean {
  const distance = (number - from) >>> 0;
  return distance > 0 && distance <= (to - from) >>> 0;
}

/** What a crash recorder left. */
export interface CrashRecord {
  /** of `CRASH_KIND` */
  readonly kind: number;
  /** signal number (ELF), exception code (Windows), or exit status */
  readonly code: number;
  readonly address: bigint;
  readonly instruction: bigint;
  /** index of the worker thread that crashed, or undefined for a thread that an extension made */
  readonly thread: number | undefined;
}

/** The server's view of a scoreboard file. */
export class ServerScoreboard {
  readonly #fd: number;
  readonly #threads: number;
  readonly #word = Buffer.alloc(4);

  /** Makes the file. */
  constructor(file: string, threads: number) {
    this.#fd = fs.openSync(file, 'w+', 0o600);
    this.#threads = threads;
    fs.writeSync(this.#fd, Buffer.alloc(scoreboardBytes(threads)), 0, undefined, 0);
  }

  /** Tells a worker thread that the client of this request is gone. */
  markLost(thread: number, requestNumber: number): void {
    this.#word.writeUInt32LE(requestNumber);
    fs.writeSync(this.#fd, this.#word, 0, 4, this.#threadOffset(thread) + SCOREBOARD.lost);
  }

  /** The number of the request that a thread has inside an extension, or 0. */
  inside(thread: number): number {
    fs.readSync(this.#fd, this.#word, 0, 4, this.#threadOffset(thread) + SCOREBOARD.inside);
    return this.#word.readUInt32LE();
  }

  /** The number of the request that a thread began last, or 0. */
  begun(thread: number): number {
    fs.readSync(this.#fd, this.#word, 0, 4, this.#threadOffset(thread) + SCOREBOARD.begun);
    return this.#word.readUInt32LE();
  }

  /**
   * Takes back the requests after `from` up to `to` and returns the number of the one that was begun last. When that
   * is `from`, the worker will begin none of them: it notes what it begins before it looks here.
   */
  recall(thread: number, from: number, to: number): number {
    const range = Buffer.allocUnsafe(8);
    range.writeUInt32LE(from, 0);
    range.writeUInt32LE(to, 4);
    fs.writeSync(this.#fd, range, 0, 8, this.#threadOffset(thread) + SCOREBOARD.recallFrom);
    return this.begun(thread);
  }

  /** What the crash recorder left, if anything. */
  crash(): CrashRecord | undefined {
    const all = Buffer.alloc(scoreboardBytes(this.#threads));
    fs.readSync(this.#fd, all, 0, all.length, 0);
    const kind = all.readUInt32LE(SCOREBOARD.crashed);
    if (kind === 0) return undefined;
    const systemThread = all.readUInt32LE(SCOREBOARD.crashThread);
    const thread = Array.from({ length: this.#threads }, (_, index) => index).find(
      (index) => all.readUInt32LE(this.#threadOffset(index) + SCOREBOARD.systemThread) === systemThread,
    );
    return {
      kind,
      code: all.readUInt32LE(SCOREBOARD.crashCode),
      address: all.readBigUInt64LE(SCOREBOARD.crashAddress),
      instruction: all.readBigUInt64LE(SCOREBOARD.crashInstruction),
      thread,
    };
  }

  close(): void {
    fs.closeSync(this.#fd);
  }

  #threadOffset(thread: number): number {
    return SCOREBOARD.headBytes + thread * SCOREBOARD.threadBytes;
  }
}
