import fs from 'node:fs';
import { toByteString } from '../../config/bytes.js';
import type { Configuration, VirtualHost } from '../../config/configuration.js';
import { HostError, messageOf } from '../../errors.js';
import { displayText } from '../../http/byte-string.js';
import type { Log } from '../../messages.js';
import type { PoolStatistics } from '../../pool/pool-statistics.js';
import type { Pools } from '../../pool/pools.js';
import type { RuntimeChooser } from '../../pool/runtime-choice.js';
import { loadFailureMessage } from './load-failure.js';
import { formatMessage } from '../../messages.js';
import type { Journal } from '../journal/entry.js';
import { MAPPED } from './mapping-settings.js';
import { ISAPI, ISAPI_SERVER, type CacheFile } from './settings.js';

/** What loading ahead works with. */
interface CacheContext {
  readonly pools: Pools;
  readonly chooser: RuntimeChooser;
  readonly statistics: PoolStatistics;
  readonly log: Log;
  readonly journal: Journal;
}

/**
 * Checks the files that ISAPICacheFile names and has their pools load them. Whatever is wrong with one is a warning,
 * as in Apache: the server starts without it. Returns the byte strings of those that are cached.
 */
export function loadCacheFiles(configuration: Configuration, context: CacheContext): ReadonlySet<string> {
  const cached = new Set<string>();
  for (const host of configuration.hosts) {
    for (const file of host.settings.get(ISAPI_SERVER).cacheFiles) {
      if (cached.has(toByteString(file.path)) || !isUsable(file, context.log)) continue;
      const path = toByteString(file.path);
      if (preload(path, host, context)) cached.add(path);
    }
  }
  return cached;
}

function isUsable({ given, path }: CacheFile, log: Log): boolean {
  if (given === '' || path.includes('\0')) {
    log.write('cacheBadPath', { file: given });
    return false;
  }
  try {
    if (fs.statSync(path).isFile()) return true;
    log.write('cacheNoFile', { file: path });
  } catch (error) {
    log.write('cacheNoStat', { file: path, reason: messageOf(error) });
  }
  return false;
}

/** Hands a file to the pools that its folder's settings name, or those of what is mapped to it. */
function preload(file: string, host: VirtualHost, context: CacheContext): boolean {
  const mapped = host.settings.get(MAPPED).programs.filter(({ program }) => program === file);
  const queries = mapped.length > 0 ? mapped.map(({ query }) => query) : [{ filename: file, path: '' }];
  const names = new Set(queries.map((query) => host.settingsFor(query).settings.get(ISAPI).pool));
  return [...names].filter((name) => preloadIn(name, file, context)).length > 0;
}

function preloadIn(
  name: string,
  file: string,
  { pools, chooser, statistics, log, journal }: CacheContext,
): boolean {
  const pool = pools.get(name);
  const warn = (reason: string): void => {
    log.write('cacheFailed', { file, reason }, { pool: name, extension: file });
    journal.record({ kind: 'not-loaded', extension: displayText(file), pool: name, name: reason });
  };
  if (!pool) return false;
  try {
    const choice = chooser.choose(file);
    if ('reason' in choice) {
      warn(`it ${choice.reason}`);
      return false;
    }
    pool.check(choice.runtime);
    const counters = statistics.extensions.of(name, file);
    counters.runtime = choice.runtime;
    counters.cached = true;
    pool.preload(choice.runtime, file, {
      failed: (explained) => {
        const { name: message, params } = loadFailureMessage(explained, file);
        warn(formatMessage(message, params));
      },
      loaded: ({ version, description }) => {
        counters.version = version;
        counters.description = description;
      },
    });
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    warn(error.message);
    return false;
  }
}
