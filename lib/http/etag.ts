import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Settings } from '../config/settings.js';
import { CONTENT, ETAG_BITS } from './content-settings.js';

/** What a file's tag is made of where FileETag says nothing. */
const USUAL = ETAG_BITS.mtime | ETAG_BITS.size;

/** A file that changed less than a second ago may change again within its time stamp's second. Milliseconds. */
const FRESH = 1000;

/**
 * The entity tag of a file as FileETag wants it, with its quotes; "" for none. Its form is Apache's: inode, size and
 * time of change in microseconds, hexadecimal, or the base64 of a SHA-1 of the contents.
 * @param now milliseconds since 1970
 */
export async function makeEtag(
  settings: Settings,
  handle: FileHandle,
  stats: Stats,
  now: number,
): Promise<string> {
  const { set = 0, add, remove } = settings.get(CONTENT).etag;
  const bits = (set & ~remove) | add || USUAL;
  if ((bits & ETAG_BITS.digest) !== 0) return `"${await digestOf(handle, 'sha1')}"`;
  if ((bits & ETAG_BITS.none) !== 0) return '';
  const parts: number[] = [];
  if ((bits & ETAG_BITS.inode) !== 0) parts.push(stats.ino);
  if ((bits & ETAG_BITS.size) !== 0) parts.push(stats.size);
  if ((bits & ETAG_BITS.mtime) !== 0) parts.push(Math.floor(stats.mtimeMs * 1000));
  const weak = now - stats.mtimeMs < FRESH ? 'W/' : '';
  return `${weak}"${parts.map((part) => part.toString(16)).join('-')}"`;
}

/** The base64 of a hash of a whole file. */
export async function digestOf(handle: FileHandle, algorithm: 'sha1' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('base64');
}
