import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { POOL_SETTINGS } from '../lib/config/pool-settings.js';
import { parsePools } from '../lib/config/pools.js';
import { root } from './helpers/root.js';

const main = join(import.meta.dirname, '../lib/cli/main.js');
const pools = readFileSync(join(root, 'conf/pools.ini'), 'utf8');

t.test('pools.ini shows every setting at its default', async (t) => {
  for (const { name } of POOL_SETTINGS)
    t.match(pools, new RegExp(`^;${name.replaceAll('.', '\\.')} =`, 'm'), name);
  const uncommented = pools
    .slice(0, pools.indexOf('; Another pool'))
    .replace(/^;env.*$/gm, '')
    .replace(/^;(?=[a-z_.]+ =)/gm, '');
  const shown = parsePools(uncommented, 'pools.ini');
  t.same(shown.problems, []);
  const values = shown.pools.get('default');
  const defaults = parsePools('', 'pools.ini').pools.get('default');
  t.same({ ...values, place: undefined, places: undefined }, { ...defaults, places: undefined });
  t.ok((values?.places.size ?? 0) >= POOL_SETTINGS.length - 2, 'they were set');
});

t.test('pools.ini as it is has no problems', async (t) => {
  const { problems, pools: found } = parsePools(pools, 'pools.ini');
  t.same(problems, []);
  t.same([...found.keys()], ['default']);
});

const CONFIGURATIONS = [
  { file: 'conf/httpd.conf', options: ['--pools', 'conf/pools.ini'] },
  { file: 'conf/httpd.conf', options: ['-D', 'CACHED_COUNTER_ELF', '-D', 'CACHED_COUNTER_WIN64'] },
  { file: 'httpd.conf.example', options: [] },
];

for (const { file, options } of CONFIGURATIONS) {
  t.test(`${[file, ...options].join(' ')} is accepted as it stands`, async (t) => {
    const args = [main, 'serve', '-t', '-d', root, '-f', join(root, file), ...options];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    t.match(stderr, /Syntax OK\s*$/);
    t.notMatch(stderr, /error:/);
    t.equal(status, 0);
  });
}
