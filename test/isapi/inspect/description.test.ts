import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { describeBytes, describeFile } from '../../../lib/isapi/inspect/description.js';
import { describeFeatures } from '../../../lib/isapi/inspect/pe-features.js';
import { skipWithout } from '../../helpers/compilers.js';
import { buildExtension } from '../../helpers/extensions.js';
import { buildPe, packageResource, versionResource, type MadePe } from '../../helpers/pe-builder.js';

const ENTRY_POINTS = [{ name: 'GetExtensionVersion' }, { name: 'HttpExtensionProc' }];

/** What is said of a made DLL. */
function details(made: MadePe) {
  const description = describeBytes(buildPe({ exports: ENTRY_POINTS, ...made }));
  if (description.pe === undefined) throw new Error(`it is no PE file: ${String(description.facts.reason)}`);
  return { ...description, pe: description.pe };
}

t.test('what made a DLL is told by what it leaves there', async (t) => {
  const cases: [name: string, version: string | undefined, made: MadePe][] = [
    [
      'Delphi',
      '4 to 2005',
      { linker: [2, 25], sections: ['CODE', 'DATA', 'BSS', '.idata'], timestamp: 0x2a425e19 },
    ],
    [
      'Delphi',
      '7',
      {
        linker: [2, 25],
        sections: ['CODE', 'DATA'],
        imports: { 'rtl70.bpl': ['@System@initialization$qqrv'] },
      },
    ],
    ['Delphi', '2009', { linker: [2, 25], sections: ['.text', '.itext'], imports: { 'vcl120.bpl': [1] } }],
    ['Delphi', '2006 to 2010', { linker: [2, 25], sections: ['.text', '.itext', '.data'] }],
    [
      'Delphi',
      '10.3 Rio',
      { linker: [2, 25], texts: ['Embarcadero Delphi for Win32 compiler version 33.0 (26.0.36039.7899)'] },
    ],
    ['Delphi', 'XE to 12', { linker: [2, 25], texts: ['Software\\Embarcadero\\Locales', '\x07TObject'] }],
    [
      'C++Builder',
      '6',
      {
        linker: [5, 0],
        texts: ['Borland C++ - Copyright 2002 Borland Corporation'],
        imports: { 'rtl60.bpl': [1] },
      },
    ],
    ['Free Pascal', '3.2.2', { linker: [2, 35], texts: ['FPC 3.2.2 [2021/05/19] for i386 - Win32'] }],
    ['Visual Basic', '6', { linker: [6, 0], imports: { 'MSVBVM60.DLL': [100] } }],
    [
      'Visual C++',
      '6.0 (1998)',
      { linker: [6, 0], rich: [[4, 8168]], imports: { 'MSVCRT.dll': ['malloc'] } },
    ],
    [
      'Visual C++',
      '7.1 (.NET 2003)',
      { linker: [7, 10], rich: [[0x5a, 3077]], imports: { 'MSVCR71.dll': ['malloc'] } },
    ],
    [
      'Visual C++',
      '14.2 (2019)',
      { bits: 64, linker: [14, 29], imports: { 'VCRUNTIME140.dll': ['memcpy'] } },
    ],
    [
      'MinGW',
      '12-win32',
      {
        linker: [2, 40],
        sections: ['.CRT'],
        texts: ['GCC: (GNU) 12-win32'],
        imports: { 'msvcrt.dll': ['malloc'] },
      },
    ],
    ['Clang', undefined, { bits: 64, linker: [14, 0], sections: ['_RDATA'] }],
    ['Go', undefined, { bits: 64, linker: [3, 0], texts: ['Go build ID: "abc"'] }],
    [
      'Rust',
      undefined,
      {
        bits: 64,
        linker: [14, 0],
        texts: ['/rustc/90b35a6/library/core'],
        imports: { 'VCRUNTIME140.dll': ['memcpy'] },
      },
    ],
    [
      '.NET',
      'v4.0.30319',
      { linker: [11, 0], clr: 'v4.0.30319', imports: { 'mscoree.dll': ['_CorDllMain'] } },
    ],
    [
      'Visual C++',
      '9.0 (2008)',
      {
        linker: [9, 0],
        rich: [[0x91, 21022]],
        clr: 'v2.0.50727',
        imports: { 'mscoree.dll': ['_CorDllMain'] },
      },
    ],
    ['Open Watcom', undefined, { linker: [2, 18], texts: ['Open Watcom C/C++32 Run-Time system.'] }],
  ];
  for (const [name, version, made] of cases) {
    const { toolchain } = details(made);
    t.same([toolchain.name, toolchain.version], [name, version], JSON.stringify(made));
    t.ok(toolchain.evidence.length > 0, 'it says by what');
  }
});

