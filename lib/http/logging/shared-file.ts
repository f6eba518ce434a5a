import { openSync } from 'node:fs';
import pino from 'pino';
import { HostError, messageOf } from '../../errors.js';
import { keptRights } from '../../pool/rights/rights.js';
import { LostLines, MAX_WAITING, type LogReports } from './log-sink.js';

/** Where lines go: the file itself, or a process that may write to it. */
interface Destination {
  write(text: string): void;
  flushSync(): void;
  close(): Promise<void>;
}

/** Files that are this process's own streams: they are written to as they are, because a socket cannot be opened. */
export const STREAMS: Readonly<Record<string, number>> = {
  stderr: 2,
  '/dev/stderr': 2,
  '/proc/self/fd/2': 2,
  '/dev/stdout': 1,
  '/proc/self/fd/1': 1,
};

const files = new Map<string, SharedFile>();

/**
 * A file that is open for all logs of the process that have its name: those of the configuration at work and of others
 * before it, so that a new one needs no rights to open it that the server has given up.
 */
export class SharedFile {
  readonly path: string;
  #users = 0;
  #destination: Destination;
  #lost: LostLines;

  private constructor(path: string, reports: LogReports) {
    this.path = path;
    this.#lost = new LostLines(reports);
    this.#destination = this.#open();
  }

  /** Opens a file, anew if it is open: it may have been renamed. Throws LOG_OPEN. */
  static open(path: string, reports: LogReports): SharedFile {
    let file = files.get(path);
    if (file === undefined) {
      file = new SharedFile(path, reports);
      files.set(path, file);
    } else {
      file.#lost = new LostLines(reports);
      // With the rights that are left it may not be possible: then it goes on as it is.
      if (!(path in STREAMS)) file.reopen().catch(() => undefined);
    }
    file.#users++;
    return file;
  }

  write(text: string): void {
    this.#destination.write(text);
  }

  flushSync(): void {
    try {
      this.#destination.flushSync();
    } catch (error) {
      this.#lost.add(1, messageOf(error));
    }
  }

  /** Opens the file anew. Throws LOG_OPEN; it goes on as it was then. */
  async reopen(): Promise<void> {
    const old = this.#destination;
    let opened: Destination;
    try {
      opened = this.#open();
    } catch (error) {
      opened = await this.#openRemotely(error);
    }
    // Meanwhile another one may have done the same.
    if (this.#destination !== old) await opened.close();
    else {
      this.#destination = opened;
      await old.close();
    }
  }

  /** One log less needs it: the last one closes it. */
  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    files.delete(this.path);
    await this.#destination.close();
  }

  #open(): Destination {
    const stream = STREAMS[this.path];
    const file = pino.destination({
      dest: stream ?? openForAppending(this.path),
      sync: true,
      maxLength: MAX_WAITING,
    });
    file.on('error', (error: unknown) => this.#lost.add(1, messageOf(error)));
    file.on('drop', () => this.#lost.add(1, 'the disk is too slow'));
    file.on('drain', () => this.#lost.over());
    return {
      write: (text) => file.write(text),
      flushSync: () => file.flushSync(),
      close: () =>
        new Promise((resolve) => {
          if (stream !== undefined) {
            file.flushSync();
            resolve();
            return;
          }
          file.once('close', resolve);
          file.once('error', () => resolve());
          file.end();
        }),
    };
  }

  /** Opens the file with the rights that the server was started with. Throws what was given when that is not possible. */
  async #openRemotely(reason: unknown): Promise<Destination> {
    const rights = keptRights();
    if (rights === undefined) throw reason;
    try {
      await rights.openLog(this.path);
    } catch {
      throw reason;
    }
    return {
      write: (text) => {
        if (rights.append(this.path, text)) this.#lost.over();
        else this.#lost.add(1, 'the process that writes it does not go on');
      },
      flushSync: () => undefined,
      close: () => Promise.resolve(),
    };
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
