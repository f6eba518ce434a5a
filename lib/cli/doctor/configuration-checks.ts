import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../config/configuration.js';
import type { PoolSettings } from '../../config/pool-settings.js';
import { HostError } from '../../errors.js';
import { controlSocketOf, pidFileOf, socketPathProblem } from '../../http/control/path.js';
import { errorLogFiles } from '../../http/log.js';
import { CORE, type ListenAddress } from '../../http/settings.js';
import { accessLogFiles } from '../../modules/log/access-logs.js';
import { serverAccount } from '../../modules/unixd/settings.js';
import { findPerson, ownPerson } from '../../pool/identity.js';
import { packageRoot } from '../../pool/runtimes/home.js';
import { WORKER_MAIN } from '../../pool/worker-spawn.js';
import { findServer, type Found } from '../control.js';
import { refuseRoot } from '../user.js';
import {
  fail,
  ok,
  skip,
  warn,
  type Check,
  type Context,
  type Finding,
  type PersonWithGroups,
} from './check.js';
import { configuredFiles, type ConfiguredFile } from './configured-files.js';
import { groupsOf, whyNot, type Access } from './file-access.js';
import { portState } from './listeners.js';
import { checkJournal, checkTraces, type Writers } from './own-folders.js';

/** What a configuration needs of the machine. */
export const CONFIGURATION_CHECKS: readonly Check[] = [
  { group: 'Configuration', name: 'user', run: withConfiguration(checkUser) },
  { group: 'Configuration', name: 'ports', run: withConfiguration(checkPorts) },
  {
    group: 'Configuration',
    name: 'folders',
    run: withConfiguration((...args) => checkFiles('folders', 'folder', ...args)),
  },
  {
    group: 'Configuration',
    name: 'extensions',
    run: withConfiguration((...args) => checkFiles('extensions', 'extension', ...args)),
  },
  { group: 'Configuration', name: 'logs', run: withConfiguration(checkLogs) },
  {
    group: 'Configuration',
    name: 'journal',
    run: withConfiguration((configuration) => [checkJournal(configuration, writersOf(configuration))]),
  },
  {
    group: 'Configuration',
    name: 'traces',
    run: withConfiguration((configuration) => [checkTraces(configuration, writersOf(configuration))]),
  },
  { group: 'Configuration', name: 'PidFile', run: withConfiguration(checkPidFile) },
  { group: 'Configuration', name: 'control socket', run: withConfiguration(checkControlSocket) },
];

type ConfigurationCheck = (
  configuration: Configuration,
  context: Context,
) => readonly Finding[] | Promise<readonly Finding[]>;

function withConfiguration(check: ConfigurationCheck): Check['run'] {
  return (context) => (context.configuration === undefined ? [] : check(context.configuration, context));
}

function serverPerson(configuration: Configuration): PersonWithGroups {
  const { uid, gid, name } = serverAccount(configuration);
  const groups = uid === ownPerson().uid ? (process.getgroups?.() ?? []) : groupsOf(name);
  return { uid, gid, groups, label: name ?? (uid === 0 ? 'root' : `user ${uid}`) };
}

function checkUser(configuration: Configuration, { pools }: Context): readonly Finding[] {
  if (process.platform === 'win32') return [skip('user', 'the server runs as whoever starts it')];
  try {
    const asRoot = refuseRoot(configuration, pools);
    if (asRoot === undefined) return [checkProgramFor(serverPerson(configuration))];
    const text = 'the server runs as root, and so do extensions; only this machine can reach it';
    return [warn('user', text, 'name another one: User www-data, Group www-data')];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [fail('user', 'the server will not start as root', error.message)];
  }
}

/** What worker processes are made of has to be readable for their user. */
function checkProgramFor(server: PersonWithGroups): Finding {
  const files = [process.execPath, packageRoot(), WORKER_MAIN];
  const reason = files.map((file) => whyNot(file, ['read'], server)).find((why) => why !== undefined);
  if (reason === undefined) return ok('user', `the server runs as ${server.label}`);
  const advice = 'move isapi-host, and Node, to folders that all users can read, such as /opt';
  return fail('user', `the server runs as ${server.label}, who cannot run the program: ${reason}`, advice);
}

async function checkPorts(configuration: Configuration): Promise<readonly Finding[]> {
  const { listen } = configuration.main.settings.get(CORE);
  const server = runningServer(configuration);
  const findings: Finding[] = [];
  for (const address of listen) findings.push(await checkPort(address, server));
  return findings;
}

function runningServer(configuration: Configuration): Found | undefined {
  try {
    const found = findServer(configuration);
    return found.running ? found : undefined;
  } catch {
    // The check of the PidFile says what is wrong with it.
    return undefined;
  }
}

async function checkPort(address: ListenAddress, server: Found | undefined): Promise<Finding> {
  const name = 'ports';
  const place = `${address.address ?? '*'}:${address.port}`;
  if (address.port === 0) return ok(name, `${place}: any free port`);
  const found = await portState(address);
  switch (found.state) {
    case 'free':
      return ok(name, `${place} is free`);
    case 'taken': {
      if (found.by.some(({ pid }) => pid === server?.pid)) {
        return ok(name, `${place} is open: this configuration is being served (process ${server?.pid ?? 0})`);
      }
      const who = found.by.map(({ pid, name: program }) => `${program}, process ${pid}`).join('; ');
      const text = `${place} is taken${who === '' ? '' : ` by ${who}`}`;
      return fail(name, text, 'end that program, or let Listen name another port');
    }
    case 'forbidden':
      return fail(
        name,
        `${place} needs privileges`,
        'start as root with User and Group, or let Listen name a port from 1024 on',
      );
    case 'no such address':
      return fail(name, `${place}: this machine has no such address`, 'let Listen name one that it has');
    case 'unknown':
      return fail(name, `${place} cannot be opened: ${found.reason}`, 'let Listen name another address');
  }
}

