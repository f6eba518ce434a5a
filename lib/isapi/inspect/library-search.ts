import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isApiSet, type FindLibrary } from './dependencies.js';
import { inspectLibrary } from './library.js';

/** Where a loader looks for libraries. */
export interface SearchPlaces {
  /** folders whose libraries are inspected, in order: the extension's own first */
  readonly folders: readonly string[];
  /** folders of the system, whose libraries are taken for right without a look into them */
  readonly systemFolders: readonly string[];
  /** false for Windows libraries, also where the file system distinguishes case */
  readonly caseSensitive: boolean;
}

/**
 * A lookup of libraries in folders, for missingDependencies. What it finds is remembered, so make one for each
 * question. A folder that cannot be read is empty.
 */
export function searchLibraries(places: SearchPlaces): FindLibrary {
  const keyOf = (name: string): string => (places.caseSensitive ? name : name.toLowerCase());
  const list = (folder: string): Map<string, string> => {
    try {
      return new Map(readdirSync(folder).map((name) => [keyOf(name), join(folder, name)]));
    } catch {
      return new Map();
    }
  };
  const folders = places.folders.map(list);
  const systemFolders = places.systemFolders.map(list);
  const known = new Map<string, ReturnType<FindLibrary>>();

  const look = (key: string): ReturnType<FindLibrary> => {
    for (const folder of folders) {
      const path = folder.get(key);
      if (path !== undefined) return inspectLibrary(path);
    }
    if (systemFolders.some((folder) => folder.has(key))) return 'builtin';
    return !places.caseSensitive && isApiSet(key) ? 'builtin' : undefined;
  };
  return (name) => {
    // Windows adds ".dll" to a name without an extension.
    const key = !places.caseSensitive && !name.includes('.') ? `${keyOf(name)}.dll` : keyOf(name);
    if (!known.has(key)) known.set(key, look(key));
    return known.get(key);
  };
}
