import { accessSync, constants } from 'node:fs';
import type { Configuration } from '../config/configuration.js';
import { notedFiles, setFetchedFiles } from '../config/kept-files.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';
import { errorLogFiles, type ServerLog } from '../http/log.js';
import type { SocketOwner } from '../http/control/socket.js';
import { CORE } from '../http/settings.js';
import { accessLogFiles } from '../modules/log/access-logs.js';
import { namesUser, serverAccount } from '../modules/unixd/settings.js';
import { findPerson } from '../pool/identity.js';
import { giveUpRights } from '../pool/rights/give-up.js';
import type { Person } from '../pool/rights/protocol.js';
import { keptRights } from '../pool/rights/rights.js';

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(?:127\.|::1$)/;

/**
 * Refuses to run extensions as root where nobody has said that it is meant. A server that only this machine reaches is
 * for trying, and may.
 * @returns the pool whose extensions run as root without that, for a warning
 * @throws HostError RIGHTS
 */
export function refuseRoot(
  configuration: Configuration,
  pools: ReadonlyMap<string, PoolSettings>,
): string | undefined {
  if (process.getuid?.() !== 0 || namesUser(configuration)) return undefined;
  const pool = [...pools.values()].find(({ user }) => user === '');
  if (pool === undefined) return undefined;
  const { listen } = configuration.main.settings.get(CORE);
  if (listen.every(({ address }) => address !== undefined && LOOPBACK.test(address))) return pool.name;
  throw new HostError(
    'RIGHTS',
    `the server was started as root, and extensions of the pool ${pool.name} would run as root: name another user in ` +
      'the configuration, such as "User www-data" with "Group www-data"; "User root" says that it is meant',
  );
}

/**
 * What makes a server that root has started one of User's, when its logs and ports are open; undefined when it stays
 * who it is.
 * @param removable files of the server's that are to be gone when it is
 */
export function rightsToGiveUp(
  configuration: Configuration,
  pools: ReadonlyMap<string, PoolSettings>,
  removable: readonly string[],
  log: () => ServerLog,
): (() => void) | undefined {
  const account = serverAccount(configuration);
  if (process.getuid?.() !== 0 || (account.uid === 0 && account.gid === process.getgid?.())) return undefined;
  return () => {
    giveUpRights(account, {
      people: peopleOf(pools, account),
      logs: [...errorLogFiles(configuration), ...accessLogFiles(configuration)],
      files: notedFiles(),
      removable,
      onLost: () => log().write('helperLost'),
    });
    log().write('userChanged', {
      user: account.name ?? `#${account.uid}`,
      uid: account.uid,
      gid: account.gid,
    });
  };
}

/** Whose the control socket is to be, when that is not this process's own user as it is now. */
export function socketOwner(configuration: Configuration): SocketOwner | undefined {
  const { uid, gid } = serverAccount(configuration);
  return process.getuid?.() === 0 ? { uid, gid } : undefined;
}

/** The users of pools, who are to be found later as well. */
function peopleOf(pools: ReadonlyMap<string, PoolSettings>, server: Person): Person[] {
  return [...pools.values()].flatMap(({ user, group }) => {
    const person = findPerson(user, group, server);
    return person === undefined || 'message' in person ? [] : [{ uid: person.uid, gid: person.gid }];
  });
}

/** Has the files read anew that this process could read when it was root's and cannot read now. */
export async function fetchFiles(): Promise<void> {
  const rights = keptRights();
  if (rights === undefined) return;
  const files = new Map<string, string>();
  for (const file of notedFiles()) {
    if (isReadable(file)) continue;
    // What is not there any more is an error of the configuration, which says it better.
    const text = await rights.read(file).catch(() => undefined);
    if (text !== undefined) files.set(file, text);
  }
  setFetchedFiles(files);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
