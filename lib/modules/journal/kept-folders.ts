import { constants, openSync } from 'node:fs';

/**
 * Folders that this process opened when it was root's: as another user it may not be able to pass the folders above them,
 * and reaches them by their descriptors.
 */
const kept = new Map<string, number>();

/** Keeps a folder within reach, whoever the process is later. Throws what the system says. */
export function keepFolder(folder: string): void {
  if (kept.has(folder)) return;
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  kept.set(folder, openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
}

/** A text of the system's with the names of folders in place of those by which they are reached. */
export function withRealNames(text: string): string {
  let real = text;
  for (const [folder, descriptor] of kept) {
    real = real.replaceAll(`/proc/self/fd/${String(descriptor)}/`, `${folder}/`);
    real = real.replaceAll(`/proc/self/fd/${String(descriptor)}'`, `${folder}'`);
  }
  return real;
}

/** A name by which a folder can be reached. */
export function reachable(folder: string): string {
  const descriptor = kept.get(folder);
  return descriptor === undefined ? folder : `/proc/self/fd/${String(descriptor)}`;
}
