import type { Configuration } from '../config/configuration.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { serverAccount } from '../modules/unixd/settings.js';
import { findUser, type Account } from '../pool/accounts.js';
import { findPerson, ownPerson, poolIdentity, type Identity } from '../pool/identity.js';
import { environmentFor } from '../pool/runtimes/account-setup.js';
import { ownOwner, type Environment } from '../pool/runtimes/home.js';

/** A user whose worker processes a server starts, and so one who needs a Wine prefix for Windows extensions. */
export interface RuntimeOwner {
  readonly account: Account;
  /** as the programs of this user have it */
  readonly environment: Environment;
  /** the pools that run as this user and may have Windows extensions; the server's own user has at least none */
  readonly pools: readonly PoolSettings[];
}

/** The users that Windows extensions run as under a configuration: the server's own first. */
export function runtimeOwners(
  configuration: Configuration | undefined,
  pools: ReadonlyMap<string, PoolSettings>,
  environment: Environment = process.env,
): RuntimeOwner[] {
  const server = serverUser(configuration);
  const owners = new Map<number, { account: Account; pools: PoolSettings[] }>();
  owners.set(server.uid, { account: server, pools: [] });
  for (const pool of pools.values()) {
    if (pool.runtime === 'native') continue;
    const person = findPerson(pool.user, pool.group, server);
    if (person !== undefined && 'message' in person) continue;
    const account = (pool.user === '' ? undefined : findUser(pool.user)) ?? server;
    const owner = owners.get(account.uid) ?? { account, pools: [] };
    owner.pools.push(pool);
    owners.set(account.uid, owner);
  }
  return [...owners.values()].map(({ account, pools: own }) => ({
    account,
    environment: account.uid === ownPerson().uid ? environment : environmentFor(account, environment),
    pools: own,
  }));
}

/** Whether somebody else than this process is meant. */
export function isOther({ account }: RuntimeOwner): boolean {
  return account.uid !== ownPerson().uid;
}

/** As whom a worker process is to be started to see whether it does; undefined for who asks, and without root. */
export function trialIdentity(owner: RuntimeOwner): Identity | undefined {
  if (!isOther(owner) || ownPerson().uid !== 0) return undefined;
  const { uid, gid, name } = owner.account;
  const identity = poolIdentity(name ?? `#${String(uid)}`, `#${String(gid)}`);
  return identity === undefined || 'message' in identity ? undefined : identity;
}

/** Who the server will be; without a configuration whoever asks. */
function serverUser(configuration: Configuration | undefined): Account {
  const own: Account = { ...ownPerson(), name: ownOwner().name, home: undefined };
  if (configuration === undefined) return own;
  const account = serverAccount(configuration);
  return account.uid === own.uid ? own : account;
}
