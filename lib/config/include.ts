import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { compilePattern, isPattern } from './fnmatch.js';
import { describeFileError } from './source-file.js';

/** Folders within folders that an Include of a folder goes down (AP_MAX_INCLUDE_DIR_DEPTH). */
const MAX_FOLDER_DEPTH = 20;

/** Files in all that a configuration may have: a bound for an Include of the wrong folder. */
export const MAX_CONFIGURATION_FILES = 10_000;

/** The files that an Include names, in the order in which they are read, or why it cannot be done. */
export type Included = { readonly files: readonly string[] } | { readonly error: string };

/** @internal carries a message out of the recursion */
class IncludeError extends Error {}

/**
 * Finds the files of `Include` and `IncludeOptional`, as Apache does: every segment of the path may have
 * wildcards, a folder stands for all files in it and below it, names come in the order of their bytes.
 * @param pattern an absolute path
 * @param optional nothing found is no error
 */
export function findIncluded(pattern: string, optional: boolean): Included {
  try {
    const { root } = path.parse(pattern);
    const segments = pattern.slice(root.length).split(path.sep).filter(Boolean);
    return { files: expand(root, segments, optional) };
  } catch (error) {
    if (error instanceof IncludeError) return { error: error.message };
    throw error;
  }
}

function expand(base: string, segments: readonly string[], optional: boolean): string[] {
  const wild = segments.findIndex(isPattern);
  if (wild < 0) return filesOf(path.join(base, ...segments), optional, 0);
  const folder = path.join(base, ...segments.slice(0, wild));
  const pattern = segments[wild] ?? '';
  const rest = segments.slice(wild + 1);
  const regex = compilePattern(pattern, { period: true, ignoreCase: process.platform === 'win32' });
  const names = list(folder, optional).filter((name) => regex.test(name));
  const matches = rest.length > 0 ? names.filter((name) => isFolder(path.join(folder, name))) : names;
  if (matches.length === 0 && !optional) {
    throw new IncludeError(
      `No matches for the wildcard '${pattern}' in '${folder}', failing (use IncludeOptional if required)`,
    );
  }
  return matches.flatMap((name) => expand(path.join(folder, name), rest, optional));
}

/** A file itself, or the files in and below a folder. */
function filesOf(name: string, optional: boolean, depth: number): string[] {
  if (!isFolder(name)) {
    if (optional && !exists(name)) return [];
    return [name];
  }
  if (depth >= MAX_FOLDER_DEPTH) {
    throw new IncludeError(
      `Directory ${name} exceeds the maximum include directory nesting level of ${MAX_FOLDER_DEPTH}. You have probably a recursion somewhere.`,
    );
  }
  const files: string[] = [];
  for (const entry of list(name, optional)) {
    files.push(...filesOf(path.join(name, entry), optional, depth + 1));
    if (files.length > MAX_CONFIGURATION_FILES) {
      throw new IncludeError(
        `Directory ${name} has more than ${MAX_CONFIGURATION_FILES} files in it and below it`,
      );
    }
  }
  return files;
}

function list(folder: string, optional: boolean): string[] {
  try {
    return readdirSync(folder).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } catch (error) {
    if (optional && !exists(folder)) return [];
    throw new IncludeError(`Could not open directory ${folder}: ${describeFileError(error)}`);
  }
}

function isFolder(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    // Whatever is wrong with the name is said when the file is opened.
    return false;
  }
}

/** Only a name that is not there may be passed over; one that cannot be looked at is an error when it is opened. */
function exists(name: string): boolean {
  try {
    return statSync(name, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
