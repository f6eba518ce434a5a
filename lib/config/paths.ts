import path from 'node:path';

/** How a system writes the names of files. */
export interface PathRules {
  /** upper and lower case letters are the same in names of files */
  readonly ignoresCase: boolean;
  /** an absolute path from one that may be relative to a folder */
  resolve(folder: string, name: string): string;
  /** the name with slashes between its parts */
  withSlashes(name: string): string;
}

const POSIX_PATHS: PathRules = {
  ignoresCase: false,
  resolve: (folder, name) => path.posix.resolve(folder, name),
  withSlashes: (name) => name,
};

/** Drive letters, backslashes as well as slashes, and no difference between upper and lower case. */
export const WINDOWS_PATHS: PathRules = {
  ignoresCase: true,
  resolve: (folder, name) => path.win32.resolve(folder, name),
  withSlashes: (name) => name.replaceAll('\\', '/'),
};

/** Those of the system that the server runs on. */
export const OWN_PATHS: PathRules = process.platform === 'win32' ? WINDOWS_PATHS : POSIX_PATHS;

/** A byte string with its letters of ASCII in lower case: others may be half of a character. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
