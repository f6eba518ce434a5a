import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../../errors.js';
import type { Person } from '../../pool/rights/protocol.js';

/** A folder of the server's own files that a server hands over before it is somebody else. */
export interface OwnFolder {
  readonly folder: string;
  /** whether a name is one that the server gives to its files there */
  readonly isOwn: (name: string) => boolean;
  /** nobody else has named the folder, so that it is the server's whatever lies in it */
  readonly isDefault: boolean;
}

/** Windows has none of them. */
const {
  O_RDONLY,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_DIRECTORY = 0,
} = fs.constants as Partial<typeof fs.constants> & { O_RDONLY: number };

/**
 * Gives a folder and the server's own files in it to the user that the server will be. Links are not followed, files with
 * a second name are left alone, and so is a folder that somebody has named and that has other files in it. Only for
 * root. Throws what the system says.
 */
export function handOver({ folder, isOwn, isDefault }: OwnFolder, { uid, gid }: Person): void {
  const descriptor = fs.openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    // Through the descriptor, so that the name cannot be given another meaning in between.
    const base = process.platform === 'linux' ? `/proc/self/fd/${String(descriptor)}` : folder;
    const names = fs.readdirSync(base);
    for (const name of names.filter(isOwn)) handOverFile(path.join(base, name), { uid, gid });
    const { uid: owner } = fs.fstatSync(descriptor);
    if (owner !== uid && (isDefault || names.every(isOwn))) fs.fchownSync(descriptor, uid, gid);
  } finally {
    fs.closeSync(descriptor);
  }
}

function handOverFile(file: string, { uid, gid }: Person): void {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    // A link, or gone.
    return;
  }
  try {
    const stats = fs.fstatSync(descriptor);
    if (stats.isFile() && stats.nlink === 1 && stats.uid !== uid) fs.fchownSync(descriptor, uid, gid);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The name of the user that this process is by now. */
export function ownUserName(): string {
  try {
    return os.userInfo().username;
  } catch {
    /* A number that no user has. */
    return `of the number ${String(process.getuid?.())}`;
  }
}

/** Why a folder's files cannot be written, and what to do, as far as the error tells. */
export function refusedText(error: unknown, folder: string): string {
  const reason = messageOf(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (process.platform === 'win32' || (code !== 'EACCES' && code !== 'EPERM')) return reason;
  const user = process.getuid?.() ?? 0;
  const owner = ownUserName().startsWith('of the number') ? String(user) : ownUserName();
  const command = isThere(folder)
    ? `chown -R ${owner} ${folder}`
    : `install -d -o ${owner} ${folder}, and let ${owner} enter the folders above it`;
  return `${reason}; as root: ${command}`;
}

function isThere(folder: string): boolean {
  try {
    fs.lstatSync(folder);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ENOENT';
  }
}
