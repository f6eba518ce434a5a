import { END_FLAGS } from '../channel/frames.js';
import type { SessionEnd } from './exchange.js';

/** What an END frame says. Throws for one that is too short. */
export function decodeEnd(flags: number, payload: Buffer): SessionEnd {
  return {
    result: payload.readUInt32LE(0),
    statusCode: payload.readUInt32LE(4),
    headFailed: payload.readUInt32LE(8) !== 0,
    orphaned: (flags & END_FLAGS.ORPHANED) !== 0,
    releasing: (flags & END_FLAGS.RELEASING) !== 0,
    logData: payload.length > 12 ? payload.toString('latin1', 12) : '',
  };
}
