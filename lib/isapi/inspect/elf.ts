import { attemptsInto, DamagedHeader, Unreadable, type ByteSource } from './byte-source.js';
import type { LibraryIdentity, Machine } from './facts.js';

/** Numbers of e_machine (elf.h). */
const MACHINES: Readonly<Record<number, { machine: Machine; words: string }>> = {
  62: { machine: 'x64', words: '64-bit x86' },
  3: { machine: 'x86', words: '32-bit x86' },
  183: { machine: 'arm64', words: 'ARM64' },
  40: { machine: 'arm', words: 'ARM' },
  21: { machine: 'other:21', words: '64-bit PowerPC' },
  22: { machine: 'other:22', words: 's390x' },
  243: { machine: 'other:243', words: 'RISC-V' },
  258: { machine: 'other:258', words: 'LoongArch' },
};

/** In words, what is not a shared object, by e_type. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'is an object file, not a library; link it with -shared',
  2: 'is a Linux program, not a library',
  4: 'is a core dump, not a library',
};
const TYPE_DYNAMIC = 3;

const SEGMENT = { load: 1, dynamic: 2 } as const;
export const TAG = {
  needed: 1,
  hash: 4,
  stringTable: 5,
  symbolTable: 6,
  soname: 14,
  rpath: 15,
  runpath: 29,
  textRelocations: 22,
  flags: 30,
  gnuHash: 0x6ffffef5,
  versionsDefined: 0x6ffffffc,
  versionsNeeded: 0x6ffffffe,
  flags1: 0x6ffffffb,
} as const;
const FLAGS1_PIE = 0x08000000;

/** Bounds for tables whose length a file only claims. */
const MOST_SEGMENTS = 1024;
const MOST_TAGS = 8192;
const MOST_SYMBOLS = 262_144;

interface Segment {
  readonly fileOffset: number;
  readonly virtualAddress: number;
  readonly fileSize: number;
}

export interface ElfHeaders {
  readonly loads: readonly Segment[];
  readonly dynamic: Segment | undefined;
}

export function readHeaders(source: ByteSource): ElfHeaders {
  const table = source.u64(32);
  const entrySize = source.u16(54);
  const count = source.u16(56);
  if (entrySize < 56 || count > MOST_SEGMENTS) throw new DamagedHeader('has a damaged ELF header');
  const loads: Segment[] = [];
  let dynamic: Segment | undefined;
  for (let i = 0; i < count; i++) {
    const at = table + i * entrySize;
    const type = source.u32(at);
    if (type !== SEGMENT.load && type !== SEGMENT.dynamic) continue;
    const segment = {
      fileOffset: source.u64(at + 8),
      virtualAddress: source.u64(at + 16),
      fileSize: source.u64(at + 32),
    };
    if (type === SEGMENT.load) loads.push(segment);
    else dynamic = segment;
  }
  return { loads, dynamic };
}

/** The dynamic section: values by tag, in their order. */
export function readDynamic(source: ByteSource, headers: ElfHeaders): Map<number, number[]> {
  const tags = new Map<number, number[]>();
  if (headers.dynamic === undefined) return tags;
  const count = Math.min(Math.floor(headers.dynamic.fileSize / 16), MOST_TAGS);
  for (let i = 0; i < count; i++) {
    const at = headers.dynamic.fileOffset + i * 16;
    // Tags are signed and values may be anything; what is not a small tag is none of ours.
    const tag = source.bytes(at, 8).readBigUInt64LE(0);
    if (tag === 0n) break;
    if (tag > 0xffffffffn) continue;
    const value = source.bytes(at + 8, 8).readBigUInt64LE(0);
    const values = tags.get(Number(tag)) ?? [];
    values.push(Number(value));
    tags.set(Number(tag), values);
  }
  return tags;
}

export function offsetOf(headers: ElfHeaders, address: number): number {
  for (const segment of headers.loads) {
    const inside = address - segment.virtualAddress;
    if (inside >= 0 && inside < segment.fileSize) return segment.fileOffset + inside;
  }
  throw new Unreadable('points outside the file');
}

