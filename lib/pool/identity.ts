import { chmodSync, chownSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { findGroup, findUser, personalEnvironment, withoutPersonal } from './accounts.js';
import type { Person } from './rights/protocol.js';
import { keptRights } from './rights/rights.js';
import type { Environment, HomeOwner } from './runtimes/home.js';
import { findRuntime, type Runtime, type RuntimeName } from './runtimes/runtime.js';

/** The user and group that a worker process runs as, when they are not the server's own. */
export interface Identity extends Person {
  /** what the user's programs find in their environment */
  readonly environment: Readonly<Record<string, string>>;
  /** undefined for a number that no user has, and when only the group is another one */
  readonly name: string | undefined;
  /** the server has given up the rights to start it, and a helper process does it */
  readonly isRemote: boolean;
  /** Hands a folder of the server's, and what is in it, or a file in one, over to the user; the server keeps access. */
  give(file: string): Promise<void>;
}

/** Why a pool's user or group cannot be honoured. */
export interface IdentityProblem {
  readonly setting: 'user' | 'group';
  readonly message: string;
}

/** Who worker processes run as, found from the settings `user` and `group` of a pool. */
export interface FoundPerson extends Person {
  readonly name: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Who a pool's `user` and `group` are; undefined when it has neither.
 * @param server whose user and group count for what the pool does not set
 */
export function findPerson(
  user: string,
  group: string,
  server: Person,
): FoundPerson | IdentityProblem | undefined {
  if (user === '' && group === '') return undefined;
  if (process.platform === 'win32') {
    return {
      setting: user === '' ? 'group' : 'user',
      message: 'a pool of its own user is not possible on Windows',
    };
  }
  const account = user === '' ? undefined : findUser(user);
  if (user !== '' && !account) return { setting: 'user', message: `there is no user ${user}` };
  const team = group === '' ? undefined : findGroup(group);
  if (group !== '' && team === undefined) return { setting: 'group', message: `there is no group ${group}` };
  return {
    name: account?.name,
    uid: account?.uid ?? server.uid,
    gid: team ?? account?.gid ?? server.gid,
    environment: account === undefined ? {} : personalEnvironment(account),
  };
}

/** The environment that worker processes of an identity begin with. */
export function environmentOf(identity: Pick<Identity, 'environment'> | undefined): Environment {
  return identity === undefined ? process.env : { ...withoutPersonal(process.env), ...identity.environment };
}

/** Whether worker processes of an identity are another user's than the server's, and so have another Wine prefix. */
export function isOtherUser<T extends Person>(identity: T | undefined): identity is T {
  return identity !== undefined && identity.uid !== ownPerson().uid;
}

/** The runtime for worker processes of an identity. Throws RUNTIME_MISSING. */
export function runtimeFor(name: RuntimeName, identity: Identity | undefined): Runtime {
  if (!isOtherUser(identity)) return findRuntime(name);
  const owner: HomeOwner = { uid: identity.uid, name: identity.name };
  return findRuntime(name, environmentOf(identity), owner);
}

/** The user and the group that this process has now. */
export function ownPerson(): Person {
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}

/**
 * The identity for a pool's `user` and `group`; undefined when both are the server's own. Only root, or a server that
 * root has started, can take on another one.
 * @param server who the server is, or will be once it has given up the rights that it was started with
 */
export function poolIdentity(
  user: string,
  group: string,
  server: Person = ownPerson(),
): Identity | IdentityProblem | undefined {
  const person = findPerson(user, group, server);
  if (person === undefined || 'message' in person) return person;
  const { uid, gid, name, environment } = person;
  if (uid === server.uid && gid === server.gid) return undefined;
  const setting = uid === server.uid ? 'group' : 'user';
  const isRoot = ownPerson().uid === 0;
  if (!isRoot) {
    const rights = keptRights();
    if (rights === undefined) {
      return { setting, message: `only a server started as root can run a pool as another ${setting}` };
    }
    if (!rights.allows(person)) {
      const message = `the server was not started with this ${setting}, and has given up the rights to take it on; restart it`;
      return { setting, message };
    }
  }
  const isRemote = server.uid !== 0;
  return {
    uid,
    gid,
    name,
    environment,
    isRemote,
    give: async (file) => {
      if (isRemote) await giveRemotely(file, person);
      else own(file, person);
    },
  };
}

/** Files get the user and keep the group, so that both have them. */
async function giveRemotely(file: string, person: Person): Promise<void> {
  const rights = keptRights();
  if (rights === undefined) throw new Error('the rights to run as another user are not there');
  for (const each of withContent(file)) chmodSync(each, statSync(each).isDirectory() ? 0o770 : 0o660);
  await rights.give(file, person);
}

function own(file: string, { uid, gid }: Person): void {
  for (const each of withContent(file)) chownSync(each, uid, gid);
}

/** A file, or a folder and the files in it. */
function withContent(file: string): string[] {
  if (!statSync(file).isDirectory()) return [file];
  return [...readdirSync(file).map((name) => path.join(file, name)), file];
}
