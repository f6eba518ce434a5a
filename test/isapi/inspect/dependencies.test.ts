import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';

import { isApiSet, missingDependencies } from '../../../lib/isapi/inspect/dependencies.js';
import type { LibraryFacts } from '../../../lib/isapi/inspect/facts.js';
import { inspectLibrary } from '../../../lib/isapi/inspect/library.js';
import { searchLibraries } from '../../../lib/isapi/inspect/library-search.js';
import { skipWithout } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';

/** A DLL made of nothing but its tables: `imports` maps libraries to functions. */
function dll(
  imports: Record<string, (string | number)[]>,
  exports: string[] = [],
  more: Partial<LibraryFacts> = {},
): LibraryFacts {
  return {
    kind: 'pe',
    machine: 'x64',
    isLibrary: true,
    abi: 'win64',
    exports,
    imports: Object.entries(imports).map(([library, functions]) => ({ library, functions, delayed: false })),
    needed: [],
    runPaths: [],
    damage: [],
    ...more,
  };
}

function among(
  libraries: Record<string, LibraryFacts | 'builtin'>,
): (name: string) => LibraryFacts | 'builtin' | undefined {
  return (name) => libraries[name.toLowerCase()];
}

void t.test('nothing is missing where everything is found', (t) => {
  const facts = dll({ 'KERNEL32.dll': ['Sleep'], 'a.dll': ['f', 3] });
  t.strictSame(missingDependencies(facts, among({ 'kernel32.dll': 'builtin', 'a.dll': dll({}, ['f']) })), []);
  t.end();
});

void t.test('missing libraries come in the order of the loader, each once, with who needs it', (t) => {
  const facts = dll({ 'a.dll': ['f'], 'gone.dll': ['x'], 'b.dll': ['g'] });
  const find = among({ 'a.dll': dll({ 'deep.dll': [], 'GONE.DLL': ['y'] }, ['f']), 'b.dll': dll({}, ['g']) });
  t.strictSame(missingDependencies(facts, find, 'app.dll'), [
    { library: 'gone.dll', neededBy: 'app.dll' },
    { library: 'deep.dll', neededBy: 'a.dll' },
  ]);
  t.end();
});

void t.test('functions that a library does not export are named; ordinals are not compared', (t) => {
  const facts = dll({ 'a.dll': ['here', 'not_here', 9, 'nor_here'] });
  t.strictSame(missingDependencies(facts, among({ 'a.dll': dll({}, ['here']) })), [
    { library: 'a.dll', neededBy: 'the extension', functions: ['not_here', 'nor_here'] },
  ]);
  const damaged = dll({}, [], { damage: ['the export table points outside the file'] });
  t.strictSame(
    missingDependencies(facts, among({ 'a.dll': damaged })),
    [],
    'nothing is known of its exports',
  );
  t.end();
});

void t.test('a library of another kind is named with what is wrong', (t) => {
  const facts = dll({ 'a.dll': ['f'], 'b.dll': ['g'] });
  const find = among({
    'a.dll': dll({ 'never.dll': [] }, ['f'], { machine: 'x86', abi: 'win32' }),
    'b.dll': inspectNothing('is not a library: it begins with "x"'),
  });
  t.strictSame(missingDependencies(facts, find), [
    {
      library: 'a.dll',
      neededBy: 'the extension',
      reason: 'is a library for x86, and one for x64 is needed',
    },
    { library: 'b.dll', neededBy: 'the extension', reason: 'is not a library: it begins with "x"' },
  ]);
  t.end();
});

function inspectNothing(reason: string): LibraryFacts {
  return {
    kind: 'unknown',
    machine: undefined,
    isLibrary: false,
    reason,
    exports: [],
    imports: [],
    needed: [],
    runPaths: [],
    damage: [],
  };
}

