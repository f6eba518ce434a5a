import type { Configuration } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import type { PoolSettings } from '../config/pool-settings.js';
import { HostError } from '../errors.js';
import { ownerLabel } from '../pool/runtimes/home.js';
import { findRuntime } from '../pool/runtimes/runtime.js';
import { findWine } from '../pool/runtimes/wine-installation.js';
import { runtimeOwners } from './runtime-owners.js';

/**
 * Pools that could serve Windows extensions and cannot, because nothing is prepared for their user: a warning for each
 * user. Where Wine is not installed, only pools that are for Windows extensions alone are meant.
 */
export function runtimeProblems(
  configuration: Configuration,
  pools: ReadonlyMap<string, PoolSettings>,
): Problem[] {
  return runtimeOwners(configuration, pools).flatMap(({ account, environment, pools: own }): Problem[] => {
    const hasWine = process.platform === 'win32' || findWine(environment) !== undefined;
    const pool = own.find(({ runtime }) => runtime !== 'auto' || hasWine);
    if (pool === undefined) return [];
    try {
      findRuntime(pool.runtime === 'wine32' ? 'wine32' : 'wine64', environment, account);
      return [];
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const names = own.map(({ name }) => name).join(', ');
      const what = `${own.length === 1 ? 'the pool' : 'the pools'} ${names} (user ${ownerLabel(account)})`;
      const place = pool.places.get('user') ?? pool.places.get('runtime');
      const message = `Windows extensions cannot run in ${what}: ${error.message}`;
      return [{ severity: 'warning', message, ...(place && { place }) }];
    }
  });
}
