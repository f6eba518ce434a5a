import { HostError, messageOf } from '../../errors.js';
import { personalEnvironment, withoutPersonal, type Account } from '../accounts.js';
import { keepRights, Rights } from './rights.js';
import type { HelperOptions } from './protocol.js';

export interface GiveUpOptions extends Pick<HelperOptions, 'people' | 'logs' | 'files' | 'removable'> {
  /** the helper process has ended, which it never should */
  readonly onLost: () => void;
}

/**
 * Makes this process, which is root's, one of another user for good. What has to be done as root later is left to a
 * helper process, which is started before.
 * @throws HostError RIGHTS
 */
export function giveUpRights(account: Account, { onLost, ...options }: GiveUpOptions): void {
  const { uid, gid, name } = account;
  const rights = new Rights({ ...options, server: { uid, gid } }, onLost);
  try {
    if (name === undefined) process.setgroups?.([gid]);
    else system.initgroups?.(name, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    rights.close();
    throw new HostError(
      'RIGHTS',
      `the server cannot become the user ${name ?? `#${uid}`}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (canBecomeRoot()) {
    rights.close();
    throw new HostError('RIGHTS', 'the server has become another user and could still become root again');
  }
  keepRights(rights);
  // Programs look there for their settings, Wine for its prefix.
  const left = withoutPersonal(process.env);
  // One by one: native code sees only what is set in process.env itself.
  for (const name of Object.keys(process.env)) if (!(name in left)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, personalEnvironment(account));
}

/** What Node has and its types do not name. */
const system: { initgroups?(user: string, group: number): void } = process as object;

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch {
    return false;
  }
}
