import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';

/** The modules of a server with these application pools. */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>): Module[] {
  return builtInModules([createIsapiModule(pools)]);
}
