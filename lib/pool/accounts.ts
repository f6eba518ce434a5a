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

/** The number of a group by name, or by number as in `#33`; undefined when there is no such name. */
export function findGroup(text: string): number | undefined {
  const id = idOf(text);
  if (id !== undefined) return id;
  const fields = findLine('group', ([name]) => name === text, text);
  return fields && Number(fields[2]);
}
