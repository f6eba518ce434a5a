import { readFileSync, statSync } from 'node:fs';
import { devNull } from 'node:os';
import { messageOf } from '../errors.js';
import { fetchedFile, noteFile } from './kept-files.js';

/** Bytes in a file of the configuration; a bound against a file that was named by mistake. */
const MAX_FILE_SIZE = 16 * 1024 * 1024;

/** The text of a file, or why there is none, as words that fit behind "Could not open ...: ". */
export type FileText = { readonly text: string } | { readonly reason: string };

/** Reads a text file whole. Other devices than /dev/null, pipes and folders are refused: reading them might never end. */
export function readText(file: string | Buffer): FileText {
  try {
    const found = statSync(file);
    if (found.isDirectory()) return { reason: 'it is a folder, not a file' };
    // The one device that is always empty: httpd takes it too.
    if (file === devNull) return { text: '' };
    if (!found.isFile()) return { reason: 'it is not a regular file' };
    if (found.size > MAX_FILE_SIZE) return { reason: `it has more than ${MAX_FILE_SIZE} bytes` };
    const text = readFileSync(file, 'utf8');
    if (typeof file === 'string') noteFile(file);
    return { text };
  } catch (error) {
    const bytes = typeof file === 'string' ? fetchedFile(file) : undefined;
    if (bytes !== undefined) return { text: Buffer.from(bytes, 'latin1').toString('utf8') };
    return { reason: describeFileError(error) };
  }
}

/** A file system error in the words of the C library, which are what people know from Apache. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return FILE_ERRORS[String(code)] ?? messageOf(error);
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
};
