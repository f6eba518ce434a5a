import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

import { ByteSource, DamagedHeader, Unreadable } from './byte-source.js';
import { identifyElf, readElf } from './elf.js';
import type { LibraryFacts, LibraryIdentity } from './facts.js';
import { identifyPe } from './pe-headers.js';
import { readPe } from './pe.js';
import { describeUnknown } from './unknown-format.js';

/**
 * What a file is by its headers: cheap enough for every request (about 4 KiB are read). Never throws: a file that
 * cannot be opened is of unknown kind, with the reason.
 */
export function identifyLibrary(path: string): LibraryIdentity {
  return withFile(path, identify, (reason) => unknown(reason));
}

/**
 * Everything that is known of a library: what identifyLibrary says, its exports, and the libraries that it needs.
 * Never throws: whatever bytes the file has, there are facts, or a reason and empty lists.
 */
export function inspectLibrary(path: string): LibraryFacts {
  return withFile(path, inspectSource, (reason) => ({ ...unknown(reason), ...NOTHING }));
}

/** The same for bytes in memory. */
export function identifyBytes(bytes: Buffer): LibraryIdentity {
  return identify(ByteSource.of(bytes));
}

/** The same for bytes in memory. */
export function inspectBytes(bytes: Buffer): LibraryFacts {
  return inspectSource(ByteSource.of(bytes));
}

const NOTHING = { exports: [], imports: [], needed: [], runPaths: [], damage: [] } as const;

function unknown(reason: string): LibraryIdentity {
  return { kind: 'unknown', machine: undefined, isLibrary: false, reason };
}

function identify(source: ByteSource): LibraryIdentity {
  if (source.size === 0) return unknown('is empty');
  let kind: 'pe' | 'elf' | undefined;
  try {
    const start = source.bytes(0, Math.min(source.size, 4)).toString('latin1');
    if (start === '\x7fELF') kind = 'elf';
    else if (start.startsWith('MZ')) kind = 'pe';
    if (kind === 'elf') return identifyElf(source);
    if (kind === 'pe') return identifyPe(source);
    return unknown(describeUnknown(source));
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const reason =
      error instanceof DamagedHeader
        ? error.message
        : 'is truncated: the file ends within its headers; copy it again';
    return { kind: kind ?? 'unknown', machine: undefined, isLibrary: false, reason };
  }
}

/** The same for what is read piece by piece. */
export function inspectSource(source: ByteSource): LibraryFacts {
  const identity = identify(source);
  try {
    // The reader for ELF is for the one kind that can be loaded; PE files are read for any processor.
    if (identity.kind === 'elf' && identity.abi !== undefined)
      return { ...identity, ...NOTHING, ...readElf(source) };
    if (identity.kind === 'pe' && identity.machine !== undefined)
      return { ...identity, ...NOTHING, ...readPe(source) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
  }
  return { ...identity, ...NOTHING };
}

/** Calls `use` with the content of a file, or `otherwise` with the reason why it cannot be read. */
export function withFile<T>(
  path: string,
  use: (source: ByteSource, status: Stats) => T,
  otherwise: (reason: string) => T,
): T {
  let file: number | undefined;
  try {
    // Opening a FIFO would wait for its other end; the flag is not there on Windows, and neither are FIFOs.
    const nonblocking = process.platform === 'win32' ? 0 : constants.O_NONBLOCK;
    const opened = openSync(path, constants.O_RDONLY | nonblocking);
    file = opened;
    const status = fstatSync(opened);
    if (!status.isFile()) return otherwise('is not a regular file');
    const read = (offset: number, length: number): Buffer => {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, readSync(opened, buffer, 0, length, offset));
    };
    return use(new ByteSource(status.size, read), status);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    return otherwise(OPEN_ERRORS[code] ?? `cannot be read (${code})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const OPEN_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied; let the user of the server read it',
  EISDIR: 'is not a regular file',
};
