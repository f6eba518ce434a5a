import { attemptsInto, Unreadable, type ByteSource } from './byte-source.js';
import type { ImportedLibrary } from './facts.js';
import { DIRECTORY, findPeHeader, offsetOf, readPeHeaders, type PeHeaders } from './pe-headers.js';

/** Bounds for tables whose length a file only claims. */
const MOST_NAMES = 65_536;
const MOST_LIBRARIES = 1024;

/** The tables of a PE file. */
export interface PeTables {
  readonly exports: readonly string[];
  readonly imports: readonly ImportedLibrary[];
  readonly damage: readonly string[];
}

/**
 * Reads the export table, the import table and the delay-load table of a PE file (winnt.h, delayimp.h). A table that
 * cannot be read is left out and named in `damage`. Raises Unreadable where already the headers are damaged.
 */
export function readPe(source: ByteSource): PeTables {
  const start = findPeHeader(source);
  if (start === undefined) throw new Unreadable('has no PE header');
  const headers = readPeHeaders(source, start);
  const damage: string[] = [];
  const attempt = attemptsInto(damage);
  const nothing: ImportedLibrary[] = [];
  const exported = attempt('export table', () => readExports(source, headers), {
    names: [],
    forwards: nothing,
  });
  const imported = attempt('import table', () => readImports(source, headers), nothing);
  const delayed = attempt('delay-load table', () => readDelayImports(source, headers), nothing);
  return { exports: exported.names, imports: [...imported, ...delayed, ...exported.forwards], damage };
}

/** IMAGE_EXPORT_DIRECTORY: the names, and the libraries that exports are forwarded to. */
function readExports(
  source: ByteSource,
  headers: PeHeaders,
): { names: string[]; forwards: ImportedLibrary[] } {
  const { address, size } = headers.directory(DIRECTORY.exports);
  if (address === 0) return { names: [], forwards: [] };
  const table = offsetOf(headers, address);
  const functionCount = source.u32(table + 20);
  const nameCount = source.u32(table + 24);
  const functionTable = source.u32(table + 28);
  const nameTable = source.u32(table + 32);
  const ordinalTable = source.u32(table + 36);
  if (nameCount > MOST_NAMES) throw new Unreadable('is too large');

  const names: string[] = [];
  const forwards = new Map<string, (string | number)[]>();
  for (let i = 0; i < nameCount; i++) {
    names.push(source.text(offsetOf(headers, source.u32(offsetOf(headers, nameTable + i * 4)))));
    const index = source.u16(offsetOf(headers, ordinalTable + i * 2));
    if (index >= functionCount) throw new Unreadable('points outside itself');
    const target = source.u32(offsetOf(headers, functionTable + index * 4));
    // An address within the export table itself is that of a text "library.function" or "library.#ordinal".
    if (target < address || target >= address + size) continue;
    const text = source.text(offsetOf(headers, target));
    const dot = text.lastIndexOf('.');
    if (dot <= 0) continue;
    const module = text.slice(0, dot);
    const library = module.includes('.') ? module : `${module}.dll`;
    const name = text.slice(dot + 1);
    const functions = forwards.get(library) ?? [];
    functions.push(name.startsWith('#') ? Number(name.slice(1)) : name);
    forwards.set(library, functions);
  }
  return {
    names,
    forwards: [...forwards].map(([library, functions]) => ({ library, functions, delayed: true })),
  };
}

/** The entries of an import lookup table: names, or ordinals where the highest bit is set. */
function readThunks(
  source: ByteSource,
  headers: PeHeaders,
  address: number,
  base: number,
  budget: { left: number },
): (string | number)[] {
  const functions: (string | number)[] = [];
  const width = headers.is64 ? 8 : 4;
  for (let at = address; ; at += width) {
    const offset = offsetOf(headers, at);
    const low = source.u32(offset);
    const high = headers.is64 ? source.u32(offset + 4) : low;
    if (low === 0 && high === 0) return functions;
    if (budget.left-- <= 0) throw new Unreadable('is too large');
    // The two bytes in front of a name are a hint for the loader.
    functions.push(high >= 0x80000000 ? low & 0xffff : source.text(offsetOf(headers, low - base) + 2));
  }
}

/** IMAGE_IMPORT_DESCRIPTOR, 20 bytes each, up to one without a name. */
function readImports(source: ByteSource, headers: PeHeaders): ImportedLibrary[] {
  const { address } = headers.directory(DIRECTORY.imports);
  const libraries: ImportedLibrary[] = [];
  if (address === 0) return libraries;
  const budget = { left: MOST_NAMES };
  for (let i = 0; i < MOST_LIBRARIES; i++) {
    const at = offsetOf(headers, address + i * 20);
    const nameAddress = source.u32(at + 12);
    const firstThunk = source.u32(at + 16);
    if (nameAddress === 0 || firstThunk === 0) return libraries;
    const library = source.text(offsetOf(headers, nameAddress));
    // Some linkers make no lookup table; before loading the address table holds the same.
    const lookup = source.u32(at) || firstThunk;
    libraries.push({ library, functions: readThunks(source, headers, lookup, 0, budget), delayed: false });
  }
  throw new Unreadable('is too large');
}

/** ImgDelayDescr, 32 bytes each, up to one without a name. */
function readDelayImports(source: ByteSource, headers: PeHeaders): ImportedLibrary[] {
  const { address } = headers.directory(DIRECTORY.delayImports);
  const libraries: ImportedLibrary[] = [];
  if (address === 0) return libraries;
  const budget = { left: MOST_NAMES };
  for (let i = 0; i < MOST_LIBRARIES; i++) {
    const at = offsetOf(headers, address + i * 32);
    const nameAddress = source.u32(at + 4);
    if (nameAddress === 0) return libraries;
    // Old compilers wrote absolute addresses here; the attribute's lowest bit says that they are relative.
    const base = (source.u32(at) & 1) === 1 ? 0 : headers.imageBase;
    const library = source.text(offsetOf(headers, nameAddress - base));
    const lookup = source.u32(at + 16) - base;
    libraries.push({ library, functions: readThunks(source, headers, lookup, base, budget), delayed: true });
  }
  throw new Unreadable('is too large');
}
