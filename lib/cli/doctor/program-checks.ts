import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { messageOf } from '../../errors.js';
import { DEFAULT_POOL } from '../../config/pools.js';
import { tryStarting } from '../../pool/examine/trial-load.js';
import { ownerLabel, packageRoot } from '../../pool/runtimes/home.js';
import { findRuntime } from '../../pool/runtimes/runtime.js';
import { isOther, trialIdentity } from '../runtime-owners.js';
import { memoryText } from '../text-table.js';
import { fail, ok, skip, warn, type Check, type Context, type Finding } from './check.js';

/** Node, koffi, a worker process, and the programs of the system that are called. */
export const PROGRAM_CHECKS: readonly Check[] = [
  { group: 'Program', name: 'Node', run: () => [checkNode(process.versions.node)] },
  { group: 'Program', name: 'koffi', run: checkKoffi },
  { group: 'Program', name: 'native runtime', run: checkNative },
  { group: 'Program', name: 'programs', run: checkPrograms },
  { group: 'Program', name: 'compilers', run: checkCompilers },
];

/** Whether a version of Node is one that package.json asks for. */
export function checkNode(version: string): Finding {
  const wanted = wantedNode();
  const text = `${version}, for ${process.platform} ${process.arch}`;
  if (isAtLeast(version, wanted)) return ok('Node', text);
  return fail('Node', text, `install Node ${wanted} or later, and put it first in PATH`);
}

function wantedNode(): string {
  const { engines } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  return engines.node.replace(/^>=/u, '');
}

function isAtLeast(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (have?.[index] ?? 0) - (want?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function checkKoffi(): readonly Finding[] {
  try {
    const main = findRuntime('native').koffi;
    const manifest = JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8')) as {
      version?: string;
    };
    return [ok('koffi', manifest.version ?? 'there')];
  } catch (error) {
    return [fail('koffi', `not there: ${messageOf(error)}`, 'run "npm ci" in the folder of isapi-host')];
  }
}

/** Whether a worker process starts: then koffi loads, pipes work, and memory can be shared. */
async function checkNative({ trial, pools, owners }: Context): Promise<readonly Finding[]> {
  const name = 'native runtime';
  const [server] = owners;
  const settings = pools.get(DEFAULT_POOL);
  if (!trial || settings === undefined) return [skip(name, 'not started (--no-trial)')];
  const { time, memory, problem } = await tryStarting(
    findRuntime('native'),
    settings,
    server && trialIdentity(server),
  );
  if (problem !== undefined) {
    return [
      fail(
        name,
        `a worker process does not start: ${problem}`,
        'run "npm ci" again; see the lines about the machine',
      ),
    ];
  }
  const size = memory === undefined ? '' : `, ${memoryText(memory)}`;
  const as = server && isOther(server) ? ` as ${ownerLabel(server.account)}` : '';
  return [ok(name, `a worker process starts${as} in ${time ?? 0} ms${size}`)];
}

/** Programs that are called while serving, with the Debian package of each. */
const PROGRAMS = [
  { name: 'mkfifo', package: 'coreutils', isNeeded: true, use: 'makes the pipes to worker processes' },
  { name: 'getent', package: 'libc-bin', isNeeded: false, use: 'finds users that are not in /etc/passwd' },
] as const;

function checkPrograms({ environment }: Context): readonly Finding[] {
  if (process.platform === 'win32') return [skip('programs', 'none are needed on Windows')];
  const absent = PROGRAMS.filter(({ name }) => findProgram(name, environment) === undefined);
  if (absent.length === 0)
    return [ok('programs', `${PROGRAMS.map(({ name }) => name).join(', ')} are there`)];
  return absent.map(({ name, package: from, isNeeded, use }) => {
    const text = `${name}, which ${use}, is not in PATH`;
    const advice = `on Debian: apt-get install ${from}`;
    return isNeeded ? fail('programs', text, advice) : warn('programs', text, advice);
  });
}

/** Compilers for the samples, with their Debian packages. */
const COMPILERS = [
  { name: 'gcc', package: 'gcc libc6-dev' },
  { name: 'x86_64-w64-mingw32-gcc', package: 'gcc-mingw-w64-x86-64' },
  { name: 'i686-w64-mingw32-gcc', package: 'gcc-mingw-w64-i686' },
  { name: 'make', package: 'make' },
] as const;

function checkCompilers({ environment }: Context): readonly Finding[] {
  const there = COMPILERS.filter(({ name }) => findProgram(name, environment) !== undefined);
  const absent = COMPILERS.filter((row) => !there.includes(row));
  if (absent.length === 0) return [ok('compilers', there.map(({ name }) => name).join(', '))];
  const command = `apt-get install ${absent.map((row) => row.package).join(' ')}`;
  const names = absent.map(({ name }) => name).join(', ');
  return [skip('compilers', `${names}: not there, and needed for the samples alone (on Debian: ${command})`)];
}

/** Where a program is found through PATH. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
