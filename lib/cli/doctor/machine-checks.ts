import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { areaBytes, areaFileBytes } from '../../channel/body-area.js';
import { messageOf } from '../../errors.js';
import { openFilesLimit } from '../../http/connection-limit.js';
import { connectionBound } from '../../http/process-settings.js';
import { memoryText } from '../text-table.js';
import { fail, ok, skip, warn, type Check, type Context, type Finding } from './check.js';

/** What the system allows and has room for. */
export const MACHINE_CHECKS: readonly Check[] = [
  { group: 'Machine', name: 'memory', run: () => [checkMemory()] },
  { group: 'Machine', name: 'shared memory', run: (context) => [checkSharedMemory(context)] },
  { group: 'Machine', name: 'temporary files', run: () => [checkTemporary(os.tmpdir())] },
  { group: 'Machine', name: 'open files', run: (context) => [checkOpenFiles(context)] },
  { group: 'Machine', name: 'processes', run: (context) => [checkProcesses(context)] },
  { group: 'Machine', name: 'pipes', run: (context) => [checkPipes(context)] },
  { group: 'Machine', name: 'clock', run: () => [checkClock(new Date())] },
];

/** What a server with one worker process of each kind takes, without what extensions need. Bytes. */
const LITTLE_MEMORY = 400 * 1024 * 1024;
/** A server, a worker process and some clients. */
const FEW_FILES = 256;
/** Threads of one worker process, its Wine, and the server. */
const THREADS_BESIDE = 64;
const PIPES_OF_PROCESS = 2;
/** Pages of a pipe of 64 KiB (fcntl(2)). */
const PAGES_OF_PIPE = 16;

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function threads({ pools }: Context): number {
  return [...pools.values()].reduce((sum, { threadsMax }) => sum + threadsMax, 0);
}

function checkMemory(): Finding {
  const available = /^MemAvailable:\s+(\d+) kB$/mu.exec(textOf('/proc/meminfo') ?? '')?.[1];
  const free = available === undefined ? os.freemem() : Number(available) * 1024;
  // Within a container the limit is that of its control group.
  const limit = process.constrainedMemory();
  const usable = limit > 0 && limit < os.totalmem() ? Math.min(limit, free) : free;
  const text = `${memoryText(usable)} of ${memoryText(limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem())} are free`;
  if (usable >= LITTLE_MEMORY) return ok('memory', text);
  return warn(
    'memory',
    text,
    'a worker process takes 40 MiB, under Wine 110 MiB, and up to 11 MiB for each thread',
  );
}

function checkSharedMemory(context: Context): Finding {
  const name = 'shared memory';
  if (process.platform !== 'linux') return skip(name, 'bodies go through files');
  const folder = '/dev/shm';
  if (!existsSync(folder)) {
    return warn(name, `${folder} is not there`, 'large bodies are slower: mount a tmpfs there');
  }
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const wanted = [...context.pools.values()].reduce(
      (sum, { threadsMax, bufferOutput }) => sum + threadsMax * areaFileBytes(areaBytes(bufferOutput)),
      0,
    );
    const text = `${folder} has room for ${memoryText(free)}; the worker threads of each runtime together take up to ${memoryText(wanted)}`;
    if (free >= wanted) return ok(name, text);
    return warn(name, text, 'large bodies are slower beyond it: give it more room (in Docker: --shm-size)');
  } catch (error) {
    return warn(
      name,
      `${folder} cannot be written to: ${messageOf(error)}`,
      'large bodies are slower: chmod 1777 /dev/shm',
    );
  }
}

function checkTemporary(folder: string): Finding {
  const name = 'temporary files';
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const text = `${folder} has room for ${memoryText(free)}`;
    if (free >= 16 * 1024 * 1024) return ok(name, text);
    return fail(name, text, 'pipes, and bodies beyond memory, need some: make room, or set TMPDIR');
  } catch (error) {
    return fail(
      name,
      `${folder} cannot be written to: ${messageOf(error)}`,
      'set TMPDIR to a folder that can',
    );
  }
}

function checkOpenFiles({ configuration }: Context): Finding {
  const limit = openFilesLimit();
  if (limit === Infinity) return ok('open files', 'without a limit');
  const text = `up to ${limit}`;
  if (limit < FEW_FILES)
    return fail('open files', text, 'raise it: ulimit -n 65536, or LimitNOFILE of the service');
  if (configuration === undefined) return ok('open files', text);
  const wanted = connectionBound(configuration.main.settings);
  const served = Math.floor(limit * 0.75);
  const whole = `${text}, for ${Math.min(served, wanted)} connections of the ${wanted} that are configured`;
  if (served >= wanted) return ok('open files', whole);
  return warn(
    'open files',
    whole,
    `for all: ulimit -n ${Math.ceil(wanted / 0.75)}, or LimitNOFILE of the service`,
  );
}

function checkProcesses(context: Context): Finding {
  const limits = textOf('/proc/self/limits');
  if (limits === undefined) return skip('processes', 'the system does not tell');
  const soft = /^Max processes +(\S+)/mu.exec(limits)?.[1] ?? 'unlimited';
  const group = (textOf('/sys/fs/cgroup/pids.max') ?? 'max').trim();
  const limit = Math.min(
    soft === 'unlimited' ? Infinity : Number(soft),
    group === 'max' ? Infinity : Number(group),
  );
  if (limit === Infinity) return ok('processes', 'without a limit');
  // A worker thread has one of its own and one of Node's pool.
  const wanted = 2 * threads(context) + THREADS_BESIDE;
  const text = `up to ${limit} threads and processes; all pools together may need ${wanted}`;
  if (limit >= wanted) return ok('processes', text);
  return warn(
    'processes',
    text,
    'raise it: ulimit -u, TasksMax of the service, --pids-limit of the container',
  );
}

function checkPipes(context: Context): Finding {
  const soft = textOf('/proc/sys/fs/pipe-user-pages-soft');
  if (soft === undefined) return skip('pipes', 'the system does not tell');
  const pages = Number(soft);
  const isRoot = (context.owners[0]?.account.uid ?? process.getuid?.()) === 0;
  if (pages === 0 || isRoot) return ok('pipes', 'of 64 KiB each, without a limit');
  const wanted = PIPES_OF_PROCESS * (threads(context) + context.pools.size) * PAGES_OF_PIPE;
  const text = `${pages} pages for the user's pipes; all pools together may need ${wanted}`;
  if (pages >= wanted) return ok('pipes', text);
  return warn('pipes', text, 'beyond it pipes hold 4 KiB: sysctl fs.pipe-user-pages-soft');
}

/** Long before this program was written: certificates and cookies would be wrong. */
const EARLIEST = Date.UTC(2025, 0, 1);

function checkClock(now: Date): Finding {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const text = `${now.toISOString().slice(0, 19)}Z, time zone ${zone}`;
  if (now.getTime() >= EARLIEST) return ok('clock', text);
  return warn(
    'clock',
    text,
    'set the clock: dates of responses and the validity of certificates depend on it',
  );
}
