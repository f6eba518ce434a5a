import fs from 'node:fs';
import { HostError } from '../errors.js';
import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES, writeFrameHeader, type FrameType } from './frames.js';
import type { PipeNames } from './pipes.js';
import { OUTPUT_BYTES, type SharedOutput } from './shared-output.js';

/** A frame as a worker reads it; the payload is valid until the next read. */
export interface ReceivedFrame {
  readonly type: FrameType;
  readonly argument: number;
  readonly payload: Buffer;
}

const BUFFER_BYTES = 64 * 1024;

/**
 * A worker's end of a pipe: reads and writes block the thread, which is what an extension inside ReadClient or
 * WriteClient expects.
 */
export class BlockingPipe {
  readonly #input: number;
  readonly #output: number;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #start = 0;
  #end = 0;
  readonly #shared: SharedOutput | undefined;
  /** frames are put together here before they are written */
  readonly #out: Buffer;
  #outEnd = 0;
  /** the bytes so far were left to the main thread */
  #left = false;
  /** what is in the buffer goes on with a frame whose beginning is written */
  #partial = false;

  /**
   * Opens both ends; returns when the server has its own open.
   * @param shared the output buffer, where there is a main thread to write what is left in it
   */
  constructor(names: PipeNames, shared?: SharedOutput) {
    this.#shared = shared;
    this.#out = shared?.bytes ?? Buffer.allocUnsafe(OUTPUT_BYTES);
    if (names.toWorker === names.toServer) {
      this.#input = this.#output = fs.openSync(names.toWorker, 'r+');
    } else {
      this.#input = fs.openSync(names.toWorker, 'r');
      this.#output = fs.openSync(names.toServer, 'w');
    }
    if (shared) shared.descriptor = this.#output;
  }

  readonly #kept: ReceivedFrame[] = [];

  /** Puts a frame aside that came while another one was awaited; `takeKept` gives it back. */
  keep({ type, argument, payload }: ReceivedFrame): void {
    this.#kept.push({ type, argument, payload: Buffer.from(payload) });
  }

  /** The first frame that was put aside, or the first of a kind. */
  takeKept(wanted?: (received: ReceivedFrame) => boolean): ReceivedFrame | undefined {
    if (this.#kept.length === 0 || !wanted) return this.#kept.shift();
    const index = this.#kept.findIndex(wanted);
    return index < 0 ? undefined : this.#kept.splice(index, 1)[0];
  }

  /** Writes everything that was put, then waits for the next frame. Throws CHANNEL_CLOSED when the server is gone. */
  read(): ReceivedFrame {
    this.flush();
    for (;;) {
      const received = this.#take();
      if (received) return received;
      this.#received(
        fs.readSync(this.#input, this.#buffer, this.#end, this.#buffer.length - this.#end, null),
      );
    }
  }

  /** Like read, but the thread's event loop runs while it waits. */
  async readAsync(): Promise<ReceivedFrame> {
    for (;;) {
      const received = this.#take();
      if (received) return received;
      this.flush();
      const count = await new Promise<number>((resolve, reject) => {
        fs.read(
          this.#input,
          this.#buffer,
          this.#end,
          this.#buffer.length - this.#end,
          null,
          (error, bytes) => {
            if (error) reject(error);
            else resolve(bytes);
          },
        );
      });
      this.#received(count);
    }
  }

  #received(count: number): void {
    if (count === 0) throw new HostError('CHANNEL_CLOSED', 'the server closed the channel');
    this.#end += count;
  }

