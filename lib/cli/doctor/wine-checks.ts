import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from '../../errors.js';
import { DEFAULT_POOL } from '../../config/pools.js';
import { tryStarting } from '../../pool/examine/trial-load.js';
import { findHome, ownerLabel, setupCommandFor } from '../../pool/runtimes/home.js';
import { arePackagesInstalled, PACKAGE_SETS, type WindowsRuntimeName } from '../../pool/runtimes/packages.js';
import { findRuntime, forced, type Runtime } from '../../pool/runtimes/runtime.js';
import { wineUsers } from '../../pool/runtimes/users.js';
import { findWine, INSTALL_WINE, INSTALL_WINE32 } from '../../pool/runtimes/wine-installation.js';
import { prefixRecipe, readStamp, wineVersion } from '../../pool/runtimes/wine-prefix.js';
import { isOther, trialIdentity, type RuntimeOwner } from '../runtime-owners.js';
import { memoryText } from '../text-table.js';
import { fail, ok, skip, warn, type Check, type Context, type Finding } from './check.js';

/** Wine, its prefix, and the Windows builds of Node in it. */
export const WINE_CHECKS: readonly Check[] = [
  { group: 'Windows extensions', name: 'Wine', run: checkWine },
  { group: 'Windows extensions', name: 'prefix', run: ({ owners }) => owners.map(checkPrefix) },
  { group: 'Windows extensions', name: 'wine64 runtime', run: (context) => checkRuntimes(context, 'wine64') },
  { group: 'Windows extensions', name: 'wine32 runtime', run: (context) => checkRuntimes(context, 'wine32') },
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
  const setup = setupFor(context.owners[0]);
  if (wine === undefined) {
    const text = 'not there: Windows extensions cannot run';
    const advice = `on Debian as root: ${INSTALL_WINE}; then ${setup}`;
    return [isRequired(context) ? fail('Wine', text, advice) : warn('Wine', text, advice)];
  }
  const text = `${await wineVersion(wine, context.environment)} in ${wine.folder}`;
  if (wine.loaders32.length > 0) return [ok('Wine', `${text}, 64-bit and 32-bit`)];
  const advice = `for 32-bit extensions, on Debian as root: ${INSTALL_WINE32}; then ${setup}`;
  return [warn('Wine', `${text}, 64-bit only`, advice)];
}

function setupFor(owner: RuntimeOwner | undefined): string {
  return owner === undefined
    ? 'run "isapi-host setup wine"'
    : setupCommandFor(owner.environment, owner.account);
}

/** Whose something is, where that is not who asks: "www-data: ". */
function whose(owner: RuntimeOwner): string {
  return isOther(owner) ? `${ownerLabel(owner.account)}: ` : '';
}

function checkPrefix(owner: RuntimeOwner): Finding {
  if (process.platform === 'win32') return skip('prefix', 'this is Windows');
  const { environment, account } = owner;
  const wine = findWine(environment);
  if (wine === undefined) return skip('prefix', 'there is no Wine');
  const home = findHome(environment, account);
  const stamp = readStamp(home);
  const setup = setupFor(owner);
  const label = whose(owner);
  if (stamp === undefined) return fail('prefix', `${label}${home.prefix} is not set up`, setup);
  if (stamp.recipe !== prefixRecipe(wine)) {
    const users = wineUsers(home);
    const stop = users.length > 0 ? `stop the server that uses it (process ${users.join(', ')}), then ` : '';
    const text = `${label}${home.prefix} was made with another Wine than the one that is installed`;
    return warn('prefix', text, `${stop}${setup}`);
  }
  const version = windowsVersion(join(home.prefix, 'system.reg'));
  // What is in a prefix is its user's alone to see.
  if (version === undefined && isOther(owner)) return ok('prefix', `${label}${home.prefix}`);
  const text = `${label}${home.prefix}, ${version ?? 'of an unknown version of Windows'}`;
  // Node for Windows refuses to run on what is older.
  if (version === undefined || /Windows 1\d/u.test(version)) return ok('prefix', text);
  return fail('prefix', text, `it has to be Windows 10: ${forced(setup)}`);
}

/** What the registry of a prefix says of the version of Windows: a name such as "Microsoft Windows 10". */
export function windowsVersion(registry: string): string | undefined {
  const text = textOf(registry);
  if (text === undefined) return undefined;
  const start = text.indexOf('[Software\\\\Microsoft\\\\Windows NT\\\\CurrentVersion]');
  if (start < 0) return undefined;
  const end = text.indexOf('\n[', start);
  return /^"ProductName"="(.*)"$/mu.exec(text.slice(start, end < 0 ? undefined : end))?.[1];
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

async function checkRuntimes(context: Context, name: WindowsRuntimeName): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const owner of context.owners) findings.push(await checkRuntime(context, owner, name));
  return findings;
}

async function checkRuntime(
  context: Context,
  owner: RuntimeOwner,
  name: WindowsRuntimeName,
): Promise<Finding> {
  const label = `${name} runtime`;
  const { pools, trial } = context;
  let runtime: Runtime;
  try {
    runtime = findRuntime(name, owner.environment, owner.account);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return missingRuntime(context, owner, name, error.message);
  }
  const what = `${whose(owner)}${runtime.describe()}`;
  const settings = pools.get(DEFAULT_POOL);
  if (!trial || settings === undefined) return ok(label, `${what}; not started (--no-trial)`);
  const identity = trialIdentity(owner);
  if (isOther(owner) && identity === undefined) {
    // Wine refuses a prefix that belongs to somebody else.
    return ok(label, `${what}; to see whether it starts, run this as root`);
  }
  if (identity === undefined) await context.wine.take(name);
  const { time, memory, problem } = await tryStarting(runtime, settings, identity);
  if (problem === undefined) {
    const size = memory === undefined ? '' : `, ${memoryText(memory)}`;
    return ok(label, `${what}: a worker process starts in ${time ?? 0} ms${size}`);
  }
  const text = `${whose(owner)}a worker process does not start: ${problem}`;
  const advice = forced(setupFor(owner));
  return name === 'wine64' || isRequired(context, name)
    ? fail(label, text, advice)
    : warn(label, text, advice);
}

/** Without the runtime its extensions are lost: all of them where Wine is there and was only not set up. */
function missingRuntime(
  context: Context,
  owner: RuntimeOwner,
  name: WindowsRuntimeName,
  message: string,
): Finding {
  const label = `${name} runtime`;
  const [text = message, ...rest] = message.split(': ');
  const advice = rest.join(': ') || setupFor(owner);
  const wine = findWine(owner.environment);
  const loaders = name === 'wine64' ? wine?.loaders64 : wine?.loaders32;
  const couldBe = process.platform === 'win32' || (loaders?.length ?? 0) > 0;
  const home = findHome(owner.environment, owner.account);
  const packages = arePackagesInstalled(home, name)
    ? ''
    : ` (the ${PACKAGE_SETS[name].title} is not installed)`;
  const isFatal = couldBe || isRequired(context, name);
  return isFatal ? fail(label, `${text}${packages}`, advice) : warn(label, text, advice);
}
