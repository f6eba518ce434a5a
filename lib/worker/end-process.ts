import fs from 'node:fs';

/**
 * Ends the whole worker process at once, threads inside native code included, and says why on standard error, which
 * the server writes to its error log. `process.exit` would wait for threads that cannot be stopped.
 */
export function endProcess(reason: string): never {
  try {
    /* Not console or process.stderr: under Wine they fail on a pipe. */
    if (reason !== '') fs.writeSync(2, `${reason}\n`);
  } catch {
    /* Nobody listens any more. */
  }
  process.kill(process.pid, 'SIGKILL');
  throw new Error(reason);
}
