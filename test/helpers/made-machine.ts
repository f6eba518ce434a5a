import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { findHome } from '../../lib/pool/runtimes/home.js';
import { packagesOf } from '../../lib/pool/runtimes/packages.js';
import { buildPe } from './pe-builder.js';

/** A machine whose Wine, prefix and Windows runtimes are only files: nothing of it can be started. */
export interface MadeMachine {
  readonly folder: string;
  /** what a program has to be started with to be on it */
  readonly env: Readonly<Record<string, string>>;
}

/** Functions of the libraries that Windows has on a made machine. */
const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  'kernel32.dll': ['ExitProcess', 'GetLastError', 'Sleep'],
  'msvcrt.dll': ['malloc', 'free'],
};

/**
 * Makes a machine for a test.
 * @param bits which runtimes it has; without any it has no Wine at all
 */
export function makeMachine(t: Test, bits: readonly (32 | 64)[] = [32, 64]): MadeMachine {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'isapi-host-test-')));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ISAPI_HOST_HOME: join(folder, 'home'), ISAPI_HOST_WINE: join(folder, 'no-wine') };
  if (bits.length === 0) return { folder, env };
  const home = findHome(env);
  const runtime = (wanted: 32 | 64): object =>
    bits.includes(wanted) ? { loader: process.execPath } : { failure: 'not installed' };
  const put = (file: string, content: string | Buffer): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  put(
    join(home.prefix, 'isapi-host.json'),
    JSON.stringify({ recipe: '', wine: 'wine-test', server: '', wine64: runtime(64), wine32: runtime(32) }),
  );
  for (const each of bits) {
    const { program, koffi } = packagesOf(home, each === 32 ? 'wine32' : 'wine64');
    put(program, '');
    put(koffi, '');
    const system = join(home.prefix, 'drive_c', 'windows', each === 32 ? 'syswow64' : 'system32');
    for (const [name, functions] of Object.entries(SYSTEM)) {
      const exports = functions.map((function_) => ({ name: function_ }));
      put(join(system, name), buildPe({ bits: each, exports, exportName: name }));
    }
  }
  return { folder, env };
}
