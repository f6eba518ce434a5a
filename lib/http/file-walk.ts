import { lstatSync, statSync, type Stats } from 'node:fs';
import { fileSystemPath } from './byte-string.js';
import { unsafeName } from './url-path.js';

export type FileKind = 'file' | 'folder' | 'other' | 'missing';

/** How symbolic links in a folder are treated: Options FollowSymLinks, SymLinksIfOwnerMatch, or neither. */
export type LinkPolicy = 'follow' | 'owner' | 'refuse';

/** Where a path leads on disk. */
export interface Walk {
  /** the file or folder; for `missing` up to and including the first name that is not there */
  readonly filename: string;
  /** what follows it, with its slash, or "" */
  readonly pathInfo: string;
  readonly kind: FileKind;
  /** what the disk says of it, when it is there */
  readonly stats?: Stats | undefined;
  /** why it may not be had, in place of an answer from the disk */
  readonly refusal?: Refusal;
}

export interface Refusal {
  readonly status: 403 | 404;
  readonly cause: 'name' | 'link' | 'access';
  readonly reason: string;
}

/** What a walk has to look out for. */
export interface WalkOptions {
  /** some segment has a form that may not name a file (see `unsafeName`): look at each */
  readonly suspicious: boolean;
  /** the policy for links inside a folder; absent when every link may be followed */
  readonly links?: ((folder: string) => LinkPolicy) | undefined;
}

/**
 * Follows the path `rest` ("" or beginning with a slash) below `root` (without a slash at its end) until a file, the
 * end of the path or something missing. `root` itself comes from the configuration and is trusted. The disk is asked
 * synchronously: such calls are answered from memory nearly always, for less than the price of a queue.
 */
export function walkFile(root: string, rest: string, options: WalkOptions): Walk {
  const walk = quickWalk(root, rest, options) ?? slowWalk(root, rest, options);
  if (walk.refusal !== undefined || options.links === undefined) return walk;
  const refusal = checkLinks(root, walk, options.links);
  return refusal === undefined ? walk : { ...walk, refusal };
}

/** One question to the disk for a path that has no path info: undefined when that is not enough. */
function quickWalk(root: string, rest: string, options: WalkOptions): Walk | undefined {
  // An earlier segment with a dot in it (`app.dll/info`) is likely to be a file: the question would be wasted.
  if (options.suspicious || rest.lastIndexOf('.', rest.lastIndexOf('/')) > 0) return undefined;
  const stats = askOnce(root + rest);
  return stats instanceof Error || stats === undefined
    ? undefined
    : { filename: root + rest, pathInfo: '', kind: kindOf(stats), stats };
}

function slowWalk(root: string, rest: string, options: WalkOptions): Walk {
  let filename = root;
  let kind: FileKind = 'folder';
  let from = 0;
  let found: Stats | undefined;
  const rootStats = ask(root === '' ? '/' : root);
  if (!(rootStats instanceof Error)) {
    kind = rootStats === undefined ? 'missing' : kindOf(rootStats);
    found = rootStats;
  }
  while (kind === 'folder' && from < rest.length) {
    const slash = rest.indexOf('/', from + 1);
    const end = slash < 0 ? rest.length : slash;
    const segment = rest.slice(from + 1, end);
    const next = `${filename}/${segment}`;
    if (segment === '') return { filename: next, pathInfo: '', kind };
    const unsafe = options.suspicious ? unsafeName(segment) : undefined;
    if (unsafe !== undefined) {
      return refused(next, rest.slice(end), { status: 404, cause: 'name', reason: unsafe });
    }
    const stats = ask(next);
    if (stats instanceof Error) {
      return refused(next, rest.slice(end), { status: 403, cause: 'access', reason: stats.message });
    }
    if (stats === undefined && isLink(next)) {
      return refused(next, rest.slice(end), { status: 403, cause: 'link', reason: next });
    }
    kind = stats === undefined ? 'missing' : kindOf(stats);
    found = stats;
    filename = next;
    from = end;
  }
  return { filename, pathInfo: rest.slice(from), kind, stats: found };
}

/** Whether a name is that of a symbolic link: of one that leads nowhere, when nothing was found there. */
function isLink(path: string): boolean {
  const stats = ask(path, lstatSync);
  return !(stats instanceof Error) && stats?.isSymbolicLink() === true;
}

function refused(filename: string, pathInfo: string, refusal: Refusal): Walk {
  return { filename, pathInfo, kind: 'other', refusal };
}

function checkLinks(root: string, walk: Walk, links: (folder: string) => LinkPolicy): Refusal | undefined {
  const { filename } = walk;
  let slash = root.length;
  while (slash >= 0 && slash < filename.length - 1) {
    const policy = links(filename.slice(0, slash));
    const next = filename.indexOf('/', slash + 1);
    const name = next < 0 ? filename : filename.slice(0, next);
    slash = next;
    if (policy === 'follow') continue;
    const link = ask(name, lstatSync);
    if (link === undefined || link instanceof Error || !link.isSymbolicLink()) continue;
    const target = policy === 'owner' ? ask(name) : undefined;
    if (target === undefined || target instanceof Error || target.uid !== link.uid) {
      return { status: 403, cause: 'link', reason: name };
    }
  }
  return undefined;
}

/** What the disk has said in this turn of the event loop: requests that are taken up in one were there at one time. */
const answers = new Map<string, Stats>();

/** Like ask, for files that several requests want at once. */
function askOnce(path: string): Stats | Error | undefined {
  const known = answers.get(path);
  if (known !== undefined) return known;
  const stats = ask(path);
  if (stats === undefined || stats instanceof Error) return stats;
  if (answers.size === 0) {
    setImmediate(() => {
      answers.clear();
    });
  }
  answers.set(path, stats);
  return stats;
}

/** What the disk says of a path: undefined when nothing is there. */
function ask(path: string, how: typeof statSync = statSync): Stats | Error | undefined {
  try {
    return how(fileSystemPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    // A name that is too long for the file system cannot be that of a file.
    return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' ? undefined : error;
  }
}

function kindOf(stats: Stats): FileKind {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}