void t.test('what is loaded at the first call is not looked at', (t) => {
  const facts = dll({}, [], { imports: [{ library: 'late.dll', functions: ['f'], delayed: true }] });
  t.strictSame(
    missingDependencies(facts, () => undefined),
    [],
  );
  t.end();
});

void t.test('circles end, and endless chains are cut', (t) => {
  const circle = among({ 'a.dll': dll({ 'b.dll': [] }), 'b.dll': dll({ 'a.dll': [] }) });
  t.strictSame(missingDependencies(dll({ 'a.dll': [] }), circle), []);

  let asked = 0;
  const chain = (): LibraryFacts => dll({ [`next${++asked}.dll`]: [] });
  t.strictSame(missingDependencies(dll({ 'first.dll': [] }), chain), []);
  t.ok(asked <= 65, `${asked} libraries were looked up`);
  t.end();
});

void t.test('names of API sets are known', (t) => {
  t.equal(isApiSet('api-ms-win-core-file-l1-1-0.dll'), true);
  t.equal(isApiSet('EXT-MS-WIN-NTUSER-WINDOW-L1-1-0.DLL'), true);
  t.equal(isApiSet('apis.dll'), false);
  t.end();
});

void t.test('a search finds libraries without regard to case, first in the folders that it inspects', (t) => {
  const folder = t.testdir({
    own: { 'Mine.DLL': 'text', 'both.dll': 'text' },
    system: { 'kernel32.dll': '', 'both.dll': '' },
  });
  const find = searchLibraries({
    folders: [join(folder, 'own'), join(folder, 'none')],
    systemFolders: [join(folder, 'system')],
    caseSensitive: false,
  });
  const reason = (name: string): unknown => {
    const found = find(name);
    return typeof found === 'object' ? found.reason : found;
  };
  t.equal(reason('mine.dll'), 'is not a library: it begins with "text"');
  t.equal(reason('both.dll'), 'is not a library: it begins with "text"');
  t.equal(reason('MINE'), 'is not a library: it begins with "text"', 'Windows adds .dll');
  t.equal(find('KERNEL32.dll'), 'builtin');
  t.equal(find('api-ms-win-core-file-l1-1-0.dll'), 'builtin');
  t.equal(find('other.dll'), undefined);
  const exact = searchLibraries({
    folders: [],
    systemFolders: [join(folder, 'system')],
    caseSensitive: true,
  });
  t.equal(exact('kernel32.dll'), 'builtin');
  t.equal(exact('KERNEL32.dll'), undefined);
  t.end();
});

for (const target of ['elf', 'win64', 'win32'] as const) {
  void t.test(
    `${target}: a library that was deleted from beside an extension is missing`,
    { skip: skipWithout(target) },
    (t) => {
      const folder = t.testdir();
      const facts = inspectLibrary(buildExtension('needsother', target, folder));
      const other = buildExtension('other', target, folder);
      const find = (): ReturnType<typeof searchLibraries> => {
        const search = searchLibraries({
          folders: [folder],
          systemFolders: [],
          caseSensitive: target === 'elf',
        });
        return (name) =>
          /^(?:kernel32|msvcrt|libc|libdl|libpthread|ld-linux)/i.test(name) ? 'builtin' : search(name);
      };
      t.strictSame(missingDependencies(facts, find(), 'needsother.dll'), []);
      rmSync(other);
      t.strictSame(missingDependencies(facts, find(), 'needsother.dll'), [
        { library: target === 'elf' ? 'libother.so' : 'other.dll', neededBy: 'needsother.dll' },
      ]);
      // Another library under that name does not have the function. ELF does not record who is to have it.
      buildExtension('minimal', target, folder, target === 'elf' ? 'libother.so' : 'OTHER.dll');
      t.strictSame(
        missingDependencies(facts, find(), 'needsother.dll'),
        target === 'elf'
          ? []
          : [{ library: 'other.dll', neededBy: 'needsother.dll', functions: ['other_answer'] }],
      );
      t.end();
    },
  );
}
