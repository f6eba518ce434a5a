import { HostError } from '../../errors.js';
import { splitCommand } from './command-line.js';
import { LogFile } from './log-file.js';
import { LogProgram, type LogCommand } from './log-program.js';
import type { LogReports, LogSink } from './log-sink.js';
import { parseSyslog, SystemLog } from './system-log.js';

/** Whether a log is a program's and not a file's: `|program`, `||program`, or `|$command` for a shell. */
export function isProgram(target: string): boolean {
  return target.startsWith('|');
}

/** Whether a log is the system's. */
export function isSyslog(target: string): boolean {
  return target === 'syslog' || target.startsWith('syslog:');
}

/** Whether a log is a file, and none of this process's own streams. */
export function isFile(target: string): boolean {
  return !isProgram(target) && !isSyslog(target) && target !== 'stderr';
}

/**
 * Opens a log.
 * @param target an absolute path, `stderr`, a program (see {@link isProgram}), or `syslog[:facility[:tag]]`
 * @param folder where programs run
 * @throws HostError LOG_OPEN
 */
export function openLog(target: string, folder: string, reports: LogReports): LogSink {
  if (isProgram(target)) return new LogProgram(programOf(target, folder), reports);
  if (!isSyslog(target)) return new LogFile(target, reports);
  const syslog = parseSyslog(target);
  if (typeof syslog === 'string') throw new HostError('LOG_OPEN', `ErrorLog ${target}: ${syslog}`);
  return new SystemLog(syslog, folder, reports);
}

function programOf(target: string, folder: string): LogCommand {
  const text = target.replace(/^\|\|?/, '');
  if (!text.startsWith('$')) {
    const [file = '', ...args] = splitCommand(text);
    return { text, file, args, folder };
  }
  const command = text.slice(1);
  return process.platform === 'win32'
    ? { text, file: process.env['ComSpec'] ?? 'cmd.exe', args: ['/d', '/s', '/c', command], folder }
    : { text, file: '/bin/sh', args: ['-c', command], folder };
}

/** Logs that are open, one for all that have the same target, so that their lines do not mix. */
export class OpenLogs {
  readonly #sinks = new Map<string, LogSink>();

  /** Opens a log, or gives the one that is open. Throws LOG_OPEN. */
  get(target: string, open: () => LogSink): LogSink {
    let sink = this.#sinks.get(target);
    if (sink === undefined) {
      sink = open();
      this.#sinks.set(target, sink);
    }
    return sink;
  }

  /** Opens all anew. Throws what the first that cannot be opened throws, when all the others are. */
  async reopen(): Promise<void> {
    const errors: unknown[] = [];
    for (const sink of this.#sinks.values()) {
      try {
        await sink.reopen();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /** Writes out what waits and closes all. */
  async close(): Promise<void> {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    await Promise.all(sinks.map((sink) => sink.close()));
  }
}
