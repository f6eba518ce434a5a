import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { Environment } from './home.js';

/** A Wine that is installed on this machine. */
export interface WineInstallation {
  /** the folder of its programs */
  readonly folder: string;
  /** programs that may start a 64-bit Windows program, best first: full paths */
  readonly loaders64: readonly string[];
  /** the same for 32-bit ones; empty when this Wine has no 32-bit part */
  readonly loaders32: readonly string[];
  /** the program that ends a prefix's processes */
  readonly server: string;
  /** changes when another version or another bitness is installed */
  readonly identity: string;
}

/** What to type on Debian for each part of Wine. */
export const INSTALL_WINE = 'apt-get install -y --no-install-recommends wine wine64';
export const INSTALL_WINE32 =
  'dpkg --add-architecture i386 && apt-get update && apt-get install -y wine32:i386';

const PROGRAMS = ['wine64', 'wine', 'wine32'] as const;
const SERVERS = ['wineserver', 'wineserver64', 'wineserver32'] as const;

/**
 * Finds Wine: in `$ISAPI_HOST_WINE` (the folder that holds its programs) if that is set, else through PATH, else
 * where Debian (`/usr/lib/wine`) and the packages of the Wine project (`/opt/wine-*`) put it. Nothing is started.
 */
export function findWine(environment: Environment = process.env): WineInstallation | undefined {
  for (const folder of candidateFolders(environment)) {
    const found = PROGRAMS.map((name) => join(folder, name)).filter(isExecutable);
    const server = SERVERS.map((name) => join(folder, name)).find(isExecutable);
    // A shell script that chooses among the real programs is passed over: it may choose differently tomorrow.
    const loaders = found.filter((file) => elfClass(file) !== undefined);
    if (loaders.length === 0 || server === undefined) continue;
    const loaders64 = sortBy(loaders, (file) => rank64(file));
    const has32 = loaders.some((file) => elfClass(file) === 32) || librariesOf32(folder).length > 0;
    const loaders32 = has32 ? sortBy(loaders, (file) => rank32(file)) : [];
    const identity = [...loaders, server, ...librariesOf32(folder)].map(fileIdentity).join(' ');
    return { folder, loaders64, loaders32, server, identity };
  }
  return undefined;
}

function candidateFolders(environment: Environment): string[] {
  if (environment['ISAPI_HOST_WINE']) return [environment['ISAPI_HOST_WINE']];
  const folders = new Set<string>();
  for (const folder of (environment['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    for (const name of PROGRAMS) {
      const file = join(folder, name);
      if (isExecutable(file)) folders.add(dirname(realpathSync(file)));
    }
  }
  for (const folder of ['/usr/lib/wine', '/usr/lib64/wine']) folders.add(folder);
  for (const name of entries('/opt').filter((entry) => entry.startsWith('wine'))) {
    folders.add(join('/opt', name, 'bin'));
  }
  return [...folders];
}

/** In the old layout `wine` is a 32-bit program and `wine64` a 64-bit one; in the new one `wine` does both. */
function rank64(file: string): number {
  return elfClass(file) === 64 ? 0 : 1;
}

function rank32(file: string): number {
  if (elfClass(file) === 32) return 0;
  return basename(file) === 'wine' ? 1 : 2;
}

/** The 32-bit system libraries of a Wine: proof of a 32-bit part in any layout. */
function librariesOf32(folder: string): string[] {
  return builtinFolders(folder, 'wine32').map((found) => join(found, 'ntdll.dll'));
}

/**
 * The folders with Wine's own Windows libraries of one bitness, in any layout.
 * @param folder that of Wine's programs
 */
export function builtinFolders(folder: string, bits: 'wine64' | 'wine32'): string[] {
  const above = dirname(folder);
  return [
    join(above, 'lib', 'wine'),
    join(above, 'lib64', 'wine'),
    join(above, 'i386-linux-gnu', 'wine'),
    join(above, 'x86_64-linux-gnu', 'wine'),
    folder,
  ]
    .map((base) => join(base, bits === 'wine64' ? 'x86_64-windows' : 'i386-windows'))
    .filter((found) => statSync(join(found, 'ntdll.dll'), { throwIfNoEntry: false }) !== undefined);
}

/** 32 or 64 for an ELF file by its header (EI_CLASS), undefined for anything else. */
function elfClass(file: string): 32 | 64 | undefined {
  const head = Buffer.alloc(5);
  try {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, head, 0, head.length, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
  if (head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  return head[4] === 1 ? 32 : 64;
}

function fileIdentity(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${file}:${String(size)}:${String(Math.floor(mtimeMs))}`;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function sortBy(files: readonly string[], rank: (file: string) => number): string[] {
  return [...files].sort((left, right) => rank(left) - rank(right));
}
