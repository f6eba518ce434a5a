/**
 * Files that root alone may read, such as private keys. A server that root has started notes which ones it reads. Once it
 * is another user's, a process that has kept the rights reads these for it again, before a configuration is reloaded.
 */
const noted = new Set<string>();

let fetched: ReadonlyMap<string, string> = new Map();

/** A file was read: it may be read again later. */
export function noteFile(file: string): void {
  if (process.getuid?.() === 0) noted.add(file);
}

/** The files that were read as root. */
export function notedFiles(): string[] {
  return [...noted];
}

/** What is in a file that cannot be read by this process any more: a byte string, undefined when it is not known. */
export function fetchedFile(file: string): string | undefined {
  return fetched.get(file);
}

/** Gives what is in files that this process cannot read itself. */
export function setFetchedFiles(files: ReadonlyMap<string, string>): void {
  fetched = files;
}
