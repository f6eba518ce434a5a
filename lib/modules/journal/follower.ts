import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CURRENT } from './files.js';

/** Bytes that are read at once. */
const CHUNK = 64 * 1024;

/** A line that is longer than this is none of a journal's. Bytes. */
const MAX_LINE = 64 * 1024;

/** Reads what is appended to a journal from now on, also when its file is put aside or is not there yet. */
export class JournalFollower {
  /** the file that lines are appended to */
  readonly path: string;
  #descriptor: number | undefined;
  #position = 0;
  #rest = '';

  constructor(folder: string) {
    this.path = join(folder, CURRENT);
    if (this.#open()) this.#position = fstatSync(this.#descriptor ?? -1).size;
  }

  /** The lines that have come since the last time. */
  poll(): string[] {
    const lines = this.#read();
    if (!this.#isCurrent()) {
      this.close();
      if (this.#open()) lines.push(...this.#read());
    }
    return lines;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#position = 0;
    this.#rest = '';
  }

  #open(): boolean {
    try {
      this.#descriptor = openSync(this.path, 'r');
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    }
  }

  #isCurrent(): boolean {
    if (this.#descriptor === undefined) return false;
    const stats = statSync(this.path, { throwIfNoEntry: false });
    return stats === undefined || stats.ino === fstatSync(this.#descriptor).ino;
  }

  #read(): string[] {
    if (this.#descriptor === undefined) return [];
    // It was emptied.
    if (fstatSync(this.#descriptor).size < this.#position) this.#position = 0;
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const count = readSync(this.#descriptor, chunk, 0, CHUNK, this.#position);
      if (count === 0) break;
      this.#position += count;
      this.#rest += chunk.toString('utf8', 0, count);
    }
    const lines = this.#rest.split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE);
    return lines;
  }
}