/** What an ELF file is, from its headers. Raises Unreadable where they end too early. */
export function identifyElf(source: ByteSource): LibraryIdentity {
  const is64 = source.u8(4) === 2;
  const littleEndian = source.u8(5) === 1;
  const number = littleEndian ? source.u16(18) : source.bytes(18, 2).readUInt16BE(0);
  const type = littleEndian ? source.u16(16) : source.bytes(16, 2).readUInt16BE(0);
  const known = MACHINES[number];
  const machine: Machine = known?.machine ?? `other:${number}`;
  const identity = { kind: 'elf', machine, isLibrary: type === TYPE_DYNAMIC } as const;
  const refuse = (reason: string, isLibrary: boolean = identity.isLibrary): LibraryIdentity => ({
    ...identity,
    isLibrary,
    reason,
  });

  if (type !== TYPE_DYNAMIC) return refuse(TYPES[type] ?? 'has a damaged ELF header');
  if (machine !== 'x64' && machine !== 'x86') {
    const processors = known === undefined ? `processors of type ${number}` : `${known.words} processors`;
    return refuse(`is for ${processors}; build it for 64-bit x86`);
  }
  if (!is64)
    return refuse("is a 32-bit ELF library; this server's own runtime is 64-bit; build it without -m32");
  if (!littleEndian || machine !== 'x64') return refuse('has a damaged ELF header');

  const headers = readHeaders(source);
  if (headers.loads.some((segment) => segment.fileOffset + segment.fileSize > source.size)) {
    return refuse('is truncated: the file ends before its last segment; copy it again');
  }
  if (headers.dynamic === undefined) return refuse('is not a shared library; link it with -shared', false);
  // Programs are position-independent today, and look like libraries but for this flag.
  const flags = readDynamic(source, headers).get(TAG.flags1)?.[0] ?? 0;
  if (Math.floor(flags / FLAGS1_PIE) % 2 === 1) return refuse('is a Linux program, not a library', false);
  return { ...identity, abi: 'elf' };
}

/** The dynamic section and the symbols of an ELF library. */
export interface ElfTables {
  readonly exports: readonly string[];
  readonly needed: readonly string[];
  readonly runPaths: readonly string[];
  readonly soname?: string;
  readonly damage: readonly string[];
}

/**
 * Reads what a 64-bit little-endian ELF library exports and needs (elf.h). A table that cannot be read is left out and
 * named in `damage`. Raises Unreadable where already the headers are damaged.
 */
export function readElf(source: ByteSource): ElfTables {
  const headers = readHeaders(source);
  const damage: string[] = [];
  const attempt = attemptsInto(damage);
  const tags = attempt('dynamic section', () => readDynamic(source, headers), new Map<number, number[]>());
  const texts = (tag: number): string[] => {
    const values = tags.get(tag) ?? [];
    if (values.length === 0) return [];
    const strings = stringTable(headers, tags);
    return values.map((value) => source.text(strings + value));
  };
  const needed = attempt('list of needed libraries', () => texts(TAG.needed), []);
  const paths = attempt('library path', () => texts(tags.has(TAG.runpath) ? TAG.runpath : TAG.rpath), []);
  const [soname] = attempt('library name', () => texts(TAG.soname), []);
  const exports = attempt('symbol table', () => readExports(source, headers, tags), []);
  return {
    exports,
    needed,
    runPaths: paths.flatMap((path) => path.split(':')).filter((path) => path !== ''),
    ...(soname === undefined ? {} : { soname }),
    damage,
  };
}

export function stringTable(headers: ElfHeaders, tags: Map<number, number[]>): number {
  const address = tags.get(TAG.stringTable)?.[0];
  if (address === undefined) throw new Unreadable('has no names');
  return offsetOf(headers, address);
}

function readExports(source: ByteSource, headers: ElfHeaders, tags: Map<number, number[]>): string[] {
  const symbolAddress = tags.get(TAG.symbolTable)?.[0];
  if (symbolAddress === undefined) return [];
  const symbols = offsetOf(headers, symbolAddress);
  const strings = stringTable(headers, tags);
  const count = countSymbols(source, headers, tags);
  const names: string[] = [];
  for (let i = 1; i < count; i++) {
    const at = symbols + i * 24;
    const binding = source.u8(at + 4) >> 4;
    const visibility = source.u8(at + 5) & 3;
    const defined = source.u16(at + 6) !== 0;
    // Global, weak or unique; of default or protected visibility.
    const visible = visibility === 0 || visibility === 3;
    if (defined && visible && (binding === 1 || binding === 2 || binding === 10)) {
      names.push(source.text(strings + source.u32(at)));
    }
  }
  return names;
}

/** The dynamic section does not say how many symbols there are; both forms of its hash table do. */
function countSymbols(source: ByteSource, headers: ElfHeaders, tags: Map<number, number[]>): number {
  const hash = tags.get(TAG.hash)?.[0];
  const gnuHash = tags.get(TAG.gnuHash)?.[0];
  let count = 0;
  if (hash !== undefined) {
    count = source.u32(offsetOf(headers, hash) + 4);
  } else if (gnuHash !== undefined) {
    const table = offsetOf(headers, gnuHash);
    const bucketCount = source.u32(table);
    const firstSymbol = source.u32(table + 4);
    const buckets = table + 16 + source.u32(table + 8) * 8;
    if (bucketCount > MOST_SYMBOLS) throw new Unreadable('is too large');
    let last = 0;
    for (let i = 0; i < bucketCount; i++) last = Math.max(last, source.u32(buckets + i * 4));
    if (last < firstSymbol) return firstSymbol;
    // The chain of the last bucket ends with the last symbol, whose lowest bit is set.
    const chains = buckets + bucketCount * 4;
    while (last < MOST_SYMBOLS && source.u32(chains + (last - firstSymbol) * 4) % 2 === 0) last++;
    count = last + 1;
  }
  if (count > MOST_SYMBOLS) throw new Unreadable('is too large');
  return count;
}
