import { openSync } from 'node:fs';
import pino from 'pino';
import { HostError, messageOf } from '../errors.js';

/** Bytes of log lines that wait for the disk at most; what comes on top is lost and counted. */
const MAX_WAITING = 16 * 1024 * 1024;

type Destination = ReturnType<typeof pino.destination>;

/** Logs that are open, to be written out when the process ends, however it ends. */
const openFiles = new Set<LogFile>();

process.on('exit', () => {
  for (const file of openFiles) file.flushSync();
});

/**
 * A file that lines are appended to, each with a write of its own before anything else happens, as in Apache: a line
 * is there when the client has its response, and when the process dies. The system's cache takes it without waiting
 * for the disk; what it cannot take at once (a full pipe) waits in memory.
 */
export class LogFile {
  readonly path: string;
  readonly #destination: Destination;
  readonly #onTrouble: ((reason: string) => void) | undefined;
  #troubled = false;

  /**
   * @param path an absolute path, or `stderr`
   * @param onTrouble told once when lines begin to get lost, and again after it worked in between
   * @throws HostError LOG_OPEN
   */
  constructor(path: string, onTrouble?: (reason: string) => void) {
    this.path = path;
    this.#onTrouble = onTrouble;
    const toStandardError = path === 'stderr';
    this.#destination = pino.destination({
      dest: toStandardError ? 2 : openForAppending(path),
      sync: true,
      maxLength: MAX_WAITING,
    });
    this.#destination.on('error', (error: unknown) => this.#trouble(messageOf(error)));
    this.#destination.on('drop', () => this.#trouble('the disk is too slow'));
    this.#destination.on('drain', () => {
      this.#troubled = false;
    });
    openFiles.add(this);
  }

  /** Appends text, which ends in a line end. */
  write(text: string): void {
    this.#destination.write(text);
  }

  /** Writes out what waits, blocking. */
  flushSync(): void {
    try {
      this.#destination.flushSync();
    } catch (error) {
      this.#trouble(messageOf(error));
    }
  }

  /** Writes out what waits and closes the file. */
  close(): Promise<void> {
    if (!openFiles.delete(this)) return Promise.resolve();
    if (this.path === 'stderr') return Promise.resolve();
    return new Promise((resolve) => {
      this.#destination.once('close', resolve);
      this.#destination.once('error', () => resolve());
      this.#destination.end();
    });
  }

  #trouble(reason: string): void {
    if (this.#troubled) return;
    this.#troubled = true;
    this.#onTrouble?.(reason);
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, 'a');
  } catch (error) {
    throw new HostError(
      'LOG_OPEN',
      `the log ${path} cannot be opened: ${messageOf(error)}; create its folder, or let the directive name another file`,
      { cause: error },
    );
  }
}
