import fs from 'node:fs';

/**
 * The output buffer of a worker thread, in memory that the process's main thread sees. The thread leaves small writes
 * in it, because most extensions write several times in a row and return at once, and one write to the pipe then does
 * for all. What stays longer than a moment, because the extension computes or sleeps, is written by the main thread.
 */

const STATE = 0;
const LENGTH = 1;
const DESCRIPTOR = 2;
const SEQUENCE = 3;
const CONTROL_BYTES = 64;

/** The buffer is the thread's own; it has left bytes for later; the main thread is writing them. */
const OWN = 0;
const LEFT = 1;
const TAKEN = 2;

/** Bytes of output that are put together before they are written. */
export const OUTPUT_BYTES = 64 * 1024;

/** How long bytes may be left at least before the main thread writes them; at most twice as long. Milliseconds. */
const LEAVE_MS = 4;

/** Looks in which nothing was left before the main thread goes to sleep. */
const IDLE_LOOKS = 50;

/** The memory for one thread's output. */
export function makeSharedOutput(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + OUTPUT_BYTES);
}

/** The memory by which threads wake the main thread's `OutputKeeper`. */
export function makeWakeWord(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** A thread's side. */
export class SharedOutput {
  readonly bytes: Buffer;
  readonly #control: Int32Array;
  readonly #wake: Int32Array;

  /** @param wake see `makeWakeWord` */
  constructor(memory: SharedArrayBuffer, wake: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.bytes = Buffer.from(memory, CONTROL_BYTES, OUTPUT_BYTES);
    this.#wake = new Int32Array(wake);
  }

  /** The descriptor that the main thread writes to. */
  set descriptor(fd: number) {
    Atomics.store(this.#control, DESCRIPTOR, fd);
  }

  /** Leaves the first `length` bytes for later. The buffer must not be touched until `reclaim`. */
  leave(length: number): void {
    Atomics.store(this.#control, LENGTH, length);
    Atomics.add(this.#control, SEQUENCE, 1);
    Atomics.store(this.#control, STATE, LEFT);
    if (Atomics.load(this.#wake, 0) === 0) return;
    Atomics.store(this.#wake, 0, 0);
    Atomics.notify(this.#wake, 0);
  }

  /** Takes the buffer back; returns whether its bytes are still to be written. */
  reclaim(): boolean {
    if (Atomics.compareExchange(this.#control, STATE, LEFT, OWN) === LEFT) return true;
    while (Atomics.load(this.#control, STATE) === TAKEN) Atomics.wait(this.#control, STATE, TAKEN);
    return false;
  }
}

/** The main thread's side: writes what threads have left for too long. */
export class OutputKeeper {
  readonly #outputs: { readonly control: Int32Array; readonly bytes: Buffer; seen: number }[] = [];
  readonly #wake: Int32Array;

  /** @param wake see `makeWakeWord` */
  constructor(wake: SharedArrayBuffer) {
    this.#wake = new Int32Array(wake);
  }

  add(memory: SharedArrayBuffer): void {
    this.#outputs.push({
      control: new Int32Array(memory, 0, CONTROL_BYTES / 4),
      bytes: Buffer.from(memory, CONTROL_BYTES, OUTPUT_BYTES),
      seen: -1,
    });
  }

  /** Runs as long as the process does. Throws what a write throws. */
  async run(): Promise<never> {
    let idle = 0;
    for (;;) {
      idle = this.#look() ? 0 : idle + 1;
      if (idle < IDLE_LOOKS) await new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref());
      else await this.#sleep();
    }
  }

  /** Writes what was there at the last look already. Returns whether anything was left at all. */
  #look(): boolean {
    let found = false;
    for (const output of this.#outputs) {
      const { control } = output;
      if (Atomics.load(control, STATE) !== LEFT) continue;
      found = true;
      const sequence = Atomics.load(control, SEQUENCE);
      if (sequence !== output.seen) {
        output.seen = sequence;
        continue;
      }
      if (Atomics.compareExchange(control, STATE, LEFT, TAKEN) !== LEFT) continue;
      /* The thread may have left other bytes since: they are written a moment early. */
      const length = Atomics.load(control, LENGTH);
      const fd = Atomics.load(control, DESCRIPTOR);
      for (let at = 0; at < length; at += fs.writeSync(fd, output.bytes, at, length - at));
      Atomics.store(control, STATE, OWN);
      Atomics.notify(control, STATE);
    }
    return found;
  }

  /** Waits until a thread leaves something. */
  async #sleep(): Promise<void> {
    Atomics.store(this.#wake, 0, 1);
    if (this.#look()) {
      Atomics.store(this.#wake, 0, 0);
      return;
    }
    const waiting = Atomics.waitAsync(this.#wake, 0, 1);
    if (waiting.async) await waiting.value;
  }
}
