import type { LibraryIdentity, Machine } from './facts.js';
import { DamagedHeader, Unreadable, type ByteSource } from './byte-source.js';

/** The numbers of IMAGE_FILE_HEADER.Machine (winnt.h). */
const MACHINES: Readonly<Record<number, { machine: Machine; words: string }>> = {
  0x8664: { machine: 'x64', words: '64-bit x86' },
  0x14c: { machine: 'x86', words: '32-bit x86' },
  0xaa64: { machine: 'arm64', words: 'ARM64' },
  0xa641: { machine: 'arm64', words: 'ARM64' },
  0x1c0: { machine: 'arm', words: 'ARM' },
  0x1c4: { machine: 'arm', words: 'ARM' },
  0x200: { machine: 'other:512', words: 'Itanium' },
};

const CHARACTERISTIC_DLL = 0x2000;
const MAGIC_PE32 = 0x10b;
const MAGIC_PE32_PLUS = 0x20b;
/** The loader takes no more than 96 sections. */
const MOST_SECTIONS = 96;
const PAGE = 4096;

/** Indexes of the data directories. */
export const DIRECTORY = {
  exports: 0,
  imports: 1,
  resources: 2,
  certificates: 4,
  relocations: 5,
  debug: 6,
  tls: 9,
  loadConfig: 10,
  delayImports: 13,
  cli: 14,
} as const;

/** A section of a PE file as its header describes it. */
export interface PeSection {
  /** bytes up to the first NUL, as latin1 */
  readonly name: string;
  /** IMAGE_SCN_ flags */
  readonly flags: number;
  readonly virtualAddress: number;
  readonly virtualSize: number;
  readonly fileOffset: number;
  readonly fileSize: number;
}

/** The headers of a PE file, as far as they matter for its tables. */
export interface PeHeaders {
  /** where the PE header and the optional header begin in the file */
  readonly start: number;
  readonly optional: number;
  readonly machineNumber: number;
  readonly isDll: boolean;
  readonly is64: boolean;
  readonly imageBase: number;
  readonly headerSize: number;
  readonly sections: readonly PeSection[];
  /** address (RVA) and size of a data directory; zeros where it is absent */
  directory(index: number): { address: number; size: number };
}

/** Where the PE header begins; undefined for a file that has an MZ header alone. */
export function findPeHeader(source: ByteSource): number | undefined {
  if (source.size < 0x40) return undefined;
  const offset = source.u32(0x3c);
  if (offset + 24 > source.size || source.u32(offset) !== 0x00004550) return undefined;
  return offset;
}

/** Reads the headers of a PE file; `start` is from findPeHeader. Raises Unreadable. */
export function readPeHeaders(source: ByteSource, start: number): PeHeaders {
  const machineNumber = source.u16(start + 4);
  const sectionCount = source.u16(start + 6);
  const optionalSize = source.u16(start + 20);
  const optional = start + 24;
  const magic = source.u16(optional);
  if (magic !== MAGIC_PE32 && magic !== MAGIC_PE32_PLUS) throw new DamagedHeader('has a damaged PE header');
  const is64 = magic === MAGIC_PE32_PLUS;
  const directories = optional + (is64 ? 112 : 96);
  const directoryCount = Math.min(source.u32(directories - 4), 16);
  if (sectionCount > MOST_SECTIONS) throw new DamagedHeader('has a damaged PE header');

  // A file whose sections lie closer together than pages is mapped as it is.
  const aligned = source.u32(optional + 32) >= PAGE;
  const sections: PeSection[] = [];
  for (let i = 0; i < sectionCount; i++) {
    const at = optional + optionalSize + i * 40;
    const fileOffset = source.u32(at + 20);
    sections.push({
      name: source.bytes(at, 8).toString('latin1').replace(/\0.*$/su, ''),
      flags: source.u32(at + 36),
      virtualSize: source.u32(at + 8),
      virtualAddress: source.u32(at + 12),
      fileSize: source.u32(at + 16),
      // The loader ignores the low bits of the offset.
      fileOffset: aligned ? fileOffset - (fileOffset % 512) : fileOffset,
    });
  }
  return {
    start,
    optional,
    machineNumber,
    isDll: (source.u16(start + 22) & CHARACTERISTIC_DLL) !== 0,
    is64,
    // Only the base of files with absolute addresses matters, and those are 32-bit files.
    imageBase: is64 ? 0 : source.u32(optional + 28),
    headerSize: source.u32(optional + 60),
    sections,
    directory: (index) =>
      index < directoryCount
        ? { address: source.u32(directories + index * 8), size: source.u32(directories + index * 8 + 4) }
        : { address: 0, size: 0 },
  };
}

