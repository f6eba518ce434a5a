import { readFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';

/** How long a connection waits at most for another one to end. Milliseconds. */
const WAIT_TIME = 60_000;

/** So often at most it is told that the limit is reached. Milliseconds. */
const TELL_INTERVAL = 300_000;

/** What a connection goes through before it is served. */
export type Enter = (socket: Socket, serve: (socket: Socket) => void) => void;

interface Waiting {
  readonly socket: Socket;
  readonly timer: NodeJS.Timeout;
  /** hands the socket on */
  readonly go: () => void;
}

/** What a limit does beyond counting. */
export interface LimitEvents {
  /** closes a connection that nobody uses, if there is one, because another one waits */
  makeRoom(): void;
  /** the limit was reached; told once in a while */
  full(count: number): void;
}

/**
 * Bounds the connections of all servers together. When there are enough, further ones are accepted and wait, without
 * anything of them being read, as they would wait in the system's queue for an Apache whose threads are all busy; when
 * so many wait that the queue is full, they are closed.
 */
export class ConnectionLimit {
  readonly #events: LimitEvents;
  readonly #waiting = new Set<Waiting>();
  #most = Infinity;
  #queue = 0;
  #open = 0;
  #told = -Infinity;

  constructor(events: LimitEvents) {
    this.#events = events;
  }

  /** Connections that are being served, those that wait, and how many are served at most. */
  get counts(): { readonly open: number; readonly waiting: number; readonly most: number } {
    return { open: this.#open, waiting: this.#waiting.size, most: this.#most };
  }

  /**
   * @param most connections that are served at a time
   * @param queue connections that wait at most
   */
  set(most: number, queue: number): void {
    this.#most = most;
    this.#queue = queue;
    this.#next();
  }

  /**
   * Puts itself before all that listens to a server's connections so far.
   * @param enter what connections go through before they are served
   */
  guard(server: Server, enter: Enter = (socket, serve) => serve(socket)): void {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const serve = (socket: Socket): void => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    server.on('connection', (socket: Socket) => {
      this.#admit(socket, () => enter(socket, serve));
    });
  }

  #admit(socket: Socket, go: () => void): void {
    if (this.#open < this.#most && this.#waiting.size === 0) {
      this.#serve(socket, go);
      return;
    }
    this.#tell();
    if (this.#waiting.size >= this.#queue) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), WAIT_TIME);
    const waiting = { socket, go, timer };
    this.#waiting.add(waiting);
    // Whoever gives up while waiting is not missed; the error would otherwise end the process.
    socket.on('error', ignore);
    socket.once('close', () => this.#forget(waiting));
    this.#events.makeRoom();
  }

  #serve(socket: Socket, go: () => void): void {
    this.#open++;
    socket.once('close', () => {
      this.#open--;
      this.#next();
    });
    go();
  }

  #next(): void {
    for (const waiting of this.#waiting) {
      if (this.#open >= this.#most) return;
      this.#forget(waiting);
      waiting.socket.off('error', ignore);
      this.#serve(waiting.socket, waiting.go);
    }
  }

  #forget(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    this.#waiting.delete(waiting);
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#told < TELL_INTERVAL) return;
    this.#told = now;
    this.#events.full(this.#open);
  }
}

function ignore(): void {
  // Deliberately nothing.
}

/** How many files this process may open; Infinity where that is not known. */
export function openFilesLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    // Not Linux.
    return Infinity;
  }
}
