import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { elfSystemFolders } from '../../isapi/inspect/elf-folders.js';
import type { LibraryFacts } from '../../isapi/inspect/facts.js';
import { findHome, type Environment } from '../runtimes/home.js';
import type { RuntimeName } from '../runtimes/runtime.js';
import { DISABLED_LIBRARIES } from '../runtimes/wine-environment.js';
import { builtinFolders, findWine } from '../runtimes/wine-installation.js';

/** Where the loader of a runtime looks for the libraries that a file needs. */
export interface LibraryPlaces {
  /** the file's own folder first, then those that it names itself */
  readonly own: readonly string[];
  /** those of the system; empty where there is no such system here, so that nothing is known of it */
  readonly system: readonly string[];
  readonly isCaseSensitive: boolean;
  /** names, in lower case, that count as missing whatever files there are */
  readonly disabled: readonly string[];
}

/** Where the libraries that a file needs are looked for on this machine. */
export function placesFor(
  file: string,
  facts: LibraryFacts,
  runtime: RuntimeName,
  environment: Environment = process.env,
): LibraryPlaces {
  const folder = path.dirname(path.resolve(file));
  if (facts.kind === 'elf') {
    const named = facts.runPaths.map((runPath) => runPath.replace(/\$\{?ORIGIN\}?/u, folder));
    // The loader does not look beside a library unless the library says so.
    return { own: named, system: elfSystemFolders(environment), isCaseSensitive: true, disabled: [] };
  }
  const bits = runtime === 'wine32' ? 'wine32' : 'wine64';
  return {
    own: [folder],
    system: windowsFolders(bits, environment),
    isCaseSensitive: false,
    disabled: process.platform === 'win32' ? [] : DISABLED_LIBRARIES.map((name) => `${name}.dll`),
  };
}

function windowsFolders(bits: 'wine64' | 'wine32', environment: Environment): string[] {
  if (process.platform === 'win32') {
    const root = environment['SystemRoot'] ?? 'C:\\windows';
    return [path.join(root, bits === 'wine32' ? 'SysWOW64' : 'System32'), root];
  }
  const windows = path.join(findHome(environment).prefix, 'drive_c', 'windows');
  const system = path.join(windows, bits === 'wine32' ? 'syswow64' : 'system32');
  const wine = findWine(environment);
  // Wine finds its own libraries also where the prefix has no file for them.
  const own = wine === undefined ? [] : builtinFolders(wine.folder, bits);
  return [...(existsSync(system) ? [system, windows] : []), ...own];
}

/** The files in folders by name; the first folder that has a name counts. */
export class LibraryIndex {
  readonly #folders: readonly ReadonlyMap<string, string>[];
  readonly #keyOf: (name: string) => string;

  constructor(folders: readonly string[], isCaseSensitive: boolean) {
    this.#keyOf = isCaseSensitive ? (name) => name : (name) => name.toLowerCase();
    this.#folders = folders.map((folder) => this.#list(folder));
  }

  /** The path of a library; undefined where there is none. A name of Windows without an extension means ".dll". */
  find(name: string): string | undefined {
    const key = this.#keyOf(name);
    for (const folder of this.#folders) {
      const found = folder.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #list(folder: string): Map<string, string> {
    try {
      return new Map(readdirSync(folder).map((name) => [this.#keyOf(name), path.join(folder, name)]));
    } catch {
      return new Map();
    }
  }
}
