import type { PoolSettings } from '../config/pool-settings.js';
import type { Module } from '../http/module.js';
import { builtInModules } from '../modules/index.js';
import { createIsapiModule } from '../modules/isapi/index.js';
import { createTraceModule } from '../modules/trace/index.js';
import { Tracing } from '../modules/trace/tracing.js';

/**
 * The modules of a server with these application pools.
 * @param tracing what traces its requests, for who wants to watch them
 */
export function makeModules(pools: ReadonlyMap<string, PoolSettings>, tracing = new Tracing()): Module[] {
  return builtInModules([createIsapiModule(pools, tracing), createTraceModule(tracing)]);
}
