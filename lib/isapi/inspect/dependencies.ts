import type { LibraryFacts } from './facts.js';

/** A library that an extension cannot be loaded without, and what is wrong with it. */
export interface MissingDependency {
  readonly library: string;
  /** the file that needs it: the extension itself or a library between */
  readonly neededBy: string;
  /** the library is there, but does not export these */
  readonly functions?: readonly string[];
  /** the library is there, but cannot be used: "is for 32-bit x86 ...", "is not a library ..." */
  readonly reason?: string;
}

/**
 * Looks a library up by the name that stands in an import table: its facts where it would be loaded from a file,
 * 'builtin' where the system has it, undefined where it is nowhere.
 */
export type FindLibrary = (name: string) => LibraryFacts | 'builtin' | undefined;

/** More libraries than this are not looked at. */
const MOST_LIBRARIES = 64;

/**
 * Names of API sets (api-ms-win-core-file-l1-1-0.dll): no files, but names that Windows itself resolves. Wine has
 * files for them. A FindLibrary answers 'builtin' to them.
 */
export function isApiSet(name: string): boolean {
  return /^(?:api|ext)-ms-/iu.test(name);
}

/**
 * The libraries that are missing when the loader loads a library, in the order in which it would notice: a library's
 * own ones first, then those of the libraries found, and so on. Libraries that are loaded at their first call are not
 * looked at. `name` is what the library itself is called in the result. Looks at 64 libraries at most.
 */
export function missingDependencies(
  facts: LibraryFacts,
  find: FindLibrary,
  name = 'the extension',
): readonly MissingDependency[] {
  const missing: MissingDependency[] = [];
  const seen = new Set<string>();
  const waiting = [{ name, facts }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    for (const { library, functions } of dependenciesOf(next.facts)) {
      // Windows compares file names without regard to case.
      const key = facts.kind === 'pe' ? library.toLowerCase() : library;
      const found = find(library);
      if (found === 'builtin') continue;
      const first = !seen.has(key);
      if (first && seen.size >= MOST_LIBRARIES) return missing;
      seen.add(key);
      const row = { library, neededBy: next.name };
      if (found === undefined) {
        if (first) missing.push(row);
        continue;
      }
      const reason = unusable(found, facts);
      if (reason !== undefined) {
        if (first) missing.push({ ...row, reason });
        continue;
      }
      const absent = absentFunctions(found, functions);
      if (absent.length > 0) missing.push({ ...row, functions: absent });
      if (first) waiting.push({ name: library, facts: found });
    }
  }
  return missing;
}

function dependenciesOf(facts: LibraryFacts): { library: string; functions: readonly (string | number)[] }[] {
  return [
    ...facts.imports.filter((imported) => !imported.delayed),
    ...facts.needed.map((library) => ({ library, functions: [] })),
  ];
}

/** Why a library that was found is of no use to another one; undefined when it is. */
export function unusable(found: LibraryFacts, extension: LibraryFacts): string | undefined {
  if (found.reason !== undefined) return found.reason;
  if (found.abi === extension.abi) return undefined;
  return `is a library for ${String(found.machine)}, and one for ${String(extension.machine)} is needed`;
}

/** The names that a library should export and does not; ordinals are not compared. */
export function absentFunctions(found: LibraryFacts, functions: readonly (string | number)[]): string[] {
  // Of a library whose export table cannot be read nothing is known.
  if (found.damage.length > 0) return [];
  const exported = new Set(found.exports);
  return functions.filter((name): name is string => typeof name === 'string' && !exported.has(name));
}
