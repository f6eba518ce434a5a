import { createHmac, randomBytes } from 'node:crypto';
import { hashCost, verifyPassword } from './crypt/index.js';
import { PasswordThreads } from './password-threads.js';

/** Passwords that were right are remembered; when there are more, all are forgotten. */
const MAX_REMEMBERED = 1000;

/** How long, in milliseconds: AuthnCacheTimeout's default in mod_authn_socache. */
const REMEMBERED_FOR = 300_000;

/**
 * Checks passwords against their hashes. A browser sends its password with every request, so one that was right is
 * not hashed again for some minutes: what is kept of it is a keyed digest of password and hash, so that it counts for
 * this hash alone.
 */
export class PasswordChecker {
  readonly #threads: PasswordThreads;
  readonly #key = randomBytes(32);
  /** when each of those that were right is to be forgotten */
  readonly #right = new Map<string, number>();
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(threads = new PasswordThreads()) {
    this.#threads = threads;
  }

  /** Whether the password is the one of the hash; byte strings. `unknown` when the hash is of no known form. */
  check(password: string, hash: string): boolean | 'unknown' | Promise<boolean> {
    const cost = hashCost(hash);
    if (cost === 'unknown') return cost;
    if (cost === 'quick') return verifyPassword(password, hash);
    const key = createHmac('sha256', this.#key).update(`${hash}\0${password}`, 'latin1').digest('base64');
    const until = this.#right.get(key);
    if (until !== undefined) {
      if (until > Date.now()) return true;
      this.#right.delete(key);
    }
    const running = this.#running.get(key);
    if (running) return running;
    const started = this.#threads
      .verify({ password, hash })
      .then((matches) => {
        if (matches) this.#remember(key);
        return matches;
      })
      .finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  #remember(key: string): void {
    if (this.#right.size >= MAX_REMEMBERED) this.#right.clear();
    this.#right.set(key, Date.now() + REMEMBERED_FOR);
  }
}
