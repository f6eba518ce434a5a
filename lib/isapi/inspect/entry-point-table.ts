import { findEntryPoint, findEntryPoints } from './entry-points.js';

/** A function that a server calls. */
export interface EntryPointRow {
  readonly name: string;
  readonly of: 'extension' | 'filter';
  /** whether there is none without it */
  readonly isRequired: boolean;
  /** the name it is exported under, undefined where it is not */
  readonly exportedAs?: string;
}

/** What a library is to a server, by what it exports. */
export interface LibraryRole {
  readonly kind: 'extension' | 'filter' | 'extension and filter' | 'neither';
  readonly entryPoints: readonly EntryPointRow[];
  /** what keeps the server from calling it as an extension, in words */
  readonly problem?: string;
}

const ENTRY_POINTS: readonly Omit<EntryPointRow, 'exportedAs'>[] = [
  { name: 'GetExtensionVersion', of: 'extension', isRequired: true },
  { name: 'HttpExtensionProc', of: 'extension', isRequired: true },
  { name: 'TerminateExtension', of: 'extension', isRequired: false },
  { name: 'GetFilterVersion', of: 'filter', isRequired: true },
  { name: 'HttpFilterProc', of: 'filter', isRequired: true },
  { name: 'TerminateFilter', of: 'filter', isRequired: false },
];

/** Finds out what a library is to a server. */
export function roleOf(exports: readonly string[]): LibraryRole {
  const entryPoints = ENTRY_POINTS.map((row): EntryPointRow => {
    const exportedAs = findEntryPoint(exports, row.name);
    return exportedAs === undefined ? row : { ...row, exportedAs };
  });
  const complete = (kind: EntryPointRow['of']): boolean =>
    entryPoints.every((row) => row.of !== kind || !row.isRequired || row.exportedAs !== undefined);
  const [extension, filter] = [complete('extension'), complete('filter')];
  const { problem } = findEntryPoints(exports);
  return {
    kind:
      extension && filter ? 'extension and filter' : extension ? 'extension' : filter ? 'filter' : 'neither',
    entryPoints,
    ...(problem !== undefined && { problem }),
  };
}
