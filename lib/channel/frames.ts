import { HostError } from '../errors.js';

/**
 * Frames between the server and a worker thread: a header of eight bytes (payload length, type, a small argument),
 * then the payload. Numbers are little-endian.
 *
 * To the worker: BEGIN starts a request, DATA answers READ, CREDIT allows more response bytes, ANSWER answers ASK,
 * PRELOAD loads a cached extension, EXIT ends the thread in order, START (to the process's main thread) starts one.
 * To the server: READY when the thread has started, HEAD and BODY are the response, READ wants body bytes, ASK wants
 * an answer, NOTE is something for the logs, END ends a response, IDLE follows it when an extension had to be unloaded
 * first, LOADED answers PRELOAD, SKIPPED says that a request which was taken back was not begun, FAILED says that an extension could not be loaded or that a
 * thread failed. TRACE is a step of a request that is traced. BODY_AREA is a BODY whose bytes lie in the body area: its payload is their number.
 */
export const FRAME = {
  BEGIN: 1,
  DATA: 2,
  CREDIT: 3,
  ANSWER: 4,
  PRELOAD: 5,
  EXIT: 6,
  START: 7,
  READY: 16,
  HEAD: 17,
  BODY: 18,
  READ: 19,
  ASK: 20,
  NOTE: 21,
  END: 22,
  LOADED: 23,
  FAILED: 24,
  IDLE: 25,
  SKIPPED: 26,
  BODY_AREA: 27,
  TRACE: 28,
} as const;

/** A type of frame. */
export type FrameType = (typeof FRAME)[keyof typeof FRAME];

export const FRAME_HEADER_BYTES = 8;

/** The longest payload: a read-ahead buffer of some megabytes and headers fit, junk does not. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** `argument` of DATA. With AREA the bytes lie in the body area, and the frame says where. */
export const DATA_FLAGS = { END: 1, BROKEN: 2, AREA: 4 } as const;

/** `argument` of END: IDLE will follow; the session was left pending. */
export const END_FLAGS = { RELEASING: 1, ORPHANED: 2 } as const;

/** `argument` of ASK: what is asked. */
export const ASK_KIND = { MAP_URL: 1, CONNECTED: 2, SEND_URL: 3, MAP_URL_EX: 4 } as const;

/** `argument` of CREDIT: the client is gone, what is written is lost. */
export const CREDIT_LOST = 1;

/** Writes the eight header bytes at `offset`. */
export function writeFrameHeader(
  buffer: Buffer,
  offset: number,
  type: FrameType,
  length: number,
  argument = 0,
): void {
  buffer.writeUInt32LE(length, offset);
  buffer.writeUInt16LE(type, offset + 4);
  buffer.writeUInt16LE(argument, offset + 6);
}

/** A whole frame in a buffer of its own. */
export function frame(type: FrameType, payload: Uint8Array | string = '', argument = 0): Buffer {
  const length = typeof payload === 'string' ? Buffer.byteLength(payload, 'utf8') : payload.length;
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  writeFrameHeader(buffer, 0, type, length, argument);
  if (typeof payload === 'string') buffer.write(payload, FRAME_HEADER_BYTES, 'utf8');
  else buffer.set(payload, FRAME_HEADER_BYTES);
  return buffer;
}

/** A CREDIT frame: more bytes for a request. */
export function encodeCredit(request: number, bytes: number, flags: number): Buffer {
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + 8);
  writeFrameHeader(buffer, 0, FRAME.CREDIT, 8, flags);
  buffer.writeUInt32LE(bytes, 8);
  buffer.writeUInt32LE(request, 12);
  return buffer;
}

/**
 * A DATA frame: the request, then its bytes, or where they lie in the body area and how many they are.
 * @param placed undefined when the frame is to carry them
 */
export function encodeData(request: number, bytes: Uint8Array, flags: number, placed?: number): Buffer {
  const length = placed === undefined ? 4 + bytes.length : 12;
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  writeFrameHeader(buffer, 0, FRAME.DATA, length, placed === undefined ? flags : flags | DATA_FLAGS.AREA);
  buffer.writeUInt32LE(request, 8);
  if (placed === undefined) {
    buffer.set(bytes, 12);
  } else {
    buffer.writeUInt32LE(placed, 12);
    buffer.writeUInt32LE(bytes.length, 16);
  }
  return buffer;
}

export type FrameHandler = (type: FrameType, argument: number, payload: Buffer) => void;

/**
 * Puts frames together from chunks of any size. A payload is valid until its handler returns, but that of BODY stays;
 * BODY frames are handed over piece by piece as they arrive, so that a large write is not held.
 */
export class FrameReader {
  readonly #onFrame: FrameHandler;
  /** bytes of an incomplete header or payload */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** bytes that are still to come of a BODY frame */
  #bodyLeft = 0;

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame;
  }

  /** Takes the next chunk. Throws CHANNEL_FRAME for a header that cannot be. */
  push(chunk: Buffer): void {
    let data = chunk;
    if (this.#heldBytes > 0) {
      this.#held.push(Buffer.from(data));
      this.#heldBytes += data.length;
      if (this.#heldBytes < this.#wanted()) return;
      data = Buffer.concat(this.#held, this.#heldBytes);
      this.#held = [];
      this.#heldBytes = 0;
    }
    let at = 0;
    while (at < data.length) {
      if (this.#bodyLeft > 0) {
        const piece = data.subarray(at, at + this.#bodyLeft);
        this.#bodyLeft -= piece.length;
        at += piece.length;
        this.#onFrame(FRAME.BODY, 0, Buffer.from(piece));
        continue;
      }
      if (data.length - at < FRAME_HEADER_BYTES) break;
      const length = data.readUInt32LE(at);
      const type = data.readUInt16LE(at + 4) as FrameType;
      if (length > MAX_PAYLOAD_BYTES) {
        throw new HostError(
          'CHANNEL_FRAME',
          `a frame of type ${String(type)} claims ${String(length)} bytes`,
        );
      }
      if (type === FRAME.BODY) {
        this.#bodyLeft = length;
        at += FRAME_HEADER_BYTES;
        continue;
      }
      if (data.length - at - FRAME_HEADER_BYTES < length) break;
      const argument = data.readUInt16LE(at + 6);
      const start = at + FRAME_HEADER_BYTES;
      at = start + length;
      this.#onFrame(type, argument, data.subarray(start, at));
    }
    if (at < data.length) {
      const rest = Buffer.from(data.subarray(at));
      this.#held = [rest];
      this.#heldBytes = rest.length;
    }
  }

  /** How many bytes are needed before the held ones make sense. */
  #wanted(): number {
    const first = this.#held[0];
    if (!first || first.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES;
    return FRAME_HEADER_BYTES + first.readUInt32LE(0);
  }
}
