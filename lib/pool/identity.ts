import fs from 'node:fs';
import path from 'node:path';

/** The user and group that a worker process runs as, when they are not the server's own. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** Hands a folder of the server and what is in it over to the user. */
  own(folder: string): void;
}

/** Why a pool's user or group cannot be honoured. */
export interface IdentityProblem {
  readonly setting: 'user' | 'group';
  readonly message: string;
}

/** Reads the id of a name from a file like /etc/passwd: name:password:id:... */
function lookUp(file: string, name: string): { id: number; group: number } | undefined {
  const line = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`${name}:`));
  const fields = line?.split(':');
  return fields && { id: Number(fields[2]), group: Number(fields[3]) };
}

/**
 * The identity for a pool's `user` and `group`; undefined when both are the server's own. Only root can take on
 * another one.
 */
export function poolIdentity(user: string, group: string): Identity | IdentityProblem | undefined {
  if (user === '' && group === '') return undefined;
  if (process.platform === 'win32') {
    return {
      setting: user === '' ? 'group' : 'user',
      message: 'a pool of its own user is not possible on Windows',
    };
  }
  const person = user === '' ? undefined : lookUp('/etc/passwd', user);
  if (user !== '' && !person) return { setting: 'user', message: `there is no user ${user}` };
  const team = group === '' ? undefined : lookUp('/etc/group', group);
  if (group !== '' && !team) return { setting: 'group', message: `there is no group ${group}` };
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const uid = person?.id ?? own.uid;
  const gid = team?.id ?? person?.group ?? own.gid;
  if (uid === own.uid && gid === own.gid) return undefined;
  if (own.uid !== 0) {
    const setting = uid === own.uid ? 'group' : 'user';
    return { setting, message: `only a server started as root can run a pool as another ${setting}` };
  }
  return {
    uid,
    gid,
    own: (folder) => {
      fs.chownSync(folder, uid, gid);
      for (const name of fs.readdirSync(folder)) fs.chownSync(path.join(folder, name), uid, gid);
    },
  };
}