t.test('a DLL that tells nothing of its maker has its linker for evidence', async (t) => {
  const { toolchain } = details({ linker: [1, 2] });
  t.same(toolchain, { evidence: ['linker 1.2'] });
});

t.test('a packer is named', async (t) => {
  t.equal(details({ sections: ['UPX0', 'UPX1'] }).toolchain.packer, 'UPX');
});

t.test('the units of Delphi and the side that it was made by are in its package information', async (t) => {
  const content = packageResource(0x0c000000, ['rtl'], ['ISAPIApp', 'WebBroker', 'DBTables']);
  const { pe, toolchain } = details({ resources: [{ type: 10, name: 'PACKAGEINFO', content }] });
  t.same(pe.package, { producer: 'Delphi', requires: ['rtl'], units: ['ISAPIApp', 'WebBroker', 'DBTables'] });
  t.equal(toolchain.name, 'Delphi');
  const builder = packageResource(0x08000000, [], ['isapi1']);
  t.equal(
    details({ resources: [{ type: 10, name: 'PACKAGEINFO', content: builder }] }).toolchain.name,
    'C++Builder',
  );
});

t.test('the version resource is read, in English where there are several', async (t) => {
  const german = versionResource([1, 0, 0, 0], { ProductName: 'Laden' });
  const english = versionResource([1, 2, 3, 4], {
    ProductName: 'Shop',
    CompanyName: 'Example Ltd',
    FileVersion: '1.2',
  });
  const { pe } = details({
    resources: [
      { type: 16, name: 1, language: 0x407, content: german },
      { type: 16, name: 1, language: 0x409, content: english },
    ],
  });
  t.same(pe.version, {
    fileVersion: '1.2.3.4',
    productVersion: '1.2.3.4',
    texts: { ProductName: 'Shop', CompanyName: 'Example Ltd', FileVersion: '1.2' },
  });
  t.same(pe.languages, [0x407, 0x409]);
});

t.test('properties of the header are told', async (t) => {
  const { pe } = details({
    dllFlags: 0x4140,
    fileFlags: 0x20,
    tlsCallbacks: 2,
    symbols: 'c:\\build\\shop.pdb',
  });
  t.same(describeFeatures(pe.features), {
    has: ['large address aware', 'ASLR', 'DEP', 'CFG'],
    lacks: ['relocations', 'SafeSEH'],
  });
  t.equal(pe.tlsCallbacks, 2);
  t.equal(pe.symbols, 'c:\\build\\shop.pdb');
  t.equal(pe.subsystem, 'Windows GUI');
  t.equal(pe.format, 'PE32');
  const { pe: large } = details({ bits: 64, dllFlags: 0x20, tlsCallbacks: 3, subsystem: 3 });
  t.same(large.features, {
    relocations: false,
    aslr: false,
    highEntropyAslr: true,
    dep: false,
    controlFlowGuard: false,
  });
  t.equal(large.tlsCallbacks, 3);
  t.equal(large.subsystem, 'Windows console');
});

t.test('times are those of the linker, and those of resources as Borland writes them', async (t) => {
  const time = Date.UTC(2004, 2, 2, 11, 20, 3) / 1000;
  // 2004-03-02 11:20:04 as MS-DOS has it.
  const stamp = ((2004 - 1980) << 25) | (3 << 21) | (2 << 16) | (11 << 11) | (20 << 5) | 2;
  const { pe } = details({
    timestamp: time,
    resourceStamp: stamp,
    resources: [{ type: 10, name: 'DVCLAL', content: Buffer.alloc(16) }],
  });
  t.equal(pe.timestamp, time);
  t.equal(pe.resourceTimestamp, Date.UTC(2004, 2, 2, 11, 20, 4) / 1000);
  t.equal(pe.hasDelphiForms, true);
  t.equal(details({}).pe.timestamp, undefined);
});

