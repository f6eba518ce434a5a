import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { findHome, ownOwner, packageRoot, setupCommandFor } from './home.js';
import type { Environment, Home } from './home.js';
import { takeLock } from './lock.js';
import { arePackagesInstalled, installPackages, PACKAGE_SETS, packagesOf } from './packages.js';
import type { WindowsRuntimeName } from './packages.js';
import { failureText, run } from './run.js';
import { wineUsers, workersIn } from './users.js';
import { wineEnvironment, winePath } from './wine-environment.js';
import { findWine, INSTALL_WINE, INSTALL_WINE32 } from './wine-installation.js';
import type { WineInstallation } from './wine-installation.js';
import {
  endPrefix,
  makePrefix,
  NOT_INSTALLED,
  prefixRecipe,
  readStamp,
  wineVersion,
  writeStamp,
} from './wine-prefix.js';
import type { StampedRuntime } from './wine-prefix.js';

export interface SetupOptions {
  /** receives a line for each step, as it begins or ends */
  readonly report: (line: string) => void;
  /** makes everything again, also what is there */
  readonly force?: boolean;
  readonly environment?: Environment;
}

/** Milliseconds to wait for another set-up, which makes the same. */
const LOCK_TIMEOUT = 15 * 60_000;
/** Milliseconds that the trial of a runtime may take: about 1 s is usual. */
const TRIAL_TIMEOUT = 60_000;

/**
 * Makes the private Wine prefix and installs the Windows builds of Node. Does what is missing only; two at once are
 * one after the other. On Windows only the build of the other bitness is installed. Throws RUNTIME_SETUP with the
 * reason and what to do; what was not finished does not count as done.
 */
export async function setupWine(options: SetupOptions): Promise<void> {
  const { report, force = false, environment = process.env } = options;
  const home = findHome(environment);
  if (!force && isReady(home, environment)) {
    report(`the Windows runtimes in ${home.folder} are ready`);
    return;
  }
  const lock = await takeLock(`setup ${home.folder}`, LOCK_TIMEOUT, () => {
    report('another set-up is running: waiting for it');
  });
  if (lock === undefined) {
    throw new HostError(
      'RUNTIME_SETUP',
      `another set-up in ${home.folder} has not ended within ${String(LOCK_TIMEOUT / 60_000)} minutes: end it, ` +
        'then run "isapi-host setup wine" again',
    );
  }
  try {
    if (!force && isReady(home, environment)) report('the other set-up has done it');
    else if (process.platform === 'win32') await setupWindows(home, report, force, environment);
    else await setupUnderWine(home, report, force, environment);
  } catch (error) {
    throw withAdvice(error, home, environment);
  } finally {
    await lock.release();
  }
}

/** Whether a set-up would find nothing to do. */
export function isReady(home: Home, environment: Environment): boolean {
  if (process.platform === 'win32') return windowsNames().every((name) => arePackagesInstalled(home, name));
  const wine = findWine(environment);
  const stamp = readStamp(home);
  if (wine === undefined || stamp?.recipe !== prefixRecipe(wine)) return false;
  return wineNames(wine).every((name) => 'failure' in stamp[name] || arePackagesInstalled(home, name));
}

/** Node runs on Windows as it is for the bitness that it has itself. */
function windowsNames(): WindowsRuntimeName[] {
  return (['wine64', 'wine32'] as const).filter((name) => PACKAGE_SETS[name].cpu !== process.arch);
}

/** The Windows runtimes that a Wine can run. */
export function wineNames(wine: WineInstallation): WindowsRuntimeName[] {
  return wine.loaders32.length > 0 ? ['wine64', 'wine32'] : ['wine64'];
}

async function setupWindows(
  home: Home,
  report: (line: string) => void,
  force: boolean,
  environment: Environment,
): Promise<void> {
  for (const name of windowsNames()) await setupPackages(home, name, report, force, environment);
}

