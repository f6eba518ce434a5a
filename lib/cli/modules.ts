import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';
import { createStatusModule } from '../modules/status/index.js';
import { Statistics } from '../modules/status/statistics.js';

/** What is counted as long as this process lives, whatever configurations come and go. */
const statistics = new Statistics();

/** The modules of a server with these application pools. */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>): Module[] {
  return builtInModules([createIsapiModule(pools, statistics.pools), createStatusModule(statistics)]);
}