/** Whether what is to be read can be read by everybody who has to. */
function checkFiles(
  name: string,
  kind: ConfiguredFile['kind'],
  configuration: Configuration,
  { pools }: Context,
): readonly Finding[] {
  const server = serverPerson(configuration);
  const wanted: readonly Access[] = kind === 'folder' ? ['read', 'search'] : ['read'];
  const files = configuredFiles(configuration).filter((file) => file.kind === kind);
  const labelsOf = (pool: string): string[] => poolPerson(pools.get(pool), server).map(({ label }) => label);
  const findings = files.flatMap(({ path: file, directive, pools: names }): Finding[] => {
    const people = [server, ...names.flatMap((pool) => poolPerson(pools.get(pool), server))];
    const reason = people.map((person) => whyNot(file, wanted, person)).find((why) => why !== undefined);
    if (reason === undefined) return [];
    const advice = existsSync(file) ? 'let them read it (chmod, chown)' : `create it, or change ${directive}`;
    const text = `${directive}: ${reason}`;
    // Of a folder that is not there nothing is served, and everything else is.
    return [existsSync(file) ? fail(name, text, advice) : warn(name, text, advice)];
  });
  if (findings.length > 0) return findings;
  if (files.length === 0) return [skip(name, NONE[kind])];
  const who = [
    server.label,
    ...new Set(files.flatMap((file) => file.pools.flatMap((pool) => labelsOf(pool)))),
  ];
  const named = [...new Set(files.map(({ directive }) => directive))].join(', ');
  return [ok(name, `${files.length} named by ${named} can be read by ${who.join(', ')}`)];
}

const NONE: Readonly<Record<ConfiguredFile['kind'], string>> = {
  folder: 'the configuration names no folder',
  extension:
    'the configuration names none by its file (ISAPICacheFile, ISAPIExtension, ISAPIScriptMap); those in its folders are looked at when they are asked for',
};

function poolPerson(pool: PoolSettings | undefined, server: PersonWithGroups): PersonWithGroups[] {
  if (pool === undefined) return [];
  const person = findPerson(pool.user, pool.group, server);
  if (person === undefined || 'message' in person) return [];
  return [
    { uid: person.uid, gid: person.gid, groups: [], label: `${pool.user || pool.group} (pool ${pool.name})` },
  ];
}

function checkLogs(configuration: Configuration): readonly Finding[] {
  // Logs are opened before the server becomes another user.
  const files = [...new Set([...errorLogFiles(configuration), ...accessLogFiles(configuration)])];
  const findings = files.flatMap((file): Finding[] => {
    const reason = cannotWrite(file, starter());
    return reason === undefined
      ? []
      : [fail('logs', reason, 'create the folder, or let the server write to it')];
  });
  if (findings.length > 0) return findings;
  if (files.length === 0) return [ok('logs', 'none of them is a file')];
  return [ok('logs', `${files.length} can be written to`)];
}

function checkPidFile(configuration: Configuration): readonly Finding[] {
  const file = pidFileOf(configuration);
  if (file === undefined) return [skip('PidFile', 'none: -k cannot find the server')];
  try {
    const { running, pid } = findServer(configuration);
    if (running) return [ok('PidFile', `${file}: the server runs (process ${pid ?? 0})`)];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [fail('PidFile', error.message, `remove ${file} when no server runs`)];
  }
  const reason = cannotWrite(file, starter());
  if (reason === undefined) return [ok('PidFile', `${file} can be written to`)];
  return [fail('PidFile', reason, 'create its folder, or let PidFile name another one')];
}

function writersOf(configuration: Configuration): Writers {
  const running = runningServer(configuration)?.pid;
  return { server: serverPerson(configuration), starter: starter(), running };
}

function checkControlSocket(configuration: Configuration): readonly Finding[] {
  const name = 'control socket';
  const socket = controlSocketOf(configuration);
  if (socket === undefined) return [skip(name, 'none: the commands for a running server do not reach it')];
  const problem = socketPathProblem(socket);
  if (problem !== undefined) return [fail(name, problem, 'change ControlSocket, or the ServerRoot')];
  const reason = whyNot(path.dirname(socket), ['write', 'search'], starter());
  if (reason === undefined) return [ok(name, `${socket} can be made`)];
  return [fail(name, reason, 'create its folder, or let ControlSocket name another one')];
}

/** Who asks, and so who would start a server. */
function starter(): PersonWithGroups {
  return { ...ownPerson(), groups: process.getgroups?.() ?? [], label: 'who starts it' };
}

/** Why a file cannot be written to or made; undefined when it can. */
function cannotWrite(file: string, person: PersonWithGroups): string | undefined {
  return existsSync(file)
    ? whyNot(file, ['write'], person)
    : whyNot(path.dirname(file), ['write', 'search'], person);
}
