import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { canBeServed, examine, type Examined } from '../../../lib/pool/examine/verdict.js';
import { compile, skipWithout } from '../../helpers/compilers.js';
import { makeMachine } from '../../helpers/made-machine.js';
import { buildPe, type MadePe } from '../../helpers/pe-builder.js';
import { root } from '../../helpers/root.js';

const EXTENSION = [{ name: 'GetExtensionVersion' }, { name: 'HttpExtensionProc' }];

/** Examines the first of some DLLs in one folder of a made machine. */
function look(t: Test, files: Readonly<Record<string, MadePe>>, bits?: readonly (32 | 64)[]): Examined {
  const { folder, env } = makeMachine(t, bits);
  for (const [name, made] of Object.entries(files)) writeFileSync(join(folder, name), buildPe(made));
  const examined = examine(join(folder, Object.keys(files)[0] ?? ''), env);
  if ('unreadable' in examined) throw new Error(examined.unreadable);
  return examined;
}

function errorsOf({ findings }: Examined): string[] {
  return findings.filter(({ severity }) => severity === 'error').map(({ text }) => text);
}

function warningsOf({ findings }: Examined): string[] {
  return findings.filter(({ severity }) => severity === 'warning').map(({ text }) => text);
}

t.test('what is there in the prefix is enough, whatever the case of its name', async (t) => {
  const examined = look(t, {
    'a.dll': { exports: EXTENSION, imports: { 'Kernel32.DLL': ['Sleep'], MSVCRT: ['free'] } },
  });
  t.equal(canBeServed(examined), true);
  t.equal(examined.runtime, 'wine32');
  t.equal(examined.installed?.name, 'wine32');
  t.same(
    examined.survey.libraries.map(({ place }) => place),
    ['system', 'system'],
  );
});

t.test('a library of the other bitness beside the file is of no use', async (t) => {
  const examined = look(t, {
    'a.dll': { bits: 64, exports: EXTENSION, imports: { 'helper.dll': ['Help'] } },
    'helper.dll': { bits: 32, exports: [{ name: 'Help' }] },
  });
  t.equal(examined.runtime, 'wine64');
  t.same(errorsOf(examined), [
    'a.dll needs helper.dll, which is a library for x86, and one for x64 is needed',
  ]);
});

t.test('a function that a library lacks is a warning under Wine, which loads it all the same', async (t) => {
  const examined = look(t, {
    'a.dll': {
      exports: EXTENSION,
      imports: { 'helper.dll': ['Help', 'More'], 'kernel32.dll': ['Sleep', 'NoSuch'] },
    },
    'helper.dll': { exports: [{ name: 'Help' }] },
  });
  t.equal(canBeServed(examined), true);
  t.same(warningsOf(examined), [
    'helper.dll does not have More: a call of it ends the worker process',
    "Wine's kernel32.dll does not have NoSuch: a call of it ends the worker process",
  ]);
});

t.test('what libraries beside the file need is looked for as well', async (t) => {
  const examined = look(t, {
    'a.dll': { exports: EXTENSION, imports: { 'helper.dll': ['Help'] } },
    'helper.dll': { exports: [{ name: 'Help' }], imports: { 'deeper.dll': ['Dig'] } },
  });
  t.same(errorsOf(examined), [
    'helper.dll needs deeper.dll, which is not there; copy it beside the extension',
  ]);
});

t.test('.NET is not there, also where Wine has a file for it', async (t) => {
  const examined = look(t, {
    'a.dll': { exports: EXTENSION, clr: 'v4.0.30319', imports: { 'mscoree.dll': ['_CorDllMain'] } },
  });
  t.match(errorsOf(examined), [/^a\.dll needs mscoree\.dll, which is not there \(the \.NET Framework\): /]);
  t.same(warningsOf(examined), ['it has code for .NET v4.0.30319, which no worker process runs']);
});

t.test('a runtime that is not there is said with the command that brings it', async (t) => {
  const examined = look(t, { 'a.dll': { exports: EXTENSION } }, [64]);
  t.equal(examined.runtime, 'wine32');
  t.equal(examined.installed, undefined);
  t.match(errorsOf(examined), [/^32-bit Wine is not installed, .*then run "isapi-host setup wine"$/]);
});

t.test('extension and filter in one, packers and debug libraries are warned of', async (t) => {
  const both = [...EXTENSION, { name: 'GetFilterVersion' }, { name: 'HttpFilterProc' }];
  const manifest =
    '<dependentAssembly><assemblyIdentity name="Microsoft.VC80.DebugCRT" version="8.0"/></dependentAssembly>';
  const debug = manifest.replace('VC80.DebugCRT', 'VC80.Debug.CRT');
  const examined = look(t, {
    'a.dll': {
      exports: both,
      sections: ['UPX0'],
      resources: [{ type: 24, name: 2, content: Buffer.from(debug) }],
    },
  });
  t.equal(canBeServed(examined), true);
  t.same(warningsOf(examined), [
    'it is packed with UPX: what it needs shows when it is loaded only',
    'it is a filter as well: only its extension is called here',
    'it wants Microsoft.VC80.Debug.CRT 8.0, which may not be passed on',
  ]);
});

t.test(
  'a version of symbols that a library lacks keeps an ELF extension from being loaded',
  { skip: skipWithout('elf') },
  async (t) => {
    const folder = t.testdir({
      'helper.c': 'int help(void) { return 1; }\n',
      'one.map': 'HELP_1 { global: help; };\n',
      'two.map': 'HELP_2 { global: help; };\n',
      'a.c':
        '#include "isapi.h"\nint help(void);\n' +
        'ISAPI_EXPORT BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *v) { v->dwExtensionVersion = 1; return TRUE; }\n' +
        'ISAPI_EXPORT DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *e) { (void)e; return (DWORD)help(); }\n',
    });
    const helper = (version: 'one' | 'two', into: string): string => {
      mkdirSync(join(folder, into), { recursive: true });
      const file = join(folder, into, 'libhelper.so');
      const flags = [
        '-fvisibility=default',
        `-Wl,--version-script,${join(folder, `${version}.map`)}`,
        '-Wl,-soname,libhelper.so',
      ];
      compile('elf', [join(folder, 'helper.c')], file, flags);
      return file;
    };
    const file = join(folder, 'site', 'a.dll');
    mkdirSync(join(folder, 'site'));
    const include = `-I${join(root, 'isapi-samples')}`;
    compile('elf', [join(folder, 'a.c'), helper('two', 'build')], file, [include, '-Wl,-rpath,$ORIGIN']);
    helper('one', 'site');
    const examined = examine(file);
    if ('unreadable' in examined) throw new Error(examined.unreadable);
    t.equal(examined.runtime, 'native');
    t.match(errorsOf(examined), [/^a\.dll needs HELP_2 of libhelper\.so, which does not have it; /]);
    helper('two', 'site');
    const mended = examine(file);
    t.equal('unreadable' in mended || canBeServed(mended), true);
  },
);

t.test('a file that is not there is unreadable', async (t) => {
  const file = join(t.testdir({}), 'none.dll');
  t.equal(existsSync(file), false);
  t.same(examine(file), { file, unreadable: 'does not exist' });
});
