import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHome } from './home.js';
import type { Environment, Home } from './home.js';
import { takeLock } from './lock.js';
import { endPrefix, readStamp } from './wine-prefix.js';

/** Milliseconds to wait for another server that registers or stops at the same moment. */
const LOCK_TIMEOUT = 30_000;

/** How often this process has registered and not stopped yet: after a reload, two configurations use Wine for a while. */
let registered = 0;

/**
 * Registers this process as a user of the private Wine prefix: as long as it lives, nobody else ends Wine there. To be
 * called before the first worker process under Wine; each call is taken back by one of `stopWine`.
 */
export async function registerWineUser(environment: Environment = process.env): Promise<void> {
  if (process.platform === 'win32') return;
  registered++;
  const home = findHome(environment);
  const lock = await takeLock(`users ${home.folder}`, LOCK_TIMEOUT);
  try {
    mkdirSync(home.users, { recursive: true });
    writeFileSync(join(home.users, String(process.pid)), startTime(process.pid) ?? '');
  } finally {
    await lock?.release();
  }
}

/**
 * Takes back one registration; with its last one this process leaves the list, and every process of the private Wine
 * prefix is ended if no other server uses it. Takes at most about 20 seconds; never rejects because of Wine.
 */
export async function stopWine(environment: Environment = process.env): Promise<void> {
  if (process.platform === 'win32') return;
  registered = Math.max(0, registered - 1);
  const home = findHome(environment);
  const lock = await takeLock(`users ${home.folder}`, LOCK_TIMEOUT);
  try {
    if (registered > 0) return;
    rmSync(join(home.users, String(process.pid)), { force: true });
    const stamp = readStamp(home);
    if (stamp === undefined || wineUsers(home).length > 0) return;
    await endPrefix(stamp.server, home, environment);
  } finally {
    await lock?.release();
  }
}

/** Keeps Wine for somebody who starts worker processes one after the other: each start takes less time then. */
export class WineHold {
  #isHeld = false;

  /** To be called before each worker process. */
  async take(runtime: string): Promise<void> {
    if (runtime === 'native' || this.#isHeld) return;
    this.#isHeld = true;
    await registerWineUser();
  }

  /** To be called after the last of them. */
  async release(): Promise<void> {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    await stopWine();
  }
}

/** The process ids of the servers that use the prefix now. Forgets those that have ended. */
export function wineUsers(home: Home): number[] {
  const users: number[] = [];
  for (const entry of filesOf(home.users)) {
    const pid = Number(entry);
    const file = join(home.users, entry);
    if (Number.isInteger(pid) && isAlive(pid, textOf(file))) users.push(pid);
    else rmSync(file, { force: true });
  }
  return users;
}

/**
 * The process ids of worker processes in a prefix, as far as the system shows them: those of a server that is another
 * user's are not registered here.
 */
export function workersIn({ prefix }: Home): number[] {
  return filesOf('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && isWorkerIn(pid, prefix));
}

function isWorkerIn(pid: number, prefix: string): boolean {
  const environment = textOf(`/proc/${String(pid)}/environ`).split('\0');
  if (!environment.includes(`WINEPREFIX=${prefix}`)) return false;
  // Wine's own processes have the same environment, and end by themselves.
  return textOf(`/proc/${String(pid)}/cmdline`).includes('\\worker\\main.js\0');
}

/** A process id alone may have been given to another process since: the start time tells them apart. */
function isAlive(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = startTime(pid);
  return now === undefined || started === '' || now === started;
}

/** Field 22 of /proc/<pid>/stat (proc(5)): clock ticks after boot. Undefined where there is no such file. */
function startTime(pid: number): string | undefined {
  const text = textOf(`/proc/${String(pid)}/stat`);
  // The second field is a program's name in parentheses and may hold spaces: count after it.
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
