import { createRequire } from 'node:module';
import { HostError } from '../../errors.js';
import { findHome, ofOwner, ownOwner, setupCommandFor } from './home.js';
import type { Environment, Home, HomeOwner } from './home.js';
import { arePackagesInstalled, PACKAGE_SETS, packagesOf } from './packages.js';
import type { WindowsRuntimeName } from './packages.js';
import { wineEnvironment, winePath } from './wine-environment.js';
import { findWine, INSTALL_WINE, INSTALL_WINE32, isExecutable } from './wine-installation.js';
import { NOT_INSTALLED, readStamp } from './wine-prefix.js';

/**
 * The runtimes that a worker process can have, as pools.ini names them. On Windows, `wine64` and `wine32` are the
 * x64 and ia32 builds of Node, without Wine.
 */
export const RUNTIME_NAMES = ['native', 'wine64', 'wine32'] as const;
export type RuntimeName = (typeof RUNTIME_NAMES)[number];

/** How to start a worker process: `spawn(command, [...args, workerPath(main), ...])`, `env` over the server's own. */
export interface Runtime {
  readonly name: RuntimeName;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** koffi's main file for this runtime, which the worker hands to `require`, as the worker names it */
  readonly koffi: string;
  /** a path of this machine as the worker and its extensions name it */
  workerPath(path: string): string;
  /** one line for logs and the status page */
  describe(): string;
}

/**
 * Finds a runtime that is ready to be started. Throws RUNTIME_MISSING with what is missing and how to get it. Reads
 * some files, starts nothing.
 * @param owner whose worker process it will be, with an environment that is this user's
 */
export function findRuntime(
  name: RuntimeName,
  environment: Environment = process.env,
  owner: HomeOwner = ownOwner(),
): Runtime {
  if (name === 'native') return nativeRuntime('native');
  const sought: Sought = { name, home: findHome(environment, owner), environment, owner };
  return process.platform === 'win32' ? windowsRuntime(sought) : wineRuntime(sought);
}

/** A Windows runtime that is looked for. */
interface Sought {
  readonly name: WindowsRuntimeName;
  readonly home: Home;
  readonly environment: Environment;
  readonly owner: HomeOwner;
}

function nativeRuntime(name: RuntimeName): Runtime {
  return {
    name,
    command: process.execPath,
    args: [],
    env: {},
    koffi: createRequire(import.meta.url).resolve('koffi'),
    workerPath: (path) => path,
    describe: () => `Node ${process.version} for ${process.platform} ${process.arch}`,
  };
}

function windowsRuntime(sought: Sought): Runtime {
  const { home, name } = sought;
  if (process.arch === PACKAGE_SETS[name].cpu) return nativeRuntime(name);
  if (!arePackagesInstalled(home, name)) throw notSetUp(sought);
  const { program, koffi } = packagesOf(home, name);
  return {
    name,
    command: program,
    args: [],
    env: {},
    koffi,
    workerPath: (path) => path,
    describe: () => PACKAGE_SETS[name].title,
  };
}

function wineRuntime(sought: Sought): Runtime {
  const { home, name, environment, owner } = sought;
  const setup = setupCommandFor(environment, owner);
  const stamp = readStamp(home);
  const wine = findWine(environment);
  if (stamp === undefined) {
    if (wine === undefined) {
      throw new HostError(
        'RUNTIME_MISSING',
        `Wine is not installed, so Windows extensions cannot run: install it (on Debian as root: ${INSTALL_WINE}), ` +
          `then ${setup}`,
      );
    }
    throw new HostError('RUNTIME_MISSING', `the Wine prefix${ofOwner(owner)} is not set up: ${setup}`);
  }
  const stamped = stamp[name];
  if ('failure' in stamped) {
    const loaders = name === 'wine64' ? wine?.loaders64 : wine?.loaders32;
    throw notRunning(sought, stamped.failure, (loaders?.length ?? 0) > 0);
  }
  if (!isExecutable(stamped.loader)) {
    throw new HostError(
      'RUNTIME_MISSING',
      `${stamped.loader} is gone: Wine was removed or replaced since the set-up; install it, then ${setup}`,
    );
  }
  if (!arePackagesInstalled(home, name)) throw notSetUp(sought);
  const { program, koffi } = packagesOf(home, name);
  return {
    name,
    command: stamped.loader,
    args: [winePath(program)],
    env: wineEnvironment(home),
    koffi: winePath(koffi),
    workerPath: winePath,
    describe: () => `${PACKAGE_SETS[name].title} under ${stamp.wine}`,
  };
}

function notSetUp({ name, environment, owner }: Sought): HostError {
  const setup = setupCommandFor(environment, owner);
  return new HostError(
    'RUNTIME_MISSING',
    `the ${PACKAGE_SETS[name].title}${ofOwner(owner)} is not set up: ${setup}`,
  );
}

function notRunning({ name, environment, owner }: Sought, failure: string, hasLoader: boolean): HostError {
  const setup = setupCommandFor(environment, owner);
  const bits = name === 'wine64' ? '64-bit' : '32-bit';
  let message: string;
  if (failure !== NOT_INSTALLED) {
    message = `${bits} Wine did not work when the prefix was made (${failure}): repair it, then ${forced(setup)}`;
  } else if (hasLoader) {
    message = `${bits} Wine was installed after the prefix was made: ${setup}`;
  } else {
    message =
      `${bits} Wine is not installed, so ${bits} Windows extensions cannot run: install it (on Debian as root: ` +
      `${name === 'wine64' ? INSTALL_WINE : INSTALL_WINE32}), then ${setup}`;
  }
  return new HostError('RUNTIME_MISSING', message);
}

/** A set-up command that makes everything again. */
export function forced(setup: string): string {
  return setup.replace(/"$/, ' --force"');
}
