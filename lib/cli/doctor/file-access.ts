import { accessSync, constants, readFileSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { ownPerson } from '../../pool/identity.js';
import type { PersonWithGroups } from './check.js';

/** What somebody wants to do with a file or folder. */
export type Access = 'read' | 'write' | 'search';

const BITS: Readonly<Record<Access, number>> = { read: 4, write: 2, search: 1 };
const MODES: Readonly<Record<Access, number>> = {
  read: constants.R_OK,
  write: constants.W_OK,
  search: constants.X_OK,
};

/**
 * Why somebody may not do something with a file: the first thing on the way to it that forbids it. Undefined when it is
 * allowed. For this process's own user the system is asked, for others the modes are compared.
 */
export function whyNot(
  file: string,
  wanted: readonly Access[],
  person: PersonWithGroups,
): string | undefined {
  const target = path.resolve(file);
  const stats = statOf(target);
  if (typeof stats === 'string') return stats;
  if (person.uid === ownPerson().uid) {
    const denied = wanted.find((access) => !isAllowedHere(target, access));
    return denied === undefined ? undefined : `${person.label} may not ${denied} ${target}`;
  }
  // Root may do everything, and needs no way.
  if (person.uid === 0) return undefined;
  for (const folder of parentsOf(target)) {
    const parent = statOf(folder);
    if (typeof parent === 'string') return parent;
    if (!allows(parent, 'search', person)) return `${person.label} may not enter ${folder}`;
  }
  const denied = wanted.find((access) => !allows(stats, access, person));
  return denied === undefined ? undefined : `${person.label} may not ${denied} ${target}`;
}

function statOf(file: string): Stats | string {
  try {
    return statSync(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return code === 'ENOENT' ? `${file} is not there` : `${file} cannot be looked at (${code})`;
  }
}

function isAllowedHere(file: string, access: Access): boolean {
  try {
    accessSync(file, MODES[access]);
    return true;
  } catch {
    return false;
  }
}

/** The folders above a file, the root folder first. */
function parentsOf(file: string): string[] {
  const parents: string[] = [];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    parents.unshift(folder);
    if (path.dirname(folder) === folder) return parents;
  }
}

/** As the kernel decides: the owner's bits for the owner, those of the group for its members, else those of others. */
function allows(stats: Stats, access: Access, { uid, gid, groups }: PersonWithGroups): boolean {
  const isMember = stats.gid === gid || groups.includes(stats.gid);
  const shift = stats.uid === uid ? 6 : isMember ? 3 : 0;
  return ((stats.mode >> shift) & BITS[access]) !== 0;
}

/** The groups that a user is listed in. */
export function groupsOf(name: string | undefined): number[] {
  if (name === undefined) return [];
  try {
    return readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => (fields[3] ?? '').split(',').includes(name))
      .map((fields) => Number(fields[2]));
  } catch {
    return [];
  }
}
