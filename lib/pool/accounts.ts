import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** A user of this machine. */
export interface Account {
  /** undefined for a number that no user has */
  readonly name: string | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly home: string | undefined;
}

/** Where programs look for what is a user's own, beside HOME. */
const PERSONAL = ['XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR'];

/** An environment without the places of the user that it was made for, but HOME. */
export function withoutPersonal(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !PERSONAL.includes(name)));
}

/** What the programs of a user find in their environment; what is not known of the user is left out. */
export function personalEnvironment({ name, home }: Pick<Account, 'name' | 'home'>): Record<string, string> {
  return {
    ...(name !== undefined && { USER: name, LOGNAME: name }),
    ...(home !== undefined && { HOME: home }),
  };
}

/** How long the system's directory of users may take to answer. Milliseconds. */
const DIRECTORY_TIME = 10_000;

const LARGEST_ID = 4_294_967_294;

/** The fields of a line of /etc/passwd or /etc/group; what is not there may be known to a directory such as LDAP. */
function findLine(
  database: 'passwd' | 'group',
  matches: (fields: readonly string[]) => boolean,
  key: string,
) {
  const fromFile = readOr(`/etc/${database}`)
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields.length > 2 && matches(fields));
  if (fromFile !== undefined || process.platform !== 'linux') return fromFile;
  const { stdout, status } = spawnSync('getent', ['--', database, key], {
    encoding: 'utf8',
    timeout: DIRECTORY_TIME,
  });
  return status === 0 ? stdout.trimEnd().split(':') : undefined;
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The number in `#123`, undefined for a name. */
function idOf(text: string): number | undefined {
  const id = /^#\d{1,10}$/.test(text) ? Number(text.slice(1)) : NaN;
  return id <= LARGEST_ID ? id : undefined;
}

/** A user by name, or by number as in `#33`; undefined when there is no such name. */
export function findUser(text: string): Account | undefined {
  const id = idOf(text);
  const key = id === undefined ? text : String(id);
  const fields = findLine('passwd', ([name, , uid]) => (id === undefined ? name : uid) === key, key);
  if (fields === undefined) {
    return id === undefined ? undefined : { name: undefined, uid: id, gid: id, home: undefined };
  }
  const [name, , uid, gid, , home] = fields;
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** The name of a group; undefined for a number that no group has. */
export function findGroupName(gid: number): string | undefined {
  const key = String(gid);
  return findLine('group', ([, , id]) => id === key, key)?.[0];
}

/** The number of a group by name, or by number as in `#33`; undefined when there is no such name. */
export function findGroup(text: string): number | undefined {
  const id = idOf(text);
  if (id !== undefined) return id;
  const fields = findLine('group', ([name]) => name === text, text);
  return fields && Number(fields[2]);
}
