import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfiguration, type Configuration } from '../config/configuration.js';
import type { Problem } from '../config/place.js';
import { loadPools } from '../config/pools.js';
import type { Module } from '../http/module.js';
import { CORE } from '../http/settings.js';
import { makeModules } from './modules.js';

/** What the command line says of the configuration. */
export interface Sources {
  readonly file: string;
  readonly serverRoot: string | undefined;
  readonly defines: readonly string[];
  /** the pools file, or undefined for `pools.ini` beside the configuration file, if that is there */
  readonly pools: string | undefined;
}

/** A configuration with everything that belongs to it. */
export interface Loaded {
  /** undefined when there are errors */
  readonly configuration: Configuration | undefined;
  readonly modules: readonly Module[];
  /** errors and warnings of all files */
  readonly problems: readonly Problem[];
}

/** Reads and checks the pools file and the configuration. */
export function load({ file, serverRoot, defines, pools: poolsFile }: Sources): Loaded {
  const beside = join(dirname(file), 'pools.ini');
  const { pools, problems: poolProblems } = loadPools(poolsFile ?? (existsSync(beside) ? beside : undefined));
  const modules = makeModules(pools);
  const { configuration, problems } = loadConfiguration({
    file,
    ...(serverRoot !== undefined && { serverRoot }),
    defines,
    modules,
  });
  const found = [...poolProblems, ...problems];
  if (configuration !== undefined) {
    found.push(
      ...modules.flatMap((module) => module.check?.(configuration) ?? []),
      ...missingListen(configuration, file),
    );
  }
  const failed = found.some(({ severity }) => severity === 'error');
  return { configuration: failed ? undefined : configuration, modules, problems: found };
}

function missingListen({ main }: Configuration, file: string): Problem[] {
  if (main.settings.get(CORE).listen.length > 0) return [];
  const message = `${file} has no Listen, so that no port would be open; add one, such as Listen 8080`;
  return [{ severity: 'error', message }];
}
