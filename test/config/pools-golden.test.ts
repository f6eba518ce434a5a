import t from 'tap';
import { POOL_SETTINGS } from '../../lib/config/pool-settings.js';
import { parsePools } from '../../lib/config/pools.js';
import { formatProblem } from '../../lib/config/problems.js';
import { goldenCases, writeGolden } from './golden.js';

/** The pools with what differs from the defaults, or the problems. */
function runPools(input: string): string {
  const { pools, problems } = parsePools(input, 'pools.ini');
  if (problems.length > 0) return problems.map(formatProblem).join('\n');
  return [...pools.values()]
    .flatMap((pool) => [
      `[${pool.name}]`,
      ...POOL_SETTINGS.filter((row) => pool[row.key] !== row.default).map(
        (row) => `${row.name} = ${pool[row.key]}`,
      ),
      ...Object.entries(pool.env).map(([name, value]) => `env[${name}] = ${JSON.stringify(value)}`),
    ])
    .join('\n');
}

for (const each of goldenCases('golden-pools')) {
  void t.test(each.name, (t) => {
    const actual = runPools(each.input);
    if (process.env['TAP_SNAPSHOT'] === '1') writeGolden(each, actual);
    else t.equal(actual, each.expected);
    t.end();
  });
}
