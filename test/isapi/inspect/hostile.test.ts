import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { describeBytes } from '../../../lib/isapi/inspect/description.js';
import { skipWithout, TARGETS } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';
import { buildPe, packageResource, versionResource } from '../../helpers/pe-builder.js';

/** A DLL that has every table that is read. */
function wholePe(bits: 32 | 64): Buffer {
  return buildPe({
    bits,
    linker: [7, 10],
    rich: [[0x5a, 3077]],
    sections: ['CODE', 'DATA'],
    imports: { 'KERNEL32.dll': ['ExitProcess', 3], 'MIDAS.DLL': [1, 2] },
    delayImports: { 'oci.dll': ['OCIInitialize'] },
    exports: [{ name: 'GetExtensionVersion' }, { name: 'HttpExtensionProc', forward: 'other.Proc' }, {}],
    resources: [
      { type: 16, name: 1, language: 0x409, content: versionResource([1, 2, 3, 4], { ProductName: 'Shop' }) },
      { type: 10, name: 'PACKAGEINFO', content: packageResource(0x0c000000, ['rtl'], ['ISAPIApp']) },
      { type: 24, name: 2, content: Buffer.from('<dependentAssembly name="a" version="1">') },
    ],
    symbols: 'c:\\shop.pdb',
    clr: 'v2.0.50727',
    tlsCallbacks: 1,
    certificate: Buffer.from('3003020101', 'hex'),
  });
}

/** The numbers that go wrong most. */
const numbers = fc.constantFrom(
  0,
  1,
  4,
  0x7f,
  0xff,
  0xffff,
  0x1000,
  0x7fffffff,
  0x80000000,
  0xfffffff0,
  0xffffffff,
);

/** Nothing that is said of any bytes may be larger than what a person, or a program, can use. */
function isBounded(bytes: Buffer): boolean {
  const { pe, elf, damage, role } = describeBytes(bytes);
  return (
    damage.length < 32 &&
    role.entryPoints.length === 6 &&
    (pe?.exportTable.functions.length ?? 0) <= 65_536 &&
    (pe?.sections.length ?? 0) <= 96 &&
    (pe?.richTools.length ?? 0) <= 128 &&
    (pe?.tlsCallbacks ?? 0) <= 64 &&
    (pe?.assemblies.length ?? 0) <= 16 &&
    (pe?.package?.units.length ?? 0) <= 4096 &&
    (elf?.definedVersions.length ?? 0) <= 4096 &&
    (elf?.compilers.length ?? 0) <= 8
  );
}

function mutations(original: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.record({ at: fc.nat(Math.max(0, original.length - 4)), value: numbers });
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) => {
    const bytes = Buffer.from(original);
    for (const { at, value } of changes) bytes.writeUInt32LE(value, at);
    return bytes;
  });
}

for (const bits of [32, 64] as const) {
  t.test(`a damaged ${bits}-bit DLL is described within bounds`, async (t) => {
    const original = wholePe(bits);
    t.same(describeBytes(original).damage, [], 'the original is whole');
    fc.assert(fc.property(mutations(original), isBounded), { numRuns: 2000 });
    const cut = fc.nat(original.length).map((length) => original.subarray(0, length));
    fc.assert(fc.property(cut, isBounded), { numRuns: 500 });
    t.pass('nothing was thrown');
  });
}

for (const target of TARGETS) {
  t.test(
    `a damaged ${target} extension is described within bounds`,
    { skip: skipWithout(target) },
    async (t) => {
      const original = readFileSync(buildExtension('minimal', target, t.testdir()));
      fc.assert(fc.property(mutations(original), isBounded), { numRuns: 500 });
      t.pass('nothing was thrown');
    },
  );
}

t.test('tables that point into themselves or claim to be endless end', async (t) => {
  const original = wholePe(32);
  const header = original.readUInt32LE(0x3c);
  const directory = (index: number): number => header + 24 + 96 + index * 8;
  const offset = (index: number): number => original.readUInt32LE(directory(index)) - 0x1000 + 0x800;
  const changed = (change: (bytes: Buffer) => void): ReturnType<typeof describeBytes> => {
    const bytes = Buffer.from(original);
    change(bytes);
    return describeBytes(bytes);
  };
  // A folder of resources whose entries are that folder itself.
  const looped = changed((bytes) => bytes.writeUInt32LE(0x80000000, offset(2) + 20));
  t.equal(looped.damage.length > 0 || (looped.pe?.languages.length ?? 0) < 100, true);
  const many = changed((bytes) => bytes.writeUInt32LE(0xffffffff, offset(0) + 24));
  t.match(many.damage, [/^the export table is too large/]);
  const huge = changed((bytes) => bytes.writeUInt16LE(0xffff, offset(2) + 14));
  t.ok(huge.damage.some((text) => text.startsWith('the resource table')));
  const outside = changed((bytes) => bytes.writeUInt32LE(0xfffffff0, directory(4)));
  t.match(outside.damage, [/^the certificate table points outside the file/]);
});

t.test('sections that lie over each other are read like any others', async (t) => {
  const bytes = wholePe(32);
  const header = bytes.readUInt32LE(0x3c);
  const sections = header + 24 + bytes.readUInt16LE(header + 20);
  // The first two get the place of the third, in memory and in the file.
  for (const index of [0, 1])
    bytes.copy(bytes, sections + index * 40 + 8, sections + 2 * 40 + 8, sections + 3 * 40);
  const { facts, pe, damage } = describeBytes(bytes);
  t.same(damage, []);
  t.equal(facts.imports.length, 4);
  t.equal(pe?.version?.texts['ProductName'], 'Shop');
});
