import type { Server } from 'node:tls';

/**
 * Sessions of TLS that clients may come back to: for those that take no tickets. The oldest make room for new ones.
 */
export class SessionCache {
  readonly #most: number;
  readonly #sessions = new Map<string, Buffer>();

  /** @param most sessions that are remembered */
  constructor(most: number) {
    this.#most = most;
  }

  /** Remembers the sessions of a server. */
  serve(server: Server): void {
    server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
      const key = id.toString('latin1');
      this.#sessions.delete(key);
      this.#sessions.set(key, session);
      for (const oldest of this.#sessions.keys()) {
        if (this.#sessions.size <= this.#most) break;
        this.#sessions.delete(oldest);
      }
      done();
    });
    server.on('resumeSession', (id: Buffer, done: (error: Error | null, session: Buffer | null) => void) => {
      done(null, this.#sessions.get(id.toString('latin1')) ?? null);
    });
  }
}
