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
} as const;

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
  /** the body has more than `available` */
  readonly moreBody: boolean;
}

const FIXED_BYTES = 32;

/** The BEGIN frame of a request. */
export function encodeBegin(job: BeginJob): Buffer {
  const text = `${job.library}\0${packFacts(job.facts)}`;
  const length = FIXED_BYTES + text.length + job.available.length;
  const buffer = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  writeFrameHeader(buffer, 0, FRAME.BEGIN, length);
  buffer.writeUInt32LE(job.number, 8);
  buffer.writeUInt32LE(job.flags, 12);
  buffer.writeUInt32LE(job.librarySlot, 16);
  buffer.writeUInt32LE(job.totalBytes, 20);
  buffer.writeUInt32LE(job.window, 24);
  buffer.writeUInt32LE(job.moreBody ? 1 : 0, 28);
  buffer.writeUInt32LE(text.length, 32);
  buffer.writeUInt32LE(0, 36);
  buffer.write(text, FRAME_HEADER_BYTES + FIXED_BYTES, 'latin1');
  buffer.set(job.available, FRAME_HEADER_BYTES + FIXED_BYTES + text.length);
  return buffer;
}

/** The opposite of encodeBegin; `available` is a view into the payload. */
export function decodeBegin(payload: Buffer): BeginJob {
  const textEnd = FIXED_BYTES + payload.readUInt32LE(24);
  const text = payload.toString('latin1', FIXED_BYTES, textEnd);
  const libraryEnd = text.indexOf('\0');
  return {
    number: payload.readUInt32LE(0),
    flags: payload.readUInt32LE(4),
    librarySlot: payload.readUInt32LE(8),
    totalBytes: payload.readUInt32LE(12),
    window: payload.readUInt32LE(16),
    moreBody: payload.readUInt32LE(20) === 1,
    library: text.slice(0, libraryEnd),
    facts: unpackFacts(text.slice(libraryEnd + 1)),
    available: payload.subarray(textEnd),
  };
}