/** The place in the file of an address in the loaded image. Raises Unreadable where there is none. */
export function offsetOf(headers: PeHeaders, address: number): number {
  for (const section of headers.sections) {
    const inside = address - section.virtualAddress;
    if (inside >= 0 && inside < section.fileSize) return section.fileOffset + inside;
  }
  if (address < headers.headerSize) return address;
  throw new Unreadable('points outside the file');
}

function isTruncated(headers: PeHeaders, source: ByteSource): boolean {
  return headers.sections.some((section) => {
    // The last section may lack the padding that fills up its alignment.
    const used =
      section.virtualSize === 0 ? section.fileSize : Math.min(section.fileSize, section.virtualSize);
    return used > 0 && section.fileOffset + used > source.size;
  });
}

/** What an MZ file is, from its headers. Raises Unreadable where they end too early. */
export function identifyPe(source: ByteSource): LibraryIdentity {
  const start = findPeHeader(source);
  if (start === undefined)
    return { kind: 'unknown', machine: undefined, isLibrary: false, reason: oldFormat(source) };
  const headers = readPeHeaders(source, start);
  const known = MACHINES[headers.machineNumber];
  const machine: Machine = known?.machine ?? `other:${headers.machineNumber}`;
  const identity = { kind: 'pe', machine, isLibrary: headers.isDll } as const;
  const refuse = (reason: string): LibraryIdentity => ({ ...identity, reason });

  if (!headers.isDll) return refuse('is a Windows program, not a DLL');
  if (headers.directory(DIRECTORY.cli).address !== 0 && headers.directory(DIRECTORY.exports).address === 0) {
    return refuse(
      'is a .NET assembly without native exports; an ISAPI extension has to export native functions',
    );
  }
  if (machine !== 'x64' && machine !== 'x86') {
    const processors =
      known === undefined
        ? `processors of type 0x${headers.machineNumber.toString(16)}`
        : `${known.words} processors`;
    return refuse(`is for ${processors}; build it for x86, 32-bit or 64-bit`);
  }
  if (headers.is64 !== (machine === 'x64')) return refuse('has a damaged PE header');
  if (isTruncated(headers, source))
    return refuse('is truncated: the file ends before the last section; copy it again');
  return { ...identity, abi: machine === 'x64' ? 'win64' : 'win32' };
}

/** In words, what an MZ file without a PE header is. */
function oldFormat(source: ByteSource): string {
  if (source.size < 0x40) return 'is truncated: the file ends within its header; copy it again';
  const offset = source.u32(0x3c);
  if (offset < 0x40) return 'is a DOS program, not a DLL';
  if (offset + 2 > source.size) return 'is truncated: the file ends within its header; copy it again';
  const signature = source.bytes(offset, 2).toString('latin1');
  if (signature === 'PE') return 'is truncated: the file ends within its header; copy it again';
  if (signature === 'NE') {
    const isLibrary = offset + 14 <= source.size && (source.u16(offset + 12) & 0x8000) !== 0;
    return `is a 16-bit Windows ${isLibrary ? 'library' : 'program'}; it has to be built again for 32-bit or 64-bit Windows`;
  }
  if (signature === 'LE' || signature === 'LX') return 'is an OS/2 module or a Windows 9x driver, not a DLL';
  return 'is a DOS program, not a DLL';
}
