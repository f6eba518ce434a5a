import { nearestName } from '../../config/nearest.js';
import { HostError } from '../../errors.js';

/** As many files are named in a message. */
const MOST_NAMED = 8;

/**
 * The one of the files that a text names: by its path, the end of its path, its name, or its name without what follows
 * the last dot; the first of these that fits. Undefined when none does. Throws HostError ACTION when several do.
 */
export function namedExtension(files: ReadonlySet<string>, text: string): string | undefined {
  if (files.has(text)) return text;
  if (text.startsWith('/')) return undefined;
  const end = `/${text.replace(/^(?:\.?\/)+/, '')}`;
  const ways: readonly ((file: string) => boolean)[] = [
    (file) => file.endsWith(end),
    (file) => file.replace(/\.[^./]*$/, '').endsWith(end),
    (file) =>
      file
        .replace(/\.[^./]*$/, '')
        .toLowerCase()
        .endsWith(end.toLowerCase()),
  ];
  for (const fits of ways) {
    const [first, ...others] = [...files].filter(fits);
    if (first === undefined) continue;
    if (others.length === 0) return first;
    const all = listOf([first, ...others]);
    throw new HostError(
      'ACTION',
      `${text} may be any of ${all}; name one by its path, or by more of the path's end`,
    );
  }
  return undefined;
}

/** What to say of the files to somebody who has named none of them. */
export function otherExtensions(files: ReadonlySet<string>, text: string): string {
  if (files.size === 0) return 'no extension has run since the server started, and ISAPICacheFile names none';
  const byName = new Map([...files].map((file) => [nameOf(file), file]));
  const near = nearestName(nameOf(text), byName.keys());
  const meant = near === undefined ? undefined : byName.get(near);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return `those that have run since the server started, or that ISAPICacheFile names, are ${listOf([...files])}`;
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

function listOf(files: readonly string[]): string {
  const more = files.length - MOST_NAMED;
  const shown = files.toSorted().slice(0, MOST_NAMED);
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
