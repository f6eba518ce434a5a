import type { Socket } from 'node:net';

/** What is decided from the first bytes: how many of them are done with, and how it goes on. */
export interface Decision {
  readonly used: number;
  go(): void;
}

/** So many bytes are looked at; whoever has not decided by then will not. */
const MAX_AHEAD = 128 * 1024;

/**
 * Reads the first bytes of a connection until they tell how it goes on, and puts those that are not done with back.
 * A connection that ends, fails or takes too long before is closed.
 * @param seconds how long the client may take
 * @param decide gets all bytes so far; undefined asks for more
 */
export function lookAhead(
  socket: Socket,
  seconds: number,
  decide: (bytes: Buffer) => Decision | undefined,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    stop();
    socket.destroy();
  };
  const onReadable = (): void => {
    for (;;) {
      // Nothing decodes what is read, so that there are only buffers.
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) break;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    }
    if (bytes.length === 0) return;
    const decision = decide(bytes);
    if (decision === undefined) {
      if (bytes.length > MAX_AHEAD) giveUp();
      return;
    }
    stop();
    const rest = bytes.subarray(decision.used);
    if (rest.length > 0) socket.unshift(rest);
    decision.go();
  };
  // For all of the first bytes together: one byte now and then must not hold a connection.
  const timer = setTimeout(() => {
    giveUp();
  }, seconds * 1000);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', onReadable).off('end', giveUp).off('close', stop).off('error', giveUp);
  };
  socket.on('readable', onReadable).on('end', giveUp).on('close', stop).on('error', giveUp);
}
