import type { Configuration } from '../../config/configuration.js';
import { Slot } from '../../config/settings.js';
import type { Account } from '../../pool/accounts.js';
import { ownPerson } from '../../pool/identity.js';

interface UnixdSettings {
  readonly user: Account | undefined;
  /** the number of a group */
  readonly group: number | undefined;
}

export const UNIXD = new Slot<UnixdSettings>('unixd', { user: undefined, group: undefined });

/**
 * Who the server is, or will be once it has given up the rights of root that it was started with. Without these rights
 * it is whoever it is.
 */
export function serverAccount({ main }: Configuration): Account {
  const own = ownPerson();
  const { user, group } = main.settings.get(UNIXD);
  if (own.uid !== 0 || process.platform === 'win32') return { ...own, name: undefined, home: undefined };
  const gid = group ?? user?.gid ?? own.gid;
  return user === undefined ? { ...own, gid, name: undefined, home: undefined } : { ...user, gid };
}

/** Whether it was said as whom a server runs that root starts. */
export function namesUser({ main }: Configuration): boolean {
  return main.settings.get(UNIXD).user !== undefined;
}
