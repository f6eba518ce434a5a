import { join } from 'node:path';
import t from 'tap';

import { inspectLibrary } from '../../../lib/isapi/inspect/library.js';
import { compile, skipWithout } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';

const skip = skipWithout('elf');

const SYMBOLS = `
  #define SHOWN __attribute__((visibility("default")))
  SHOWN int shown(void) { return 1; }
  SHOWN __attribute__((weak)) int weak(void) { return 2; }
  SHOWN int variable = 3;
  __attribute__((visibility("protected"))) int protected_one(void) { return 4; }
  int hidden(void) { return 5; }
  static int local(void) { return 6; }
  extern int from_elsewhere(void) __attribute__((weak)) SHOWN;
  SHOWN int user(void) { return local() + hidden() + (from_elsewhere ? from_elsewhere() : 0); }
`;

for (const style of ['gnu', 'sysv', 'both'] as const) {
  void t.test(`the exports of an ELF library with a ${style} hash table`, { skip }, (t) => {
    const folder = t.testdir({ 'symbols.c': SYMBOLS });
    const out = join(folder, 'symbols.so');
    compile('elf', [join(folder, 'symbols.c')], out, [`-Wl,--hash-style=${style}`]);
    const facts = inspectLibrary(out);
    t.strictSame([...facts.exports].sort(), ['protected_one', 'shown', 'user', 'variable', 'weak']);
    t.strictSame(facts.damage, []);
    t.end();
  });
}

void t.test('a library that exports nothing has an empty list', { skip }, (t) => {
  const folder = t.testdir({ 'empty.c': 'static int unused __attribute__((unused));\n' });
  const out = join(folder, 'empty.so');
  compile('elf', [join(folder, 'empty.c')], out);
  t.strictSame(inspectLibrary(out).exports, []);
  t.end();
});

void t.test('the libraries that an ELF library needs, and where it looks for them', { skip }, (t) => {
  const folder = t.testdir();
  const facts = inspectLibrary(buildExtension('needsother', 'elf', folder));
  t.equal(facts.needed[0], 'libother.so');
  t.ok(facts.needed.some((name) => name.startsWith('libc.')));
  t.strictSame(facts.runPaths, ['$ORIGIN']);
  t.equal(facts.soname, undefined);
  t.strictSame(facts.imports, []);

  const other = inspectLibrary(buildExtension('other', 'elf', folder));
  t.equal(other.soname, 'libother.so');
  t.strictSame(other.exports, ['other_answer']);
  t.end();
});

void t.test(
  'the old form of the library path is read, and several folders are taken apart',
  { skip },
  (t) => {
    const folder = t.testdir({ 'a.c': 'int unused;\n' });
    const out = join(folder, 'a.so');
    compile('elf', [join(folder, 'a.c')], out, ['-Wl,--disable-new-dtags,-rpath,/opt/one:/opt/two']);
    t.strictSame(inspectLibrary(out).runPaths, ['/opt/one', '/opt/two']);
    t.end();
  },
);
