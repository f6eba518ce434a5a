import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { DEFAULT_POOL } from '../../config/pools.js';
import { tryStarting } from '../../pool/examine/trial-load.js';
import { findHome } from '../../pool/runtimes/home.js';
import { arePackagesInstalled, PACKAGE_SETS, type WindowsRuntimeName } from '../../pool/runtimes/packages.js';
import { findRuntime, type Runtime } from '../../pool/runtimes/runtime.js';
import { wineUsers } from '../../pool/runtimes/users.js';
import { findWine, INSTALL_WINE, INSTALL_WINE32 } from '../../pool/runtimes/wine-installation.js';
import { prefixRecipe, readStamp, wineVersion } from '../../pool/runtimes/wine-prefix.js';
import { mebibytes } from '../text-table.js';
import { fail, ok, skip, warn, type Check, type Context, type Finding } from './check.js';

const SETUP = 'run "isapi-host setup wine"';

/** Wine, its prefix, and the Windows builds of Node in it. */
export const WINE_CHECKS: readonly Check[] = [
  { group: 'Windows extensions', name: 'Wine', run: checkWine },
  { group: 'Windows extensions', name: 'prefix', run: checkPrefix },
  { group: 'Windows extensions', name: 'wine64 runtime', run: (context) => checkRuntime(context, 'wine64') },
  { group: 'Windows extensions', name: 'wine32 runtime', run: (context) => checkRuntime(context, 'wine32') },
];

/** Without Wine only a pool that is for Windows extensions alone is lost; others serve ELF libraries. */
function isRequired({ pools }: Context, name?: WindowsRuntimeName): boolean {
  return [...pools.values()].some(({ runtime }) =>
    name === undefined ? runtime === 'wine64' || runtime === 'wine32' : runtime === name,
  );
}

async function checkWine(context: Context): Promise<readonly Finding[]> {
  if (process.platform === 'win32') return [skip('Wine', 'this is Windows')];
  const wine = findWine(context.environment);
  if (wine === undefined) {
    const text = 'not there: Windows extensions cannot run';
    const advice = `on Debian as root: ${INSTALL_WINE}; then ${SETUP}`;
    return [isRequired(context) ? fail('Wine', text, advice) : warn('Wine', text, advice)];
  }
  const text = `${await wineVersion(wine, context.environment)} in ${wine.folder}`;
  if (wine.loaders32.length > 0) return [ok('Wine', `${text}, 64-bit and 32-bit`)];
  const advice = `for 32-bit extensions, on Debian as root: ${INSTALL_WINE32}; then ${SETUP}`;
  return [warn('Wine', `${text}, 64-bit only`, advice)];
}

function checkPrefix({ environment }: Context): readonly Finding[] {
  if (process.platform === 'win32') return [skip('prefix', 'this is Windows')];
  const wine = findWine(environment);
  if (wine === undefined) return [skip('prefix', 'there is no Wine')];
  const home = findHome(environment);
  const stamp = readStamp(home);
  if (stamp === undefined) return [fail('prefix', `${home.prefix} is not set up`, SETUP)];
  if (stamp.recipe !== prefixRecipe(wine)) {
    const users = wineUsers(home);
    const stop = users.length > 0 ? `stop the server that uses it (process ${users.join(', ')}), then ` : '';
    return [
      warn(
        'prefix',
        `${home.prefix} was made with another Wine than the one that is installed`,
        `${stop}${SETUP}`,
      ),
    ];
  }
  const version = windowsVersion(join(home.prefix, 'system.reg'));
  const text = `${home.prefix}, ${version ?? 'of an unknown version of Windows'}`;
  // Node for Windows refuses to run on what is older.
  if (version === undefined || /Windows 1\d/u.test(version)) return [ok('prefix', text)];
  return [fail('prefix', text, 'it has to be Windows 10: run "isapi-host setup wine --force"')];
}

/** What the registry of a prefix says of the version of Windows: a name such as "Microsoft Windows 10". */
export function windowsVersion(registry: string): string | undefined {
  if (!existsSync(registry)) return undefined;
  const text = readFileSync(registry, 'latin1');
  const start = text.indexOf('[Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion]');
  if (start < 0) return undefined;
  const end = text.indexOf('\n[', start);
  return /^"ProductName"="(.*)"$/mu.exec(text.slice(start, end < 0 ? undefined : end))?.[1];
}

async function checkRuntime(context: Context, name: WindowsRuntimeName): Promise<readonly Finding[]> {
  const label = `${name} runtime`;
  const { environment, pools, trial, otherUser } = context;
  const is64 = name === 'wine64';
  let runtime: Runtime;
  try {
    runtime = findRuntime(name, environment);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [missingRuntime(context, name, error.message)];
  }
  const settings = pools.get(DEFAULT_POOL);
  if (otherUser !== undefined) {
    // Wine refuses a prefix that belongs to somebody else.
    return [ok(label, `${runtime.describe()}; to see whether it starts, run this as ${otherUser}`)];
  }
  if (!trial || settings === undefined) {
    return [ok(label, `${runtime.describe()}; not started (--no-trial)`)];
  }
  await context.wine.take(name);
  const { time, memory, problem } = await tryStarting(runtime, settings);
  if (problem === undefined) {
    const size = memory === undefined ? '' : `, ${mebibytes(memory)}`;
    return [ok(label, `${runtime.describe()}: a worker process starts in ${time ?? 0} ms${size}`)];
  }
  const text = `a worker process does not start: ${problem}`;
  const advice = 'run "isapi-host setup wine --force"';
  return [is64 || isRequired(context, name) ? fail(label, text, advice) : warn(label, text, advice)];
}

/** Without the runtime its extensions are lost: all of them where Wine is there and was only not set up. */
function missingRuntime(context: Context, name: WindowsRuntimeName, message: string): Finding {
  const label = `${name} runtime`;
  const [text = message, ...rest] = message.split(': ');
  const advice = rest.join(': ') || SETUP;
  const wine = findWine(context.environment);
  const loaders = name === 'wine64' ? wine?.loaders64 : wine?.loaders32;
  const couldBe = process.platform === 'win32' || (loaders?.length ?? 0) > 0;
  const home = findHome(context.environment);
  const packages = arePackagesInstalled(home, name)
    ? ''
    : ` (the ${PACKAGE_SETS[name].title} is not installed)`;
  const isFatal = couldBe || isRequired(context, name);
  return isFatal ? fail(label, `${text}${packages}`, advice) : warn(label, text, advice);
}
