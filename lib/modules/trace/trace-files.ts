import { constants } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { HostError, messageOf } from '../../errors.js';
import { summaryOf, type TraceRecord, type TraceStore, type TraceSummary } from './trace-record.js';

/** How many traces a folder holds. */
export interface TraceLimits {
  readonly files: number;
  /** of all files together. Bytes */
  readonly size: number;
  /** milliseconds */
  readonly age: number;
}

/** What became of a trace that was to be written. */
export type TraceWritten =
  { readonly kind: 'written' } | { readonly kind: 'failed' | 'dropped'; readonly reason: string };

/** Traces that wait for the disk; further ones are dropped. */
const MAX_WAITING = 64;

/** What of a file is read for a list: its first line, the summary, is shorter. Bytes. */
const SUMMARY_BYTES = 64 * 1024;

/** A larger file is no trace: all that one holds has bounds that are far below. Bytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** From when on ids count: 2020-01-01, milliseconds since 1970. Eight digits last until 2109. */
const EPOCH = 1_577_836_800_000;
const ID_DIGITS = 8;

const FILE_NAME = /^([0-9a-z]{8})\.jsonl$/;
const UNFINISHED = /^\.[0-9a-z]{8}\.tmp$/;

/** Whether a name is that of a file with a trace. */
export function isTraceFile(name: string): boolean {
  return FILE_NAME.test(name) || UNFINISHED.test(name);
}

/** A pipe in the place of a file is not waited for, and a link is not followed. Windows has neither flag. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>;
const NO_SPECIAL = O_NONBLOCK | O_NOFOLLOW;

interface Kept {
  readonly summary: TraceSummary;
  readonly size: number;
}

/** The folders of this process: generations of the configuration share them. */
const folders = new Map<string, TraceFiles>();

/**
 * A folder with the latest traces, one file each: a line with the summary, and a line with the record, both JSON. A
 * file has its name only when all of it is on the disk.
 */
export class TraceFiles implements TraceStore {
  readonly folder: string;
  #limits: TraceLimits;
  /** the newest first */
  #kept: Kept[] = [];
  #lastId = 0;
  #waiting = 0;
  #work: Promise<unknown> = Promise.resolve();

  constructor(folder: string, limits: TraceLimits) {
    this.folder = folder;
    this.#limits = limits;
  }

  /** The traces of a folder for this process; the limits that were given last count. */
  static of(folder: string, limits: TraceLimits): TraceFiles {
    let files = folders.get(folder);
    if (files) files.#limits = limits;
    else folders.set(folder, (files = new TraceFiles(folder, limits)));
    return files;
  }

  /** An id that no trace of this folder has: the time, in a form that sorts by it. */
  newId(): string {
    this.#lastId = Math.max(Date.now() - EPOCH, this.#lastId + 1);
    return this.#lastId.toString(36).padStart(ID_DIGITS, '0');
  }

  /**
   * Looks what is in the folder. A folder that is not there has no traces.
   * @param tidies removes what a server that crashed has left half written
   * @throws what the system says of a folder that cannot be read
   */
  async load(tidies: boolean): Promise<void> {
    const names = await readFolder(this.folder);
    const kept: Kept[] = [];
    for (const name of names.sort().reverse()) {
      const id = FILE_NAME.exec(name)?.[1];
      if (id !== undefined) {
        const found = await readSummary(path.join(this.folder, name), id);
        if (found) kept.push(found);
      } else if (tidies && UNFINISHED.test(name)) await fs.rm(path.join(this.folder, name), { force: true });
    }
    /* What was written meanwhile stays. */
    const known = new Set(kept.map(({ summary }) => summary.id));
    this.#kept = [...this.#kept.filter(({ summary }) => !known.has(summary.id)), ...kept].sort(newestFirst);
    const newest = this.#kept[0]?.summary.id;
    if (newest !== undefined) this.#lastId = Math.max(this.#lastId, parseInt(newest, 36));
    if (tidies) await this.#removeOld();
  }

  list(): readonly TraceSummary[] {
    const oldest = Date.now() - this.#limits.age;
    return this.#kept.map(({ summary }) => summary).filter(({ time }) => time >= oldest);
  }