async function setupUnderWine(
  home: Home,
  report: (line: string) => void,
  force: boolean,
  environment: Environment,
): Promise<void> {
  const wine = findWine(environment);
  if (wine === undefined) {
    throw new HostError(
      'RUNTIME_SETUP',
      `Wine is not installed: install it (on Debian as root: ${INSTALL_WINE}), then run "isapi-host setup wine" again`,
    );
  }
  const version = await wineVersion(wine, environment);
  report(`found ${version} in ${wine.folder}`);
  const recipe = prefixRecipe(wine);
  const isPrefixDue = force || readStamp(home)?.recipe !== recipe;
  // Before anything is changed that a server uses.
  if (isPrefixDue) assertUnused(home);
  for (const name of wineNames(wine)) await setupPackages(home, name, report, force, environment);
  if (!isPrefixDue) return;
  report(`making the Wine prefix ${home.prefix} (about 20 seconds; takes 1.3 GB of disk space)`);
  await makePrefix(home, wine, environment, () => {
    assertUnused(home);
  });
  try {
    const wine64 = await tryRuntime(home, 'wine64', wine.loaders64, environment);
    if ('failure' in wine64) {
      throw new HostError(
        'RUNTIME_SETUP',
        `${PACKAGE_SETS.wine64.title} does not run under ${version} (${wine64.failure})\nCheck that this Wine works, or ` +
          'name the folder of another one in ISAPI_HOST_WINE, then run "isapi-host setup wine" again',
      );
    }
    report('64-bit Windows extensions can run');
    const wine32 = await tryRuntime(home, 'wine32', wine.loaders32, environment);
    if ('failure' in wine32) report(`32-bit Windows extensions cannot run: ${without32(wine32.failure)}`);
    else report('32-bit Windows extensions can run');
    writeStamp(home, { recipe, wine: version, server: wine.server, wine64, wine32 });
  } finally {
    await endPrefix(wine.server, home, environment);
  }
}

export function assertUnused(home: Home, command = 'isapi-host setup wine'): void {
  const users = [...new Set([...wineUsers(home), ...workersIn(home)])];
  if (users.length === 0) return;
  throw new HostError(
    'RUNTIME_SETUP',
    `the Wine prefix must be made again, but a server uses it (process ${users.join(', ')}): stop it, then run ` +
      `"${command}" again`,
  );
}

async function setupPackages(
  home: Home,
  name: WindowsRuntimeName,
  report: (line: string) => void,
  force: boolean,
  environment: Environment,
): Promise<void> {
  const { title } = PACKAGE_SETS[name];
  const isThere = arePackagesInstalled(home, name);
  if (isThere && !(force && isWritable(home.runtimes))) {
    report(`${title} is installed`);
    return;
  }
  report(`installing ${title} and koffi with npm (about 90 MB)`);
  await installPackages(home, name, environment);
}

/** Builds that all users share are root's to install. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function without32(failure: string): string {
  if (failure !== NOT_INSTALLED) return failure;
  return `32-bit Wine is not installed; to add it, on Debian as root: ${INSTALL_WINE32}`;
}

/** Starts the runtime once with each loader until one works: the files alone do not tell. */
async function tryRuntime(
  home: Home,
  name: WindowsRuntimeName,
  loaders: readonly string[],
  environment: Environment,
): Promise<StampedRuntime> {
  if (loaders.length === 0) return { failure: NOT_INSTALLED };
  const { program, koffi } = packagesOf(home, name);
  const args = [program, join(packageRoot(), 'runtimes', 'trial.cjs'), koffi].map(winePath);
  let failure = '';
  for (const loader of loaders) {
    const result = await run(loader, args, {
      environment: { ...environment, ...wineEnvironment(home) },
      timeout: TRIAL_TIMEOUT,
    });
    if (result.status === 0 && result.output.includes(`works: ${PACKAGE_SETS[name].cpu}`)) return { loader };
    failure = `${loader}: ${failureText(result)}`;
  }
  return { failure };
}

/** What the file system refuses (no space, no rights) becomes an error that names the place. */
function withAdvice(error: unknown, home: Home, environment: Environment): unknown {
  if (error instanceof HostError || !(error instanceof Error)) return error;
  const byRoot = setupCommandFor(environment, ownOwner());
  const or = byRoot.startsWith('run as root') ? `; or ${byRoot}` : '';
  return new HostError(
    'RUNTIME_SETUP',
    `${error.message}: make sure that ${home.folder} can be written to (ISAPI_HOST_HOME names another place), then ` +
      `run "isapi-host setup wine" again${or}`,
    { cause: error },
  );
}
