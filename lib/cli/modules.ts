import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createJournalModule } from '../modules/journal/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';

/** The modules of a server with these application pools. */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>): Module[] {
  const { module, journal } = createJournalModule();
  return builtInModules([module, createIsapiModule(pools, journal)]);
}
