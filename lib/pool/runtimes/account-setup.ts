import { spawn, spawnSync } from 'node:child_process';
import { chownSync, chmodSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HostError, messageOf } from '../../errors.js';
import { personalEnvironment, withoutPersonal, type Account } from '../accounts.js';
import { accountHome, findHome, ownerLabel, ownOwner, type Environment, type Home } from './home.js';
import { takeLock } from './lock.js';
import { arePackagesInstalled, installPackages, PACKAGE_SETS, packagesOf } from './packages.js';
import { assertUnused, setupWine, wineNames, type SetupOptions } from './setup.js';
import { findWine, INSTALL_WINE } from './wine-installation.js';
import { readStamp } from './wine-prefix.js';

/** Milliseconds to wait for another set-up that installs the same packages. */
const LOCK_TIMEOUT = 15 * 60_000;

const PROGRAM = fileURLToPath(new URL('setup-main.js', import.meta.url));

/** The environment of a user's programs, started by somebody else. */
export function environmentFor(account: Pick<Account, 'name' | 'home'>, from: Environment): Environment {
  return { ...withoutPersonal(from), ...personalEnvironment(account) };
}

/**
 * `setupWine` for another user, by root. Where the user has no prefix yet it is made in a folder for this user below
 * /var/lib/isapi-host, and root installs the Windows builds of Node beside it; all that runs under Wine is run as the
 * user. Throws RUNTIME_SETUP.
 */
export async function setupWineFor(account: Account, options: SetupOptions): Promise<void> {
  const { report, force = false, environment: own = process.env } = options;
  const label = ownerLabel(account);
  if (process.platform === 'win32' || account.uid === ownOwner().uid) {
    await setupWine(options);
    return;
  }
  if (ownOwner().uid !== 0) {
    throw new HostError(
      'RUNTIME_SETUP',
      `only root can prepare Wine for another user: run as root "isapi-host setup wine --user ${label}"`,
    );
  }
  const environment = environmentFor(account, own);
  const home = homeToMake(account, environment);
  report(`preparing Wine for the user ${label} in ${home.folder}`);
  const mask = process.umask(0o022);
  try {
    assertReadable(account);
    makeFolder(home, account);
    if (force) assertUnused(home, `isapi-host setup wine --user ${label}`);
    await shareBuilds(home, own, environment, report, force);
    await runAs(account, environment, report, force);
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new HostError('RUNTIME_SETUP', `${messageOf(error)}: mend that, then run the set-up again`, {
      cause: error,
    });
  } finally {
    process.umask(mask);
  }
}

/** A prefix that the user has is kept up; else it is to be where root makes them. */
function homeToMake(account: Account, environment: Environment): Home {
  const found = findHome(environment, account);
  const isThere = readStamp(found) !== undefined && lstatSync(found.prefix).uid === account.uid;
  return isThere ? found : (accountHome(environment, account) ?? found);
}

/** What runs as the user has to be where the user can read it. */
function assertReadable({ uid, gid, name }: Account): void {
  const { status } = spawnSync(process.execPath, ['--check', PROGRAM], {
    cwd: '/',
    uid,
    gid,
    timeout: 30_000,
  });
  if (status === 0) return;
  const label = ownerLabel({ uid, name });
  throw new HostError(
    'RUNTIME_SETUP',
    `the user ${label} cannot run ${process.execPath} with ${PROGRAM}: move isapi-host, and Node, to folders that all ` +
      'users can read, such as /opt',
  );
}

/** In a folder of somebody else, names could be given another meaning while root writes there. */
function assertRoots(folder: string): void {
  const stats = lstatSync(folder);
  if (stats.isDirectory() && stats.uid === 0) return;
  throw new HostError(
    'RUNTIME_SETUP',
    `${folder} is not a folder of root's, where it prepares Wine for others: let ISAPI_HOST_HOME name one that is`,
  );
}

