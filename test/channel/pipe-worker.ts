import { parentPort, workerData } from 'node:worker_threads';

import { BlockingPipe, type ReceivedFrame } from '../../lib/channel/blocking-pipe.js';
import { FRAME } from '../../lib/channel/frames.js';
import type { PipeNames } from '../../lib/channel/pipes.js';
import { HostError, messageOf } from '../../lib/errors.js';

/** What the worker's end of a pipe does in a test. */
export interface PipeWork {
  readonly names: PipeNames;
  /** waits in its event loop instead of in a blocking read */
  readonly inLoop: boolean;
}

/**
 * The worker's end of a pipe, in a thread of its own because it blocks: a frame comes back as ANSWER, READ is answered
 * with so many bytes of body, written in place, EXIT ends it. What ends it otherwise is posted: the error's code.
 */
async function work({ names, inLoop }: PipeWork): Promise<string> {
  try {
    const pipe = new BlockingPipe(names);
    for (;;) {
      const received: ReceivedFrame = inLoop ? await pipe.readAsync() : pipe.read();
      if (received.type === FRAME.EXIT) return 'ended';
      if (received.type === FRAME.READ) writeBody(pipe, received.payload.readUInt32LE(0));
      else pipe.put(FRAME.ANSWER, received.payload, received.argument);
      // Frames that come together are answered together.
      if (received.argument !== 1) pipe.flush();
    }
  } catch (error) {
    return error instanceof HostError ? error.code : messageOf(error);
  }
}

/** One BODY frame of the letters a to z over and over. */
function writeBody(pipe: BlockingPipe, length: number): void {
  pipe.putHeader(FRAME.BODY, length);
  for (let at = 0; at < length;) {
    at += pipe.room(length - at, (target, offset, count) => {
      for (let i = 0; i < count; i++) target[offset + i] = 0x61 + ((at + i) % 26);
    });
  }
}

parentPort?.postMessage(await work(workerData as PipeWork));
