import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { skipWithout } from '../helpers/compilers.js';
import { buildExtension } from '../helpers/extensions.js';
import { makeMachine } from '../helpers/made-machine.js';
import { buildPe, packageResource, versionResource, type MadePe } from '../helpers/pe-builder.js';
import { runProgramApart, type ProgramRun } from '../helpers/program-process.js';
import { root } from '../helpers/root.js';

const GOLDEN = join(root, 'test', 'cli', 'golden', 'inspect');
/** When the files of the tests were changed. */
const CHANGED = new Date(Date.UTC(2004, 2, 3, 8, 30, 0));

const EXTENSION = [
  { name: 'GetExtensionVersion' },
  { name: 'HttpExtensionProc' },
  { name: 'TerminateExtension' },
];
const KERNEL = { 'KERNEL32.dll': ['ExitProcess', 'GetLastError'] };

/** A DLL as Delphi 7 made them. */
const DELPHI: MadePe = {
  linker: [2, 25],
  sections: ['CODE', 'DATA', 'BSS', '.idata', '.edata', '.reloc', '.rsrc'],
  timestamp: 0x2a425e19,
  exports: EXTENSION,
  imports: { ...KERNEL, 'rtl70.bpl': [1, 2], 'MIDAS.DLL': ['DllGetDataSnapClassObject'] },
  delayImports: { 'gds32.dll': ['isc_attach_database'] },
  resourceStamp: ((2004 - 1980) << 25) | (3 << 21) | (2 << 16) | (11 << 11) | (20 << 5) | 2,
  resources: [
    { type: 10, name: 'DVCLAL', content: Buffer.alloc(16) },
    {
      type: 10,
      name: 'PACKAGEINFO',
      content: packageResource(
        0x0c000000,
        [],
        ['ShopMain', 'ISAPIApp', 'WebBroker', 'DBClient', 'DBTables', 'Forms'],
      ),
    },
    {
      type: 16,
      name: 1,
      language: 0x407,
      content: versionResource([1, 2, 0, 3], {
        CompanyName: 'Example GmbH',
        FileDescription: 'Order pages',
        FileVersion: '1.2.0.3',
        OriginalFilename: 'shop.dll',
        ProductName: 'Shop',
        ProductVersion: '1.2',
      }),
    },
  ],
};

/** Files by the name of their golden report. */
const CASES: Readonly<Record<string, MadePe | Buffer>> = {
  'delphi-without-packages': DELPHI,
  'visual-cpp-that-can-be-served': {
    linker: [7, 10],
    rich: [[0x5a, 3077]],
    timestamp: Date.UTC(2005, 5, 1, 12, 0, 0) / 1000,
    dllFlags: 0x140,
    exports: [...EXTENSION, { name: 'DllRegisterServer' }, { name: 'Old', forward: 'other.Old' }, {}],
    imports: {
      ...KERNEL,
      'msvcrt.dll': ['malloc', 'realloc'],
      'api-ms-win-core-file-l1-1-0.dll': ['ReadFile'],
    },
    symbols: 'd:\\projects\\shop\\release\\shop.pdb',
    resources: [{ type: 'TYPELIB', name: 1, content: Buffer.from('MSFT') }],
    tlsCallbacks: 1,
  },
  'filter-alone': {
    linker: [6, 0],
    exports: [{ name: 'GetFilterVersion' }, { name: 'HttpFilterProc' }],
    imports: KERNEL,
  },
  'dotnet-with-exports': {
    bits: 64,
    linker: [8, 0],
    exports: EXTENSION,
    clr: 'v2.0.50727',
    imports: { 'mscoree.dll': ['_CorDllMain'] },
  },
  'no-library': Buffer.from('<html><body>404 Not Found</body></html>'),
};

/** Runs the command on a made machine, with its folder left out of what it says. */
async function inspect(
  t: Test,
  files: Readonly<Record<string, MadePe | Buffer>>,
  ...args: string[]
): Promise<ProgramRun> {
  const { folder, env } = makeMachine(t);
  const site = join(folder, 'site');
  mkdirSync(site);
  for (const [name, made] of Object.entries(files)) {
    const file = join(site, name);
    writeFileSync(file, Buffer.isBuffer(made) ? made : buildPe(made));
    utimesSync(file, CHANGED, CHANGED);
  }
  const run = await runProgramApart(['inspect', ...args], { env, cwd: site });
  return { ...run, out: run.out.replaceAll(folder, '@ROOT@'), error: run.error.replaceAll(folder, '@ROOT@') };
}

for (const [name, made] of Object.entries(CASES)) {
  t.test(`the report on ${name.replaceAll('-', ' ')}`, async (t) => {
    const { out, error } = await inspect(t, { 'shop.dll': made }, '--no-load', 'shop.dll');
    t.equal(error, '');
    t.equal(out, readFileSync(join(GOLDEN, `${name}.txt`), 'utf8'));
    t.same(
      out.split('\n').filter((line) => line.length > 100),
      [],
      'no line is too long',
    );
  });
}