/** The user's own folder, in folders of root's that everybody may pass. */
function makeFolder(home: Home, { uid, gid, name }: Account): void {
  if (!existsSync(home.folder)) {
    const accounts = dirname(home.folder);
    mkdirSync(accounts, { recursive: true });
    mkdirSync(home.runtimes, { recursive: true });
    for (const folder of [dirname(accounts), accounts, home.runtimes]) assertRoots(folder);
    mkdirSync(home.folder);
    // A server of another user reads the stamp in it.
    chmodSync(home.folder, 0o711);
    chownSync(home.folder, uid, gid);
  }
  const stats = lstatSync(home.folder);
  if (stats.isDirectory() && stats.uid === uid) return;
  throw new HostError(
    'RUNTIME_SETUP',
    `${home.folder} does not belong to the user ${ownerLabel({ uid, name })}: remove it, then run the set-up again`,
  );
}

/** Installs the Windows builds of Node where they are for all users: from root's own ones where these are there. */
async function shareBuilds(
  home: Home,
  own: Environment,
  environment: Environment,
  report: (line: string) => void,
  force: boolean,
): Promise<void> {
  const wine = findWine(environment);
  if (wine === undefined) {
    throw new HostError(
      'RUNTIME_SETUP',
      `Wine is not installed: install it (on Debian as root: ${INSTALL_WINE}), then run the set-up again`,
    );
  }
  // What lies in a folder of the user's is not root's to write to.
  if (home.runtimes.startsWith(`${home.folder}/`)) return;
  assertRoots(home.runtimes);
  const lock = await takeLock(`setup ${home.runtimes}`, LOCK_TIMEOUT, () => {
    report('another set-up is running: waiting for it');
  });
  if (lock === undefined) {
    const minutes = String(LOCK_TIMEOUT / 60_000);
    throw new HostError(
      'RUNTIME_SETUP',
      `another set-up in ${home.runtimes} has not ended within ${minutes} minutes: end it, then run this again`,
    );
  }
  try {
    for (const name of wineNames(wine)) {
      if (!force && arePackagesInstalled(home, name)) continue;
      const { title } = PACKAGE_SETS[name];
      const mine = findHome(own);
      if (mine.runtimes !== home.runtimes && arePackagesInstalled(mine, name)) {
        report(`copying ${title} and koffi to ${home.runtimes} (about 90 MB)`);
        copyWhole(packagesOf(mine, name).folder, packagesOf(home, name).folder);
      } else {
        report(`installing ${title} and koffi with npm in ${home.runtimes} (about 90 MB)`);
        await installPackages(home, name, own);
      }
    }
  } finally {
    await lock.release();
  }
}

/** A folder that is there is complete. */
function copyWhole(from: string, to: string): void {
  const temporary = join(dirname(to), `copy.new-${String(process.pid)}`);
  mkdirSync(dirname(to), { recursive: true });
  rmSync(temporary, { recursive: true, force: true });
  cpSync(from, temporary, { recursive: true, verbatimSymlinks: true });
  chmodSync(temporary, 0o755);
  rmSync(to, { recursive: true, force: true });
  renameSync(temporary, to);
}

/** Runs the set-up in a process of the user's, and shows what it says. */
function runAs(
  { uid, gid, name }: Account,
  environment: Environment,
  report: (line: string) => void,
  force: boolean,
): Promise<void> {
  const label = ownerLabel({ uid, name });
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...(force ? ['--force'] : [])], {
      cwd: '/',
      env: environment,
      uid,
      gid,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let rest = '';
    let problem = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(report);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      problem = (problem + text).slice(-4096);
    });
    child.once('error', (error) => {
      problem = error.message;
    });
    child.once('close', (status) => {
      if (status === 0) resolve();
      else {
        // The advice is for who reads it here, and that is root.
        const said = problem.trim().replaceAll('"isapi-host setup wine', `$& --user ${label}`);
        const reason = said === '' ? `it ended with status ${String(status)}` : said;
        reject(new HostError('RUNTIME_SETUP', `the set-up as ${label} has failed: ${reason}`));
      }
    });
  });
}
