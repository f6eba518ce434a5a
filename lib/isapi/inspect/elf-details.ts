import { attemptsInto, Unreadable, type ByteSource } from './byte-source.js';
import type { ContentMarks } from './content-marks.js';
import { offsetOf, readDynamic, readHeaders, stringTable, TAG, type ElfHeaders } from './elf.js';
import type { Toolchain } from './toolchains.js';

/** The versions of symbols that a library wants of another one. */
export interface WantedVersions {
  readonly library: string;
  readonly versions: readonly string[];
}

/** What an ELF library tells of itself beyond its exports and needed libraries. */
export interface ElfDetails {
  /** in hexadecimal */
  readonly buildId?: string;
  /** what compilers have written into .comment, each once */
  readonly compilers: readonly string[];
  readonly wantedVersions: readonly WantedVersions[];
  /** versions that the library itself has symbols of, such as "GLIBC_2.34" */
  readonly definedVersions: readonly string[];
  /** it has symbols for a debugger */
  readonly hasDebugging: boolean;
  /** it has a symbol table beside the one for the loader */
  readonly hasSymbols: boolean;
  /** its stack has to be executable */
  readonly wantsExecutableStack: boolean;
  /** its code has to be changed when it is loaded */
  readonly hasTextRelocations: boolean;
}

const SEGMENT = { note: 4, gnuStack: 0x6474e551 } as const;
const NOTE_BUILD_ID = 3;
const FLAG_EXECUTABLE = 1;
const FLAG_TEXT_RELOCATIONS = 4;

/** Bounds for tables whose length a file only claims. */
const MOST_SEGMENTS = 1024;
const MOST_SECTIONS = 4096;
const MOST_VERSIONS = 4096;
const MOST_NOTES = 64;
const MOST_COMMENT = 16 * 1024;

/** Reads the details of an ELF library. What cannot be read is left out and named in `damage`. Raises Unreadable. */
export function readElfDetails(source: ByteSource, damage: string[]): ElfDetails {
  const headers = readHeaders(source);
  const attempt = attemptsInto(damage);
  const tags = attempt('dynamic section', () => readDynamic(source, headers), new Map<number, number[]>());
  const notes = attempt('program headers', () => readNotes(source), { executableStack: false });
  const sections = attempt('section table', () => readSections(source), new Map<string, SectionPlace>());
  const comment = sections.get('.comment');
  const flags = tags.get(TAG.flags)?.[0] ?? 0;
  const hasTextFlag = flags % (2 * FLAG_TEXT_RELOCATIONS) >= FLAG_TEXT_RELOCATIONS;
  return {
    ...(notes.buildId !== undefined && { buildId: notes.buildId }),
    compilers: attempt('section .comment', () => readComment(source, comment), []),
    wantedVersions: attempt('table of versions', () => readWanted(source, headers, tags), []),
    definedVersions: attempt('table of versions', () => readDefined(source, headers, tags), []),
    hasDebugging: sections.has('.debug_info') || sections.has('.zdebug_info'),
    hasSymbols: sections.has('.symtab'),
    wantsExecutableStack: notes.executableStack,
    hasTextRelocations: tags.has(TAG.textRelocations) || hasTextFlag,
  };
}

function readNotes(source: ByteSource): { buildId?: string; executableStack: boolean } {
  const table = source.u64(32);
  const size = source.u16(54);
  const count = Math.min(source.u16(56), MOST_SEGMENTS);
  let buildId: string | undefined;
  let executableStack = false;
  for (let i = 0; i < count; i++) {
    const at = table + i * size;
    const type = source.u32(at);
    if (type === SEGMENT.gnuStack) executableStack = source.u32(at + 4) % 2 === FLAG_EXECUTABLE;
    if (type !== SEGMENT.note || buildId !== undefined) continue;
    buildId = buildIdOf(source, source.u64(at + 8), source.u64(at + 32));
  }
  return { ...(buildId !== undefined && { buildId }), executableStack };
}

function buildIdOf(source: ByteSource, start: number, size: number): string | undefined {
  for (let at = start, i = 0; at + 12 <= start + size && i < MOST_NOTES; i++) {
    const nameSize = source.u32(at);
    const valueSize = source.u32(at + 4);
    const value = at + 12 + Math.ceil(nameSize / 4) * 4;
    const isOurs = nameSize === 4 && source.u32(at + 8) === NOTE_BUILD_ID;
    if (isOurs && source.bytes(at + 12, 4).toString('latin1') === 'GNU\0' && valueSize <= 64) {
      return source.bytes(value, valueSize).toString('hex');
    }
    at = value + Math.ceil(valueSize / 4) * 4;
  }
  return undefined;
}

