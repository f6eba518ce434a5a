import { parentPort } from 'node:worker_threads';
import { verifyPassword } from './crypt/index.js';

/* What runs in a thread of its own: checks one password after the other. */

/** A password to be checked; byte strings. */
export interface PasswordJob {
  readonly password: string;
  readonly hash: string;
}

parentPort?.on('message', ({ password, hash }: PasswordJob) => {
  parentPort?.postMessage(verifyPassword(password, hash));
});
