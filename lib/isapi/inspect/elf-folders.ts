import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders that the loader knows without being told (ld.so(8)), on Debian and elsewhere. */
const BUILT_IN = [
  '/lib/x86_64-linux-gnu',
  '/usr/lib/x86_64-linux-gnu',
  '/lib64',
  '/usr/lib64',
  '/lib',
  '/usr/lib',
  '/usr/local/lib',
];

/** Files that are read, with those that they include. */
const MOST_FILES = 64;

/**
 * The folders in which the loader of ELF libraries looks, in order: LD_LIBRARY_PATH, those of /etc/ld.so.conf, and its own.
 * What cannot be read is left out.
 */
export function elfSystemFolders(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  configuration = '/etc/ld.so.conf',
): string[] {
  const named = (environment['LD_LIBRARY_PATH'] ?? '').split(/[:;]/u).filter((folder) => folder !== '');
  const configured = configuredFolders(configuration, { left: MOST_FILES });
  return [...new Set([...named, ...configured, ...BUILT_IN])];
}

/** The folders that a file in the form of ld.so.conf names; "include" takes a pattern for files in one folder. */
function configuredFolders(file: string, budget: { left: number }): string[] {
  if (budget.left-- <= 0) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const entry = line.replace(/#.*$/u, '').trim();
    const included = /^include\s+(\S+)$/u.exec(entry)?.[1];
    if (included !== undefined) {
      const pattern = join(dirname(file), included);
      const whole = included.startsWith('/') ? included : pattern;
      return matching(whole).flatMap((found) => configuredFolders(found, budget));
    }
    return entry.startsWith('/') ? entry.split(/[\s:,]+/u) : [];
  });
}

/** The files that a pattern with stars in its last part names, in order. */
function matching(pattern: string): string[] {
  const literal = basename(pattern)
    .split('*')
    .map((part) => part.replace(/[^\w-]/gu, '\\$&'));
  const expression = new RegExp(`^${literal.join('.*')}$`, 'u');
  try {
    return readdirSync(dirname(pattern))
      .filter((name) => expression.test(name))
      .sort()
      .map((name) => join(dirname(pattern), name));
  } catch {
    return [];
  }
}
