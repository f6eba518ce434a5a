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
    const args = [main, '-t', '-d', root, '-f', join(root, file), ...options];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    t.match(stderr, /Syntax OK\s*$/);
    t.notMatch(stderr, /error:/);
    t.equal(status, 0);
  });
}

/** What a person has to have made before a line can be used. */
const NOT_THERE = /there is none at|does not exist|no application pool shop|user|group/i;

t.test('what httpd.conf.example has behind # is right as well', async (t) => {
  const text = readFileSync(join(root, 'httpd.conf.example'), 'utf8');
  // Directives follow the # at once, and those within a section have four blanks before them.
  const used = text.replace(/^( *)#(?=[A-Z<]| {4}[A-Z<]| {8}[A-Z<])/gm, '$1');
  t.not(used, text);
  const file = join(t.testdir({ 'httpd.conf': used }), 'httpd.conf');
  const args = [main, 'check', '--json', '-d', root, '-f', file];
  const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const { problems } = JSON.parse(stdout) as { problems: { severity: string; message: string }[] };
  const errors = problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  t.same(
    errors.filter((message) => !NOT_THERE.test(message)),
    [],
  );
});