  /** A frame out of the buffer, or undefined after making room for the rest of one. */
  #take(): ReceivedFrame | undefined {
    const have = this.#end - this.#start;
    let wanted = FRAME_HEADER_BYTES;
    if (have >= FRAME_HEADER_BYTES) {
      const length = this.#buffer.readUInt32LE(this.#start);
      if (length > MAX_PAYLOAD_BYTES) {
        throw new HostError('CHANNEL_FRAME', `a frame claims ${String(length)} bytes`);
      }
      wanted += length;
      if (have >= wanted) {
        const at = this.#start;
        this.#start += wanted;
        return {
          type: this.#buffer.readUInt16LE(at + 4) as FrameType,
          argument: this.#buffer.readUInt16LE(at + 6),
          payload: this.#buffer.subarray(at + FRAME_HEADER_BYTES, at + wanted),
        };
      }
    }
    if (this.#start > 0 || wanted > this.#buffer.length) {
      const size = wanted > this.#buffer.length ? wanted : BUFFER_BYTES;
      const target = size === this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(Math.max(size, have));
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#end = have;
      this.#start = 0;
    }
    return undefined;
  }

  /** Adds a frame to those that the next flush writes. */
  put(type: FrameType, payload: Uint8Array | string = '', argument = 0): void {
    this.#reclaim();
    const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
    if (this.#out.length - this.#outEnd < FRAME_HEADER_BYTES + bytes.length) this.flush();
    this.putHeader(type, bytes.length, argument);
    if (bytes.length <= this.#out.length - this.#outEnd) {
      this.#out.set(bytes, this.#outEnd);
      this.#outEnd += bytes.length;
    } else {
      this.flush();
      this.#write(bytes, bytes.length);
    }
  }

  /**
   * Writes a frame now, before those that the next flush writes: for frames that say nothing about the order of
   * others, so that these still go out together.
   */
  putFirst(type: FrameType, payload: Uint8Array): void {
    this.#reclaim();
    if (this.#partial) this.flush();
    const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
    writeFrameHeader(bytes, 0, type, payload.length);
    bytes.set(payload, FRAME_HEADER_BYTES);
    this.#write(bytes, bytes.length);
    this.flushSoon();
  }

  /** Adds only the header of a frame whose payload follows through `room`. */
  putHeader(type: FrameType, length: number, argument = 0): void {
    this.#reclaim();
    if (this.#out.length - this.#outEnd < FRAME_HEADER_BYTES) this.flush();
    writeFrameHeader(this.#out, this.#outEnd, type, length, argument);
    this.#outEnd += FRAME_HEADER_BYTES;
  }

  /**
   * Lets `fill` put up to `length` payload bytes straight into the pipe's own buffer, at the offset it is given.
   * Returns how many bytes there was room for.
   */
  room(length: number, fill: (target: Buffer, offset: number, count: number) => void): number {
    this.#reclaim();
    if (this.#outEnd === this.#out.length) {
      this.flush();
      this.#partial = true;
    }
    const count = Math.min(length, this.#out.length - this.#outEnd);
    fill(this.#out, this.#outEnd, count);
    this.#outEnd += count;
    return count;
  }

  /** Writes everything that was put. Throws CHANNEL_CLOSED when the server is gone. */
  flush(): void {
    this.#reclaim();
    if (this.#outEnd === 0) return;
    const end = this.#outEnd;
    this.#outEnd = 0;
    this.#partial = false;
    this.#write(this.#out, end);
  }

  /** Like flush, but the bytes may stay for some milliseconds, to go out together with what follows. */
  flushSoon(): void {
    if (!this.#shared || this.#outEnd > OUTPUT_BYTES / 2) {
      this.flush();
      return;
    }
    if (this.#outEnd === 0) return;
    this.#left = true;
    this.#shared.leave(this.#outEnd);
  }

  /** Takes the buffer back from the main thread, which may have written it meanwhile. */
  #reclaim(): void {
    if (!this.#left) return;
    this.#left = false;
    if (this.#shared?.reclaim() === true) return;
    this.#outEnd = 0;
    this.#partial = false;
  }

  #write(data: Uint8Array, length: number): void {
    let at = 0;
    try {
      while (at < length) at += fs.writeSync(this.#output, data, at, length - at);
    } catch (error) {
      throw new HostError('CHANNEL_CLOSED', 'the server closed the channel', { cause: error });
    }
  }
}
