import { fstatSync, mkdirSync, openSync, renameSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pino, stdTimeFunctions } from 'pino';
import { CURRENT, journalFiles, rolledName } from './files.js';
import type { JournalLine } from './line.js';

/** How large the files may get all together, and how old. Bytes, milliseconds. */
export interface JournalLimits {
  readonly bytes: number;
  readonly age: number;
}

/** The bounds of the files are kept by letting go of whole ones: each is this part of what may be there. */
const PARTS = 4;

/** Stands at the beginning of each line: the version of their form. */
const FORMAT = { journal: 1 };

/** Milliseconds between two looks at what is too old. */
const LOOK_TIME = 600_000;

interface Open {
  readonly descriptor: number;
  readonly inode: bigint;
  readonly logger: { info(line: object): void };
  readonly destination: ReturnType<typeof pino.destination>;
  /** when its first line was written, as far as the system knows: milliseconds since 1970 */
  readonly since: number;
}

/**
 * The files of a journal: one that lines of JSON are appended to, and older ones. Several processes may share them: each line
 * is one write at the end of a file, an older file has a name that nobody else gives, and who finds that the current file has
 * been put aside goes on with the new one.
 */
export class JournalFile {
  limits: JournalLimits;
  readonly #folder: string;
  #open: Open | undefined;
  /** what the last write has met */
  #error: Error | undefined;
  #looked = 0;

  constructor(folder: string, limits: JournalLimits) {
    this.#folder = folder;
    this.limits = limits;
  }

  /** Opens the file, and makes the folder when it is not there. Throws what the system says. */
  open(): void {
    mkdirSync(this.#folder, { recursive: true });
    this.#current();
  }

  /** Appends lines. Throws what the system says. */
  append(lines: readonly JournalLine[]): void {
    if (lines.length === 0) return;
    this.#roll();
    const { logger } = this.#current();
    for (const line of lines) logger.info(line);
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
  }

  /** Removes everything. */
  empty(): void {
    for (const { path } of journalFiles(this.#folder)) {
      if (basename(path) === CURRENT) truncateSync(path);
      else unlinkSync(path);
    }
  }

  close(): void {
    // It closes the file, after what the system has not taken yet.
    this.#open?.destination.destroy();
    this.#open = undefined;
  }

  get #path(): string {
    return join(this.#folder, CURRENT);
  }

  /** The file that has the name now: another process may have put the one aside that is open. */
  #current(): Open {
    const stats = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (this.#open !== undefined && stats?.ino === this.#open.inode) return this.#open;
    this.close();
    mkdirSync(this.#folder, { recursive: true });
    const descriptor = openSync(this.#path, 'a', 0o644);
    const { ino, size, birthtimeMs, mtimeMs } = fstatSync(descriptor, { bigint: true });
    const destination = pino.destination({ dest: descriptor, sync: true });
    destination.on('error', (error: Error) => (this.#error = error));
    const logger = pino(
      { base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: () => FORMAT } },
      destination,
    );
    const since = size === 0n ? Date.now() : Number(birthtimeMs > 0n ? birthtimeMs : mtimeMs);
    this.#open = { descriptor, inode: ino, logger, destination, since };
    return this.#open;
  }

  /** Puts the file aside when it is full or old, and removes what is beyond the limits. */
  #roll(): void {
    const { bytes, age } = this.limits;
    const { descriptor, since } = this.#current();
    const size = fstatSync(descriptor).size;
    const now = Date.now();
    if (size > 0 && (size >= bytes / PARTS || now - since >= age / PARTS)) {
      renameSync(this.#path, join(this.#folder, rolledName(now)));
      this.#prune(now);
    } else if (now - this.#looked >= LOOK_TIME) this.#prune(now);
  }

  #prune(now: number): void {
    this.#looked = now;
    const rolled = journalFiles(this.#folder).filter(({ path }) => basename(path) !== CURRENT);
    let total = rolled.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { path, bytes, changed } of rolled) {
      const room = this.limits.bytes - this.limits.bytes / PARTS;
      if (total <= room && now - changed < this.limits.age) continue;
      unlinkSync(path);
      total -= bytes;
    }
  }
}
