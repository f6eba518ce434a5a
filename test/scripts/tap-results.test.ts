import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from '../helpers/root.js';

interface Results {
  passed: number;
  failed: { name: string; details: string[] }[];
  skipped: { name: string; reason: string }[];
  line(text: string): void;
  end(): void;
}

const url = pathToFileURL(join(root, 'scripts/steps/tap-results.mjs')).href;
const { TapResults } = (await import(url)) as {
  TapResults: new (onFile?: (name: string, ok: boolean) => void) => Results;
};

function read(text: string): { results: Results; files: string[] } {
  const files: string[] = [];
  const results = new TapResults((name, ok) => files.push(`${name} ${ok ? 'ok' : 'not ok'}`));
  for (const line of text.split('\n')) results.line(line);
  results.end();
  return { results, files };
}

t.test('the tests of a file are counted, not their assertions', async (t) => {
  const { results, files } = read(`TAP version 14
# Subtest: a.test.js
    # Subtest: adds
        ok 1 - one
        ok 2 - two
        1..2
    ok 1 - adds # time=4.4ms
    
    # Subtest: group
        # Subtest: inner
            ok 1 - should be equal
            1..1
        ok 1 - inner # time=1ms
        
        1..1
    ok 2 - group # time=2ms
    
    1..2
ok 1 - a.test.js # time=42ms

1..1`);
  t.equal(results.passed, 2);
  t.same(results.failed, []);
  t.same(results.skipped, []);
  t.same(files, ['a.test.js ok']);
});

t.test('a failed test has its path and what its first failed assertion said', async (t) => {
  const { results, files } = read(`# Subtest: a.test.js
    # Subtest: group
        # Subtest: inner
            ok 1 - fine
            not ok 2 - one is two
              ---
              diff: |
                ok 7 - this is no test point
              ...
            1..2
        not ok 1 - inner # time=20ms
          ---
          at: elsewhere
          ...
        1..1
    not ok 1 - group # time=28ms
      ---
      at: elsewhere
      ...
    1..1
not ok 1 - a.test.js # time=42ms
  ---
  exitCode: 1
  ...`);
  t.equal(results.passed, 0);
  t.same(results.failed, [
    {
      name: 'a.test.js > group > inner',
      details: ['one is two', 'diff: |', '  ok 7 - this is no test point'],
    },
  ]);
  t.same(files, ['a.test.js not ok']);
});

t.test('a file that failed though its tests passed is a failure of its own', async (t) => {
  const { results } = read(`# Subtest: d.test.js
    # Subtest: fine
        ok 1 - fine
        1..1
    ok 1 - fine
    1..1
not ok 1 - d.test.js # time=9ms
  ---
  exitCode: 3
  ...
not ok 2 - timeout!
  ---
  expired: e.test.js
  ...`);
  t.equal(results.passed, 1);
  t.same(results.failed, [
    { name: 'd.test.js', details: ['exitCode: 3'] },
    { name: 'timeout!', details: ['expired: e.test.js'] },
  ]);
});

t.test('skipped tests and skipped files are listed with their reasons', async (t) => {
  const { results } = read(`# Subtest: a.test.js
    ok 1 - needs wine # SKIP install wine
    # Subtest: inside
        ok 1 - install gcc # SKIP
        1..1
    ok 2 - inside # time=1ms
    # Subtest: fine
        ok 1 - fine
        1..1
    ok 3 - fine
    1..3
ok 1 - a.test.js
# Subtest: c.test.js
    1..0 # install everything
ok 2 - c.test.js # SKIP install everything`);
  t.equal(results.passed, 1);
  t.same(results.failed, []);
  t.same(results.skipped, [
    { name: 'a.test.js > needs wine', reason: 'install wine' },
    { name: 'a.test.js > inside', reason: 'install gcc' },
    { name: 'c.test.js', reason: 'install everything' },
  ]);
});
