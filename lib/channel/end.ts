import { END_FLAGS } from './frames.js';

/** What the end of a session says. */
export interface SessionEnd {
  /** what HttpExtensionProc returned */
  readonly result: number;
  /** dwHttpStatusCode */
  readonly statusCode: number;
  /** the extension's headers must not be sent: a note has said which */
  readonly headFailed: boolean;
  /** the session is still pending although ISAPIFakeAsync is off */
  readonly orphaned: boolean;
  /** the extension is being unloaded: onReleased will follow */
  readonly releasing: boolean;
  /** microseconds that the extension took, until a pending session was done */
  readonly time: number;
  /** lpszLogData, a byte string */
  readonly logData: string;
}

const FIXED_BYTES = 16;
const MAX_U32 = 0xffffffff;

/** The payload of an END frame; `orphaned` and `releasing` are in the frame's argument. */
export function encodeEnd(end: Omit<SessionEnd, 'orphaned' | 'releasing'>): Buffer {
  const { logData } = end;
  const payload = Buffer.allocUnsafe(FIXED_BYTES + logData.length);
  payload.writeUInt32LE(end.result >>> 0, 0);
  payload.writeUInt32LE(end.statusCode, 4);
  payload.writeUInt32LE(end.headFailed ? 1 : 0, 8);
  payload.writeUInt32LE(Math.min(Math.round(end.time), MAX_U32), 12);
  if (logData !== '') payload.write(logData, FIXED_BYTES, 'latin1');
  return payload;
}

/** The opposite of encodeEnd. @param flags the frame's argument */
export function decodeEnd(payload: Buffer, flags: number): SessionEnd {
  return {
    result: payload.readUInt32LE(0),
    statusCode: payload.readUInt32LE(4),
    headFailed: payload.readUInt32LE(8) !== 0,
    orphaned: (flags & END_FLAGS.ORPHANED) !== 0,
    releasing: (flags & END_FLAGS.RELEASING) !== 0,
    time: payload.readUInt32LE(12),
    logData: payload.length > FIXED_BYTES ? payload.toString('latin1', FIXED_BYTES) : '',
  };
}
