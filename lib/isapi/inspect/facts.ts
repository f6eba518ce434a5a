import type { Abi } from '../constants.js';

/** A processor; `other:` carries the number that the format's header has for it. */
export type Machine = 'x64' | 'x86' | 'arm64' | 'arm' | `other:${number}`;

/** What the headers of a file say: enough to choose the runtime that loads it, or to say why none can. */
export interface LibraryIdentity {
  readonly kind: 'pe' | 'elf' | 'unknown';
  /** undefined where the kind is unknown */
  readonly machine: Machine | undefined;
  /** a DLL or a shared object, as opposed to a program or an object file */
  readonly isLibrary: boolean;
  /** which kind of extension the file can be; undefined exactly when there is a reason */
  readonly abi?: Abi;
  /** why no runtime can load the file, to stand after its name: "is empty", "is a Windows program, not a DLL" */
  readonly reason?: string;
}

/** A library that a PE file takes functions from. */
export interface ImportedLibrary {
  /** the name as it stands in the table, mostly without a folder */
  readonly library: string;
  /** names, and numbers where a function is imported by its ordinal */
  readonly functions: readonly (string | number)[];
  /** loaded at the first call and not with the file: delay-load imports and forwarded exports */
  readonly delayed: boolean;
}

/** Everything that is read from a library. Lists are empty where a table is absent or damaged. */
export interface LibraryFacts extends LibraryIdentity {
  /** names of exported functions and variables, as they stand */
  readonly exports: readonly string[];
  /** PE: the import table, the delay-load table, and the targets of forwarded exports */
  readonly imports: readonly ImportedLibrary[];
  /** ELF: DT_NEEDED */
  readonly needed: readonly string[];
  /** ELF: the folders of DT_RUNPATH or, without it, DT_RPATH, as they stand ("$ORIGIN") */
  readonly runPaths: readonly string[];
  /** ELF: DT_SONAME */
  readonly soname?: string;
  /** tables that could not be read, in words: "the import table points outside the file" */
  readonly damage: readonly string[];
}
