import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { findEntryPoints } from '../../lib/isapi/inspect/entry-points.js';
import { inspectLibrary } from '../../lib/isapi/inspect/library.js';
import { skipWithout, TARGETS } from '../helpers/compilers.js';
import { root } from '../helpers/root.js';

const folder = join(root, 'isapi-samples');
const sources = readdirSync(folder).filter((name) => /\.(?:c|h|def)$/u.test(name));
const samples = sources.filter((name) => name.endsWith('.c')).map((name) => name.slice(0, -2));
const haveMake = spawnSync('make', ['--version']).status === 0;

/** The samples' sources in a folder of the test's own. */
function copySources(to: string): void {
  for (const name of [...sources, 'Makefile']) copyFileSync(join(folder, name), join(to, name));
}

for (const target of TARGETS) {
  const skip = haveMake ? skipWithout(target) : 'no make: apt-get install make';
  void t.test(`make ${target} makes an extension of every sample, without a warning`, { skip }, (t) => {
    const copy = t.testdir();
    copySources(copy);
    const result = spawnSync('make', [target], { cwd: copy, encoding: 'utf8' });
    t.equal(result.status, 0, result.stderr);
    t.equal(result.stderr, '');
    const out = join(copy, 'www', 'isapi');
    t.strictSame(readdirSync(out).sort(), samples.map((name) => `${name}-${target}.dll`).sort());
    for (const name of samples) {
      const facts = inspectLibrary(join(out, `${name}-${target}.dll`));
      t.equal(facts.abi, target);
      t.strictSame(findEntryPoints(facts.exports), {
        getExtensionVersion: 'GetExtensionVersion',
        httpExtensionProc: 'HttpExtensionProc',
        terminateExtension: 'TerminateExtension',
      });
      t.equal(facts.exports.length, 3, `${name} exports nothing else`);
    }
    t.end();
  });
}

void t.test(
  'make names the package of a compiler that is not there',
  { skip: haveMake ? false : 'no make' },
  (t) => {
    const copy = t.testdir();
    copySources(copy);
    const result = spawnSync('make', ['win32', 'CC_win32='], { cwd: copy, encoding: 'utf8' });
    t.not(result.status, 0);
    t.match(result.stderr, /no compiler for win32: install gcc-mingw-w64-i686/);
    t.end();
  },
);