interface SectionPlace {
  readonly offset: number;
  readonly size: number;
}

/** The sections by name; a library may have been stripped of their table. */
function readSections(source: ByteSource): Map<string, SectionPlace> {
  const table = source.u64(40);
  const entrySize = source.u16(58);
  const count = source.u16(60);
  const sections = new Map<string, SectionPlace>();
  if (table === 0 || count === 0) return sections;
  if (entrySize < 64 || count > MOST_SECTIONS) throw new Unreadable('is damaged');
  const place = (index: number): SectionPlace => ({
    offset: source.u64(table + index * entrySize + 24),
    size: source.u64(table + index * entrySize + 32),
  });
  const names = place(source.u16(62));
  for (let i = 1; i < count; i++) {
    sections.set(source.text(names.offset + source.u32(table + i * entrySize)), place(i));
  }
  return sections;
}

function readComment(source: ByteSource, place: SectionPlace | undefined): string[] {
  if (place === undefined) return [];
  const text = source.bytes(place.offset, Math.min(place.size, MOST_COMMENT)).toString('latin1');
  return [...new Set(text.split('\0').filter((part) => part !== ''))].slice(0, 8);
}

/** DT_VERNEED: Elf64_Verneed and Elf64_Vernaux (elf.h). */
function readWanted(source: ByteSource, headers: ElfHeaders, tags: Map<number, number[]>): WantedVersions[] {
  const address = tags.get(TAG.versionsNeeded)?.[0];
  if (address === undefined) return [];
  const strings = stringTable(headers, tags);
  const wanted: WantedVersions[] = [];
  let left = MOST_VERSIONS;
  for (let at = offsetOf(headers, address); ;) {
    const versions: string[] = [];
    let entry = at + source.u32(at + 8);
    for (let i = source.u16(at + 2); i > 0; i--) {
      if (left-- <= 0) throw new Unreadable('is too large');
      versions.push(source.text(strings + source.u32(entry + 8)));
      const next = source.u32(entry + 12);
      if (next === 0) break;
      entry += next;
    }
    wanted.push({ library: source.text(strings + source.u32(at + 4)), versions });
    const next = source.u32(at + 12);
    if (next === 0 || left-- <= 0) return wanted;
    at += next;
  }
}

/** DT_VERDEF: Elf64_Verdef and Elf64_Verdaux; the first name of each is its own. */
function readDefined(source: ByteSource, headers: ElfHeaders, tags: Map<number, number[]>): string[] {
  const address = tags.get(TAG.versionsDefined)?.[0];
  if (address === undefined) return [];
  const strings = stringTable(headers, tags);
  const defined: string[] = [];
  for (let at = offsetOf(headers, address), left = MOST_VERSIONS; left > 0; left--) {
    defined.push(source.text(strings + source.u32(at + source.u32(at + 12))));
    const next = source.u32(at + 16);
    if (next === 0) break;
    at += next;
  }
  return defined;
}

/** Compilers by what they write into .comment. */
const COMPILERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^rustc version (\S+)/u, 'Rust'],
  [/^FPC (\d\S*)/u, 'Free Pascal'],
  [/clang version (\S+)/u, 'Clang'],
  [/^GCC: \(.*\) (\S+)/u, 'GCC'],
];

/** Recognizes what made an ELF library. */
export function recognizeElf(details: ElfDetails, marks: ContentMarks): Toolchain {
  if (marks.goInfo !== undefined || marks.go !== undefined) {
    return { name: 'Go', evidence: [`the text "${(marks.go ?? marks.goInfo ?? '').slice(0, 40)}"`] };
  }
  for (const [pattern, name] of COMPILERS) {
    for (const text of details.compilers) {
      const version = pattern.exec(text)?.[1];
      if (version !== undefined) return { name, version, evidence: [`.comment "${text.slice(0, 60)}"`] };
    }
  }
  const pascal = /^FPC (\d+\.\d+(?:\.\d+)?)/u.exec(marks.freePascal ?? '')?.[1];
  if (pascal !== undefined) {
    return { name: 'Free Pascal', version: pascal, evidence: [`the text "${marks.freePascal ?? ''}"`] };
  }
  return { evidence: [] };
}
