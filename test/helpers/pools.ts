import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

import { toByteString } from '../../lib/config/bytes.js';
import { parsePools } from '../../lib/config/pools.js';
import { formatMessage, MESSAGES, type Log, type LogContext } from '../../lib/messages.js';
import type { Pool } from '../../lib/pool/pool.js';
import { Pools } from '../../lib/pool/pools.js';
import { buildExtension, type ExtensionName } from './extensions.js';
import { FakeExchange, type FakeRequest } from './exchange.js';
import { isAlive, waitFor } from './server.js';

/** A log that keeps its lines, as "IH2001 text". */
export class KeptLog implements Log {
  readonly lines: string[] = [];
  readonly contexts: LogContext[] = [];

  write: Log['write'] = (name, params, context) => {
    this.lines.push(`${MESSAGES[name].number} ${formatMessage(name, params)}`);
    this.contexts.push(context ?? {});
  };

  /** The lines with one of these numbers. */
  of(...numbers: readonly string[]): string[] {
    return this.lines.filter((line) => numbers.some((number) => line.startsWith(`${number} `)));
  }

  /** Waits until there are `count` lines with this number. */
  async until(number: string, count = 1): Promise<string[]> {
    return waitFor(
      () => this.of(number).length >= count && this.of(number),
      () => `there are not ${count} lines ${number}:\n${this.lines.join('\n')}`,
    );
  }
}

/** Application pools of a test, without a server. */
export interface TestPools {
  readonly pools: Pools;
  readonly log: KeptLog;
  /** the pool `default` */
  readonly pool: Pool;
  /** Puts an extension into a folder of the test, and gives its path. */
  add(name: ExtensionName, fileName?: string): string;
  /** Runs a request in the pool `default`. */
  run(library: string, query?: string, request?: FakeRequest): FakeExchange;
  /** The process ids of the worker processes that were started. */
  pids(): number[];
}

/**
 * Pools with the settings of a pools file whose section `[default]` is `settings`. They are stopped when the test
 * ends, which fails if a worker process is left then.
 */
export function openPools(t: Test, settings = ''): TestPools {
  const { pools: parsed, problems } = parsePools(`[default]\n${settings}`, 'pools.ini');
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const log = new KeptLog();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isapi-host-test-')));
  const pools = new Pools(parsed, new Map(), log);
  const pool = pools.get('default');
  if (!pool) throw new Error('there is no default pool');
  const pids = (): number[] =>
    log.contexts.flatMap(({ pid }, i) => (log.lines[i]?.startsWith('IH2001 ') === true ? (pid ?? []) : []));
  t.teardown(async () => {
    await pools.stop();
    rmSync(folder, { recursive: true, force: true });
    const left = pids().filter(isAlive);
    // Nothing can be asserted any more; what a teardown throws fails the test.
    if (left.length > 0) throw new Error(`worker processes are left: ${left.join(', ')}`);
  });
  return {
    pools,
    log,
    pool,
    add: (name, fileName) => buildExtension(name, 'elf', folder, fileName),
    run: (library, query = '', request = {}) => {
      const exchange = new FakeExchange(toByteString(library), { query, ...request });
      pool.submit('native', exchange);
      return exchange;
    },
    pids,
  };
}
