import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A lock that is held; `release` may be called once. */
export interface Lock {
  release(): Promise<void>;
}

const POLL = 200;

/**
 * Takes a lock between processes, by name. A listening socket is the lock: the system gives a name to one
 * process only and takes it back when that process ends, however it ends, so there is no stale lock to detect.
 * Waits at most `timeout` milliseconds, then returns undefined. `onWait` is called once if there is a wait.
 */
export async function takeLock(
  name: string,
  timeout: number,
  onWait?: () => void,
): Promise<Lock | undefined> {
  const address = lockAddress(name);
  const deadline = Date.now() + timeout;
  let waited = false;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) {
      server.unref();
      return {
        release: () =>
          new Promise((resolve) => {
            server.close(() => {
              resolve();
            });
          }),
      };
    }
    if (Date.now() >= deadline) return undefined;
    if (!waited) onWait?.();
    waited = true;
    await sleep(POLL);
  }
}

function lockAddress(name: string): string {
  const id = `isapi-host-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${id}`;
  // An abstract address: no file, gone with its process.
  if (process.platform === 'linux') return `\0${id}`;
  return join(tmpdir(), `${id}.lock`);
}

async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(true);
      else reject(error);
    });
    server.listen(address, () => {
      resolve(false);
    });
  });
  if (!taken) return server;
  // Where the address is a file, one that nobody answers on was left behind.
  if (!address.startsWith('\0') && process.platform !== 'win32' && !(await answers(address))) {
    try {
      unlinkSync(address);
    } catch {
      // somebody else has removed it
    }
  }
  return undefined;
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
