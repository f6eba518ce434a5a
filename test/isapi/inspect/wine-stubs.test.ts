import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findWineStubs } from '../../../lib/isapi/inspect/wine-stubs.js';
import { buildPe } from '../../helpers/pe-builder.js';

const BASE = 0x10000000;

/** The code of Wine's stubs, before its addresses are known. */
const STUB_64 = Buffer.from('4883ec28488d0d00000000488d1500000000e80000000090', 'hex');
const STUB_32 = Buffer.from('909083ec0cc744240400000000c7042400000000e800000000', 'hex');

/** A DLL whose functions Stub and Renamed begin like stubs; that of Renamed has another's name. */
function library(bits: 32 | 64, dosStub: string): Buffer {
  const code = bits === 64 ? STUB_64 : STUB_32;
  const bytes = buildPe({
    bits,
    dosStub,
    texts: ['Stub'],
    exports: [{ name: 'Stub', code }, { name: 'Renamed', code }, { name: 'Real' }],
  });
  for (let at = bytes.indexOf(code); at >= 0; at = bytes.indexOf(code, at + 1)) {
    const address = at - 0x800 + 0x1000;
    // The text lies at the start of the section.
    if (bits === 64) bytes.writeInt32LE(0x1000 - (address + 18), at + 14);
    else bytes.writeUInt32LE(BASE + 0x1000, at + 9);
  }
  return bytes;
}

for (const bits of [32, 64] as const) {
  t.test(`functions that Wine has the name of alone are found in ${bits}-bit libraries`, async (t) => {
    const folder = t.testdir({});
    const file = join(folder, 'wine.dll');
    writeFileSync(file, library(bits, 'Wine builtin DLL'));
    t.same(findWineStubs(file, ['Stub', 'Renamed', 'Real', 'Absent']), ['Stub']);
    t.same(findWineStubs(file, []), []);
    writeFileSync(file, library(bits, 'another DLL'));
    t.same(findWineStubs(file, ['Stub']), [], 'only in a library of Wine');
  });
}

t.test('of what cannot be read nothing is known', async (t) => {
  const folder = t.testdir({ 'short.dll': 'MZ' });
  t.same(findWineStubs(join(folder, 'none.dll'), ['Stub']), []);
  t.same(findWineStubs(join(folder, 'short.dll'), ['Stub']), []);
});
