import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { HostError } from '../../errors.js';
import type { Environment, Home } from './home.js';
import { failureText, run } from './run.js';
import type { RunResult } from './run.js';
import { wineEnvironment, winePath } from './wine-environment.js';
import type { WineInstallation } from './wine-installation.js';

/** How one Windows runtime is started, or why it cannot be. */
export type StampedRuntime = { readonly loader: string } | { readonly failure: string };

/** The failure of a bitness that was not installed when the prefix was made. */
export const NOT_INSTALLED = 'not installed';

/** What a finished prefix was made with: `isapi-host.json`, written last. */
export interface Stamp {
  /** a hash over everything that, when it changes, calls for a new prefix */
  readonly recipe: string;
  /** Wine's own version text */
  readonly wine: string;
  readonly server: string;
  readonly wine64: StampedRuntime;
  readonly wine32: StampedRuntime;
}

/** Milliseconds that making a prefix may take: 5 to 15 s are usual. */
const BOOT_TIMEOUT = 5 * 60_000;
const TOOL_TIMEOUT = 60_000;

/**
 * Registry settings of the prefix. The debugger that Wine starts for an unhandled exception is replaced by a
 * program that ends the process: without one, 64-bit programs may hang for ever while the stack is unwound, and
 * Wine's own would wait for somebody to look at it. No window can ever be shown ("null" graphics).
 * Services for devices that no extension uses do not start.
 */
const REGISTRY = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows NT\\CurrentVersion\\AeDebug]
"Auto"="1"
"Debugger"="C:\\\\windows\\\\system32\\\\taskkill.exe /F /PID %ld"

[HKEY_LOCAL_MACHINE\\Software\\Wow6432Node\\Microsoft\\Windows NT\\CurrentVersion\\AeDebug]
"Auto"="1"
"Debugger"="C:\\\\windows\\\\system32\\\\taskkill.exe /F /PID %ld"

[HKEY_CURRENT_USER\\Software\\Wine\\WineDbg]
"ShowCrashDialog"=dword:00000000

[HKEY_CURRENT_USER\\Software\\Wine\\Drivers]
"Audio"=""
"Graphics"="null"

[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\winebus]
"Start"=dword:00000004

[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\winehid]
"Start"=dword:00000004

[HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Services\\wineusb]
"Start"=dword:00000004
`;

/** The recipe of a prefix for that Wine: changes with its version, its bitnesses and our settings. */
export function prefixRecipe(wine: WineInstallation): string {
  return createHash('sha256').update(REGISTRY).update(wine.identity).digest('hex').slice(0, 16);
}

/** The stamp of the prefix, undefined when there is none that is finished. */
export function readStamp(home: Home): Stamp | undefined {
  if (!existsSync(home.prefix)) return undefined;
  try {
    return JSON.parse(readFileSync(home.stamp, 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** Writes the stamp: from here on the prefix counts as finished. */
export function writeStamp(home: Home, stamp: Stamp): void {
  const temporary = `${home.stamp}.new`;
  writeFileSync(temporary, `${JSON.stringify(stamp, undefined, 2)}\n`);
  renameSync(temporary, home.stamp);
}

/**
 * Makes the prefix, in place of an older one. Nothing may use the older one: `assertUnused` is called before it is
 * touched, and throws if something does. Throws RUNTIME_SETUP.
 */
export async function makePrefix(
  home: Home,
  wine: WineInstallation,
  environment: Environment,
  assertUnused: () => void,
): Promise<void> {
  mkdirSync(home.folder, { recursive: true });
  removeLeftovers(home);
  const temporary = `${home.prefix}.new-${randomBytes(6).toString('hex')}`;
  const own = { ...home, prefix: temporary };
  try {
    const loader = wine.loaders64[0] ?? '';
    await step(wine, own, environment, loader, ['wineboot', '--init'], BOOT_TIMEOUT);
    await waitForEnd(wine, own, environment);
    if (!existsSync(join(temporary, 'system.reg')))
      throw notMade(wine, home, 'wineboot left no registry behind');
    const registry = join(temporary, 'isapi-host.reg');
    writeFileSync(registry, REGISTRY);
    await step(wine, own, environment, loader, ['regedit', '/S', winePath(registry)], TOOL_TIMEOUT);
    await step(wine, own, environment, loader, ['winecfg', '-v', 'win10'], TOOL_TIMEOUT);
    await waitForEnd(wine, own, environment);
    cutLinks(join(temporary, 'drive_c', 'users'));
    // What extensions keep there, in the registry too, is their user's alone.
    chmodSync(temporary, 0o700);
    assertUnused();
    rmSync(home.stamp, { force: true });
    if (existsSync(home.prefix)) {
      await endPrefix(wine.server, home, environment);
      renameSync(home.prefix, `${home.prefix}.old-${randomBytes(6).toString('hex')}`);
    }
    renameSync(temporary, home.prefix);
  } catch (error) {
    await endPrefix(wine.server, own, environment);
    throw error;
  } finally {
    removeLeftovers(home);
  }
}

/** Ends every process of the prefix. Does nothing when there is none. */
export async function endPrefix(server: string, home: Home, environment: Environment): Promise<void> {
  if (!existsSync(home.prefix)) return;
  const options = { environment: { ...environment, ...wineEnvironment(home) }, timeout: 10_000 };
  await run(server, ['-k'], options);
  await run(server, ['-w'], options);
}

/** What `wine --version` says. */
export async function wineVersion(wine: WineInstallation, environment: Environment): Promise<string> {
  const result = await run(wine.loaders64[0] ?? '', ['--version'], { environment, timeout: TOOL_TIMEOUT });
  return result.status === 0 ? result.output : 'an unknown version of Wine';
}

async function step(
  wine: WineInstallation,
  home: Home,
  environment: Environment,
  loader: string,
  args: readonly string[],
  timeout: number,
): Promise<void> {
  const result: RunResult = await run(loader, args, {
    environment: { ...environment, ...wineEnvironment(home) },
    timeout,
  });
  if (result.status === 0) return;
  throw notMade(wine, home, `${basename(loader)} ${args[0] ?? ''}: ${failureText(result)}`);
}

function notMade(wine: WineInstallation, home: Home, reason: string): HostError {
  return new HostError(
    'RUNTIME_SETUP',
    `the Wine in ${wine.folder} did not make a prefix (${reason})\nCheck that Wine works for this user and that ${home.folder} can be written to, ` +
      'then run "isapi-host setup wine" again',
  );
}

/** Waits until the processes of a prefix have ended by themselves, as they do soon after the last program. */
async function waitForEnd(wine: WineInstallation, home: Home, environment: Environment): Promise<void> {
  const options = { environment: { ...environment, ...wineEnvironment(home) }, timeout: TOOL_TIMEOUT };
  const result = await run(wine.server, ['-w'], options);
  if (result.status !== 0) await endPrefix(wine.server, home, environment);
}

/** Wine links Documents, Desktop and so on to the user's own folders: an extension has no business there. */
function cutLinks(folder: string): void {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    const status = lstatSync(path);
    if (status.isSymbolicLink()) {
      unlinkSync(path);
      mkdirSync(path);
    } else if (status.isDirectory()) {
      cutLinks(path);
    }
  }
}

/** Removes what set-ups that were interrupted left behind. Only for who holds the set-up lock. */
function removeLeftovers(home: Home): void {
  for (const entry of readdirSync(home.folder)) {
    if (/^prefix\.(new|old)-/.test(entry)) rmSync(join(home.folder, entry), { recursive: true, force: true });
  }
}
