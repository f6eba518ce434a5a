import type { Problem } from '../config/place.js';
import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';
import { poolIdentity, type Identity } from '../pool/identity.js';

export interface ServerModules {
  readonly modules: readonly Module[];
  /** what of the pools cannot be honoured on this machine */
  readonly problems: readonly Problem[];
}

/** The modules of a server with these application pools. */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>): ServerModules {
  const identities = new Map<string, Identity>();
  const problems: Problem[] = [];
  for (const [name, pool] of pools) {
    const identity = poolIdentity(pool.user, pool.group);
    if (identity === undefined) continue;
    if ('uid' in identity) {
      identities.set(name, identity);
      continue;
    }
    const place = pool.places.get(identity.setting) ?? pool.place;
    problems.push({ severity: 'error', message: identity.message, ...(place && { place }) });
  }
  return { modules: builtInModules([createIsapiModule({ pools, identities })]), problems };
}
