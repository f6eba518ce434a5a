import { createRequire } from 'node:module';
import { HostError } from '../../errors.js';
import { findHome } from './home.js';
import type { Environment, Home } from './home.js';
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

const SETUP = 'run "isapi-host setup wine"';

/**
 * Finds a runtime that is ready to be started. Throws RUNTIME_MISSING with what is missing and how to get it. Reads
 * some files, starts nothing.
 */
export function findRuntime(name: RuntimeName, environment: Environment = process.env): Runtime {
  if (name === 'native') return nativeRuntime('native');
  const home = findHome(environment);
  return process.platform === 'win32' ? windowsRuntime(home, name) : wineRuntime(home, name, environment);
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

function windowsRuntime(home: Home, name: WindowsRuntimeName): Runtime {
  if (process.arch === PACKAGE_SETS[name].cpu) return nativeRuntime(name);
  if (!arePackagesInstalled(home, name)) throw notSetUp(name);
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

function wineRuntime(home: Home, name: WindowsRuntimeName, environment: Environment): Runtime {
  const stamp = readStamp(home);
  const wine = findWine(environment);
  if (stamp === undefined) {
    if (wine === undefined) {
      throw new HostError(
        'RUNTIME_MISSING',
        `Wine is not installed, so Windows extensions cannot run: install it (on Debian as root: ${INSTALL_WINE}), ` +
          `then ${SETUP}`,
      );
    }
    throw new HostError('RUNTIME_MISSING', `the Wine prefix is not set up: ${SETUP}`);
  }
  const stamped = stamp[name];
  if ('failure' in stamped) {
    const loaders = name === 'wine64' ? wine?.loaders64 : wine?.loaders32;
    throw notRunning(name, stamped.failure, (loaders?.length ?? 0) > 0);
  }
  if (!isExecutable(stamped.loader)) {
    throw new HostError(
      'RUNTIME_MISSING',
      `${stamped.loader} is gone: Wine was removed or replaced since the set-up; install it, then ${SETUP}`,
    );
  }
  if (!arePackagesInstalled(home, name)) throw notSetUp(name);
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

function notSetUp(name: WindowsRuntimeName): HostError {
  return new HostError('RUNTIME_MISSING', `the ${PACKAGE_SETS[name].title} is not set up: ${SETUP}`);
}

function notRunning(name: WindowsRuntimeName, failure: string, hasLoader: boolean): HostError {
  const bits = name === 'wine64' ? '64-bit' : '32-bit';
  let message: string;
  if (failure !== NOT_INSTALLED) {
    message = `${bits} Wine did not work when the prefix was made (${failure}): repair it, then run "isapi-host setup wine --force"`;
  } else if (hasLoader) {
    message = `${bits} Wine was installed after the prefix was made: ${SETUP}`;
  } else {
    message =
      `${bits} Wine is not installed, so ${bits} Windows extensions cannot run: install it (on Debian as root: ` +
      `${name === 'wine64' ? INSTALL_WINE : INSTALL_WINE32}), then ${SETUP}`;
  }
  return new HostError('RUNTIME_MISSING', message);
}
