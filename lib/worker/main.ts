import fs from 'node:fs';
import { Writable } from 'node:stream';

/**
 * Where a worker process begins. Under Wine, Node's own streams for standard output and error cannot be made for a
 * pipe (`open EBADF`), and parts of Node ask for them as soon as they are loaded. So streams that write to the
 * descriptors directly take their place before anything else is loaded.
 */
function descriptorStream(fd: number): Writable {
  return new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => {
      try {
        fs.writeSync(fd, chunk);
      } catch {
        /* Nobody listens any more. */
      }
      done();
    },
  });
}

for (const [name, fd] of [
  ['stdout', 1],
  ['stderr', 2],
] as const) {
  Object.defineProperty(process, name, { value: descriptorStream(fd), configurable: true });
}

await import('./process.js');
