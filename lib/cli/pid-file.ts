import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { HostError, messageOf } from '../errors.js';
import { removeFile } from '../pool/rights/remove-file.js';

/** A process may be noted as started so much later than it was, by the resolution of clocks. Milliseconds. */
const CLOCK_TOLERANCE = 2000;

/** Linux counts times of processes in this unit for everybody, whatever its own clock does (USER_HZ). Milliseconds. */
const TICK = 10;

/** What the last reload came to, as the server has written it down. */
export interface ReloadReport {
  /** how many reloads there were */
  readonly number: number;
  readonly succeeded: boolean;
  /** what is wrong with the configuration that was not taken */
  readonly text: string;
}

/**
 * The process id in a PID file, if that process runs: one that was started after the file was written has only been
 * given the same number, after a restart of the machine or in a container.
 * @throws HostError RUNNING when the file cannot be read or has something else in it
 */
export function runningPid(file: string): { readonly pid: number; readonly running: boolean } | undefined {
  let text: string;
  let written: number;
  try {
    text = readFileSync(file, 'utf8');
    written = statSync(file).mtimeMs;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new HostError('RUNNING', `Error retrieving pid file ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  // A server that may not remove its file leaves an empty one.
  if (text.trim() === '') return undefined;
  const pid = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  if (pid <= 0) {
    throw new HostError(
      'RUNNING',
      `Error retrieving pid file ${file}: it has no process id; Remove it before continuing if it is corrupted.`,
    );
  }
  return { pid, running: pid !== process.pid && isRunning(pid) && !isYounger(pid, written) };
}

/** Whether a process is there. One that has ended, and whose parent has not noticed yet, is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return processState(pid)?.[0] !== 'Z';
}

function isYounger(pid: number, time: number): boolean {
  const ticks = Number(processState(pid)?.[19] ?? NaN);
  const [, boot] = /^btime (\d+)$/m.exec(readOr('/proc/stat')) ?? [];
  const started = Number(boot) * 1000 + ticks * TICK;
  return started > time + CLOCK_TOLERANCE;
}

/** What Linux says of a process, from its state on; undefined elsewhere. */
function processState(pid: number): string[] | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The report of the last reload of the server with this PID file; number 0 when there was none. */
export function readReport(pidFile: string): ReloadReport {
  const text = readOr(reportFile(pidFile));
  const [, number = '0', word = 'ok', rest = ''] = /^(\d+) (ok|failed)\n([^]*)$/.exec(text) ?? [];
  return { number: Number(number), succeeded: word === 'ok', text: rest.trimEnd() };
}

function reportFile(pidFile: string): string {
  return `${pidFile}.reload`;
}

/**
 * The PID file of this process, and beside it the report of the last reload. Both are opened before the server gives
 * up the rights that it was started with, and written through their descriptors.
 */
export class PidFile {
  readonly file: string;
  readonly #descriptor: number;
  readonly #report: number;
  #reloads = 0;

  /** Opens the file without writing to it. Throws HostError RUNNING. */
  constructor(file: string) {
    this.file = file;
    try {
      this.#descriptor = openSync(file, 'a', 0o644);
      this.#report = openSync(reportFile(file), 'w', 0o644);
    } catch (error) {
      const advice = 'create its folder, or let PidFile name another one';
      throw new HostError(
        'RUNNING',
        `the PID file ${file} cannot be written: ${messageOf(error)}; ${advice}`,
        {
          cause: error,
        },
      );
    }
  }

  /** Writes the process id, as after each reload, for those who look at the time of the file. */
  write(): void {
    replace(this.#descriptor, `${process.pid}\n`);
  }

  /** Notes what a reload came to. */
  report(succeeded: boolean, text: string): void {
    if (succeeded) this.write();
    replace(this.#report, `${++this.#reloads} ${succeeded ? 'ok' : 'failed'}\n${text}\n`);
  }

  /** Both files. */
  get files(): string[] {
    return [this.file, reportFile(this.file)];
  }

  /** Removes both files; where that is not possible they are empty. */
  async remove(): Promise<void> {
    for (const descriptor of [this.#descriptor, this.#report]) {
      try {
        ftruncateSync(descriptor, 0);
        closeSync(descriptor);
      } catch {
        // A full disk, or one that is gone: what is left is told apart by the time of the process.
      }
    }
    for (const file of this.files) await removeFile(file);
  }
}

function replace(descriptor: number, text: string): void {
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, text, 0);
}
