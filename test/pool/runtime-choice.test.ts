import { copyFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { toByteString } from '../../lib/config/bytes.js';
import { RuntimeChooser } from '../../lib/pool/runtime-choice.js';
import { skipWithout, TARGETS } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';

const RUNTIMES = { elf: 'native', win64: 'wine64', win32: 'wine32' } as const;

for (const target of TARGETS) {
  t.test(
    `${target}: the runtime is ${RUNTIMES[target]}, whatever the name`,
    { skip: skipWithout(target) },
    async (t) => {
      const file = buildExtension('minimal', target, t.testdir(), 'caf\u00e9.bin');
      t.same(new RuntimeChooser().choose(toByteString(file)), { runtime: RUNTIMES[target] });
      t.same(new RuntimeChooser().choose(toByteString(file), statSync(file)), { runtime: RUNTIMES[target] });
    },
  );
}

t.test('what is no library has a reason, and what is not there throws', async (t) => {
  const file = join(t.testdir({ 'x.dll': 'not a library' }), 'x.dll');
  const choice = new RuntimeChooser().choose(file);
  t.ok('reason' in choice && choice.reason.length > 10, JSON.stringify(choice));
  t.throws(() => new RuntimeChooser().choose(`${file}.none`), { code: 'ENOENT' });
});

t.test('a file is read again only when it changed', { skip: skipWithout('elf') }, async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'x.dll');
  const time = new Date(1_600_000_000_000);
  const put = (text: string): void => {
    writeFileSync(file, text);
    utimesSync(file, time, time);
  };
  const chooser = new RuntimeChooser();
  put('not a library');
  const first = chooser.choose(file);
  t.ok('reason' in first);
  put('also not one.');
  t.equal(chooser.choose(file), first, 'the same file, length and time: remembered');
  copyFileSync(buildExtension('minimal', 'elf', folder, 'minimal.dll'), file);
  t.same(chooser.choose(file), { runtime: 'native' });
});
