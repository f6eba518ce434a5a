import { packFacts, unpackFacts, type RequestFacts } from '../isapi/facts.js';
import { FRAME, FRAME_HEADER_BYTES, writeFrameHeader } from './frames.js';

/** Switches of a request, from directives. */
export const BEGIN_FLAGS = {
  /** ISAPICacheFile names the extension */
  CACHED: 1,
  /** ISAPIFakeAsync On */
  FAKE_ASYNC: 2,
  /** the connection will be kept */
  KEEP_CONNECTION: 4,
  /** the pool calls extensions on native threads of their own (`calls = async`) */
  ASYNC_CALL: 8,
  /** the request is traced; how many bytes of data are shown stands above TRACE_BYTES_SHIFT */
  TRACE: 16,
  /** the trace shows secrets */
  TRACE_SECRETS: 32,
} as const;

/** Where a flag word has the number of bytes that a trace shows of data: its upper half. */
export const TRACE_BYTES_SHIFT = 16;

/** What comes of a body behind what was read ahead: nothing, what READ asks for, or all of it unasked. */
export const BODY_REST = { NONE: 0, ASKED: 1, PUSHED: 2 } as const;

export type BodyRest = (typeof BODY_REST)[keyof typeof BODY_REST];

/** What starts a request in a worker thread. */
export interface BeginJob {
  /** distinguishes the requests of a thread: see the scoreboard's `lost` */
  readonly number: number;
  readonly flags: number;
  /** which library this is among those of the worker process */
  readonly librarySlot: number;
  /** file of the extension, in the worker's notation */
  readonly library: string;
  /** cbTotalBytes */
  readonly totalBytes: number;
  /** bytes of response in flight before the extension has to wait */
  readonly window: number;
  readonly facts: RequestFacts;
  /** the body as far as it was read ahead */
  readonly available: Uint8Array;
  /** what comes of the body behind `available` */
  readonly rest: BodyRest;
}

const FIXED_BYTES = 36;

const NO_BYTES = new Uint8Array(0);

/** In the place of an offset: the bytes are in the frame. */
const IN_FRAME = 0xffffffff;

/**
 * The BEGIN frame of a request.
 * @param placed where `available` lies in the body area; undefined when the frame is to carry it
 */
export function encodeBegin(job: BeginJob, placed?: number): Buffer {
  const text = `${job.library}\0${packFacts(job.facts)}`;
  const length = FIXED_BYTES + text.length + (placed === undefined ? job.available.length : 0);
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  writeFrameHeader(buffer, 0, FRAME.BEGIN, length);
  buffer.writeUInt32LE(job.number, 8);
  buffer.writeUInt32LE(job.flags, 12);
  buffer.writeUInt32LE(job.librarySlot, 16);
  buffer.writeUInt32LE(job.totalBytes, 20);
  buffer.writeUInt32LE(job.window, 24);
  buffer.writeUInt32LE(job.rest, 28);
  buffer.writeUInt32LE(text.length, 32);
  buffer.writeUInt32LE(placed ?? IN_FRAME, 36);
  buffer.writeUInt32LE(job.available.length, 40);
  buffer.write(text, FRAME_HEADER_BYTES + FIXED_BYTES, 'latin1');
  if (placed === undefined) buffer.set(job.available, FRAME_HEADER_BYTES + FIXED_BYTES + text.length);
  return buffer;
}

/** The opposite of encodeBegin; `available` is a view into the payload, or into the input part of the body area. */
export function decodeBegin(payload: Buffer, input: Uint8Array = NO_BYTES): BeginJob {
  const textEnd = FIXED_BYTES + payload.readUInt32LE(24);
  const text = payload.toString('latin1', FIXED_BYTES, textEnd);
  const libraryEnd = text.indexOf('\0');
  const placed = payload.readUInt32LE(28);
  return {
    number: payload.readUInt32LE(0),
    flags: payload.readUInt32LE(4),
    librarySlot: payload.readUInt32LE(8),
    totalBytes: payload.readUInt32LE(12),
    window: payload.readUInt32LE(16),
    rest: payload.readUInt32LE(20) as BodyRest,
    library: text.slice(0, libraryEnd),
    facts: unpackFacts(text.slice(libraryEnd + 1)),
    available:
      placed === IN_FRAME
        ? payload.subarray(textEnd)
        : input.subarray(placed, placed + payload.readUInt32LE(32)),
  };
}