t.test('exports have their numbers, forwards and those without a name', async (t) => {
  const { pe, role } = details({
    exportName: 'shop.dll',
    exports: [
      { name: '_HttpExtensionProc@4' },
      { name: 'GetExtensionVersion' },
      { name: 'Other', forward: 'other.Function' },
      {},
      { name: 'DllRegisterServer' },
    ],
  });
  t.equal(pe.exportTable.name, 'shop.dll');
  t.equal(pe.exportTable.unnamed, 1);
  t.same(
    pe.exportTable.functions.map(({ name, ordinal, forward }) => [name, ordinal, forward]),
    [
      ['DllRegisterServer', 5, undefined],
      ['GetExtensionVersion', 2, undefined],
      ['Other', 3, 'other.Function'],
      ['_HttpExtensionProc@4', 1, undefined],
    ],
  );
  t.equal(role.kind, 'extension');
  t.same(
    role.entryPoints.find(({ name }) => name === 'HttpExtensionProc')?.exportedAs,
    '_HttpExtensionProc@4',
  );
});

t.test('an extension, a filter, both or neither', async (t) => {
  const filter = [{ name: 'GetFilterVersion' }, { name: 'HttpFilterProc' }];
  const kindOf = (exports: { name: string }[]): string => details({ exports }).role.kind;
  t.equal(kindOf(ENTRY_POINTS), 'extension');
  t.equal(kindOf(filter), 'filter');
  t.equal(kindOf([...ENTRY_POINTS, ...filter]), 'extension and filter');
  t.equal(kindOf([{ name: 'HttpExtensionProc' }]), 'neither');
});

t.test('COM, .NET and side-by-side assemblies are noticed', async (t) => {
  const manifest =
    '<assembly><dependency><dependentAssembly><assemblyIdentity type="win32" name="Microsoft.VC80.CRT" ' +
    'version="8.0.50727.762"/></dependentAssembly></dependency></assembly>';
  const { pe } = details({
    clr: 'v2.0.50727',
    resources: [
      { type: 'TYPELIB', name: 1, content: Buffer.from('MSFT') },
      { type: 24, name: 2, content: Buffer.from(manifest) },
    ],
  });
  t.equal(pe.hasTypeLibrary, true);
  t.equal(pe.clrVersion, 'v2.0.50727');
  t.same(pe.assemblies, ['Microsoft.VC80.CRT 8.0.50727.762']);
});

t.test('the signer of a DLL is named', async (t) => {
  const folder = t.testdir({ 'data.txt': 'data' });
  const run = (...args: string[]): boolean => spawnSync('openssl', args, { cwd: folder }).status === 0;
  const made =
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'key.pem',
      '-out',
      'cert.pem',
      '-days',
      '30',
      '-subj',
      '/C=DE/O=Example/CN=Example Software',
    ) &&
    run(
      'cms',
      '-sign',
      '-nodetach',
      '-in',
      'data.txt',
      '-signer',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-outform',
      'DER',
      '-out',
      'signature.der',
    );
  if (!made) {
    t.pass('not looked at', { skip: 'openssl is not there' });
    return;
  }
  const { signature } = details({ certificate: readFileSync(join(folder, 'signature.der')) }).pe;
  t.equal(signature?.signer, 'Example Software');
  t.equal(signature?.issuer, 'Example Software');
  t.match(signature?.validTo, / GMT$/);
});

t.test('a signature that cannot be read is one all the same', async (t) => {
  t.same(details({ certificate: Buffer.from('no DER at all') }).pe.signature, {});
  t.equal(details({}).pe.signature, undefined);
});

t.test(
  'an ELF library has versions, a build id and the compiler',
  { skip: skipWithout('elf') },
  async (t) => {
    const file = buildExtension('scenario', 'elf', t.testdir());
    const described = describeFile(file);
    if ('unreadable' in described) throw new Error(described.unreadable);
    const { elf, toolchain, role, damage } = described.description;
    t.equal(toolchain.name, 'GCC');
    t.match(toolchain.version, /^\d+\.\d/);
    t.match(elf?.buildId ?? '', /^([0-9a-f]{40})?$/);
    t.same(
      elf?.wantedVersions.map(({ library }) => library),
      ['libc.so.6'],
    );
    t.ok(elf?.wantedVersions[0]?.versions.every((version) => version.startsWith('GLIBC_')));
    t.equal(elf?.wantsExecutableStack, false);
    t.equal(role.kind, 'extension');
    t.same(damage, []);
  },
);

t.test('a file that cannot be read has the reason', async (t) => {
  const folder = t.testdir({});
  t.same(describeFile(join(folder, 'none.dll')), { unreadable: 'does not exist' });
  t.same(describeFile(folder), { unreadable: 'is not a regular file' });
  writeFileSync(join(folder, 'text.dll'), 'hello');
  t.match(describeFile(join(folder, 'text.dll')), {
    description: {
      facts: { reason: 'is not a library: it begins with "hello"' },
      size: 5,
      toolchain: { evidence: [] },
    },
  });
});
