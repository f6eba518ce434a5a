import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { findWine } from '../../../lib/pool/runtimes/wine-installation.js';

const ELF = { 32: '\x7fELF\x01', 64: '\x7fELF\x02' };

function program(file: string, start: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, start, 'latin1');
  chmodSync(file, 0o755);
}

t.test('the old layout has a 64-bit program wine64 and a 32-bit program wine', async (t) => {
  const folder = t.testdir();
  program(join(folder, 'wine'), ELF[32]);
  program(join(folder, 'wine64'), ELF[64]);
  program(join(folder, 'wineserver'), '#!/bin/sh');
  const wine = findWine({ ISAPI_HOST_WINE: folder });
  t.match(wine, {
    folder,
    loaders64: [join(folder, 'wine64'), join(folder, 'wine')],
    loaders32: [join(folder, 'wine'), join(folder, 'wine64')],
    server: join(folder, 'wineserver'),
  });
});

t.test('the new layout has one program for both, and 32-bit libraries beside it', async (t) => {
  const folder = t.testdir();
  const bin = join(folder, 'bin');
  program(join(bin, 'wine'), ELF[64]);
  program(join(bin, 'wineserver'), ELF[64]);
  t.same(findWine({ ISAPI_HOST_WINE: bin })?.loaders32, [], 'without the libraries there is no 32-bit part');
  program(join(folder, 'lib/wine/i386-windows/ntdll.dll'), 'MZ');
  const wine = findWine({ ISAPI_HOST_WINE: bin });
  t.same(wine?.loaders64, [join(bin, 'wine')]);
  t.same(wine?.loaders32, [join(bin, 'wine')]);
});

t.test('Wine is found through PATH, also behind a symbolic link', async (t) => {
  const folder = t.testdir();
  program(join(folder, 'opt/bin/wine'), ELF[64]);
  program(join(folder, 'opt/bin/wineserver'), ELF[64]);
  mkdirSync(join(folder, 'usr'));
  symlinkSync(join(folder, 'opt/bin/wine'), join(folder, 'usr/wine'));
  t.equal(findWine({ PATH: join(folder, 'usr') })?.folder, join(folder, 'opt/bin'));
});

t.test('a folder without a program, with a script only or without a wineserver holds no Wine', async (t) => {
  const folder = t.testdir();
  t.equal(findWine({ ISAPI_HOST_WINE: folder }), undefined);
  program(join(folder, 'wine'), '#!/bin/sh');
  program(join(folder, 'wineserver'), ELF[64]);
  t.equal(findWine({ ISAPI_HOST_WINE: folder }), undefined);
  const other = join(folder, 'other');
  program(join(other, 'wine64'), ELF[64]);
  t.equal(findWine({ ISAPI_HOST_WINE: other }), undefined);
});

t.test('the identity changes when a 32-bit part is added or a program is replaced', async (t) => {
  const folder = t.testdir();
  program(join(folder, 'wine64'), ELF[64]);
  program(join(folder, 'wineserver'), ELF[64]);
  const before = findWine({ ISAPI_HOST_WINE: folder })?.identity;
  t.equal(findWine({ ISAPI_HOST_WINE: folder })?.identity, before, 'the same when nothing has changed');
  program(join(folder, 'wine'), ELF[32]);
  const added = findWine({ ISAPI_HOST_WINE: folder })?.identity;
  t.not(added, before);
  program(join(folder, 'wine64'), `${ELF[64]} of another version`);
  t.not(findWine({ ISAPI_HOST_WINE: folder })?.identity, added);
});
