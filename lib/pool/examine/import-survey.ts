import {
  absentFunctions,
  isApiSet,
  missingDependencies,
  unusable,
  type MissingDependency,
} from '../../isapi/inspect/dependencies.js';
import { describeFile, type Description } from '../../isapi/inspect/description.js';
import type { ImportedLibrary, LibraryFacts } from '../../isapi/inspect/facts.js';
import { knownLibrary, type KnownLibrary } from '../../isapi/inspect/known-libraries.js';
import { inspectLibrary } from '../../isapi/inspect/library.js';
import { findWineStubs } from '../../isapi/inspect/wine-stubs.js';
import { LibraryIndex, type LibraryPlaces } from './library-places.js';

/** One library that a file needs, as this machine has it. */
export interface SurveyedLibrary {
  readonly library: string;
  /** it is loaded at the first call of one of its functions */
  readonly delayed: boolean;
  /** how many functions the file takes from it; 0 for ELF, which does not say */
  readonly functions: number;
  /**
   * beside: in the file's folder or one that it names; system: in one of the system's; virtual: a name that Windows
   * resolves to another library; unknown: there is no such system here
   */
  readonly place: 'beside' | 'system' | 'virtual' | 'missing' | 'unknown';
  readonly path?: string;
  /** why the library that is there is of no use: "is a library for x64, ..." */
  readonly problem?: string;
  /** functions and versions that are wanted and that it does not have */
  readonly absent: readonly string[];
  /** functions that Wine has the names of alone */
  readonly stubs: readonly string[];
  /** what the library is, when it is missing and widely known */
  readonly known?: KnownLibrary;
}

/** What a file needs, and what of it is there. */
export interface ImportSurvey {
  readonly libraries: readonly SurveyedLibrary[];
  /** libraries that libraries beside the file need and that are not there */
  readonly further: readonly MissingDependency[];
}

/** Names as Windows completes them. */
function completed(name: string, facts: LibraryFacts): string {
  return facts.kind === 'pe' && !name.includes('.') ? `${name}.dll` : name;
}

/** Some linkers name a library several times. */
function merged(imports: readonly ImportedLibrary[]): ImportedLibrary[] {
  const rows = new Map<string, ImportedLibrary>();
  for (const row of imports) {
    const key = `${row.library.toLowerCase()} ${row.delayed}`;
    const before = rows.get(key);
    const functions = [...(before?.functions ?? []), ...row.functions];
    rows.set(key, { ...(before ?? row), functions });
  }
  return [...rows.values()];
}

/** Compares what a file needs with what is on this machine. Reads the libraries that are there; loads nothing. */
export function surveyImports(
  { facts, elf }: Description,
  name: string,
  places: LibraryPlaces,
): ImportSurvey {
  const own = new LibraryIndex(places.own, places.isCaseSensitive);
  const system = new LibraryIndex(places.system, places.isCaseSensitive);
  const isKnown = places.system.length > 0;

  const survey = (
    library: string,
    delayed: boolean,
    functions: readonly (string | number)[],
  ): SurveyedLibrary => {
    const base = { library, delayed, functions: functions.length, absent: [], stubs: [] };
    const wanted = completed(library, facts);
    const beside = own.find(wanted);
    const isDisabled = places.disabled.includes(wanted.toLowerCase());
    const found = isDisabled ? undefined : (beside ?? system.find(wanted));
    if (found === undefined) {
      if (facts.kind === 'pe' && isApiSet(library)) return { ...base, place: 'virtual' };
      if (!isKnown) return { ...base, place: 'unknown' };
      const known = knownLibrary(wanted);
      return { ...base, place: 'missing', ...(known !== undefined && { known }) };
    }
    const place = beside === undefined ? 'system' : 'beside';
    const there = inspectLibrary(found);
    const problem = isPlaceholder(there) ? undefined : unusable(there, facts);
    if (problem !== undefined) return { ...base, place, path: found, problem };
    const named = functions.filter((each): each is string => typeof each === 'string');
    return {
      ...base,
      place,
      path: found,
      absent: isPlaceholder(there) ? [] : absentFunctions(there, functions),
      stubs: place === 'system' && facts.kind === 'pe' ? findWineStubs(found, named) : [],
    };
  };

  const imported = merged(facts.imports).map((row) => survey(row.library, row.delayed, row.functions));
  const needed = facts.needed.map((library) => {
    const row = survey(library, false, []);
    const versions = elf?.wantedVersions.find((wanted) => wanted.library === library)?.versions ?? [];
    return row.path === undefined ? row : { ...row, absent: absentVersions(row.path, versions) };
  });
  return {
    libraries: [...imported, ...needed],
    further: furtherMissing(facts, name, own, system, isKnown),
  };
}

/** Some of Wine's libraries are not PE files but for their headers: what they export is not to be seen. */
function isPlaceholder(facts: LibraryFacts): boolean {
  return facts.kind === 'pe' && facts.abi !== undefined && facts.exports.length === 0;
}

/** The versions of symbols that a library on this machine does not have. */
function absentVersions(path: string, wanted: readonly string[]): string[] {
  if (wanted.length === 0) return [];
  const described = describeFile(path);
  if ('unreadable' in described) return [];
  const defined = described.description.elf?.definedVersions ?? [];
  // A library without versions serves every one of them.
  return defined.length === 0 ? [] : wanted.filter((version) => !defined.includes(version));
}

/** What is missing for the libraries beside the file. */
function furtherMissing(
  facts: LibraryFacts,
  name: string,
  own: LibraryIndex,
  system: LibraryIndex,
  isKnown: boolean,
): MissingDependency[] {
  const find = (library: string): LibraryFacts | 'builtin' | undefined => {
    const wanted = completed(library, facts);
    const beside = own.find(wanted);
    if (beside !== undefined) return inspectLibrary(beside);
    const isVirtual = facts.kind === 'pe' && isApiSet(library);
    return !isKnown || isVirtual || system.find(wanted) !== undefined ? 'builtin' : undefined;
  };
  return missingDependencies(facts, find, name).filter(({ neededBy }) => neededBy !== name);
}