  async read(id: string): Promise<TraceRecord | undefined> {
    if (!FILE_NAME.test(`${id}.jsonl`)) return undefined;
    const file = this.#fileOf(id);
    try {
      return await readRecord(file, id);
    } catch (error) {
      if (isMissing(error)) return undefined;
      const message = `the trace ${id} cannot be shown, because ${file} ${reasonOf(error)}`;
      throw new HostError('TRACE', message, { cause: error });
    }
  }

  /** Keeps a trace, and removes old ones to make room for it. Never rejects. */
  write(record: TraceRecord): Promise<TraceWritten> {
    if (this.#waiting >= MAX_WAITING) {
      const reason = `${String(MAX_WAITING)} traces wait for the disk`;
      return Promise.resolve({ kind: 'dropped', reason });
    }
    this.#waiting++;
    const written = this.#work.then(() => this.#write(record));
    this.#work = written;
    return written;
  }

  /** Resolves when all that was to be written is. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #write(record: TraceRecord): Promise<TraceWritten> {
    try {
      const summary = summaryOf(record);
      const text = Buffer.from(`${JSON.stringify(summary)}\n${JSON.stringify(record)}\n`, 'utf8');
      await fs.mkdir(this.folder, { recursive: true, mode: 0o750 });
      await writeWhole(path.join(this.folder, `.${record.id}.tmp`), this.#fileOf(record.id), text);
      this.#kept = [{ summary, size: text.length }, ...this.#kept].sort(newestFirst);
      await this.#removeOld();
      return { kind: 'written' };
    } catch (error) {
      return { kind: 'failed', reason: messageOf(error) };
    } finally {
      this.#waiting--;
    }
  }

  async #removeOld(): Promise<void> {
    const { files, size, age } = this.#limits;
    const oldest = Date.now() - age;
    let bytes = 0;
    const stay: Kept[] = [];
    for (const kept of this.#kept) {
      bytes += kept.size;
      /* One that is larger than all may be stays alone. */
      const fits = stay.length === 0 || (stay.length < files && bytes <= size);
      if (fits && kept.summary.time >= oldest) stay.push(kept);
      else await fs.rm(this.#fileOf(kept.summary.id), { force: true });
    }
    this.#kept = stay;
  }

  #fileOf(id: string): string {
    return path.join(this.folder, `${id}.jsonl`);
  }
}

function newestFirst(a: Kept, b: Kept): number {
  return a.summary.id < b.summary.id ? 1 : -1;
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readSummary(file: string, id: string): Promise<Kept | undefined> {
  let handle: fs.FileHandle | undefined;
  try {
    handle = await fs.open(file, constants.O_RDONLY | NO_SPECIAL);
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    const { size } = stats;
    const bytes = Buffer.alloc(Math.min(size, SUMMARY_BYTES));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const line = bytes.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '';
    const summary = JSON.parse(line) as TraceSummary;
    return summary.id === id ? { summary, size } : undefined;
  } catch {
    /* A file that somebody else has put here, or changed. */
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** What is wrong with the file of a trace. */
class Damage extends Error {}

async function readRecord(file: string, id: string): Promise<TraceRecord> {
  const handle = await fs.open(file, constants.O_RDONLY | NO_SPECIAL);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Damage('is not a regular file');
    if (stats.size > MAX_FILE_BYTES) throw new Damage('is larger than any trace');
    const text = await handle.readFile('utf8');
    return recordIn(text.slice(text.indexOf('\n') + 1), id);
  } finally {
    await handle.close();
  }
}

function recordIn(line: string, id: string): TraceRecord {
  let record: Partial<TraceRecord> | null;
  try {
    record = JSON.parse(line) as Partial<TraceRecord> | null;
  } catch (error) {
    throw new Damage('is truncated or was changed; remove it', { cause: error });
  }
  if (record?.id !== id) throw new Damage('is not what the server has written; remove it');
  if (record.version !== 1) throw new Damage('was written by another version of isapi-host');
  return record as TraceRecord;
}

function reasonOf(error: unknown): string {
  if (error instanceof Damage) return error.message;
  const isLink = error instanceof Error && 'code' in error && error.code === 'ELOOP';
  return isLink ? 'is a symbolic link, and those are not followed' : `cannot be read: ${messageOf(error)}`;
}

/** Gives a file its name when all of it is on the disk. */
async function writeWhole(unfinished: string, file: string, text: Buffer): Promise<void> {
  const handle = await fs.open(unfinished, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await fs.rename(unfinished, file);
  } catch (error) {
    await fs.rm(unfinished, { force: true });
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