t.test(
  'the report on an ELF extension that was loaded and asked',
  { skip: skipWithout('elf') },
  async (t) => {
    const folder = t.testdir({});
    buildExtension('scenario', 'elf', folder, 'shop.dll');
    const { out, error, status } = await runProgramApart(
      ['inspect', 'shop.dll', '--request', 'GET', '/shop.dll?x&pin=4711'],
      { cwd: folder },
    );
    t.equal(error, '');
    t.equal(status, 0);
    // What follows is the trace, whose text has tests of its own.
    const [report = '', trace] = out.split('\nTrace ');
    t.match(trace, /HttpExtensionProc = 1 HSE_STATUS_SUCCESS/);
    const normal = report
      .replace(/^( {2}File +).*$/mu, '$1N bytes, changed at a time')
      .replace(/^( {2}Made with +).*$/mu, '$1GCC')
      .replace(/^( {2}Symbols +\w+ \w+).*$/mu, '$1')
      .replace(/^( {2}Versions +libc\.so\.6: ).*$/mu, '$1GLIBC')
      .replace(/native: .*/u, 'native: Node')
      .replace(/\S+\/libc\.so\.6/gu, '/lib/libc.so.6')
      .replace(/\d+ ms/gu, 'T ms')
      .replace(/\d+\.\d MiB/gu, 'M MiB');
    t.equal(normal, readFileSync(join(GOLDEN, 'elf-loaded-and-asked.txt'), 'utf8'));
  },
);

t.test('the result for programs has the same as the report', async (t) => {
  const { out, status } = await inspect(t, { 'shop.dll': DELPHI }, '--no-load', '--json', 'shop.dll');
  t.equal(status, 1);
  const { files } = JSON.parse(out) as { files: Record<string, unknown>[] };
  t.match(files, [
    {
      file: 'shop.dll',
      verdict: 'not served',
      reason: /^shop\.dll needs rtl70\.bpl, which is not there \(a run-time package of Delphi/,
      runtime: 'wine32',
      runtimeDescription: 'Windows ia32 Node under wine-test',
      modified: CHANGED.toISOString(),
      kind: 'pe',
      machine: 'x86',
      toolchain: { name: 'Delphi', version: '7' },
      role: { kind: 'extension' },
      needs: [
        { library: 'KERNEL32.dll', place: 'system', functions: 2, absent: [], stubs: [] },
        { library: 'rtl70.bpl', place: 'missing' },
        { library: 'MIDAS.DLL', place: 'missing', known: { what: /MIDAS/ } },
        { library: 'gds32.dll', place: 'missing', delayed: true },
      ],
      load: null,
      request: null,
    },
  ]);
});

t.test('texts of a file cannot steer a terminal', async (t) => {
  const texts = { ProductName: 'Shop\x1b[31m\u202e', CompanyName: 'a\nb' };
  const { out, status } = await inspect(
    t,
    {
      'shop.dll': {
        exports: [...EXTENSION, { name: 'Evil\x1b]0;x\x07' }],
        resources: [{ type: 16, name: 1, content: versionResource([1, 0, 0, 0], texts) }],
      },
    },
    ...['--no-load', 'shop.dll'],
  );
  t.equal(status, 0);
  t.notMatch(out, /[^\n\P{Cc}]|\u202e/u);
  t.match(out, /Shop\uFFFD\[31m\uFFFD/);
});

t.test('the exit status tells scripts', async (t) => {
  const good: MadePe = { exports: EXTENSION, imports: KERNEL };
  const status = async (...args: string[]): Promise<number | null> =>
    (await inspect(t, { 'good.dll': good, 'bad.dll': DELPHI }, ...args)).status;
  t.equal(await status('--no-load', 'good.dll'), 0);
  t.equal(await status('--no-load', 'good.dll', 'bad.dll'), 1);
  t.equal(await status('--no-load', 'none.dll', 'bad.dll'), 3);
});

t.test('a file that cannot be read is named, and the others are looked at', async (t) => {
  const { out, error, status } = await inspect(
    t,
    { 'good.dll': { exports: EXTENSION } },
    '--no-load',
    'none.dll',
    'good.dll',
  );
  t.equal(status, 3);
  t.equal(error, 'isapi-host: none.dll does not exist\n');
  t.match(out, /^\ngood\.dll: can be served by wine32: /);
});

t.test('without Wine it says what to install', async (t) => {
  const { folder, env } = makeMachine(t, []);
  writeFileSync(join(folder, 'shop.dll'), buildPe({ exports: EXTENSION, imports: KERNEL }));
  const { out, status } = await runProgramApart(['inspect', 'shop.dll'], { env, cwd: folder });
  t.equal(status, 1);
  t.match(out, /^shop\.dll: cannot be served: Wine is not installed, so Windows extensions cannot run: /);
  t.match(out, /not known: there is no Windows system here/);
});

t.test('a wrong command line is refused', async (t) => {
  const cases: [args: string[], message: RegExp][] = [
    [[], /inspect takes the files to be inspected/],
    [['a.dll', '--body', 'x'], /--body goes with --request METHOD URL/],
    [['a.dll', '--request', 'GET', '/x', '--no-load'], /--request loads the file/],
    [['a.dll', '--request', 'GET'], /--request takes a method and a URL/],
    [['a.dll', '--request', 'G T', '/x'], /--request takes a method and a URL/],
    [['a.dll', '--request', 'GET', '/x', '--body', '@none'], /the body cannot be read/],
    [['a.dll', '--nonsense'], /--nonsense/],
  ];
  for (const [args, message] of cases) {
    const { status, error } = await inspect(t, {}, ...args);
    t.equal(status, 2, args.join(' '));
    t.match(error, message);
  }
});

t.test('pools.ini with errors is refused', async (t) => {
  const { status, error } = await inspect(
    t,
    { 'good.dll': { exports: EXTENSION }, 'pools.ini': Buffer.from('[default]\nnonsense = 1\n') },
    ...['--no-load', '--pools', 'pools.ini', 'good.dll'],
  );
  t.equal(status, 1);
  t.match(error, /nonsense/);
});
