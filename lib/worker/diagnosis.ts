import path from 'node:path';
import { missingDependencies, type MissingDependency } from '../isapi/inspect/dependencies.js';
import { elfSystemFolders } from '../isapi/inspect/elf-folders.js';
import { findEntryPoints } from '../isapi/inspect/entry-points.js';
import { knownLibrary } from '../isapi/inspect/known-libraries.js';
import { inspectLibrary } from '../isapi/inspect/library.js';
import { searchLibraries } from '../isapi/inspect/library-search.js';
import type { LoadFailure } from './library.js';
import type { Platform } from './platform.js';

/** A load failure with its cause in plain words, for the server's log. */
export interface ExplainedFailure {
  readonly failure: LoadFailure;
  readonly reason: string;
}

/** What Windows' loader says with a number (winerror.h). */
const LOADER_ERRORS: Readonly<Record<number, string>> = {
  2: 'the file is not there any more',
  5: 'access to the file is denied',
  126: 'a library that it needs is missing',
  127: 'a function that it needs is missing from another library',
  193: 'it is damaged, or for another processor',
  998: 'its start code accessed memory that it may not',
  1114: 'its own start code (DllMain) failed',
  1157: 'a library that it needs is missing',
};

/** Where the system's own libraries are. */
const WINDOWS_FOLDERS = [
  `${process.env['SystemRoot'] ?? 'C:\\windows'}\\system32`,
  process.env['SystemRoot'] ?? 'C:\\windows',
];

/** Finds out why a library could not be used, from its file. */
export function explainFailure(failure: LoadFailure, file: string, platform: Platform): ExplainedFailure {
  return { failure, reason: reasonOf(failure, Buffer.from(file, 'latin1').toString('utf8'), platform) };
}

function reasonOf(failure: LoadFailure, file: string, platform: Platform): string {
  switch (failure.stage) {
    case 'refused':
      return failure.systemCode === 0
        ? 'without saying why'
        : `with the last error ${String(failure.systemCode)}; the extension's own documentation may say what it needs`;
    case 'missing export': {
      const { problem } = findEntryPoints(inspectLibrary(file).exports);
      return problem?.replace(/^missing \w+\(\): /, '') ?? 'the library does not export it';
    }
    case 'open':
      return openReason(failure.systemCode, failure.systemText, file, platform);
  }
}

function openReason(code: number, text: string, file: string, platform: Platform): string {
  const facts = inspectLibrary(file);
  if (facts.reason !== undefined) return `it ${facts.reason}`;
  const elf = platform.abi === 'elf';
  const folder = path.dirname(file);
  const find = searchLibraries({
    folders: [folder, ...facts.runPaths.map((runPath) => runPath.replace(/\$\{?ORIGIN\}?/, folder))],
    systemFolders: elf ? elfSystemFolders() : WINDOWS_FOLDERS,
    caseSensitive: elf,
  });
  const missing = missingDependencies(facts, find, path.basename(file))[0];
  if (missing) return describeMissing(missing);
  if (elf) return text;
  return LOADER_ERRORS[code] ?? text;
}

/** In words, what a library lacks and what to do about it. */
export function describeMissing({ library, neededBy, functions, reason }: MissingDependency): string {
  if (functions)
    return `${neededBy} needs ${functions.join(', ')} of ${library}, which does not have it; install another version of ${library}`;
  if (reason !== undefined) return `${neededBy} needs ${library}, which ${reason}`;
  const known = knownLibrary(library);
  if (known === undefined)
    return `${neededBy} needs ${library}, which is not there; copy it beside the extension`;
  return `${neededBy} needs ${library}, which is not there (${known.what}): ${known.source}`;
}
