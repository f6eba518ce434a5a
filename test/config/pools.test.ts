import { join } from 'node:path';
import t from 'tap';
import { POOL_SETTINGS, type PoolValues } from '../../lib/config/pool-settings.js';
import { loadPools, parsePools } from '../../lib/config/pools.js';
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseInteger,
  parseSize,
} from '../../lib/config/units.js';

/** Every key, so that the compiler says when one is missing here, and the test when a row is. */
const DEFAULTS: PoolValues = {
  runtime: 'auto',
  hosting: 'isolated',
  calls: 'sync',
  threadsMin: 1,
  threadsMax: 16,
  queueLimit: 1000,
  requestTimeout: 0,
  recycleRequests: 0,
  recycleMemory: 0,
  recycleTime: 0,
  rapidFailCount: 5,
  rapidFailWindow: 300_000,
  user: '',
  group: '',
  startTimeout: 30_000,
  stopTimeout: 10_000,
  bufferOutput: 524_288,
};

void t.test('without a file there is the pool default with every default', (t) => {
  const { pools, problems } = loadPools(undefined);
  t.strictSame(problems, []);
  t.strictSame(
    [...pools],
    [['default', { name: 'default', place: undefined, places: new Map(), env: {}, ...DEFAULTS }]],
  );
  t.end();
});

void t.test('every row has a name of its own and a default within its range', (t) => {
  t.equal(new Set(POOL_SETTINGS.map((row) => row.name)).size, POOL_SETTINGS.length);
  t.strictSame(POOL_SETTINGS.map((row) => row.key).sort(), Object.keys(DEFAULTS).sort());
  for (const row of POOL_SETTINGS) {
    t.equal(row.default, DEFAULTS[row.key], row.name);
    if (row.type === 'choice') t.ok(row.choices.includes(row.default), row.name);
    else if (row.type !== 'text' && !(row.zero !== undefined && row.default === 0)) {
      t.ok(row.default >= row.min && row.default <= row.max, row.name);
    }
  }
  t.end();
});

void t.test('a pool knows where its values stand', (t) => {
  const { pools } = parsePools('; pools\n[shop]\nuser = www\n  env[A] =  "x"\n', 'pools.ini');
  const shop = pools.get('shop');
  t.strictSame(shop?.place, { file: 'pools.ini', line: 2, column: 1 });
  t.strictSame(shop?.places.get('user'), { file: 'pools.ini', line: 3, column: 8 });
  t.strictSame(shop?.places.get('env[A]'), { file: 'pools.ini', line: 4, column: 13 });
  t.equal(shop?.places.has('group'), false);
  t.strictSame([...pools.keys()], ['shop', 'default']);
  t.end();
});

void t.test('a pools file that cannot be read is a problem', (t) => {
  const folder = t.testdir({ 'pools.ini': '[default]\nthreads.max = 3\n' });
  const missing = loadPools(join(folder, 'none.ini'));
  t.equal(
    missing.problems[0]?.message,
    `Could not open pools file ${folder}/none.ini: No such file or directory`,
  );
  t.equal(missing.pools.has('default'), true);
  const found = loadPools(join(folder, 'pools.ini'));
  t.strictSame(found.problems, []);
  t.equal(found.pools.get('default')?.threadsMax, 3);
  t.end();
});

void t.test('durations, sizes and numbers are whole numbers with a unit', (t) => {
  t.equal(parseDuration('90'), 90_000);
  t.equal(parseDuration('250ms'), 250);
  t.equal(parseDuration('2 H'), 7_200_000);
  t.equal(parseDuration('1d'), 86_400_000);
  for (const text of ['', 's', '1.5s', '-1', '1w', '0x10', '1e3', '999999999999999d']) {
    t.equal(parseDuration(text), undefined, `'${text}' is no duration`);
  }
  t.equal(parseSize('16k'), 16_384);
  t.equal(parseSize('1G'), 1_073_741_824);
  t.equal(parseSize('5'), 5);
  t.equal(parseSize('5T'), undefined);
  t.equal(parseInteger('12'), 12);
  t.equal(parseInteger('12K'), undefined);
  t.equal(parseInteger('constructor'), undefined);
  t.equal(parseSize('1constructor'), undefined);
  t.strictSame([90_000, 90_500, 7_200_000, 0].map(formatDuration), ['90s', '90500ms', '2h', '0']);
  t.strictSame([1, 1024, 1536, 1_048_576].map(formatSize), ['1', '1K', '1536', '1M']);
  t.end();
});
