import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { PoolSettings } from '../config/pool-settings.js';
import type { Problem } from '../config/place.js';
import type { Log } from '../messages.js';
import type { GroupContext } from './group-context.js';
import { isOtherUser, ownPerson, poolIdentity, type Identity } from './identity.js';
import { Pool } from './pool.js';
import type { Person } from './rights/protocol.js';
import { registerWineUser, stopWine } from './runtimes/users.js';
import type { PoolSnapshot } from './snapshots.js';

/** All application pools of the server. */
export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #runFolder: string;
  #wine: Promise<void> | undefined;

  /**
   * @param identities what `checkIdentities` found
   * @param onLateCall hears of extensions that use sessions which are over
   */
  constructor(
    settings: ReadonlyMap<string, PoolSettings>,
    identities: ReadonlyMap<string, Identity>,
    log: Log,
    onLateCall: GroupContext['onLateCall'] = () => undefined,
  ) {
    this.#runFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'isapi-host-'));
    /* Worker processes of other users must be able to reach their own folders in it. */
    if (identities.size > 0) fs.chmodSync(this.#runFolder, 0o711);
    for (const [name, values] of settings) {
      const identity = identities.get(name);
      this.#pools.set(
        name,
        new Pool({
          settings: values,
          runFolder: this.#runFolder,
          identity,
          log,
          onLateCall,
          useWine: () => this.#useWine(identity),
        }),
      );
    }
  }

  get(name: string): Pool | undefined {
    return this.#pools.get(name);
  }

  /** @param current whether their configuration is the one at work */
  snapshot(current: boolean): PoolSnapshot[] {
    return this.all.map((pool) => pool.snapshot(current));
  }

  get all(): readonly Pool[] {
    return [...this.#pools.values()];
  }

  /**
   * Says that this server uses the Wine prefix, so that no other one ends it. Wine in a prefix of another user nobody
   * ends: it does so by itself after its last program.
   */
  #useWine(identity: Identity | undefined): Promise<void> {
    if (isOtherUser(identity)) return Promise.resolve();
    this.#wine ??= registerWineUser();
    return this.#wine;
  }

  /** Ends all worker processes in order, and Wine when this was its last user. */
  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
    if (this.#wine) await stopWine();
    fs.rmSync(this.#runFolder, { recursive: true, force: true });
  }
}

/**
 * The identities of pools with a user or group of their own, and what is wrong with them.
 * @param server who the server is, or will be once it has given up the rights that it was started with
 */
export function checkIdentities(
  settings: ReadonlyMap<string, PoolSettings>,
  server: Person = ownPerson(),
): {
  identities: ReadonlyMap<string, Identity>;
  problems: readonly Problem[];
} {
  const identities = new Map<string, Identity>();
  const problems: Problem[] = [];
  for (const [name, { user, group, places }] of settings) {
    const identity = poolIdentity(user, group, server);
    if (identity === undefined) continue;
    if ('message' in identity) {
      const place = places.get(identity.setting);
      problems.push({ severity: 'error', message: identity.message, ...(place && { place }) });
    } else identities.set(name, identity);
  }
  return { identities, problems };
}
