import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

import { SharedOutput } from '../../lib/channel/shared-output.js';

interface OutputWork {
  readonly memory: SharedArrayBuffer;
  readonly wake: SharedArrayBuffer;
  readonly fd: number;
  readonly lines: number;
}

/** A thread that leaves lines in its output again and again, for more and less time, and writes the rest itself. */
const { memory, wake, fd, lines } = workerData as OutputWork;
const output = new SharedOutput(memory, wake);
output.descriptor = fd;
const moment = new Int32Array(new SharedArrayBuffer(4));
let end = 0;
for (let i = 0; i < lines; i++) {
  end += output.bytes.write(`line ${i}\n`, end, 'latin1');
  output.leave(end);
  // Some are taken back at once, some are written by the keeper, some just while they are taken back.
  if (i % 10 === 0) Atomics.wait(moment, 0, 0, (i / 10) % 12);
  if (!output.reclaim()) end = 0;
}
writeSync(fd, output.bytes, 0, end);
