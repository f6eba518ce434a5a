import { spawnSync } from 'node:child_process';
import { WORKER_MAIN } from '../../lib/pool/worker-spawn.js';

/** Whether another user can run the program where it lies; for root alone to ask. */
export function isWithinReach(uid: number): boolean {
  const script = `require('fs').readFileSync(${JSON.stringify(WORKER_MAIN)})`;
  return spawnSync(process.execPath, ['-e', script], { uid, cwd: '/' }).status === 0;
}
