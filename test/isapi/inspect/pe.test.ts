import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { inspectBytes, inspectLibrary } from '../../../lib/isapi/inspect/library.js';
import { compile, makeImportLibrary, skipWithout } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';
import { delayLoadTable, IMAGE_BASE, makePe, SECTION_ADDRESS } from './made-pe.js';

for (const target of ['win64', 'win32'] as const) {
  const skip = skipWithout(target);

  void t.test(`${target}: the exports of a DLL are its names as they stand`, { skip }, (t) => {
    const folder = t.testdir();
    const of = (name: 'noexports' | 'minimal' | 'decorated'): readonly string[] =>
      inspectLibrary(buildExtension(name, target, folder)).exports;
    t.strictSame(of('noexports'), ['SomethingElse']);
    t.strictSame(of('minimal'), ['GetExtensionVersion', 'HttpExtensionProc']);
    const suffix = target === 'win32' ? '@4' : '';
    t.strictSame(
      of('decorated'),
      ['GetExtensionVersion', 'HttpExtensionProc', 'TerminateExtension'].map((name) => name + suffix),
    );
    t.end();
  });

  void t.test(`${target}: imports are listed by library, with the names of the functions`, { skip }, (t) => {
    const facts = inspectLibrary(buildExtension('needsother', target, t.testdir()));
    const other = facts.imports.find((imported) => imported.library === 'other.dll');
    t.strictSame(other, { library: 'other.dll', functions: ['other_answer'], delayed: false });
    const kernel = facts.imports.find((imported) => imported.library.toLowerCase() === 'kernel32.dll');
    t.ok(kernel?.functions.includes('Sleep'));
    t.strictSame(facts.needed, []);
    t.strictSame(facts.damage, []);
    t.end();
  });

  void t.test(`${target}: an import by ordinal is a number`, { skip }, (t) => {
    const folder = t.testdir({
      'numbered.def': 'LIBRARY numbered.dll\nEXPORTS\n  by_number @7 NONAME\n',
      'user.c': 'extern int by_number(void);\n__declspec(dllexport) int use(void) { return by_number(); }\n',
    });
    makeImportLibrary(target, join(folder, 'numbered.def'), join(folder, 'numbered.a'));
    const out = join(folder, 'user.dll');
    compile(target, [join(folder, 'user.c'), join(folder, 'numbered.a')], out);
    const imported = inspectLibrary(out).imports.find(({ library }) => library === 'numbered.dll');
    t.strictSame(imported, { library: 'numbered.dll', functions: [7], delayed: false });
    t.end();
  });

  void t.test(`${target}: delay-load imports are marked as delayed`, (t) => {
    const content = delayLoadTable(target, 'late.dll', 'called_late', 0);
    const facts = inspectBytes(makePe(target, content, { 13: [SECTION_ADDRESS, 64] }));
    t.equal(facts.abi, target);
    t.strictSame(facts.imports, [{ library: 'late.dll', functions: ['called_late', 7], delayed: true }]);
    t.strictSame(facts.damage, []);
    t.end();
  });

  void t.test(`${target}: a forwarded export is an export and a delayed import`, { skip }, (t) => {
    const folder = t.testdir({
      'forward.c': 'int unused;\n',
      'forward.def': 'EXPORTS\n  HttpExtensionProc = real.HttpExtensionProc\n  Numbered = "real.#12"\n',
    });
    const out = join(folder, 'forward.dll');
    compile(target, [join(folder, 'forward.c'), join(folder, 'forward.def')], out);
    const facts = inspectLibrary(out);
    t.ok(facts.exports.includes('HttpExtensionProc'));
    const imported = facts.imports.find(({ library }) => library === 'real.dll');
    t.strictSame(imported, { library: 'real.dll', functions: ['HttpExtensionProc', 12], delayed: true });
    t.end();
  });

  void t.test(
    `${target}: a table that points outside the file is named, the others are read`,
    { skip },
    (t) => {
      const folder = t.testdir();
      const path = buildExtension('minimal', target, folder);
      const whole = inspectLibrary(path);
      const bytes = readFileSync(path);
      // The data directory of the import table: the second one, behind the optional header's fixed part.
      const optional = bytes.readUInt32LE(0x3c) + 24;
      bytes.writeUInt32LE(0x7ffffff0, optional + (target === 'win64' ? 112 : 96) + 8);
      writeFileSync(path, bytes);
      const facts = inspectLibrary(path);
      t.strictSame(facts.damage, ['the import table points outside the file']);
      t.strictSame(facts.exports, whole.exports);
      t.strictSame(facts.imports, []);
      t.equal(facts.abi, target, 'the loader is to decide');
      t.end();
    },
  );
}

void t.test('a delay-load table of an old compiler holds absolute addresses', (t) => {
  const content = delayLoadTable('win32', 'late.dll', 'called_late', IMAGE_BASE);
  const facts = inspectBytes(makePe('win32', content, { 13: [SECTION_ADDRESS, 64] }));
  t.strictSame(facts.imports, [{ library: 'late.dll', functions: ['called_late', 7], delayed: true }]);
  t.end();
});

void t.test('a table that only claims to be large is given up', (t) => {
  const content = Buffer.alloc(64);
  content.writeUInt32LE(0xffffffff, 20); // functions
  content.writeUInt32LE(0xffffffff, 24); // names
  const facts = inspectBytes(makePe('win64', content, { 0: [SECTION_ADDRESS, 64] }));
  t.strictSame(facts.exports, []);
  t.strictSame(facts.damage, ['the export table is too large']);
  t.end();
});

void t.test('a table of imports that never ends is given up', (t) => {
  const content = Buffer.alloc(20 * 1200);
  for (let at = 0; at < content.length; at += 20) {
    content.writeUInt32LE(SECTION_ADDRESS + content.length - 4, at); // an empty list of functions
    content.writeUInt32LE(SECTION_ADDRESS, at + 12);
    content.writeUInt32LE(SECTION_ADDRESS + content.length - 4, at + 16);
  }
  content.writeUInt32LE(0, content.length - 4);
  const facts = inspectBytes(makePe('win32', content, { 1: [SECTION_ADDRESS, content.length] }));
  t.strictSame(facts.imports, []);
  t.strictSame(facts.damage, ['the import table is too large']);
  t.end();
});
