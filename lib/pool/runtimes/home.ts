import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { keptRights } from '../rights/rights.js';

/** Environment as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A user whose worker processes run under Wine: Wine takes a prefix only from its owner. */
export interface HomeOwner {
  readonly uid: number;
  /** undefined for a number that no user has */
  readonly name: string | undefined;
}

/** Where the installed runtimes and the private Wine prefix of a user live. */
export interface Home {
  readonly folder: string;
  /** one folder per installed version of a runtime's packages */
  readonly runtimes: string;
  /** the Wine prefix, a folder that Wine calls WINEPREFIX */
  readonly prefix: string;
  /** the file that says what a finished prefix was made with; without it the prefix is not finished */
  readonly stamp: string;
  /** one file per server that uses the prefix, named by its process id */
  readonly users: string;
}

/** Where root prepares runtimes for other users: service accounts often have no home that they can write to. */
const SYSTEM_FOLDER = '/var/lib/isapi-host';

const STAMP = 'isapi-host.json';

/**
 * The home of a user: the one that root has made for them (`accountHome`) where it is there, else the personal one:
 * `$ISAPI_HOST_HOME`, else `$XDG_DATA_HOME/isapi-host`, else `~/.local/share/isapi-host` (on Windows
 * `%LOCALAPPDATA%\isapi-host`). Server, set-up and doctor all ask here.
 * @param environment as the user's programs have it
 */
export function findHome(environment: Environment = process.env, owner: HomeOwner = ownOwner()): Home {
  const account = accountHome(environment, owner);
  if (account !== undefined && ownerOf(account.folder) === owner.uid) return account;
  const folder = personalFolder(environment);
  return homeIn(folder, join(folder, 'runtimes'), join(folder, 'prefix', STAMP));
}

/**
 * The home that root makes for a user: `accounts/<name>` below `$ISAPI_HOST_HOME`, else below /var/lib/isapi-host. The
 * Windows builds of Node are beside `accounts`, for all of them. The stamp is outside the prefix, so that a server can
 * read it that cannot read what is in there. Undefined on Windows, where prefixes are not needed.
 */
export function accountHome(environment: Environment, owner: HomeOwner): Home | undefined {
  if (process.platform === 'win32') return undefined;
  const base = named(environment) ?? SYSTEM_FOLDER;
  const folder = join(base, 'accounts', accountName(owner));
  return homeIn(folder, join(base, 'runtimes'), join(folder, STAMP));
}

/** This process's own user. */
export function ownOwner(): HomeOwner {
  return { uid: process.getuid?.() ?? 0, name: ownName() };
}

/** A user for people: a name, or `#33`. */
export function ownerLabel({ uid, name }: HomeOwner): string {
  return name ?? `#${uid}`;
}

/**
 * The command that prepares Wine for a user, as it is to be typed by who reads it. Whoever can make their personal home
 * does without root.
 */
export function setupCommandFor(environment: Environment, owner: HomeOwner): string {
  const isOwn = process.platform === 'win32' || owner.uid === ownOwner().uid;
  if (isOwn && keptRights() === undefined && canMake(findHome(environment, owner).folder)) {
    return 'run "isapi-host setup wine"';
  }
  return `run as root "isapi-host setup wine --user ${ownerLabel(owner)}"`;
}

/** Whose a Wine prefix has to be, where that needs saying: " of the user www-data". */
export function ofOwner(owner: HomeOwner): string {
  const isPlain = owner.uid === ownOwner().uid && keptRights() === undefined;
  return process.platform === 'win32' || isPlain ? '' : ` of the user ${ownerLabel(owner)}`;
}

function homeIn(folder: string, runtimes: string, stamp: string): Home {
  return { folder, runtimes, prefix: join(folder, 'prefix'), stamp, users: join(folder, 'users') };
}

/** ISAPI_HOST_HOME; an empty one counts as none. */
function named(environment: Environment): string | undefined {
  const folder = environment['ISAPI_HOST_HOME'];
  return folder === '' ? undefined : folder;
}

function personalFolder(environment: Environment): string {
  const own = named(environment);
  if (own !== undefined) return own;
  if (environment['XDG_DATA_HOME']) return join(environment['XDG_DATA_HOME'], 'isapi-host');
  if (process.platform === 'win32' && environment['LOCALAPPDATA']) {
    return join(environment['LOCALAPPDATA'], 'isapi-host');
  }
  return join(environment['HOME'] ?? homedir(), '.local', 'share', 'isapi-host');
}

/** The folder's name for a user; a name that could lead elsewhere gives way to the number. */
function accountName({ uid, name }: HomeOwner): string {
  return name !== undefined && /^\w[\w.@-]*\$?$/.test(name) ? name : String(uid);
}

function ownName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

function ownerOf(folder: string): number | undefined {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}

/** Whether this process may write to a folder, or make it. */
function canMake(folder: string): boolean {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folder of this package: the nearest one upwards whose package.json has its name. */
export function packageRoot(start: string = import.meta.dirname): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      if (name === 'isapi-host') return folder;
    }
    if (dirname(folder) === folder) throw new Error(`no isapi-host package above ${start}`);
  }
}
