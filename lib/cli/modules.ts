import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createJournalModule } from '../modules/journal/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';
import { createStatusModule } from '../modules/status/index.js';
import { statusSources } from '../modules/status/sources.js';
import { Statistics } from '../modules/status/statistics.js';
import { createTraceModule } from '../modules/trace/index.js';
import { Tracing } from '../modules/trace/tracing.js';

/** What is counted as long as this process lives, whatever configurations come and go. */
const statistics = new Statistics();

/**
 * The modules of a server with these application pools.
 * @param tracing what traces its requests, for who wants to watch them
 */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>, tracing = new Tracing()): Module[] {
  const { module, journal } = createJournalModule();
  return builtInModules([
    module,
    createIsapiModule(pools, { statistics: statistics.pools, journal, tracing }),
    createTraceModule(tracing),
    createStatusModule(statistics, statusSources(tracing, journal)),
  ]);
}
